// The card's two leaves: the patient sees the stage, the other one holds the screen that comes next. It is laid out already,
// which on a slow tablet is a third of the work of showing it, and is there for nobody: not for eyes, fingers, keys or readers.
import { h } from "./dom.js";

export class Leaves {
  constructor() {
    this.stage = h("div", { class: "stage" });
    this.ahead = h("div", { class: "ahead" });
  }

  show(screen) {
    if (screen === this.stage.firstChild) return;
    if (screen === this.ahead.firstChild) {
      [this.stage, this.ahead] = [this.ahead, this.stage];
      this.stage.className = "stage";
      this.ahead.className = "ahead";
      return;
    }
    this.stage.replaceChildren(screen);
    this.ahead.replaceChildren();
  }

  prepare(screen) {
    if (screen.isConnected) return;
    this.ahead.replaceChildren(screen);
    // What is not to be seen is laid out only when somebody asks where it is.
    screen.getBoundingClientRect();
  }
}
