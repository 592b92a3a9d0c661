"""`make pictures`: the pictures in README.md and docs/, taken from the real app on a demo store."""

import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import FLAGS
from tests.browser.staff import put_persona_on
from tests.server_process import ServerProcess

FOLDER = Path(__file__).parent / "pictures"
# Nothing is loading, and every chart is there.
DRAWN = """() => {
  const charts = [...document.querySelectorAll("[data-testid=stVegaLiteChart]")];
  const loading = document.querySelector("[data-testid=stSkeleton]");
  return !loading && charts.every((each) => each.querySelector("canvas, svg"));
}"""


def open_page(browser: Browser, width: int, height: int) -> Page:
    """A page of this size in a context of its own."""
    return browser.new_context(viewport={"width": width, "height": height}).new_page()


def be(page: Page, server: ServerProcess, persona: str) -> None:
    """Look around as a persona of the demo."""
    put_persona_on(page, server, persona)
    page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg").first.wait_for()
    page.wait_for_function(DRAWN)
    page.wait_for_timeout(1_500)


def take_kiosk(browser: Browser, url: str, token: str) -> None:
    """A question on a tablet."""
    page = open_page(browser, 1024, 768)
    page.goto(f"{url}/kiosk/")
    page.locator("summary").click()
    page.get_by_label("Device token").fill(token)
    page.get_by_role("button", name="Register").last.click()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name="I am not sure who it was").click()
    page.get_by_role("button", name="Always").click()
    page.get_by_role("button", name="Does not apply").wait_for()
    page.wait_for_timeout(600)
    page.screenshot(path=FOLDER / "kiosk.png")


def take_dashboard(browser: Browser, server: ServerProcess, persona: str, name: str) -> None:
    """The top of a persona's dashboard."""
    page = open_page(browser, 1280, 1000)
    be(page, server, persona)
    page.screenshot(path=FOLDER / f"{name}.png")


def main() -> None:
    """Start a demo of its own, take the pictures, stop it."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ServerProcess(Path(folder))
        server.cli("demo")
        added = server.cli("device", "add", "--unit", "u-01", "--name", "Picture", "--json").stdout
        server.start()
        try:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
            take_kiosk(browser, server.url, added.split('"token": "')[1].split('"')[0])
            take_dashboard(browser, server, "Clinician 02", "my_feedback")
            take_dashboard(browser, server, "Lead of Medicine", "compare_units")
            browser.close()
        finally:
            server.kill()


if __name__ == "__main__":
    main()
