"""How fast the kiosk's page is on a slow tablet: tap to next question in Chromium slowed down six times, and its size.

By a finger on a touch screen, as on a tablet, and by a mouse. Beside each a page of one button that changes one number:
nothing on this machine can be faster than that. Run from the repository's root: `python -m benchmarks.kiosk_page`.
Prints tables; limits: 50 ms (p95) and 300 KB.
"""

import json
import shutil
import statistics
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, ViewportSize, sync_playwright

from survey.kiosk import FOLDER
from survey.store.devices import add_device
from tests.browser.patient import Installation, ready
from tests.server_process import ServerProcess

SLOWDOWN = 6
SCREEN: ViewportSize = {"width": 768, "height": 1024}
VISITS = 12
LIMIT_MS = 50
LIMIT_BYTES = 300_000
# From the browser's own stamp of the tap: until the new screen is in the page and laid out, and, by the browser's Event
# Timing, until the frame that shows it (in steps of 8 ms).
WATCH = """() => {
  globalThis.placed = [];
  globalThis.shown = new Map();
  document.querySelector(".held").addEventListener("click", (event) => {
    if (!event.target.closest(".choice")) return;
    placed.push(performance.now() - event.timeStamp);
    shown.set(event.timeStamp, null);
  });
  new PerformanceObserver((list) => {
    for (const { name, startTime, duration } of list.getEntries())
      if (name === "click" && shown.has(startTime)) shown.set(startTime, duration);
  }).observe({ type: "event", durationThreshold: 16 });
}"""
# A tap that took less than the shortest time that is told took no longer than that.
SHOWN = "[...shown.values()].map((duration) => duration ?? 16)"
# Of a visit's taps on choices the first leads to the first question, the last to "About you", the others to a question.
TAPS = 6
TO_FIRST, TO_NEXT, TO_ABOUT = range(1), range(1, 5), range(5, 6)
VISIT = ("Start", "Clinician 1", *["Always"] * 5, "Continue", "Send my answers", "Done")
# Two taps of a finger are further apart; until then the card takes no second one.
BETWEEN_TAPS_MS = 500
# A button that does not come is looked for so often.
LOOKS = 60
# So long a finger stays on the screen; the browser's stamp of a tap is of the moment when it leaves.
PRESSED_MS = 80
EMPTY = """<div class="held">
  <button class="choice" aria-label="One" onclick="this.textContent = Math.random()">0</button>
</div>"""
# The middle of a button by its name, in view. A locator that is asked leaves listeners to every touch in the page, for
# which the browser must wait as a patient's does not.
MIDDLE = """(name) => {
  const named = (button) => (button.ariaLabel ?? button.textContent) === name && button.checkVisibility();
  const button = [...document.querySelectorAll("button")].find(named);
  button?.scrollIntoView({ block: "nearest" });
  const { x, y, width, height } = button?.getBoundingClientRect() ?? {};
  return button && [x + width / 2, y + height / 2];
}"""


@dataclass(frozen=True)
class Taps:
    """Milliseconds of each tap: until the next screen was placed, until a frame showed it."""

    placed: list[float]
    shown: list[float]

    def of(self, places: range) -> "Taps":
        """Those of every visit whose places within the visit these are."""
        return Taps(
            *([each for at, each in enumerate(times) if at % TAPS in places] for times in (self.placed, self.shown))
        )


