"""Compare units in a real browser, on one server: every panel, its numbers, nothing hidden on the wire."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from pypdf import PdfReader
from sqlalchemy import select

from analysis.charts.program import (
    draw_clinicians,
    draw_courses,
    draw_fairness,
    draw_forest,
    draw_funnel,
    draw_heat_map,
    draw_impacts,
    draw_missing,
    draw_stages,
)
from analysis.language import say, speaking
from analysis.program_wording import group_standings, say_standings
from analysis.report.program import (
    ProgramLook,
    look_at_program,
    report_case_mix,
    report_clinicians,
    report_courses,
    report_data_quality,
    report_fairness,
    report_funnel,
    report_stages,
    report_units,
)
from analysis.view import View
from analysis.wording import say_summary
from survey.access import find_viewer
from survey.store import Store
from survey.store.schema import audit
from tests.browser.chart_text import expect_charts, unreadable
from tests.browser.conftest import SMALL_UNIT
from tests.browser.staff import put_persona_on
from tests.server_process import ServerProcess
from tests.wire import carries

MAIN = "[data-testid=stMain]"
LEAD = "lead-1@demo.invalid"
# The panel's name and how many charts it has.
PANELS = {
    "At a glance": 2, "Items": 1, "Over time": 1, "Fair comparison": 1, "Groups of patients": 1, "Training": 1,
    "Clinicians": 1, "What we say, what patients feel": 3, "Who answers": 0, "Data quality": 1, "Table": 0,
}  # fmt: skip
TOPICS = dict.fromkeys(PANELS, "Units") | {
    "Fair comparison": "Fairness", "Groups of patients": "Fairness", "Training": "Team", "Clinicians": "Team",
    "What we say, what patients feel": "Team", "Who answers": "Data", "Data quality": "Data",
}  # fmt: skip


@pytest.fixture
def store(demo: ServerProcess) -> Iterator[Store]:
    store = demo.open_store()
    yield store
    store.close()


@pytest.fixture
def look(store: Store) -> ProgramLook:
    """What the page should show."""
    view, today = View(store.catalogue.default), datetime.now(UTC).date()
    with store.reading() as connection:
        cube = store.cube(connection, view.instrument)
        viewer = find_viewer(connection, LEAD)
        return look_at_program(connection, cube, viewer, "p-1", view, today=today, threshold=11)


def be_lead(page: Page, demo: ServerProcess) -> None:
    """Put the lead's persona on and wait for the first panel."""
    put_persona_on(page, demo, "Lead of Medicine")
    expect_charts(page, 2)


def open_panel(page: Page, panel: str, charts: int, language: str = "en") -> None:
    with speaking(language):
        topic, name = (say(each) for each in (TOPICS[panel], panel))
    page.get_by_role("radio", name=topic, exact=True).click()
    radio = page.get_by_role("radio", name=name, exact=True)
    radio.click()
    expect(radio).to_be_checked()
    expect_charts(page, charts)


def test_every_panel_says_the_reports_numbers(page, demo, store, look):
    report = report_units(look)
    be_lead(page, demo)
    main = page.locator(MAIN)
    expect(main).to_contain_text(say_standings(report.standings, look.names))
    expect(main).to_contain_text(say_summary(report.total))
    for count, statement, units in group_standings(report.standings, look.names):
        expect(main).to_contain_text(f"{count} {statement}")
        expect(main).to_contain_text(units)
    with store.reading() as connection:
        quality = report_data_quality(connection, look, report)
    courses = [each for each in report_courses(look) if each.points]
    told = next((each, look.names[unit]) for unit, each in report_clinicians(look).items() if each.shown)
    for panel, figures in {
        "At a glance": {
            "Units beside the program": draw_forest(report),
            "Funnel: what chance alone would do": draw_funnel(report, report_funnel(look, report)),
        },
        "Items": {"Items by unit": draw_heat_map(report)},
        "Over time": {"Units over time": draw_courses(courses, look.names)},
        "Fair comparison": {"What was adjusted for": draw_impacts(report_case_mix(look))},
        "Groups of patients": {"Groups of patients": draw_fairness(report_fairness(look))},
        "Training": {"Stages of training": draw_stages(report_stages(look))},
        "Clinicians": {"Clinicians of the unit": draw_clinicians(*told)},
        "Data quality": {"Items left out": draw_missing(quality)},
    }.items():
        open_panel(page, panel, len(figures))
        for heading, figure in figures.items():
            expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
            expect(main).to_contain_text(figure.summary)
            # A screen reader hears the summary as well.
            expect(main.get_by_label(figure.summary, exact=True).first).to_be_attached()
            expander = page.locator("[data-testid=stExpander]").filter(has_text=f"{heading}: table")
            expander.locator("summary").click()
            rows = expander.get_by_role("row")
            expect(rows).to_have_count(1 + len(figure.table))
            for wanted, row in list(zip(figure.table, rows.all()[1:], strict=True))[:12]:
                said = row.inner_text()
                assert all(str(value) in said for value in wanted.values()), (wanted, said)


def test_a_hidden_units_numbers_do_not_come_over_the_wire_in_any_panel(page, demo, look):
    frames: list[bytes] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: frames.append(as_bytes(frame))))
    be_lead(page, demo)
    expect(page.locator(MAIN)).to_contain_text(f"{SMALL_UNIT}: Hidden: fewer than 11 responses.")
    for panel, charts in PANELS.items():
        open_panel(page, panel, charts)
    for window in ("12 months", "3 months"):
        page.get_by_role("radio", name=window).click()
        expect(page.get_by_role("radio", name=window)).to_be_checked()
        expect(page.locator("[data-testid=stStatusWidget]")).to_have_count(0)
    sent = b"\n".join(frames)
    # In this program no other number is 13.3: the score of the hidden seven.
    assert not carries(sent, 40 / 3)
    for unit in report_units(look).units:
        assert unit.name == SMALL_UNIT or carries(sent, unit.summary.score.value)


