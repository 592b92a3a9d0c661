// The card that a patient holds: which screen comes after which, and what happens to a finished visit.
import { askToKeepStorage, loadKiosk, NotRegisteredError, readToken, saveToken, serverTime } from "./device.js";
import { h } from "./dom.js";
import { IdleWatch } from "./idle.js";
import { keepVisit } from "./queue.js";
import {
  clinicianScreen, commentScreen, enrolScreen, idleWarning, messageScreen, questionScreen, thanksScreen,
  welcomeScreen,
} from "./screens.js";
import { putVisit, Sender } from "./sender.js";
import { finishVisit, startVisit } from "./visit.js";
import { LANGUAGES, RIGHT_TO_LEFT, say } from "./wording.js";

// A second tap meant for the screen before must not answer on this one.
const SETTLING = 400;
const THANKS = 10_000;
const KEEP_AGAIN = 5_000;

export class Card {
  // `words` by language; `onIdle()` is called between visits, when nothing of a patient is on the device's screen.
  constructor({ words, onIdle = () => {} }) {
    this.allWords = words;
    this.onIdle = onIdle;
    this.kiosk = null;
    this.visit = null;
    this.language = this.firstLanguage();
    this.respondent = "patient";
    this.screen = h("div", { class: "stage" });
    this.banner = h("p", { class: "banner", hidden: true });
    this.counter = h("p", { class: "counter", hidden: true });
    this.element = h("div", { class: "compati" }, this.banner, this.screen, this.counter);
    this.sender = new Sender({ token: readToken, onChange: (state) => this.heard(state) });
    this.idle = new IdleWatch({
      element: this.element,
      warn: (seconds, moreTime) => this.warn(seconds, moreTime),
      wipe: () => this.welcome(),
    });
  }

  get words() {
    return this.allWords[this.language];
  }

  // Nobody is at it: no visit, and no choice made on the welcome.
  get unoccupied() {
    return this.at === "welcome" && !this.idle.running;
  }

