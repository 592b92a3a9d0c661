"""Half an hour without a server for a whole hospital's kiosks, each reloaded in its middle: every finished visit is
stored exactly once.

The real card in one real Chromium, a kiosk for each name under localhost: to a browser each is a site of its own, with
its own storage and its own service worker. Time runs faster for the kiosks' timers; the server is killed and started
for real. COMPATI_NIGHTLY=1 runs a hundred kiosks with more visits and a second kill while the queues drain.
"""

import os
import random
import shutil
import time
from collections import Counter
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

from survey.store.devices import add_device
from survey.store.responses import iterate_responses
from tests.browser.conftest import FLAGS

NIGHTLY = bool(os.environ.get("COMPATI_NIGHTLY"))
KIOSKS, OFFLINE_VISITS = (100, 4) if NIGHTLY else (12, 2)
SEED = int(os.environ.get("COMPATI_SEED", random.randrange(10**6)))
# Half an hour of the sender's waiting in half a minute. The wait for a silent disk (10 s) stays: the disk is real.
HASTE = 60
OUTAGE = 1_800 / HASTE if NIGHTLY else 5
DRAIN = 90.0
IN_A_HURRY = """(tokens) => {
  const later = setTimeout;
  globalThis.setTimeout = (work, wait = 0, ...rest) => later(work, wait === 10_000 ? wait : wait / %d, ...rest);
  if (tokens[location.hostname]) localStorage.setItem("compati.token", tokens[location.hostname]);
}"""
# A visit by the card's own buttons, as fast as they are there; true once its patient is thanked.
VISIT = """async (comment) => {
  const buttons = () => [...document.querySelectorAll(".compati button")];
  const tap = (name) => buttons().find((each) => each.textContent === name).click();
  ["Start", "Clinician 1", "Always", "Usually", "Sometimes", "Never", "Always", "Continue"].forEach(tap);
  const field = document.querySelector("textarea");
  field.value = comment;
  field.dispatchEvent(new Event("input"));
  tap("Send my answers");
  while (!document.querySelector(".thanks")) await new Promise((resolve) => requestAnimationFrame(resolve));
  tap("Done");
  return true;
}"""
GREETS = """() => document.querySelector(".compati h1")?.textContent === "How were you treated?" """
READY = "async () => Boolean(navigator.serviceWorker.controller && await caches.match('/kiosk/complete'))"
QUEUED = "() => import('/kiosk/queue.js').then(async (queue) => (await queue.allVisits()).length)"


def wait_until(pages: list[Page], question: str, seconds: float = 60) -> None:
    """Ask every page again and again until each has said yes."""
    deadline = time.monotonic() + seconds
    left = list(pages)
    while left := [page for page in left if not page.evaluate(question)]:
        assert time.monotonic() < deadline, f"{len(left)} of {len(pages)} kiosks are not there after {seconds} s."
        time.sleep(0.05)


@pytest.fixture
def many(playwright_of_many, server):
    """The kiosks' pages, open and able to start without their server."""
    names = [f"k{number}.localhost" for number in range(KIOSKS)]
    store = server.open_store()
    with store.writing() as connection:
        tokens = {name: add_device(connection, "u-1", f"Kiosk {name}")[1] for name in names}
    store.close()
    context = playwright_of_many.new_context(locale="en-US", viewport={"width": 400, "height": 300})
    context.add_init_script(f"({IN_A_HURRY % HASTE})({tokens!r})")
    pages = []
    for name in names:
        page = context.new_page()
        page.goto(f"http://{name}:{urlsplit(server.url).port}/kiosk/", wait_until="commit")
        pages.append(page)
    wait_until(pages, READY)
    wait_until(pages, GREETS)
    yield pages
    context.close()


@pytest.fixture
def playwright_of_many(browser):
    """A browser that does not give each site a process of its own."""
    flags = [*FLAGS, "--disable-site-isolation-trials", "--renderer-process-limit=4"]
    found = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=flags)
    yield found
    found.close()


def test_every_visit_finished_during_an_outage_is_stored_exactly_once(many, server):
    print(f"COMPATI_SEED={SEED}")
    dice = random.Random(SEED)
    finished = []

    def visit(number, page, name):
        comment = f"kiosk {number}, visit {name}"
        assert page.evaluate(VISIT, comment)
        finished.append(comment)

    for number, page in enumerate(many):
        visit(number, page, "before")
        if number == KIOSKS // 2:
            # Those sent just now are on their way: some are stored without the kiosk hearing of it.
            server.kill()
    began = time.monotonic()
    work = [(number, turn) for number in range(KIOSKS) for turn in [*range(OFFLINE_VISITS), "reload"]]
    dice.shuffle(work)
    for done, (number, turn) in enumerate(work):
        time.sleep(max(0.0, OUTAGE * done / len(work) - (time.monotonic() - began)))
        if turn == "reload":
            many[number].reload(wait_until="commit")
            wait_until([many[number]], GREETS)
        else:
            visit(number, many[number], turn)
    server.start()
    if NIGHTLY:
        time.sleep(dice.uniform(0, 1))
        server.kill()
        server.start()
    wait_until(many, f"async () => !(await ({QUEUED})())", DRAIN)

    store = server.open_store()
    with store.reading() as connection:
        stored = Counter(each.comment for each in iterate_responses(connection, store.catalogue))
    store.close()
    assert stored == Counter(finished)
    assert len(finished) == KIOSKS * (OFFLINE_VISITS + 1)
