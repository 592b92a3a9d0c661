"""Dashboards where a chart has nothing to show: words say so, no empty plot stands there, no script complains."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from survey.store.schema import store_fact
from tests.browser.staff import put_persona_on
from tests.browser.test_compare_units import MAIN, PANELS, open_panel
from tests.samples import response, store_all
from tests.server_process import ServerProcess

ITEMS = tuple(f"q{number}" for number in range(1, 6))
# Enough answered to be shown, but each item too few, and none of their months alone.
ANSWERED = 12
# The panels that have a chart even so.
CHARTS = dict.fromkeys(PANELS, 0) | {"At a glance": 1, "Over time": 1}


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A running server with one unit of which no single item may be shown."""
    server = ServerProcess(tmp_path_factory.mktemp("thin"))
    server.prepare()
    store = server.open_store()
    with store.writing() as connection:
        # Personas, so that nobody has to sign in.
        connection.execute(store_fact.insert(), [{"key": "demo", "value": "0"}])
    answered = [
        dict.fromkeys(ITEMS, 4 if number % 2 else 3) | {ITEMS[number % len(ITEMS)]: "skipped"}
        for number in range(ANSWERED)
    ]
    store_all(store, [response(store.catalogue, answers=answers) for answers in answered])
    store.close()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def listening(new_page: Callable[..., Page]) -> Iterator[Page]:
    """A page on whose console nothing may be written in red."""
    page, written = new_page(viewport={"width": 1280, "height": 900}), []
    page.on("console", lambda message: written.append(message.text) if message.type == "error" else None)
    yield page
    assert written == []


def test_a_leads_panels_without_anything_to_draw_say_so(listening, thin):
    put_persona_on(listening, thin, "Lead 1")
    for panel, charts in CHARTS.items():
        open_panel(listening, panel, charts)
        expect(listening.get_by_test_id("stException")).to_have_count(0)
    open_panel(listening, "Items", 0)
    expect(listening.locator(MAIN)).to_contain_text("No item has enough answers in any unit to be shown.")
    open_panel(listening, "Data quality", 0)
    expect(listening.locator(MAIN)).to_contain_text("Nothing is known of single items: too few answers.")


def test_a_clinicians_chart_without_an_item_says_so(listening, thin):
    put_persona_on(listening, thin, "Clinician 1")
    expect(listening.locator(MAIN)).to_contain_text("No item has enough answers to be shown.", timeout=30_000)
    expect(listening.get_by_test_id("stVegaLiteChart").locator("svg").first).to_be_visible()
    expect(listening.get_by_text("What patients felt: table")).to_have_count(0)
    expect(listening.get_by_test_id("stException")).to_have_count(0)
