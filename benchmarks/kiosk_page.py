"""How fast the kiosk's page is on a slow tablet: tap to next question in Chromium slowed down six times, and its size.

Beside it a page of one button that changes one number: nothing on this machine can be faster than that. Run from the
repository's root: `python -m benchmarks.kiosk_page`. Prints a table; limits: 50 ms (p95) and 300 KB.
"""

import shutil
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from survey.kiosk import FOLDER
from survey.store.devices import add_device
from tests.browser.patient import Installation, Kiosk, ready
from tests.server_process import ServerProcess

SLOWDOWN = 6
SCREEN: ViewportSize = {"width": 768, "height": 1024}
VISITS = 12
LIMIT_MS = 50
LIMIT_BYTES = 300_000
# From the browser's own stamp of the tap: until the new screen is in the page, laid out and with the focus; and until
# the frame that follows, so that drawing is part of it.
WATCH = """() => {
  globalThis.taps = [];
  globalThis.placed = [];
  document.querySelector(".stage").addEventListener("click", (event) => {
    if (!event.target.matches(".choice")) return;
    placed.push(performance.now() - event.timeStamp);
    requestAnimationFrame(() => setTimeout(() => taps.push(performance.now() - event.timeStamp)));
  });
}"""
EMPTY = """<div class="stage"><button class="choice" onclick="this.textContent = Math.random()">0</button></div>"""


def empty_times(browser: Browser) -> list[float]:
    """The same of a page of one button that changes one number."""
    page = browser.new_page(viewport=SCREEN)
    page.set_content(EMPTY)
    slow_down(page)
    page.evaluate(WATCH)
    for _ in range(VISITS * 6):
        page.get_by_role("button").click()
    times: list[float] = page.evaluate("taps")
    page.close()
    return times


def slow_down(page: Page) -> None:
    """Slow the page's processor down."""
    page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWDOWN})


def tap_times(kiosk: Kiosk, page: Page) -> tuple[list[float], list[float]]:
    """Milliseconds from each tap on an answer to the next screen, over several visits: until placed, until drawn."""
    page.evaluate(WATCH)
    for _ in range(VISITS):
        kiosk.tap("Start", "Clinician 1", *["Always"] * 5, "Continue", "Send my answers", "Done")
    placed: list[float] = page.evaluate("placed")
    times: list[float] = page.evaluate("taps")
    return placed, times


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
            kiosk = ready(page, Installation(server.url, store, device.id, token))
            floor = empty_times(browser)
            slow_down(page)
            placed, times = tap_times(kiosk, page)
            browser.close()
        finally:
            store.close()
            server.kill()
    p95, least, placed_p95 = (statistics.quantiles(each, n=20)[-1] for each in (times, floor, placed))
    print(f"{'measure':<42}{'value':>12}{'limit':>12}")
    print(f"{'tap to next screen placed, median':<42}{statistics.median(placed):>9.1f} ms")
    print(f"{'tap to next screen placed, p95':<42}{placed_p95:>9.1f} ms")
    print(f"{f'tap to next screen, median of {len(times)}':<42}{statistics.median(times):>9.1f} ms{'':>12}")
    print(f"{f'tap to next screen, p95, CPU / {SLOWDOWN}':<42}{p95:>9.1f} ms{LIMIT_MS:>9} ms")
    print(f"{'one button that changes a number, p95':<42}{least:>9.1f} ms")
    print(f"{'own code':<42}{size / 1000:>9.1f} KB{LIMIT_BYTES / 1000:>9.0f} KB")


if __name__ == "__main__":
    main()
