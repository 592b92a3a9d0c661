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
  }

  get easy() {
    return this.on.has("easy_words");
  }

  forget() {
    this.on.clear();
    this.hush();
    for (const kind of KINDS) this.card.classList.remove(kind);
  }

  toggle(kind) {
    if (!this.on.delete(kind)) this.on.add(kind);
    this.card.classList.toggle(kind, this.on.has(kind));
    if (kind === "easy_words") this.changed();
    this.element.querySelector(`[data-kind=${kind}]`)?.setAttribute("aria-pressed", String(this.on.has(kind)));
  }

  // A new screen: the buttons in its language, and silence.
  show(words, screen) {
    this.hush();
    this.element.setAttribute("aria-label", say(words, "display"));
    const focused = this.element.contains(document.activeElement) && document.activeElement.dataset.kind;
    this.element.replaceChildren(...KINDS.map((kind) =>
      h("button", { type: "button", class: "tool", "data-kind": kind, "aria-pressed": String(this.on.has(kind)), onclick: () => this.toggle(kind) },
        say(words, kind))));
    if (globalThis.speechSynthesis) {
      this.element.append(h("button", { type: "button", class: "tool", "data-kind": "read_aloud", onclick: () => this.read(screen) }, say(words, "read_aloud")));
    }
    if (focused) this.element.querySelector(`[data-kind=${focused}]`)?.focus();
    return Boolean(focused);
  }

  hush() {
    globalThis.speechSynthesis?.cancel();
  }

  // Each part in its own language; a second tap begins anew.
  read(screen) {
    this.hush();
    const parts = screen.querySelectorAll("h1, h2, .notice, .help, legend, label, .choice, .primary");
    for (const part of parts) {
      const speech = new SpeechSynthesisUtterance(part.textContent.trim());
      speech.lang = part.closest("[lang]").lang;
      speechSynthesis.speak(speech);
    }
  }
}
