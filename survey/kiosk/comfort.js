// What makes reading easier, at a tap and for this visit only: larger text, high contrast, easy words, reading aloud.
import { h } from "./dom.js";
import { say } from "./wording.js";

const KINDS = ["larger", "contrast", "easy_words"];

export class Comfort {
  // `card` is the element whose looks change; `changed()` hears that words must be said anew.
  constructor({ card, changed }) {
    this.card = card;
    this.changed = changed;
    this.element = h("div", { class: "comfort", role: "group" });
    this.on = new Set();
    // Perhaps: a page that was loaded anew may still be speaking.
    this.isReading = true;
  }

  get easy() {
    return this.on.has("easy_words");
  }

  forget() {
    this.on.clear();
    this.hush();
    for (const kind of KINDS) this.mark(kind);
  }

  toggle(kind) {
    if (!this.on.delete(kind)) this.on.add(kind);
    this.mark(kind);
    if (kind === "easy_words") this.changed();
  }

  mark(kind) {
    this.card.classList.toggle(kind, this.on.has(kind));
    this.element.querySelector(`[data-kind=${kind}]`)?.setAttribute("aria-pressed", String(this.on.has(kind)));
  }

  // A new screen: silence, and the buttons in its language. They are made anew only when they say something else, for
  // what is built between a tap and the next question is time that somebody waits on a slow tablet.
  show(words, screen) {
    this.hush();
    this.shown = screen;
    const kinds = globalThis.speechSynthesis ? [...KINDS, "read_aloud"] : KINDS;
    const focused = this.element.contains(document.activeElement) && document.activeElement.dataset.kind;
    const labels = kinds.map((kind) => say(words, kind));
    if (String(labels) !== this.labels) {
      this.labels = String(labels);
      this.element.setAttribute("aria-label", say(words, "display"));
      this.element.replaceChildren(...kinds.map((kind, place) => this.tool(kind, labels[place])));
      if (focused) this.element.querySelector(`[data-kind=${focused}]`)?.focus();
    }
    return Boolean(focused);
  }

  tool(kind, label) {
    if (kind === "read_aloud") return h("button", { type: "button", class: "tool", "data-kind": kind, onclick: () => this.read(this.shown) }, label);
    const pressed = String(this.on.has(kind));
    return h("button", { type: "button", class: "tool", "data-kind": kind, "aria-pressed": pressed, onclick: () => this.toggle(kind) }, label);
  }

  hush() {
    if (this.isReading) globalThis.speechSynthesis?.cancel();
    this.isReading = false;
  }

  // Each part in its own language; a second tap begins anew.
  read(screen) {
    this.hush();
    this.isReading = true;
    const parts = screen.querySelectorAll("h1, h2, .notice, .help, legend, label, .choice, .primary");
    for (const part of parts) {
      const speech = new SpeechSynthesisUtterance(part.textContent.trim());
      speech.lang = part.closest("[lang]").lang;
      speechSynthesis.speak(speech);
    }
  }
}