@dataclass(frozen=True)
class Hand:
    """Taps on a slowed page as the browser gets them: `click()` would run checks of its own in that page."""

    page: Page
    device: CDPSession
    is_finger: bool

    @classmethod
    def at(cls, browser: Browser, is_finger: bool) -> "Hand":
        """A new page, not slowed yet."""
        page = browser.new_context(viewport=SCREEN, has_touch=is_finger, is_mobile=is_finger).new_page()
        return cls(page, page.context.new_cdp_session(page), is_finger)

    def taps(self, names: Iterable[str]) -> Taps:
        """Tap the buttons with these names, say how long each took, and close the page."""
        self.device.send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})
        self.run(f"({WATCH})()")
        for name in names:
            self.tap(name)
        # The browser tells of a frame a little after it.
        self.page.wait_for_timeout(500)
        taps = Taps(self.run("placed"), self.run(SHOWN))
        self.page.context.close()
        return taps

    def run(self, expression: str) -> Any:
        """What an expression gives in the page."""
        answer = self.device.send("Runtime.evaluate", {"expression": expression, "returnByValue": True})
        if "exceptionDetails" in answer:
            raise RuntimeError(f"The page cannot run {expression}: {answer['exceptionDetails']['text']}")
        return answer["result"].get("value")

    def find(self, name: str) -> tuple[float, float]:
        """The middle of a button, once it is there; raises TimeoutError when it does not come."""
        for _ in range(LOOKS):
            if middle := self.run(f"({MIDDLE})({json.dumps(name)})"):
                return tuple(middle)
            self.page.wait_for_timeout(BETWEEN_TAPS_MS)
        raise TimeoutError(f"There is no button {name}.")

    def tap(self, name: str) -> None:
        """One tap, well after the one before."""
        self.page.wait_for_timeout(BETWEEN_TAPS_MS)
        x, y = self.find(name)
        if not self.is_finger:
            self.page.mouse.click(x, y)
            return
        self.device.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        self.page.wait_for_timeout(PRESSED_MS)
        self.device.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def empty_taps(browser: Browser, is_finger: bool) -> Taps:
    """Taps on a page of one button that changes one number."""
    hand = Hand.at(browser, is_finger)
    hand.page.set_content(EMPTY)
    return hand.taps(["One"] * VISITS * TAPS)


def visit_taps(browser: Browser, installation: Installation, is_finger: bool) -> Taps:
    """Of each tap on an answer or a clinician, over several visits."""
    hand = Hand.at(browser, is_finger)
    ready(hand.page, installation)
    hand.page.reload()
    hand.find("Start")
    return hand.taps(VISIT * VISITS)


def summary(times: list[float]) -> str:
    """Median and 95th percentile."""
    return f"{statistics.median(times):>9.1f} ms{statistics.quantiles(times, n=20)[-1]:>9.1f} ms"


def report(by: str, taps: Taps, floor: Taps) -> None:
    """Print a table."""
    print(f"by {by}, CPU / {SLOWDOWN}, {len(taps.placed)} taps, limit {LIMIT_MS} ms (p95)")
    print(f"{'measure':<52}{'median':>12}{'p95':>12}")
    for what, some in (
        ("every tap", taps),
        ("to the first question", taps.of(TO_FIRST)),
        ("from a question to the next", taps.of(TO_NEXT)),
        ("to 'About you'", taps.of(TO_ABOUT)),
    ):
        print(f"{what + ': next screen in its place':<52}{summary(some.placed)}")
        print(f"{what + ': next screen shown':<52}{summary(some.shown)}")
    print(f"{'one button that changes a number, placed':<52}{summary(floor.placed)}")
    print(f"{'one button that changes a number, shown':<52}{summary(floor.shown)}")


def main() -> None:
    """Measure and print."""
    size = sum(
        path.stat().st_size for path in FOLDER.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    )
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ServerProcess(Path(folder))
        server.prepare()
        server.start()
        store = server.open_store()
        try:
            with store.writing() as connection:
                device, token = add_device(connection, "u-1", "Benchmark")
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            installation = Installation(server.url, store, device.id, token)
            for is_finger in (True, False):
                floor = empty_taps(browser, is_finger)
                report("finger" if is_finger else "mouse", visit_taps(browser, installation, is_finger), floor)
            browser.close()
        finally:
            store.close()
            server.kill()
    print(f"own code {size / 1000:.1f} KB, limit {LIMIT_BYTES / 1000:.0f} KB")


if __name__ == "__main__":
    main()
