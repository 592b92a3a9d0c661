"""One answer the whole way: from a tap on the kiosk into the store, the sheet and both dashboards."""

import re
import time

import pytest
from playwright.sync_api import expect

from survey.sheets.layout import tab_title
from survey.store.status import read_status
from tests.server_process import ServerProcess
from tests.sheets_server import LoopbackSheets

RESPONSES = 1_500
UNIT, CLINICIAN = "Cardiology", "Clinician 02"


@pytest.fixture
def sheets():
    with LoopbackSheets() as server:
        yield server


@pytest.fixture
def demo(tmp_path, sheets):
    mirror = {"COMPATI_SHEETS__SPREADSHEET": "book-1", "COMPATI_SHEETS__API_BASE": sheets.url}
    process = ServerProcess(tmp_path, **mirror)
    assert process.cli("demo", "--responses", str(RESPONSES)).returncode == 0
    process.start()
    yield process
    process.kill()


def responses_shown(page, url, persona):
    """How many responses the persona's dashboard says it counts."""
    page.goto(url)
    page.get_by_role("combobox", name="Persona of the demo").click()
    page.keyboard.type(persona)
    page.get_by_role("option", name=persona).first.click()
    page.get_by_role("button", name="Be this persona").click()
    said = re.compile(r"([\d,]+) (responses; the score is|patients; likely between)")
    found = page.get_by_text(said).first
    found.wait_for(timeout=30_000)
    return int(said.search(found.inner_text())[1].replace(",", ""))


def both_dashboards(new_page, url):
    personas = (f"Clinician · {CLINICIAN}", "Lead · Lead of Medicine")
    return [responses_shown(new_page(), url, persona) for persona in personas]


def answer_on_the_kiosk(page, url):
    page.goto(url)
    page.get_by_role("link", name="Kiosk").click()
    page.get_by_text("For staff: register this browser").click()
    expect(page.get_by_role("combobox", name="Unit")).to_have_value(UNIT)
    page.get_by_role("button", name="Register this browser").click()
    page.get_by_role("button", name="Start").click()
    page.get_by_role("button", name=CLINICIAN).click()
    for level in ("Always", "Usually", "Always", "Sometimes", "Always"):
        page.get_by_role("button", name=level).click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Your comment").fill("A comment for nobody's sheet")
    page.get_by_role("button", name="Send my answers").click()
    page.get_by_text("Your answers have been sent.").wait_for()


def wait_for_mirror(sheets, rows):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        tabs = [sheets.rows(sheet.title) for sheet in sheets.book.sheets]
        mirrored = [row for lines in tabs if lines and lines[0][:1] == ["id"] for row in lines[1:]]
        if len(mirrored) >= rows:
            return mirrored
        time.sleep(0.5)
    raise AssertionError(f"{len(mirrored)} of {rows} rows are mirrored")


def test_a_tap_reaches_the_store_the_sheet_and_both_dashboards(demo, sheets, new_page):
    before = both_dashboards(new_page, demo.url)
    answer_on_the_kiosk(new_page(), demo.url)
    store = demo.open_store()
    with store.reading() as connection:
        status = read_status(connection)
    store.close()
    assert (status.responses, status.tallies_n, status.conflicts) == (RESPONSES + 1, RESPONSES + 1, 0)

    rows = wait_for_mirror(sheets, RESPONSES + 1)
    assert len({row[0] for row in rows}) == len(rows) == RESPONSES + 1
    assert [row[-7:-2] for row in rows].count([4, 3, 4, 2, 4]) >= 1
    assert rows == [row for row in rows if "A comment" not in str(row)]
    assert tab_title("compassion-5", "2019", 2026) in [sheet.title for sheet in sheets.book.sheets]

    assert both_dashboards(new_page, demo.url) == [count + 1 for count in before]