def as_bytes(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


@pytest.mark.parametrize(("scheme", "locale"), [("light", "es-ES"), ("dark", "en-US")])
def test_every_panel_is_readable_and_fits(new_page: Callable[..., Page], demo, scheme, locale):
    """From a phone to a wall screen; Spanish has the longer words."""
    page = new_page(color_scheme=scheme, viewport={"width": 360, "height": 900}, locale=locale)
    be_lead(page, demo)
    for panel, charts in PANELS.items():
        open_panel(page, panel, charts, locale[:2])
        for width in (1920, 360):
            page.set_viewport_size({"width": width, "height": 900})
            # Charts are drawn anew a moment after the width has changed; the sidebar that opens or closes then takes
            # its time too, and Vega does not hear of that.
            page.wait_for_timeout(700)
            page.evaluate("window.dispatchEvent(new Event('resize'))")
            with suppress(PlaywrightTimeout):
                page.wait_for_function(
                    f"(() => {{ const m = document.querySelector('{MAIN}');"
                    f" return m.clientWidth <= {width} && m.scrollWidth <= m.clientWidth }})()",
                    timeout=5_000,
                )
            widths = page.evaluate(
                f"(() => {{ const m = document.querySelector('{MAIN}'); return [m.scrollWidth, m.clientWidth] }})()"
            )
            assert widths[0] <= widths[1], (panel, width)
            assert unreadable(page) == [], (panel, width)
        # Streamlit's own navigation is outside; what these pages place is inside.
        found = Axe().run(page, context=MAIN).response["violations"]
        grave = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
        assert grave + [each["id"] for each in found if each["id"] == "heading-order"] == [], panel


def test_it_speaks_spanish_and_its_address_can_be_shared(new_page: Callable[..., Page], demo):
    page = new_page(viewport={"width": 1280, "height": 900}, locale="es-ES")
    be_lead(page, demo)
    expect(page.get_by_role("heading", name="Comparar unidades")).to_be_visible()
    for panel, charts in PANELS.items():
        open_panel(page, panel, charts, "es")
        if panel != "At a glance":
            expect(page).to_have_url(re.compile("panel="))
    page.get_by_role("radio", name="12 meses").click()
    expect(page.get_by_role("radio", name="12 meses")).to_be_checked()
    expect(page).to_have_url(re.compile(r"panel=table&period=12|period=12&panel=table"))
    page.go_back()
    expect(page.get_by_role("radio", name="Todo", exact=True)).to_be_checked()


def test_presses_in_quick_succession_all_count(page, demo):
    """The second leaves the browser before the address of the first has come back."""
    be_lead(page, demo)
    for pause in range(0, 120, 15):
        open_panel(page, "At a glance", 2)
        page.get_by_role("radio", name="Items", exact=True).click()
        page.wait_for_timeout(pause)
        page.get_by_role("radio", name="Over time", exact=True).click()
        expect(page.get_by_role("heading", name="Units over time")).to_be_visible()
        expect(page.get_by_role("radio", name="Over time", exact=True)).to_be_checked()


def test_the_table_downloads_without_the_hidden_units_numbers(page, demo):
    be_lead(page, demo)
    open_panel(page, "Table", 0)
    with page.expect_download() as download:
        page.get_by_test_id("stDownloadButton").filter(has_text="CSV").get_by_role("button").click()
    rows = download.value.path().read_text(encoding="utf-8").splitlines()
    hidden = next(row for row in rows if SMALL_UNIT in row)
    assert hidden.strip(",") == f"u-99,{SMALL_UNIT},hidden: small_group"
    assert len(rows) == 6


def test_the_report_is_taken_away_without_the_hidden_units_numbers(page, demo, store, look):
    report = report_units(look)
    be_lead(page, demo)
    page.locator("[data-testid=stExpander]").filter(has_text="Download this report").locator("summary").click()
    pdf = take_away(page, "PDF, Letter")
    text = " ".join(" ".join(sheet.extract_text() for sheet in PdfReader(pdf).pages).split())
    assert say_standings(report.standings, look.names) in text
    assert say_summary(report.total) in text
    assert f"{SMALL_UNIT}: Hidden: fewer than 11 responses." in text
    assert round(float(PdfReader(pdf).pages[0].mediabox.width)) == 612
    book = openpyxl.load_workbook(io.BytesIO(take_away(page, "Excel").read_bytes()))
    numbers = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    for made in (text, numbers):
        assert not carries(made.encode(), 40 / 3)
        for unit in report.units:
            assert unit.name == SMALL_UNIT or carries(made.encode(), unit.summary.score.value)
    with store.reading() as connection:
        taken = connection.execute(select(audit.c.detail).where(audit.c.action == "take report away")).scalars().all()
    assert taken == ["pdf", "xlsx"]


def take_away(page: Page, kind: str) -> Path:
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name=kind, exact=True).click()
    return download.value.path()


def test_the_period_changes_the_numbers(page, demo, look):
    be_lead(page, demo)
    page.get_by_role("radio", name="12 months").click()
    expect(page.locator(MAIN)).not_to_contain_text(say_summary(report_units(look).total), timeout=15_000)
