"""My feedback in a real browser, on one server: each panel with the report's numbers, readable for everyone."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from analysis.charts import draw_course, draw_distributions, draw_drivers, draw_items, draw_standing, draw_strata
from analysis.feedback import say_headline
from analysis.language import say, speaking
from analysis.report import ClinicianReport, report_clinician
from analysis.report.comments import Comments
from analysis.view import View, months_until
from analysis.view_wording import RESPONDENT_NAMES
from analysis.wording import say_item, say_month, say_score
from survey.access import find_viewer
from survey.store.marked_changes import MarkedChange, mark_change, unmark_change
from tests.browser.chart_text import expect_charts, texts_of_charts, unreadable
from tests.browser.staff import put_persona_on
from tests.server_process import ServerProcess

MAIN = "[data-testid=stMain]"
EMAIL, CLINICIAN = "clinician-02@demo.invalid", "c-0002"
CHARTS = 8
TODAY = datetime.now(UTC).date()
ENGLISH, SPANISH = "en-US", "es-ES"
# Amid the demo's eighteen months.
MARKED = months_until(TODAY, 10)[-1]
TITLES = {ENGLISH: "My feedback", SPANISH: "Mis resultados"}


@pytest.fixture(scope="module")
def report(demo: ServerProcess) -> ClinicianReport:
    """What the page of the clinician should show."""
    store = demo.open_store()
    with store.reading() as connection:
        viewer = find_viewer(connection, EMAIL)
        cube = store.cube(connection, store.catalogue.default)
        view = View(store.catalogue.default)
        found = report_clinician(connection, cube, viewer, viewer.clinician_id, view, today=TODAY, threshold=11)
    store.close()
    return found


def open_feedback(page: Page, demo: ServerProcess, language: str = ENGLISH, charts: int = CHARTS) -> None:
    """Be the clinician and wait for all charts."""
    put_persona_on(page, demo, "Clinician 02")
    expect(page.get_by_role("heading", name=TITLES[language])).to_be_visible(timeout=30_000)
    expect_charts(page, charts)


def test_every_panel_says_the_reports_numbers(page, demo, report):
    open_feedback(page, demo)
    main = page.locator(MAIN)
    expect(main).to_contain_text(say_headline(report.summary, report.standing))
    expect(main).to_contain_text(say_score(report.summary.score))
    assert "Synthetic demo data" in main.inner_text()
    instrument = report.view.instrument
    for heading, figure in {
        "Over time": draw_course(report.course),
        "What patients felt": draw_items(report.items, instrument),
        "What to work on": draw_drivers(report.drivers, instrument),
        "A fair estimate": draw_standing(report.standing),
        "By who answered, over all months": draw_strata(report.respondents, RESPONDENT_NAMES),
        "Beside my unit": draw_distributions(report.own_scores, report.others_scores, report.summary),
    }.items():
        expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
        expect(main).to_contain_text(figure.summary)
        page.get_by_text(f"{heading}: table", exact=True).click()
        rows = page.locator("[data-testid=stExpander]").filter(has_text=f"{heading}: table").get_by_role("row")
        expect(rows).to_have_count(1 + len(figure.table))
        for wanted, row in zip(figure.table, rows.all()[1:], strict=True):
            shown = row.inner_text()
            assert [value for value in wanted.values() if str(value) not in shown] == []


@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [
        ("dark", 360, SPANISH),
        ("light", 1920, ENGLISH),
    ],
)
def test_it_is_readable_and_fits(new_page: Callable[..., Page], demo, report, scheme, width, language):
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": 900}, locale=language)
    open_feedback(page, demo, language)
    widths = page.evaluate(
        f"(() => {{ const m = document.querySelector('{MAIN}'); return [m.scrollWidth, m.clientWidth] }})()"
    )
    assert widths[0] <= widths[1]
    assert unreadable(page) == []
    drawn = " ".join(each["text"] for each in texts_of_charts(page))
    with speaking(language[:2]):
        for item in report.items:  # each bar has its name
            assert say_item(report.view.instrument, item.item).split()[0] in drawn
    # Streamlit's own navigation is outside; what this page places is inside.
    found = Axe().run(page, context=MAIN).response["violations"]
    grave = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
    assert grave + [each["id"] for each in found if each["id"] == "heading-order"] == []


def test_it_speaks_spanish_throughout(new_page, demo, report):
    page = new_page(locale=SPANISH)
    open_feedback(page, demo, SPANISH)
    main = page.locator(MAIN)
    with speaking("es"):
        expect(main).to_contain_text(say_headline(report.summary, report.standing))
        expect(main).to_contain_text(draw_items(report.items, report.view.instrument).summary)
    said = main.inner_text()
    if isinstance(report.comments, Comments):  # stand in the language of those who wrote them
        for written in (*report.comments.thanks, *report.comments.others):
            said = said.replace(written, "")
    assert not [word for word in (" the ", " your ", " with ", "Score", "patients") if word in said]


def test_a_screen_reader_hears_each_charts_summary(page, demo, report):
    open_feedback(page, demo)
    main, instrument = page.locator(MAIN), report.view.instrument
    for figure in (
        draw_course(report.course),
        draw_items(report.items, instrument),
        draw_drivers(report.drivers, instrument),
        draw_standing(report.standing),
        draw_strata(report.respondents, RESPONDENT_NAMES),
        draw_distributions(report.own_scores, report.others_scores, report.summary),
    ):
        expect(main.get_by_label(figure.summary, exact=True).first).to_be_attached()


def test_the_period_stays_in_the_address_and_is_set_against_the_one_before(page, demo):
    open_feedback(page, demo)
    expect(page.locator(MAIN)).to_contain_text("Choose a period of 3, 6 or 12 months")
    page.get_by_role("radio", name="6 months").click()
    expect(page.locator(MAIN)).not_to_contain_text("Choose a period of 3, 6 or 12 months", timeout=15_000)
    expect(page).to_have_url(re.compile(r"period=(\+|%20)*6"))


@pytest.fixture
def marked(demo: ServerProcess) -> Iterator[str]:
    """A month that the clinician marked, as the page says it."""
    store = demo.open_store()
    with store.writing() as connection:
        mark_change(connection, CLINICIAN, MarkedChange(MARKED, "Sat down with everyone"), 0)
    yield say_month(MARKED)
    with store.writing() as connection:
        unmark_change(connection, CLINICIAN, MARKED)
    store.close()


def test_a_marked_month_is_compared_with_the_months_before(page, demo, marked):
    open_feedback(page, demo, charts=CHARTS + 1)
    expect(page.get_by_role("heading", name=f"Since {marked}")).to_be_visible(timeout=15_000)
    expect(page.locator(MAIN)).to_contain_text("Set against the trend from before")
    page.get_by_text("Mark a month in which you changed something").click()
    expect(page.get_by_role("button", name="Mark this month")).to_be_visible()
    found = Axe().run(page, context=MAIN).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


@pytest.mark.parametrize(("scheme", "language"), [("light", ENGLISH), ("dark", SPANISH)])
def test_a_moderator_can_read_and_decide_on_a_phone(new_page, demo, scheme, language):
    page = new_page(color_scheme=scheme, viewport={"width": 360, "height": 800}, locale=language)
    put_persona_on(page, demo, "Moderator")
    comments = page.locator(f"{MAIN} textarea")
    expect(comments.first).to_be_visible(timeout=30_000)
    widths = page.evaluate(
        f"(() => {{ const m = document.querySelector('{MAIN}'); return [m.scrollWidth, m.clientWidth] }})()"
    )
    assert widths[0] <= widths[1]
    found = Axe().run(page, context=MAIN).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    waiting = page.get_by_text("waiting, the oldest first" if language == ENGLISH else "en espera, primero")
    before = int(waiting.inner_text().split()[0])
    page.get_by_role("button", name="Pass on" if language == ENGLISH else "Hacer llegar").first.click()
    expect(waiting).to_contain_text(f"{before - 1} ")


def test_the_report_is_taken_away_in_the_readers_language(new_page: Callable[..., Page], demo, report):
    page = new_page(viewport={"width": 1280, "height": 900}, locale=SPANISH)
    open_feedback(page, demo, SPANISH)
    page.locator("[data-testid=stExpander]").filter(has_text="Descargar este informe").locator("summary").click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("button", name="PDF, A4").click()
    assert download.value.suggested_filename.endswith(".pdf")
    text = " ".join(" ".join(each.extract_text() for each in PdfReader(download.value.path()).pages).split())
    with speaking("es"):
        assert say_headline(report.summary, report.standing) in text
        assert say_score(report.summary.score) in text
        assert say("What you expect and what your patients felt") in text
    assert report.clinician in text
