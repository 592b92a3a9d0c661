// What a visit asks, screen by screen: who it was, the items, what people say about themselves, the comment.
import { aboutScreen } from "./about.js";
import { afterFrame } from "./dom.js";
import { mentionsHarm } from "./harm.js";
import { clinicianScreen, commentScreen, harmScreen, questionScreen } from "./screens.js";
import { helpLine } from "./wording.js";

// Each visit's own: they go when the visit is forgotten.
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
    this.buildAhead(() => this.questionScreen().ask(this.visit.instrument.items[0]));
  }

  question(place) {
    const { instrument, answers } = this.visit;
    const item = instrument.items[place];
    if (!item) {
      this.aboutYou();
      return;
    }
    this.place = place;
    this.card.show("visit", () => this.questionScreen().ask(item, answers.get(item)));
    this.buildAhead(() => this.aboutScreen());
  }

  // A slow tablet builds a screen and lays it out while the one before it is read; not any more once that one has gone, for
  // then it may be seen. What waits for a frame, which on a dark screen does not come, holds nothing of the visit.
  buildAhead(build) {
    const { turn, leaves } = this.card;
    afterFrame(() => { if (turn === this.card.turn) leaves.prepare(build()); });
  }

  // A screen of this visit: built once, and anew when the reader has chosen other words.
  kept(name, build) {
    const { easy } = this.card.comfort;
    if (screens.get(this.visit)?.easy !== easy) screens.set(this.visit, { easy });
    return (screens.get(this.visit)[name] ??= build());
  }

  questionScreen() {
    const { instrument, answers, language } = this.visit;
    const wording = instrument.wording[language];
    return this.kept("questions", () => questionScreen({ words: this.card.words, wording, language, instrument }, {
      answer: (value) => { answers.set(instrument.items[this.place], value); this.question(this.place + 1); },
      back: () => (this.place ? this.question(this.place - 1) : this.whoWasIt()),
    }));
  }

  aboutScreen() {
    const { about, instrument } = this.visit;
    return this.kept("about", () => aboutScreen({ words: this.card.words, about }, {
      choose: (name, value) => { if (value) about[name] = value; else delete about[name]; },
      back: () => this.question(instrument.items.length - 1),
      go: () => this.comment(),
    }));
  }

  aboutYou() {
    this.card.show("visit", () => this.aboutScreen());
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
