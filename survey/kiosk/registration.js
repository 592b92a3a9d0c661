// How a device begins: with the token it has, or by registering; and how somebody's own phone begins.
import {
  askToKeepStorage, enrolByCode, LinkGoneError, loadKiosk, loadVisit, NotRegisteredError, readToken, saveToken,
} from "./device.js";
import { forgetOwnVisit, isOwnVisitDone, ownVisitHeld } from "./own_phone.js";
import { enrolScreen } from "./staff_screens.js";

export class Registration {
  constructor(card) {
    this.card = card;
  }

  // Begin: with the device's token if it has one, otherwise with the screen for staff.
  async open() {
    if (this.card.visitToken) return this.openOwnVisit();
    if (!readToken() && isOwnVisitDone()) return this.card.showMessage("used", {}, "used_note");
    askToKeepStorage();
    this.card.sender.deliver();
    if (!readToken()) return this.enrol();
    this.card.showMessage("loading");
    try {
      this.card.kiosk = await loadKiosk(readToken());
    } catch (error) {
      if (error instanceof NotRegisteredError) return this.refused();
      return this.card.showMessage("staff_unreachable", { tryAgain: () => this.open() });
    }
    return this.card.welcome();
  }

  // A reload while finished answers still wait for the network goes on sending them.
  async openOwnVisit() {
    const held = ownVisitHeld();
    if (held) return this.card.delivery.keep(held.id, held.payload);
    this.card.showMessage("loading");
    try {
      this.card.kiosk = await loadVisit(this.card.visitToken);
    } catch (error) {
      if (error instanceof LinkGoneError) return this.linkGone(error.reason);
      if (error instanceof NotRegisteredError) return this.linkGone("expired");
      return this.card.showMessage("staff_unreachable", { tryAgain: () => this.open() });
    }
    return this.card.welcome();
  }

  linkGone(reason) {
    forgetOwnVisit();
    this.card.showMessage(reason, {}, `${reason}_note`);
  }

  enrol(problem = null, seconds = 0) {
    this.card.show("enrol", () => enrolScreen({ words: this.card.words, problem, seconds }, {
      enrol: (token) => this.register(token), enrolByCode: (code) => this.registerByCode(code),
    }));
  }

  async registerByCode(code) {
    try {
      return await this.register(await enrolByCode(code));
    } catch (error) {
      return this.enrol(error.problem, error.seconds);
    }
  }

  async register(token) {
    try {
      this.card.kiosk = await loadKiosk(token, { fresh: true });
    } catch (error) {
      return this.enrol(error instanceof NotRegisteredError ? "staff_unknown" : "staff_unreachable");
    }
    saveToken(token);
    this.card.sender.hurry();
    return this.card.welcome();
  }

  refused() {
    this.card.showMessage("refused", { tryAgain: () => this.open(), enrol: () => this.enrol() });
  }
}