  // `name` says where we are: news from the network may replace the welcome, never a visit or what staff type.
  show(name, screen) {
    clearTimeout(this.leaving);
    this.at = name;
    this.element.lang = this.language;
    this.element.dir = RIGHT_TO_LEFT.has(this.language) ? "rtl" : "ltr";
    this.screen.replaceChildren(screen);
    this.screen.classList.add("settling");
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.screen.classList.remove("settling"), SETTLING);
    const title = screen.querySelector("h1");
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "nearest" });
  }

  showMessage(key, actions) {
    this.show(key, messageScreen({ words: this.words, key }, actions));
  }

  // Begin: with the device's token if it has one, otherwise with the screen for staff.
  async open() {
    askToKeepStorage();
    this.sender.deliver();
    if (!readToken()) return this.enrol();
    this.showMessage("loading");
    try {
      this.kiosk = await loadKiosk(readToken());
    } catch (error) {
      if (error instanceof NotRegisteredError) return this.refused();
      return this.showMessage("staff_unreachable", { tryAgain: () => this.open() });
    }
    return this.welcome();
  }

  enrol(problem = null) {
    this.show("enrol", enrolScreen({ words: this.words, problem }, { enrol: (token) => this.register(token) }));
  }

  async register(token) {
    try {
      this.kiosk = await loadKiosk(token, { fresh: true });
    } catch (error) {
      return this.enrol(error instanceof NotRegisteredError ? "staff_unknown" : "staff_unreachable");
    }
    saveToken(token);
    this.sender.hurry();
    return this.welcome();
  }

  refused() {
    this.showMessage("refused", { tryAgain: () => this.open(), enrol: () => this.enrol() });
  }

  // Between two patients: nothing of the last one is left.
  welcome() {
    this.idle.stop();
    this.visit = null;
    this.thanked = null;
    this.respondent = "patient";
    this.language = this.firstLanguage();
    this.greet();
    this.onIdle();
  }

  firstLanguage() {
    const offered = this.languages();
    const preferred = navigator.language?.split("-")[0];
    return offered.includes(preferred) ? preferred : offered[0] ?? "en";
  }

  // The languages that the interface and, once it is known, the instrument have.
  languages() {
    return Object.keys(LANGUAGES).filter((language) => !this.kiosk || language in this.kiosk.instrument.wording);
  }

  greet() {
    this.banner.hidden = !this.kiosk.synthetic;
    this.banner.textContent = say(this.words, "synthetic");
    if (!this.languages().length) return this.showMessage("no_wording");
    const shown = {
      words: this.words, language: this.language, languages: this.languages(), respondent: this.respondent,
      unit: this.kiosk.device.unit.name,
    };
    return this.show("welcome", welcomeScreen(shown, {
      start: () => this.start(),
      // What somebody chose here and walked away from is forgotten as an answer would be.
      chooseLanguage: (language) => { this.language = language; this.idle.start(); this.greet(); },
      chooseRespondent: (kind) => { this.respondent = kind; this.idle.start(); },
    }));
  }

  start() {
    const { instrument } = this.kiosk;
    this.visit = startVisit({
      instrument, language: this.language, respondent: this.respondent, now: serverTime(this.kiosk),
    });
    this.idle.start();
    this.whoWasIt();
  }

  whoWasIt() {
    this.show("visit", clinicianScreen({ words: this.words, clinicians: this.kiosk.clinicians, chosen: this.visit.clinician }, {
      choose: (id) => { this.visit.clinician = id; this.question(0); },
      back: () => { this.visit = null; this.greet(); },
    }));
  }

  question(place) {
    const { instrument, answers } = this.visit;
    const item = instrument.items[place];
    if (!item) return this.comment();
    const shown = { words: this.words, wording: instrument.wording[this.language], instrument, item, chosen: answers.get(item) };
    return this.show("visit", questionScreen(shown, {
      answer: (value) => { answers.set(item, value); this.question(place + 1); },
      back: () => (place ? this.question(place - 1) : this.whoWasIt()),
    }));
  }

  comment() {
    this.show("visit", commentScreen({ words: this.words, comment: this.visit.comment }, {
      change: (text) => { this.visit.comment = text; },
      back: () => this.question(this.visit.instrument.items.length - 1),
      send: () => this.finish(),
    }));
  }

  // From here on the visit is closed: one payload, whatever is tapped.
  finish() {
    const { id } = this.visit;
    const payload = finishVisit(this.visit, serverTime(this.kiosk));
    this.idle.stop();
    this.showMessage("loading");
    return this.keep(id, payload);
  }

  // Thanks are shown only after the visit is on this device's disk or at the server.
  async keep(id, payload) {
    try {
      await keepVisit(id, payload);
      this.thanks(id, "kept");
    } catch {
      if (!await this.sendAtOnce(id, payload)) return this.notKept(id, payload);
      this.thanks(id, "sent");
    }
    return this.sender.hurry();
  }

  async sendAtOnce(id, payload) {
    try {
      return (await putVisit({ id, payload }, readToken())).meaning === "stored";
    } catch {
      return false;
    }
  }

  notKept(id, payload) {
    if (this.at !== "not_kept") this.showMessage("not_kept");
    this.leaving = setTimeout(() => this.keep(id, payload), KEEP_AGAIN);
  }

  thanks(id, outcome) {
    this.visit = null;
    this.thanked = id;
    this.show("thanks", thanksScreen({ words: this.words, outcome }, { done: () => this.nextPatient() }));
    this.leaving = setTimeout(() => this.nextPatient(), THANKS);
  }

  // The next patient does not wait for the network; what it says meanwhile is for the visit after.
  async nextPatient() {
    this.welcome();
    try {
      this.kiosk = await loadKiosk(readToken());
    } catch (error) {
      if (error instanceof NotRegisteredError && this.at === "welcome") this.refused();
    }
  }

  // News from the sender. `states` says of each visit on this device whether it is "due" or "aside": the counter for
  // staff, and on the thanks screen what became of the answers.
  heard({ states, refused }) {
    if (this.at === "thanks") {
      const outcome = { due: "kept", aside: "kept_for_staff" }[states.get(this.thanked)] ?? "sent";
      this.screen.querySelector(".outcome").textContent = say(this.words, outcome);
    }
    const count = (state) => [...states.values()].filter((each) => each === state).length;
    const counts = { waiting: count("due"), aside: count("aside") };
    const parts = Object.keys(counts).filter((key) => counts[key]).map((key) => say(this.words, key, { count: counts[key] }));
    this.counter.textContent = parts.join(" · ");
    this.counter.hidden = !parts.length;
    if (refused && this.at === "welcome") this.refused();
  }

  warn(seconds, moreTime) {
    const { dialog, tick } = idleWarning({ words: this.words, seconds }, { moreTime });
    this.element.append(dialog);
    dialog.showModal();
    return { tick, close: () => { dialog.close(); dialog.remove(); } };
  }
}
