// What a visit asks, screen by screen: who it was, the items, what people say about themselves, the comment.
import { aboutScreen } from "./about.js";
import { mentionsHarm } from "./harm.js";
import { clinicianScreen, commentScreen, harmScreen, questionScreen } from "./screens.js";
import { helpLine } from "./wording.js";

// Each visit's own: it goes when the visit is forgotten.
const screens = new WeakMap();

export class Questionnaire {
  constructor(card) {
    this.card = card;
  }

  get visit() {
    return this.card.visit;
  }

  whoWasIt() {
    this.card.show("visit", () => clinicianScreen({ words: this.card.words, clinicians: this.card.kiosk.clinicians, chosen: this.visit.clinician }, {
      choose: (id) => { this.visit.clinician = id; this.question(0); },
      back: () => { this.card.visit = null; this.card.greet(); },
    }));
  }

  question(place) {
    const { instrument, answers } = this.visit;
    const item = instrument.items[place];
    if (!item) return this.aboutYou();
    this.place = place;
    return this.card.show("visit", () => this.questionScreen().ask(item, answers.get(item)));
  }

  // The screen of this visit's questions; another one when the reader chooses other words.
  questionScreen() {
    const { visit, card } = this;
    const { instrument, answers, language } = visit;
    const kept = screens.get(visit);
    if (kept?.easy === card.comfort.easy) return kept.screen;
    const screen = questionScreen({ words: card.words, wording: instrument.wording[language], language, instrument }, {
      answer: (value) => { answers.set(instrument.items[this.place], value); this.question(this.place + 1); },
      back: () => (this.place ? this.question(this.place - 1) : this.whoWasIt()),
    });
    screens.set(visit, { easy: card.comfort.easy, screen });
    return screen;
  }

  aboutYou() {
    const { about, instrument } = this.visit;
    this.card.show("visit", () => aboutScreen({ words: this.card.words, about }, {
      choose: (name, value) => { if (value) about[name] = value; else delete about[name]; },
      back: () => this.question(instrument.items.length - 1),
      go: () => this.comment(),
    }));
  }

  comment() {
    this.card.show("visit", () => commentScreen({ words: this.card.words, comment: this.visit.comment }, {
      change: (text) => { this.visit.comment = text; },
      back: () => this.aboutYou(),
      send: () => (this.speaksOfHarm() ? this.reachSomebody() : this.card.delivery.finish()),
    }));
  }

  speaksOfHarm() {
    return Object.values(this.card.allWords).some((words) => mentionsHarm(this.visit.comment, words.harm_words));
  }

  reachSomebody() {
    this.card.show("visit", () => harmScreen({ words: this.card.words, help: helpLine(this.card.kiosk, this.card.language) }, {
      send: () => this.card.delivery.finish(), back: () => this.comment(),
    }));
  }
}
