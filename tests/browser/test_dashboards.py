"""The lead's dashboard in a real browser: the report's numbers, nothing hidden on the wire, readable for everyone."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from analysis.report import ProgramReport, report_program
from analysis.view import View
from analysis.wording import say_summary
from survey.access import find_viewer
from survey.roster import parse_roster
from survey.store import Store
from survey.store.roster import apply_roster
from tests.samples import response
from tests.server_process import ServerProcess
from tests.wire import carries

SMALL_UNIT = "Hospice"
HEADER = "kind,id,name,parent,email,stage\n"
MAIN = "[data-testid=stMain]"
LEAD = "lead-1@demo.invalid"
HEADINGS = {LEAD: "Compare units"}
PERSONAS = {LEAD: "Lead · Lead of Medicine"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A demo program with one unit more, of which seven answered and felt little."""
    process = ServerProcess(tmp_path_factory.mktemp("dashboards"))
    assert process.cli("demo", "--responses", "3000", "--seed", "1").returncode == 0
    store = process.open_store()
    with store.writing() as connection:
        apply_roster(connection, parse_roster(f"{HEADER}unit,u-99,{SMALL_UNIT},p-1,,\n"))
    low = dict(zip(("q1", "q2", "q3", "q4", "q5"), (1, 2, 1, 2, 1), strict=True))
    for _ in range(7):
        store.submit(response(store.catalogue, unit="u-99", clinician=None, answers=low), "{}").result(timeout=30)
    store.close()
    process.start()
    yield process
    process.kill()


@pytest.fixture
def store(demo: ServerProcess) -> Iterator[Store]:
    store = demo.open_store()
    yield store
    store.close()


def be(page: Page, demo: ServerProcess, email: str) -> None:
    """Put on a persona of the demo and wait for their page with all its charts."""
    page.goto(demo.url)
    choice = page.get_by_role("combobox", name="Persona of the demo")
    choice.fill(PERSONAS[email])
    choice.press("Enter")
    page.get_by_role("button", name="Be this persona").click()
    expect(page.get_by_role("heading", name=HEADINGS[email])).to_be_visible(timeout=30_000)
    charts = page.locator("[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg")
    expect(charts.nth(1)).to_be_visible(timeout=30_000)
    expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)


def report_of(store: Store, email: str) -> ProgramReport:
    """What the page of this persona should show."""
    view, today = View(store.catalogue.default), datetime.now(UTC).date()
    with store.reading() as connection:
        viewer = find_viewer(connection, email)
        cube = store.cube(connection, view.instrument)
        return report_program(connection, cube, viewer, "p-1", view, today=today, threshold=11)


def test_a_lead_reads_the_reports_numbers(page, demo, store):
    report = report_of(store, LEAD)
    be(page, demo, LEAD)
    expect(page.locator(MAIN)).to_contain_text(say_summary(report.total))
    page.get_by_text("Units beside the program: table").click()
    table = page.get_by_role("table").first
    for unit in report.units:
        if unit.name != SMALL_UNIT:
            row = table.get_by_role("row").filter(has_text=unit.name)
            expect(row).to_contain_text(str(unit.summary.n))
            expect(row).to_contain_text(f"{unit.summary.score.value:.1f}")


def test_a_hidden_units_numbers_do_not_come_over_the_wire(page, demo, store):
    frames: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(as_bytes(frame))))
    be(page, demo, LEAD)
    expect(page.locator(MAIN)).to_contain_text(f"{SMALL_UNIT}: Hidden: fewer than 11 responses.")
    sent = b"\n".join(frames)
    # In this program no other number is 13.3: the score of the hidden seven.
    assert not carries(sent, 40 / 3)
    for unit in report_of(store, LEAD).units:
        assert unit.name == SMALL_UNIT or carries(sent, unit.summary.score.value)


def as_bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


@pytest.mark.parametrize("email", [LEAD], ids=["lead"])
@pytest.mark.parametrize(("scheme", "width"), [("light", 360), ("dark", 360), ("light", 1280), ("dark", 1920)])
def test_it_is_readable_and_fits(new_page: Callable[..., Page], demo, email, scheme, width):
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    be(page, demo, email)
    widths = page.evaluate(
        f"(() => {{ const m = document.querySelector('{MAIN}'); return [m.scrollWidth, m.clientWidth] }})()"
    )
    assert widths[0] <= widths[1]
    # Streamlit's own navigation is outside; what these pages place is inside.
    found = Axe().run(page, context=MAIN).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize("email", [LEAD], ids=["lead"])
def test_a_screen_reader_hears_each_charts_summary(page, demo, email):
    be(page, demo, email)
    charts = page.locator("[data-testid=stVegaLiteChart]")
    captions = page.locator("[data-testid=stCaptionContainer]").all_inner_texts()
    described = page.locator(f"{MAIN} [aria-label]").evaluate_all("all => all.map(each => each.ariaLabel)")
    spoken = [text for text in captions if text in described]
    assert len(spoken) == charts.count() > 1


def test_the_period_stays_in_the_address_and_changes_the_numbers(page, demo, store):
    be(page, demo, LEAD)
    page.get_by_role("radio", name="12 months").click()
    expect(page.locator(MAIN)).not_to_contain_text(say_summary(report_of(store, LEAD).total), timeout=15_000)
    assert "period=12" in page.url.replace("+", "")
