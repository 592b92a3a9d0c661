// The staff's side of an enrolled kiosk, behind the unit's PIN: the state of the device and its queue.
import { firstLanguageOf, forgetToken, setFirstLanguage } from "./device.js";
import { canCheckPin, countTry, forgiveTries, isPin, secondsToWait } from "./pin.js";
import { allVisits, restoreVisits } from "./queue.js";
import { pinScreen, staffScreen } from "./staff_screens.js";

export class StaffMenu {
  // `card` shows the screens; its idle watch closes the menu when nobody touches it.
  constructor(card) {
    this.card = card;
  }

  open() {
    this.card.idle.start();
    const { pin } = this.card.settings;
    if (!pin) return this.menu({ harmless: "staff_pin_none" });
    if (!canCheckPin()) return this.menu({ harmless: "staff_pin_https" });
    return this.ask();
  }

  ask(problem = null) {
    const seconds = secondsToWait();
    const shown = seconds ? "staff_pin_wait" : problem;
    this.card.show("staff", () => pinScreen({ words: this.card.words, problem: shown, seconds }, {
      submit: (typed) => this.check(typed), close: () => this.card.welcome(),
    }));
  }

  async check(typed) {
    if (secondsToWait()) return this.ask();
    try {
      countTry();
    } catch {
      // Without storage a reload gives new tries; staff must get in to see what is wrong with it.
    }
    if (!await isPin(typed, this.card.settings.pin)) return this.ask("staff_pin_wrong");
    forgiveTries();
    return this.menu({});
  }

  async menu({ harmless = null, problem = null, count = 0 }) {
    let visits = null;
    try {
      visits = await allVisits();
    } catch {
      // Said on the screen.
    }
    const state = { kiosk: this.card.kiosk, visits, first: firstLanguageOf(), harmless, problem, count };
    this.card.show("staff", () => staffScreen({ words: this.card.words, language: this.card.language, ...state }, {
      chooseLanguage: (language) => { setFirstLanguage(language); this.menu({}); },
      save: () => saveAsFile(visits ?? []),
      takeIn: (file) => this.takeIn(file),
      print: () => print(),
      leave: () => { forgetToken(); location.reload(); },
      close: () => this.card.welcome(),
    }));
  }

  async takeIn(file) {
    let visits;
    try {
      ({ compati_queue: visits } = JSON.parse(await file.text()));
      if (!Array.isArray(visits)) throw new TypeError("This is no queue.");
    } catch {
      return this.menu({ problem: "staff_import_wrong" });
    }
    try {
      const count = await restoreVisits(visits);
      this.card.sender.hurry();
      return this.menu({ problem: "staff_imported", count });
    } catch {
      return this.menu({ problem: "staff_storage" });
    }
  }
}

// What is saved stays in the queue: a file that is lost on the way costs nothing, and the server takes each uuid once.
function saveAsFile(visits) {
  const text = JSON.stringify({ compati_queue: visits }, null, 2);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `compati-queue-${new Date().toISOString().slice(0, 10)}.json`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
