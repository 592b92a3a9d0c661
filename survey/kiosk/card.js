// The card that a patient holds: which screen comes after which, and what happens to a finished visit.
import { Comfort } from "./comfort.js";
import { Delivery } from "./delivery.js";
import { firstLanguageOf, loadKiosk, NotRegisteredError, readToken, serverTime } from "./device.js";
import { afterFrame, h } from "./dom.js";
import { IdleWatch, QUIET } from "./idle.js";
import { listenToKeys } from "./keyboard.js";
import { Leaves } from "./leaves.js";
import { Questionnaire } from "./questionnaire.js";
import { keepDecline, keepVisit } from "./queue.js";
import { Registration } from "./registration.js";
import { idleWarning, messageScreen, thanksScreen, welcomeScreen } from "./screens.js";
import { putVisit, Sender } from "./sender.js";
import { StaffMenu } from "./staff.js";
import { forgetTraces } from "./traces.js";
import { newUuid } from "./uuid.js";
import { declineVisit, finishVisit, startVisit } from "./visit.js";
import { directionOf, helpLine, LANGUAGES, nameLanguage, questionLanguage, say } from "./wording.js";

// A second tap meant for the screen before must not answer on this one.
const SETTLING = 400;
const THANKS = 10_000;
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
    this.leaves = new Leaves();
    this.left = null;
    this.shield = h("div", { class: "shield" });
    this.banner = h("p", { class: "banner", hidden: true });
    this.counter = h("p", { class: "counter", hidden: true });
    this.progress = h("p", { class: "unseen", "aria-live": "polite" });
    this.element = h("div", { class: visitToken ? "compati own" : "compati" });
    this.comfort = new Comfort({ card: this.element, changed: () => this.render() });
    const held = h("div", { class: "held" }, this.leaves.stage, this.leaves.ahead, this.shield);
    this.element.append(this.banner, this.comfort.element, held, this.counter, this.progress);
    // A press would move the focus and place a caret: to a slow tablet half as much work as the next question.
    held.addEventListener("mousedown", (event) => { if (event.target.closest("button")) event.preventDefault(); });
    listenToKeys(held, { isSettled: () => !this.shield.classList.contains("up") });
    this.sender = new Sender({ token: readToken, onChange: (state) => this.heard(state) });
    this.registration = new Registration(this);
    this.questionnaire = new Questionnaire(this);
    this.delivery = new Delivery(this);
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

  // The leaf that the patient sees.
  get stage() {
    return this.leaves.stage;
  }

  get focused() {
    return this.element.getRootNode().activeElement;
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
    this.sayIn(this.language);
    const screen = this.draw();
    this.left = this.stage.contains(this.focused) ? this.focused : null;
    // Taken out with its focus, a button makes the browser lay out the page once more before the next screen.
    if (!screen.isConnected) this.leave();
    const stays = this.comfort.show(this.words, screen);
    this.leaves.show(screen);
    this.settle();
    if (!stays) {
      this.element.scrollIntoView({ block: "start" });
      screen.querySelector("h1").scrollIntoView({ block: "nearest" });
    }
    const turn = this.turn = Symbol("screen");
    afterFrame(() => { if (turn === this.turn) this.announce(); });
  }

  // What had the focus when the screen before went.
  leave() {
    this.left?.blur();
    this.left = null;
  }

  // Set to what it is already, it would still make the browser work out the looks of all that is on the card.
  sayIn(language) {
    if (this.element.lang === language) return;
    this.element.lang = language;
    this.element.dir = directionOf(language);
  }

  // The shield takes the taps that come too soon. A style for the screen itself would change each of its buttons twice, and
  // a shield that comes and goes the page's layout.
  settle() {
    this.shield.classList.add("up");
    clearTimeout(this.settling);
    this.settling = setTimeout(() => { this.shield.classList.remove("up"); }, SETTLING);
  }

  // The screen is seen first: to a slow tablet the focus alone is as much work as a new question. What waits for the frame,
  // which on a dark screen does not come, holds nothing of the visit.
  announce() {
    this.progress.textContent = this.stage.querySelector("p.progress")?.textContent ?? "";
    // Read out again, though it may be the same heading with another question.
    if (this.focused === this.left) this.leave();
    if (!this.element.contains(this.focused)) this.stage.querySelector("h1").focus({ preventScroll: true });
  }

  showMessage(key, actions, note) {
    this.show(key, () => messageScreen({ words: this.words, key, note }, actions));
  }

  // Between two patients: nothing of the last one is left.
  welcome() {
    this.idle.stop();
    this.visit = null;
    this.thanked = null;
    this.respondent = "patient";
    this.comfort.forget();
    this.progress.textContent = "";
    this.idle.quiet = this.visitToken ? A_DAY : this.settings.idle_seconds ?? QUIET;
    this.language = this.firstLanguage();
    this.greet();
    forgetTraces();
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
    this.tellStaff();
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
    this.questionnaire.whoWasIt();
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
      keepVisit(id, payload).catch(() => this.delivery.sendAtOnce(id, payload)).finally(() => this.sender.hurry());
    }
    return this.welcome();
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
      if (error instanceof NotRegisteredError && this.at === "welcome") this.registration.refused();
    }
  }

  // News from the sender. `states` says of each visit on this device whether it is "due" or "aside": the counter for
  // staff, and on the thanks screen what became of the answers.
  heard({ states, refused }) {
    this.queued = states;
    if (this.at === "thanks" && states) {
      const outcome = { due: "kept", aside: "kept_for_staff" }[states.get(this.thanked)] ?? "sent";
      this.stage.querySelector(".outcome").textContent = say(this.words, outcome);
    }
    this.tellStaff();
    if (refused && this.at === "welcome") this.registration.refused();
  }

  // `isKept` says whether the device's storage took the last finished visit.
  noteStorage(isKept) {
    this.isStorageRefusing = !isKept;
    this.tellStaff();
  }

  // The line at the bottom of the card: how many visits are still here, and whether the storage works.
  tellStaff() {
    const states = [...this.queued?.values() ?? []];
    const count = (state) => states.filter((each) => each === state).length;
    const counts = { waiting: count("due"), aside: count("aside") };
    const parts = Object.keys(counts).filter((key) => counts[key]).map((key) => say(this.words, key, { count: counts[key] }));
    if (this.queued === null || this.isStorageRefusing) parts.push(`${say(this.words, "staff")}: ${say(this.words, "staff_storage")}`);
    this.counter.textContent = parts.join(" · ");
    this.counter.hidden = !parts.length;
  }

  warn(seconds, moreTime) {
    const outcome = this.partial ? "keep_in" : "wipe_in";
    const { dialog, tick } = idleWarning({ words: this.words, seconds, outcome }, { moreTime });
    this.element.append(dialog);
    dialog.showModal();
    return { tick, close: () => { dialog.close(); dialog.remove(); } };
  }
}
