// The card that a patient holds: which screen comes after which, and what happens to a finished visit.
import { aboutScreen } from "./about.js";
import { Comfort } from "./comfort.js";
import {
  askToKeepStorage, enrolByCode, firstLanguageOf, LinkGoneError, loadKiosk, loadVisit, NotRegisteredError, readToken, saveToken, serverTime,
} from "./device.js";
import { h } from "./dom.js";
import { mentionsHarm } from "./harm.js";
import { IdleWatch, QUIET } from "./idle.js";
import { listenToKeys } from "./keyboard.js";
import { forgetOwnVisit, holdOwnVisit, isOwnVisitDone, ownVisitHeld } from "./own_phone.js";
import { keepDecline, keepVisit } from "./queue.js";
import {
  clinicianScreen, commentScreen, harmScreen, idleWarning, messageScreen, questionScreen, thanksScreen, welcomeScreen,
} from "./screens.js";
import { putVisit, Sender } from "./sender.js";
import { StaffMenu } from "./staff.js";
import { enrolScreen } from "./staff_screens.js";
import { newUuid } from "./uuid.js";
import { declineVisit, finishVisit, startVisit } from "./visit.js";
import { directionOf, helpLine, LANGUAGES, nameLanguage, questionLanguage, say } from "./wording.js";

// A second tap meant for the screen before must not answer on this one.
const SETTLING = 400;
const THANKS = 10_000;
const KEEP_AGAIN = 5_000;
const A_DAY = 86_400;
const ASK_AGAIN_WHILE_PAUSED = 180_000;

export class Card {
  // `words` by language; `onIdle()` is called between visits, when nothing of a patient is on the device's screen.
  // `visitToken` makes it somebody's own phone: one visit, and nothing of it stays there.
  constructor({ words, onIdle = () => {}, visitToken = null }) {
    this.allWords = words;
    this.onIdle = onIdle;
    this.visitToken = visitToken;
    this.kiosk = null;
    this.visit = null;
    this.language = this.firstLanguage();
    this.respondent = "patient";
    this.screen = h("div", { class: "stage" });
    this.banner = h("p", { class: "banner", hidden: true });
    this.counter = h("p", { class: "counter", hidden: true });
    this.progress = h("p", { class: "unseen", "aria-live": "polite" });
    this.element = h("div", { class: "compati" });
    this.comfort = new Comfort({ card: this.element, changed: () => this.render() });
    this.element.append(this.banner, this.comfort.element, this.screen, this.counter, this.progress);
    listenToKeys(this.screen);
    this.sender = new Sender({ token: readToken, onChange: (state) => this.heard(state) });
    this.staff = new StaffMenu(this);
    this.idle = new IdleWatch({
      element: this.element,
      warn: (seconds, moreTime) => this.warn(seconds, moreTime),
      wipe: () => this.walkedAway(),
    });
  }

  get words() {
    const words = this.allWords[this.language];
    return this.comfort?.easy ? { ...words, ...words.easy } : words;
  }

  get token() {
    return this.visitToken ?? readToken();
  }

  get settings() {
    return this.kiosk?.settings ?? {};
  }

  get questions() {
    return questionLanguage(this.kiosk.instrument, this.language);
  }

  // Nobody is at it: no visit, and no choice made on the welcome.
  get unoccupied() {
    return this.at === "welcome" && !this.idle.running;
  }

  // `name` says where we are: news from the network may replace the welcome, never a visit or what staff type. `draw()`
  // builds the screen, again when the reader chooses other words.
  show(name, draw) {
    clearTimeout(this.leaving);
    this.at = name;
    this.draw = draw;
    this.render();
  }

