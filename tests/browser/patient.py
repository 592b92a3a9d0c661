"""What a patient and the staff do at a kiosk, in both of its hosts, and what an installation has stored of it."""

import time
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect

from survey.response import Response
from survey.store import Store
from survey.store.responses import iterate_responses

HOSTS = ["page", "streamlit"]
KEPT = "Your answers are kept safely on this device and will be sent by themselves."
SENT = "Your answers have been sent."
# Presses one button after the other. A finger would have to wait after each, until a second tap counts as meant.
PRESS = """(card, names) => {
  for (const name of names) {
    const found = [...card.querySelectorAll(".stage button")].find((each) => each.textContent === name);
    if (!found) throw new Error(`There is no button ${name}, but: ${card.innerText}`);
    found.click();
  }
}"""
SEND_NOW = "dispatchEvent(new Event('online'))"
QUEUE = """async () => {
  const open = indexedDB.open("compati", 1);
  const database = await new Promise((resolve) => { open.onsuccess = () => resolve(open.result); });
  const all = database.transaction("visits").objectStore("visits").getAll();
  const visits = await new Promise((resolve) => { all.onsuccess = () => resolve(all.result); });
  database.close();
  return visits;
}"""


@dataclass(frozen=True)
class Installation:
    """A running server, its store opened beside it, and one device's token."""

    url: str
    store: Store
    device_id: str
    token: str

    def stored(self) -> list[Response]:
        """What this device has sent, in the order of arrival."""
        with self.store.reading() as connection:
            everything = list(iterate_responses(connection, self.store.catalogue))
        return [each for each in everything if each.device_id == self.device_id]

    def wait_for_stored(self, count: int, seconds: float = 10) -> list[Response]:
        """What is stored once there are that many, or after that many seconds."""
        deadline = time.monotonic() + seconds
        while len(found := self.stored()) < count and time.monotonic() < deadline:
            time.sleep(0.1)
        return found


class Kiosk:
    """The card on a device's screen. `taps` counts what the patient had to do."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.taps = 0

    @property
    def card(self) -> Locator:
        return self.page.locator(".compati")

    @property
    def title(self) -> Locator:
        return self.card.get_by_role("heading", level=1)

    @property
    def outcome(self) -> Locator:
        return self.card.get_by_role("status")

    @property
    def counter(self) -> Locator:
        return self.card.locator(".counter")

    def open(self, host: str = "page") -> "Kiosk":
        """Show the card in one of its hosts; it asks for a token if the device has none."""
        if host == "page":
            self.page.goto(f"{self.url}/kiosk/")
        else:
            self.page.goto(self.url)
            self.page.get_by_role("link", name="Kiosk").click()
        expect(self.title).to_be_visible(timeout=30_000)
        return self

    def register(self, token: str) -> "Kiosk":
        """What staff do once."""
        if not self.card.locator("#token").is_visible():
            self.card.locator("summary").click()
        self.card.locator("#token").fill(token)
        self.card.locator("details button").click()
        return self

    def tap(self, *names: str) -> "Kiosk":
        for name in names:
            self.card.get_by_role("button", name=name, exact=True).click()
            self.taps += 1
        return self

    def press(self, *names: str) -> "Kiosk":
        """Tap, at once: for what comes before that which a test is about."""
        self.card.evaluate(PRESS, names)
        return self

    def visit(self, *answers: str, clinician: str = "Clinician 1") -> "Kiosk":
        """From the welcome to the comment, at once."""
        expect(self.title).to_have_text("How were you treated?")
        self.press("Start", clinician, *(answers or ["Always"] * 5), "Continue")
        expect(self.title).to_have_text("Would you like to add anything?")
        return self

    def send_now(self) -> None:
        """The browser hears that the network is back; otherwise the next attempt comes after a wait."""
        self.page.evaluate(SEND_NOW)

    def queue(self) -> list[dict[str, Any]]:
        """The visits that are still on the device."""
        return self.page.evaluate(QUEUE)


def ready(page: Page, installation: Installation, host: str = "page") -> Kiosk:
    """An enrolled kiosk that greets the next patient."""
    kiosk = Kiosk(page, installation.url).open(host).register(installation.token)
    expect(kiosk.title).to_have_text("How were you treated?")
    return kiosk
