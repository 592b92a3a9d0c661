// The card that a patient holds: which screen comes after which, and what happens to a finished visit.
import { loadKiosk, NotRegisteredError, readToken, saveToken, serverTime } from "./device.js";
import { h } from "./dom.js";
import { IdleWatch } from "./idle.js";
import { keepVisit } from "./queue.js";
import {
  clinicianScreen, commentScreen, enrolScreen, idleWarning, messageScreen, notKeptScreen, questionScreen, thanksScreen,
  welcomeScreen,
} from "./screens.js";
import { putVisit, Sender } from "./sender.js";
import { finishVisit, startVisit } from "./visit.js";
import { LANGUAGES, RIGHT_TO_LEFT, say } from "./wording.js";

// A second tap meant for the screen before must not answer on this one.
const SETTLING = 250;
const THANKS = 10_000;

export class Card {
  // `words` by language; `onIdle()` is called between visits, when nothing of a patient is on the device's screen.
  constructor({ words, onIdle = () => {} }) {
    this.allWords = words;
    this.onIdle = onIdle;
    this.kiosk = null;
    this.visit = null;
    this.language = "en";
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

  show(screen) {
    clearTimeout(this.thanksTimer);
    this.element.lang = this.language;
    this.element.dir = RIGHT_TO_LEFT.has(this.language) ? "rtl" : "ltr";
    this.screen.replaceChildren(screen);
    this.screen.classList.add("settling");
    setTimeout(() => this.screen.classList.remove("settling"), SETTLING);
    screen.querySelector("h1")?.focus({ preventScroll: true });
    this.element.scrollIntoView?.({ block: "nearest" });
  }

  // Begin: with the device's token if it has one, otherwise with the screen for staff.
  async open() {
    if (!readToken()) return this.enrol();
    if (!this.kiosk) this.show(messageScreen({ words: this.words, key: "loading" }));
    try {
      this.kiosk = await loadKiosk(readToken());
    } catch (error) {
      if (error instanceof NotRegisteredError) return this.refused();
      return this.show(messageScreen({ words: this.words, key: "staff_unreachable" }, { tryAgain: () => this.open() }));
    }
    this.sender.deliver();
    return this.welcome();
  }

  enrol(problem = null) {
    this.show(enrolScreen({ words: this.words, problem }, { enrol: (token) => this.register(token) }));
  }

  async register(token) {
    try {
      this.kiosk = await loadKiosk(token);
    } catch (error) {
      return this.enrol(error instanceof NotRegisteredError ? "staff_unknown" : "staff_unreachable");
    }
    saveToken(token);
    this.sender.deliver();
    return this.welcome();
  }

  refused() {
    this.show(messageScreen({ words: this.words, key: "refused" }, { tryAgain: () => this.open() }));
  }

  // Between two patients: nothing of the last one is left.
  welcome() {
    this.idle.stop();
    this.visit = null;
    this.respondent = "patient";
    this.language = this.firstLanguage();
    this.welcomeAgain();
    this.onIdle();
  }

  firstLanguage() {
    const offered = this.languages();
    const preferred = navigator.language?.split("-")[0];
    return offered.includes(preferred) ? preferred : offered[0] ?? "en";
  }

  languages() {
    return Object.keys(LANGUAGES).filter((language) => language in this.kiosk.instrument.wording);
  }

  welcomeAgain() {
    this.banner.hidden = !this.kiosk.synthetic;
    this.banner.textContent = say(this.words, "synthetic");
    if (!this.languages().length) return this.show(messageScreen({ words: this.words, key: "no_wording" }));
    const shown = {
      words: this.words, language: this.language, languages: this.languages(), respondent: this.respondent,
      unit: this.kiosk.device.unit.name,
    };
    return this.show(welcomeScreen(shown, {
      start: () => this.start(),
      chooseLanguage: (language) => { this.language = language; this.welcomeAgain(); },
      chooseRespondent: (kind) => { this.respondent = kind; },
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
    this.show(clinicianScreen({ words: this.words, clinicians: this.kiosk.clinicians }, {
      choose: (id) => { this.visit.clinician = id; this.question(0); },
      back: () => this.welcome(),
    }));
  }

  question(place) {
    const { instrument, answers } = this.visit;
    const item = instrument.items[place];
    if (!item) return this.comment();
    const shown = { words: this.words, wording: instrument.wording[this.language], instrument, item, chosen: answers.get(item) };
    return this.show(questionScreen(shown, {
      answer: (value) => { answers.set(item, value); this.question(place + 1); },
      back: () => (place ? this.question(place - 1) : this.whoWasIt()),
    }));
  }

  comment() {
    this.show(commentScreen({ words: this.words, comment: this.visit.comment }, {
      change: (text) => { this.visit.comment = text; },
      back: () => this.question(this.visit.instrument.items.length - 1),
      send: () => this.finish(this.visit.id, finishVisit(this.visit, serverTime(this.kiosk))),
    }));
  }

  // Thanks are shown only after the visit is on this device's disk or at the server.
  async finish(id, payload) {
    this.idle.stop();
    let sent = false;
    try {
      await keepVisit(id, payload);
    } catch {
      sent = await this.sendAtOnce(id, payload);
      if (!sent) return this.show(notKeptScreen({ words: this.words }, { tryAgain: () => this.finish(id, payload) }));
    }
    this.visit = null;
    this.thanks(id);
    if (sent) this.heard({ stored: [id] });
    this.sender.hurry();
    return undefined;
  }

  async sendAtOnce(id, payload) {
    try {
      return (await putVisit({ id, payload }, readToken())).meaning === "stored";
    } catch {
      return false;
    }
  }

  thanks(id) {
    this.thanked = id;
    this.show(thanksScreen({ words: this.words }, { done: () => this.open() }));
    this.thanksTimer = setTimeout(() => this.open(), THANKS);
  }

  // News from the sender: the counter for staff, and on the thanks screen that the answers arrived.
  heard({ due = 0, aside = 0, refused = false, stored = [] }) {
    const outcome = this.screen.querySelector(".outcome");
    if (outcome && stored.includes(this.thanked)) outcome.textContent = say(this.words, "sent");
    const parts = [due ? say(this.words, "waiting", { count: due }) : "", aside ? say(this.words, "aside", { count: aside }) : ""];
    this.counter.textContent = parts.filter(Boolean).join(" · ");
    this.counter.hidden = !this.counter.textContent;
    if (refused && !this.visit && !outcome) this.refused();
  }

  warn(seconds, moreTime) {
    const { dialog, tick } = idleWarning({ words: this.words, seconds }, { moreTime });
    this.element.append(dialog);
    dialog.showModal();
    return { tick, close: () => dialog.remove() };
  }
}
