"""A real Chromium, driven by Playwright, and pages in it that fail a test when a script on them throws."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from survey.roster import parse_roster
from survey.store.devices import add_device
from survey.store.roster import apply_roster
from tests.browser.patient import Installation
from tests.samples import response, store_all
from tests.server_process import ServerProcess

# Longer than Playwright's own five seconds: it costs nothing where all is well, and a busy machine is slow.
expect.set_options(timeout=15_000)

SMALL_UNIT = "Hospice"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    executable = shutil.which("chromium")
    assert executable, "Chromium is missing: install the package chromium, then run the tests again."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A function that opens a page in a context of its own, with Playwright's context options."""
    contexts = []
    problems: list[str] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page at 1280 × 800."""
    return new_page(viewport={"width": 1280, "height": 800})


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One running server for the tests that neither kill it nor mind what other tests stored."""
    process = ServerProcess(tmp_path_factory.mktemp("shared_server"))
    process.prepare()
    process.start()
    yield process
    process.kill()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One running server on a demo, for all tests of dashboards, with one unit more: seven answered and felt little."""
    process = ServerProcess(tmp_path_factory.mktemp("demo"))
    assert process.cli("demo", "--responses", "8000", "--seed", "1").returncode == 0
    store = process.open_store()
    with store.writing() as connection:
        apply_roster(connection, parse_roster(f"kind,id,name,parent,email,stage\nunit,u-99,{SMALL_UNIT},p-1,,\n"))
    low = dict(zip(("q1", "q2", "q3", "q4", "q5"), (1, 2, 1, 2, 1), strict=True))
    store_all(store, [response(store.catalogue, unit="u-99", clinician=None, answers=low) for _ in range(7)])
    store.close()
    process.start()
    yield process
    process.kill()


@pytest.fixture
def installation(shared_server: ServerProcess) -> Iterator[Installation]:
    """The shared server, with a device of the test's own at unit u-1."""
    store = shared_server.open_store()
    with store.writing() as connection:
        device, token = add_device(connection, "u-1", "Front desk")
    yield Installation(shared_server.url, store, device.id, token)
    store.close()
