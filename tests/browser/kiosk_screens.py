"""Every screen that the card can show, reached at once instead of by a visit, and what is looked at on each."""

from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page

# Runs inside the page and leaves `compati` there: the card, its screens by name, and what was found on each.
_LOOK = """async () => {
  const { mount } = await import("/kiosk/mount.js");
  const card = await mount(document.getElementById("kiosk"));
  const { questionnaire, registration, staff } = card;
  const message = (key, actions, note) => () => card.showMessage(key, actions, note);
  const nothing = () => {};
  const visiting = (go) => () => { card.start(); return go(); };
  const screens = {
    enrol: () => registration.enrol(),
    "unknown token": () => registration.enrol("staff_unknown"),
    "wrong code": () => registration.enrol("staff_code_wait", 60),
    loading: message("loading"),
    unreachable: message("staff_unreachable", { tryAgain: nothing }),
    refused: () => registration.refused(),
    "no wording": message("no_wording"),
    welcome: () => card.greet(),
    paused: () => card.pause(),
    declined: message("declined", { done: nothing }, "declined_note"),
    clinician: () => card.start(),
    question: visiting(() => questionnaire.question(0)),
    "question answered": visiting(() => {
      card.visit.answers.set(card.visit.instrument.items[3], 2);
      questionnaire.question(3);
    }),
    about: visiting(() => {
      card.visit.about.education = "postgraduate";
      questionnaire.aboutYou();
    }),
    comment: visiting(() => questionnaire.comment()),
    harm: visiting(() => questionnaire.reachSomebody()),
    idle: visiting(() => {
      questionnaire.question(0);
      card.idle.warning = card.warn(20, nothing);
    }),
    "not kept": message("not_kept"),
    thanks: () => card.thanks("none", "kept"),
    "thanks on a phone": () => {
      card.visitToken = "own";
      card.thanks("none", "sent");
      card.visitToken = null;
    },
    used: message("used", {}, "used_note"),
    expired: message("expired", {}, "expired_note"),
    pin: () => staff.ask(),
    "wrong pin": () => staff.ask("staff_pin_wrong"),
    "staff menu": () => staff.menu({ problem: "staff_imported", count: 3 }),
    "staff menu without pin": () => staff.menu({ harmless: "staff_pin_none" }),
  };

  const show = async (name, language) => {
    card.idle.stop();
    card.language = language;
    card.heard({ states: new Map([["a", "due"], ["b", "aside"]]), refused: false });
    await screens[name]();
    clearTimeout(card.leaving);
  };

  // Whatever is written stays inside the card and inside its button.
  const spilt = () => {
    const found = [];
    const walker = document.createTreeWalker(card.element, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement, textContent } = walker.currentNode;
      if (!textContent.trim() || parentElement.closest(".unseen, option, noscript")) continue;
      const range = document.createRange();
      range.selectNodeContents(walker.currentNode);
      const text = range.getBoundingClientRect();
      const frame = parentElement.closest("button, select, .pill, dialog, .compati").getBoundingClientRect();
      const isInside = text.left >= frame.left - 1 && text.right <= frame.right + 1;
      if (text.width && !isInside) found.push(`spilt: ${textContent}`);
    }
    for (const each of card.element.querySelectorAll("select")) {
      if (each.scrollWidth > each.clientWidth + 1) found.push(`cut off: ${each.value}`);
    }
    return found;
  };

  const TARGETS = "button, textarea, select, summary, .pill, input:not([type=radio])";
  const small = () => [...card.element.querySelectorAll(TARGETS)]
    .map((each) => [each.textContent.trim() || each.id, each.getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.width < 48 || box.height < 48))
    .map(([name, box]) => `small: ${name}, ${box.width} × ${box.height}`);

  // The last button can be brought wholly into view, also that of a dialog on a very low screen.
  const outOfReach = () => {
    const inFront = card.element.querySelector("dialog") ?? card.element;
    const last = [...inFront.querySelectorAll("button")].filter((each) => each.checkVisibility()).at(-1);
    last.scrollIntoView({ block: "nearest" });
    const box = last.getBoundingClientRect();
    return box.top < -1 || box.bottom > innerHeight + 1 ? [`out of reach: ${last.textContent}`] : [];
  };

  const root = document.documentElement;
  globalThis.compati = {
    // What is wrong with any screen's layout in this language and at this size.
    async layout(language) {
      const found = [];
      for (const name of Object.keys(screens)) {
        await show(name, language);
        const sideways = root.scrollWidth - root.clientWidth;
        const moving = document.getAnimations().length;
        found.push(...[
          ...(sideways > 0 ? [`scrolls sideways by ${sideways}`] : []),
          ...(document.querySelector("a[href], area, iframe, form[action]") ? ["leads away"] : []),
          ...(moving ? ["moves"] : []), ...spilt(), ...small(), ...outOfReach(),
        ].map((what) => `${name}: ${what}`));
      }
      return found;
    },
    async axe(language, options) {
      const found = [];
      for (const name of Object.keys(screens)) {
        await show(name, language);
        const { violations } = await axe.run(document, options);
        for (const { id, nodes } of violations) found.push([name, id, nodes.map(({ html }) => html)]);
      }
      return found;
    },
    async height(name, language) {
      await show(name, language);
      card.counter.hidden = true;
      return root.scrollHeight;
    },
  };
}"""
# Every rule of axe for any level of WCAG, those that it leaves out by default too, and its best practices.
_LEVELS = ("wcag2a", "wcag2aa", "wcag2aaa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_COLOURS = ("color-contrast", "color-contrast-enhanced", "link-in-text-block")


def _options(kind: str, values: tuple[str, ...]) -> dict[str, Any]:
    return {"runOnly": {"type": kind, "values": values}, "resultTypes": ["violations"], "elementRef": False}


class Screens:
    """All screens of the card on a page of an enrolled kiosk."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.evaluate(_LOOK)

    def layout_problems(self, language: str) -> list[str]:
        """What is wrong with any screen as wide and high as the page is now: cut off, too small, a way out."""
        found: list[str] = self.page.evaluate("(language) => compati.layout(language)", language)
        return found

    def axe_findings(self, language: str, *, colours_only: bool = False) -> list[list[Any]]:
        """Axe's findings on any screen, of all levels: screen, rule, elements."""
        if not self.page.evaluate("'axe' in globalThis"):
            self.page.evaluate(AXE_FILE_PATH.read_text())
        options = _options("rule", _COLOURS) if colours_only else _options("tag", _LEVELS)
        found: list[list[Any]] = self.page.evaluate(
            "([language, options]) => compati.axe(language, options)", [language, options]
        )
        return found

    def height(self, name: str, language: str) -> int:
        """How high the page must be for this screen to be seen without scrolling, if it is higher than the page."""
        found: int = self.page.evaluate("([name, language]) => compati.height(name, language)", [name, language])
        return found
