// What a visit asks, screen by screen: who it was, the items, what people say about themselves, the comment.
import { aboutScreen } from "./about.js";
import { mentionsHarm } from "./harm.js";
import { clinicianScreen, commentScreen, harmScreen, questionScreen } from "./screens.js";
import { helpLine } from "./wording.js";

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
    const { instrument, answers, language } = this.visit;
    const item = instrument.items[place];
    if (!item) return this.aboutYou();
    return this.card.show("visit", () => questionScreen({
      words: this.card.words, wording: instrument.wording[language], language, instrument, item, chosen: answers.get(item),
    }, {
      answer: (value) => { answers.set(item, value); this.question(place + 1); },
      back: () => (place ? this.question(place - 1) : this.whoWasIt()),
    }));
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
