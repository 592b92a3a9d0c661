"""How fast the kiosk's page is on a slow tablet: tap to next question in Chromium slowed down six times, and its size.

Beside it a page of one button that changes one number: nothing on this machine can be faster than that. Run from the
repository's root: `python -m benchmarks.kiosk_page`. Prints a table; limits: 50 ms (p95) and 300 KB.
"""

import shutil
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright

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
EMPTY = """<div class="held"><button class="choice" onclick="this.textContent = Math.random()">0</button></div>"""


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

    @classmethod
    def told_by(cls, page: Page) -> "Taps":
        """What the page has seen since it watches. The browser tells of a frame a little after it."""
        page.wait_for_timeout(500)
        return cls(page.evaluate("placed"), page.evaluate(SHOWN))


def empty_taps(browser: Browser) -> Taps:
    """The same of a page of one button that changes one number."""
    page = browser.new_page(viewport=SCREEN)
    page.set_content(EMPTY)
    slow_down(page)
    page.evaluate(WATCH)
    for _ in range(VISITS * TAPS):
        touch(page, page.get_by_role("button"))
    taps = Taps.told_by(page)
    page.close()
    return taps


def slow_down(page: Page) -> None:
    """Slow the page's processor down."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})


def touch(page: Page, button: Locator) -> None:
    """A tap as the browser gets it: `click()` would run checks of its own in the slowed page."""
    page.wait_for_timeout(BETWEEN_TAPS_MS)
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def visit_taps(page: Page) -> Taps:
    """Of each tap on an answer or a clinician, over several visits."""
    page.evaluate(WATCH)
    for name in VISIT * VISITS:
        touch(page, page.get_by_role("button", name=name, exact=True))
    return Taps.told_by(page)


def summary(times: list[float]) -> str:
    """Median and 95th percentile."""
    return f"{statistics.median(times):>9.1f} ms{statistics.quantiles(times, n=20)[-1]:>9.1f} ms"


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
            page = browser.new_page(viewport=SCREEN)
            ready(page, Installation(server.url, store, device.id, token))
            floor = empty_taps(browser)
            slow_down(page)
            taps = visit_taps(page)
            browser.close()
        finally:
            store.close()
            server.kill()
    print(f"CPU / {SLOWDOWN}, {len(taps.placed)} taps, limit {LIMIT_MS} ms (p95)")
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
    print(f"own code {size / 1000:.1f} KB, limit {LIMIT_BYTES / 1000:.0f} KB")


if __name__ == "__main__":
    main()