  render() {
    this.element.lang = this.language;
    this.element.dir = directionOf(this.language);
    const screen = this.draw();
    const stays = this.comfort.show(this.words, screen);
    this.screen.replaceChildren(screen);
    this.screen.classList.add("settling");
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.screen.classList.remove("settling"), SETTLING);
    this.progress.textContent = screen.querySelector("p.progress")?.textContent ?? "";
    if (stays) return;
    const title = screen.querySelector("h1");
    title.focus({ preventScroll: true });
    title.scrollIntoView({ block: "nearest" });
  }

  showMessage(key, actions, note) {
    this.show(key, () => messageScreen({ words: this.words, key, note }, actions));
  }

  // Begin: with the device's token if it has one, otherwise with the screen for staff.
  async open() {
    if (this.visitToken) return this.openOwnVisit();
    if (!readToken() && isOwnVisitDone()) return this.showMessage("used", {}, "used_note");
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

  // A reload while finished answers still wait for the network goes on sending them.
  async openOwnVisit() {
    const held = ownVisitHeld();
    if (held) return this.keep(held.id, held.payload);
    this.showMessage("loading");
    try {
      this.kiosk = await loadVisit(this.visitToken);
    } catch (error) {
      if (error instanceof LinkGoneError) return this.linkGone(error.reason);
      if (error instanceof NotRegisteredError) return this.linkGone("expired");
      return this.showMessage("staff_unreachable", { tryAgain: () => this.open() });
    }
    return this.welcome();
  }

  linkGone(reason) {
    forgetOwnVisit();
    this.showMessage(reason, {}, `${reason}_note`);
  }

  enrol(problem = null, seconds = 0) {
    this.show("enrol", () => enrolScreen({ words: this.words, problem, seconds }, {
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
    this.comfort.forget();
    this.idle.quiet = this.visitToken ? A_DAY : this.settings.idle_seconds ?? QUIET;
    this.language = this.firstLanguage();
    this.greet();
    this.onIdle();
  }

  firstLanguage() {
    const offered = this.languages();
    const preferred = (!this.visitToken && firstLanguageOf()) || navigator.language?.split("-")[0];
    return offered.includes(preferred) ? preferred : offered[0] ?? "en";
  }

  languages() {
    return Object.keys(LANGUAGES);
  }

  greet() {
    this.banner.hidden = !this.kiosk.synthetic;
    this.banner.textContent = say(this.words, "synthetic");
    if (!Object.keys(this.kiosk.instrument.wording).length) return this.showMessage("no_wording");
    if (this.settings.paused) return this.pause();
    return this.show("welcome", () => welcomeScreen({
      words: this.words, language: this.language, languages: this.languages(), respondent: this.respondent,
      unit: this.kiosk.device.unit.name, help: helpLine(this.kiosk, this.language), keepsPartial: this.keepsPartial,
      shownIn: this.questions === this.language ? null : nameLanguage(this.questions, this.language),
    }, {
      start: () => this.start(),
      decline: () => this.decline(),
      staff: this.visitToken ? null : () => this.staff.open(),
      // What somebody chose here and walked away from is forgotten as an answer would be.
      chooseLanguage: (language) => { this.language = language; this.idle.start(); this.greet(); },
      chooseRespondent: (kind) => { this.respondent = kind; this.idle.start(); },
    }));
  }

  pause() {
    this.showMessage("paused", this.visitToken ? {} : { staff: () => this.staff.open() }, "paused_note");
    if (!this.visitToken) this.leaving = setTimeout(() => this.nextPatient(), ASK_AGAIN_WHILE_PAUSED);
  }

  // On somebody's own phone nobody comes after them: there is no idle time, and nothing half finished is sent.
  get keepsPartial() {
    return Boolean(this.settings.keep_partial) && !this.visitToken;
  }

  get asked() {
    const { instrument, mode = "kiosk" } = this.kiosk;
    return { instrument, mode, language: this.questions, now: serverTime(this.kiosk) };
  }

  async decline() {
    this.idle.stop();
    const id = newUuid();
    const payload = declineVisit(this.asked);
    this.showMessage("declined", this.visitToken ? {} : { done: () => this.nextPatient() }, "declined_note");
    if (!this.visitToken) this.leaving = setTimeout(() => this.nextPatient(), THANKS);
    try {
      if (this.visitToken) await putVisit({ id, payload, kind: "decline" }, this.token);
      else await keepDecline(id, payload);
    } catch {
      // A decline that can be neither kept nor sent is not counted; nobody is held up for it.
    }
    if (!this.visitToken) this.sender.hurry();
  }

  start() {
    this.visit = startVisit({ ...this.asked, respondent: this.respondent });
    this.idle.start();
    this.whoWasIt();
  }

  whoWasIt() {
    this.show("visit", () => clinicianScreen({ words: this.words, clinicians: this.kiosk.clinicians, chosen: this.visit.clinician }, {
      choose: (id) => { this.visit.clinician = id; this.question(0); },
      back: () => { this.visit = null; this.greet(); },
    }));
  }

  question(place) {
    const { instrument, answers, language } = this.visit;
    const item = instrument.items[place];
    if (!item) return this.aboutYou();
    return this.show("visit", () => questionScreen({
      words: this.words, wording: instrument.wording[language], language, instrument, item, chosen: answers.get(item),
    }, {
      answer: (value) => { answers.set(item, value); this.question(place + 1); },
      back: () => (place ? this.question(place - 1) : this.whoWasIt()),
    }));
  }

  aboutYou() {
    const { about, instrument } = this.visit;
    this.show("visit", () => aboutScreen({ words: this.words, about }, {
      choose: (name, value) => { if (value) about[name] = value; else delete about[name]; },
      back: () => this.question(instrument.items.length - 1),
      go: () => this.comment(),
    }));
  }

  comment() {
    this.show("visit", () => commentScreen({ words: this.words, comment: this.visit.comment }, {
      change: (text) => { this.visit.comment = text; },
      back: () => this.aboutYou(),
      send: () => (this.speaksOfHarm() ? this.reachSomebody() : this.finish()),
    }));
  }

  speaksOfHarm() {
    return Object.values(this.allWords).some((words) => mentionsHarm(this.visit.comment, words.harm_words));
  }

  reachSomebody() {
    this.show("visit", () => harmScreen({ words: this.words, help: helpLine(this.kiosk, this.language) }, {
      send: () => this.finish(), back: () => this.comment(),
    }));
  }

  get partial() {
    return this.keepsPartial && this.visit?.answers.size > 0;
  }

  // The idle time ran out. What was written but not sent is never kept.
  walkedAway() {
    if (this.visitToken) return this.welcome();
    if (this.partial) {
      const { id } = this.visit;
      const payload = finishVisit({ ...this.visit, comment: "" }, serverTime(this.kiosk));
      keepVisit(id, payload).catch(() => this.sendAtOnce(id, payload)).finally(() => this.sender.hurry());
    }
    return this.welcome();
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
    if (this.visitToken) return this.sendOwn(id, payload);
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

  // From somebody's own phone: only this page holds the answers, so it stays open until the server has them.
  async sendOwn(id, payload) {
    holdOwnVisit({ id, payload });
    let meaning = "later";
    try {
      ({ meaning } = await putVisit({ id, payload }, this.token));
    } catch {
      // Tried again.
    }
    if (meaning === "stored") {
      forgetOwnVisit();
      return this.thanks(id, "sent");
    }
    if (meaning === "gone") return this.linkGone("used");
    if (meaning === "refused") return this.linkGone("expired");
    return this.notKept(id, payload);
  }

  notKept(id, payload) {
    if (this.at !== "not_kept") this.showMessage("not_kept");
    this.leaving = setTimeout(() => this.keep(id, payload), KEEP_AGAIN);
  }

  thanks(id, outcome) {
    this.visit = null;
    this.thanked = id;
    this.show("thanks", () => thanksScreen({ words: this.words, outcome, own: Boolean(this.visitToken) }, { done: () => this.nextPatient() }));
    if (!this.visitToken) this.leaving = setTimeout(() => this.nextPatient(), THANKS);
  }

  // The next patient does not wait for the network; what it says meanwhile is for the visit after.
  async nextPatient() {
    this.welcome();
    try {
      const paused = this.settings.paused;
      this.kiosk = await loadKiosk(readToken());
      if (paused !== this.settings.paused && (this.unoccupied || this.at === "paused")) this.welcome();
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
    const outcome = this.partial ? "keep_in" : "wipe_in";
    const { dialog, tick } = idleWarning({ words: this.words, seconds, outcome }, { moreTime });
    this.element.append(dialog);
    dialog.showModal();
    return { tick, close: () => { dialog.close(); dialog.remove(); } };
  }
}
