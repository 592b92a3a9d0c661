// What becomes of a finished visit: kept on this device's disk, or at the server, before anybody is thanked.
import { readToken, serverTime } from "./device.js";
import { forgetOwnVisit, holdOwnVisit } from "./own_phone.js";
import { keepVisit } from "./queue.js";
import { putVisit } from "./sender.js";
import { finishVisit } from "./visit.js";

const KEEP_AGAIN = 5_000;

export class Delivery {
  constructor(card) {
    this.card = card;
  }

  // From here on the visit is closed: one payload, whatever is tapped.
  finish() {
    const { id } = this.card.visit;
    const payload = finishVisit(this.card.visit, serverTime(this.card.kiosk));
    this.card.idle.stop();
    this.card.showMessage("loading");
    return this.keep(id, payload);
  }

  // Thanks are shown only after the visit is on this device's disk or at the server.
  async keep(id, payload) {
    if (this.card.visitToken) return this.sendOwn(id, payload);
    try {
      await keepVisit(id, payload);
      this.card.noteStorage(true);
      this.card.thanks(id, "kept");
    } catch {
      this.card.noteStorage(false);
      if (!await this.sendAtOnce(id, payload)) return this.notKept(id, payload);
      this.card.thanks(id, "sent");
    }
    return this.card.sender.hurry();
  }

  async sendAtOnce(id, payload) {
    try {
      return (await putVisit({ id, payload }, readToken())).meaning === "stored";
    } catch {
      return false;
    }
  }

  // From somebody's own phone: only this page holds the answers, so it stays open until the server has them.
  async sendOwn(id, payload) {
    holdOwnVisit({ id, payload });
    let meaning = "later";
    try {
      ({ meaning } = await putVisit({ id, payload }, this.card.token));
    } catch {
      // Tried again.
    }
    if (meaning === "stored") {
      forgetOwnVisit();
      return this.card.thanks(id, "sent");
    }
    if (meaning === "gone") return this.card.registration.linkGone("used");
    if (meaning === "refused") return this.card.registration.linkGone("expired");
    return this.notKept(id, payload);
  }

  notKept(id, payload) {
    if (this.card.at !== "not_kept") this.card.showMessage("not_kept");
    this.card.leaving = setTimeout(() => this.keep(id, payload), KEEP_AGAIN);
  }
}
