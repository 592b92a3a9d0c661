"""A real Chromium, and one running server that the tests which do not kill it share: each test has a device of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from survey.store.devices import add_device
from tests.browser.patient import Installation
from tests.server_process import ServerProcess

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
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
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab in a profile of its own; `@pytest.mark.parametrize("page", [{…}], indirect=True)` sets it up otherwise.

    An exception that no module of ours caught fails the test.
    """
    options = {"locale": "en-US", "viewport": {"width": 1024, "height": 768}} | getattr(request, "param", {})
    context = browser.new_context(**options)
    tab = context.new_page()
    errors: list[str] = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    yield tab
    context.close()
    assert errors == []


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    process = ServerProcess(Path(tmp_path_factory.mktemp("kiosk")))
    process.prepare()
    process.start()
    yield process
    process.kill()


@pytest.fixture
def installation(shared_server: ServerProcess) -> Iterator[Installation]:
    """The shared server, with a new device at unit u-1."""
    store = shared_server.open_store()
    with store.writing() as connection:
        device, token = add_device(connection, "u-1", "Front desk")
    yield Installation(shared_server.url, store, device.id, token)
    store.close()
