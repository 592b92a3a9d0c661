import re
from uuid import uuid4

import pytest

from analysis.language import say, speaking
from analysis.report.program import look_at_program, report_rates, report_units, write_csv
from analysis.take_away import document_program, typeset
from analysis.view import View
from survey.access import find_viewer
from survey.store import Store
from survey.store.declines import Decline, add_declines
from tests.pages.conftest import bytes_of, expect, give, pages_of, rate_self, text_of
from tests.samples import NOW, small_roster
from tests.wire import carries

PAGE = "program/compare_units.py"
LEAD = "lead@example.org"


def test_a_lead_sees_the_units_of_their_program_by_name(open_page, sqlite_store):
    give(sqlite_store, 40, unit="u-2", clinician="c-3")
    give(sqlite_store, 20, unit="u-1", clinician="c-1")
    give(sqlite_store, 20, unit="u-3", clinician="c-3")
    app = open_page(LEAD)
    assert not app.exception
    assert app.title[0].value == "Compare units"
    table = app.table[0].value
    assert list(table["unit"]) == ["Cardiology", "Geriatrics"]
    assert list(table["n"]) == [20, 40]
    assert "60 responses; the score is 93.3 of 100" in text_of(app)
    assert "Theatre" not in text_of(app)


def test_the_heat_map_has_each_item_of_each_unit(open_page, sqlite_store):
    give(sqlite_store, 40, unit="u-1")
    give(sqlite_store, 40, unit="u-2", clinician="c-3")
    table = open_page(LEAD, panel="items").table[0].value
    assert len(table) == 10
    assert set(table["unit"]) == {"Cardiology", "Geriatrics"}
    assert set(table["score"]) == {"93.3"}


def test_every_chart_has_its_words(open_page, sqlite_store):
    give(sqlite_store, 40, unit="u-1")
    give(sqlite_store, 40, unit="u-2", clinician="c-3")
    app = open_page(LEAD)
    said = [caption.value for caption in app.caption]
    charts = app.get("vega_lite_chart")
    assert len(charts) == 2
    assert all(chart.proto.alt in said for chart in charts)


def test_a_small_unit_is_listed_as_hidden_and_none_of_its_numbers_is_sent(open_page, sqlite_store):
    give(sqlite_store, 30, unit="u-1")
    # Seven responses with a score of their own: neither it nor their number may leave the server.
    answers = {"q1": 1, "q2": 2, "q3": 1, "q4": 2, "q5": 1}
    give(sqlite_store, 7, unit="u-2", clinician="c-3", answers=answers)
    app = open_page(LEAD)
    assert "Geriatrics: Hidden: fewer than 11 responses." in text_of(app)
    assert "30 responses" in text_of(app)
    assert carries(bytes_of(app), 93 + 1 / 3)
    assert not carries(bytes_of(app), 13 + 1 / 3)


def test_too_few_answers_in_all_units_show_nothing(open_page, sqlite_store):
    give(sqlite_store, 10)
    app = open_page(LEAD)
    assert not app.exception
    assert "fewer than 11 responses" in app.info[0].value
    assert not app.get("vega_lite_chart")


def test_before_any_answer_it_says_what_will_come(open_page):
    app = open_page(LEAD)
    assert not app.exception
    assert "No patient has answered yet" in app.info[0].value


@pytest.mark.parametrize("email", ["c1@example.org", "admin@example.org", "moderator@example.org", None])
def test_nobody_but_a_lead_gets_the_page(open_page, sqlite_store, email):
    give(sqlite_store, 40, clinician="c-2")
    app = open_page(email, PAGE)
    assert not app.exception
    assert len(app.error) == len(app.main.children) == 1


PANELS = [
    "glance", "items", "time", "fair", "groups", "training", "clinicians", "gap", "rates",
    "quality", "table",
]  # fmt: skip
HEADINGS = {
    "glance": ["Units beside the program", "Funnel: what chance alone would do"],
    "items": ["Items by unit"],
    "time": ["Units over time"],
    "fair": ["What was adjusted for"],
    "groups": ["Groups of patients"],
    "training": [],
    "clinicians": [],
    "gap": [
        "What clinicians say, what patients feel",
        "Do clinicians and patients agree?",
        "What you expect of your program",
        "What leads say, what patients feel",
    ],
    "rates": [],
    "quality": ["Items left out", "How answers came"],
    "table": [],
}


def fill_program(store):
    """Two units with answers in two languages, and one with seven who felt little."""
    for unit, clinician in (("u-1", "c-1"), ("u-1", "c-2"), ("u-2", "c-3")):
        for language in ("en", "es"):
            give(store, 30, unit=unit, clinician=clinician, language=language)
    rate_self(store, 11)
    rate_self(store, 1, role="lead", first="l-1")


def headings_of(app, panel):
    """A panel's headings: at a glance they stand below what differs, elsewhere right below the page's title."""
    assert len(app.header) == 1 if panel == "glance" else not app.subheader
    return [each.value for each in (app.subheader if panel == "glance" else app.header)]


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_opens_from_its_address(open_page, sqlite_store, panel):
    fill_program(sqlite_store)
    app = open_page(LEAD, panel=panel)
    assert not app.exception
    assert headings_of(app, panel) == HEADINGS[panel]
    said = [caption.value for caption in app.caption]
    assert all(chart.proto.alt in said for chart in app.get("vega_lite_chart"))


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_speaks_spanish(open_page, sqlite_store, panel):
    fill_program(sqlite_store)
    with speaking("es"):
        headings = [say(each) for each in HEADINGS[panel]]
    app = open_page(LEAD, language="es", panel=panel)
    assert not app.exception
    assert headings_of(app, panel) == headings
    assert app.title[0].value == "Comparar unidades"
    said = [
        element.value for kind in (app.caption, app.header, app.subheader, app.info, app.markdown) for element in kind
    ]
    for word in ("answers", "units", " the ", "patients"):
        assert not [text for text in said if word in text and "5-item patient" not in text]


def pages_beside_a_hidden_unit(path, catalogue, answers):
    """What a lead is sent in every panel and takes away, beside seven of a unit who answered so."""
    store = Store(f"sqlite:///{path}", catalogue).open()
    small_roster(store)
    for clinician in ("c-1", "c-2"):
        give(store, 30, unit="u-1", clinician=clinician)
    give(store, 7, unit="u-2", clinician="c-3", language="es" if answers["q1"] == 1 else "en", answers=answers)
    open_page = pages_of(store)
    # A file to download has another random id each time.
    sent = {panel: re.sub(rb"[0-9a-f]{32}", b"", bytes_of(open_page(LEAD, panel=panel))) for panel in PANELS}
    with store.reading() as connection:
        cube = store.cube(connection, store.catalogue.default)
        viewer, view = find_viewer(connection, LEAD), View(store.catalogue.default)
        look = look_at_program(connection, cube, viewer, "p-1", view, today=NOW.date(), threshold=11)
        rates = report_rates(connection, look, report_units(look))
    document = document_program(look, rates, synthetic=False)
    sent |= {"csv": write_csv(report_units(look)), "pdf": typeset(document), "document": repr(document).encode()}
    store.close()
    return sent


def test_nothing_sent_depends_on_what_a_hidden_unit_answered(tmp_path, catalogue):
    """Sharper than looking for a number: whatever is made of the hidden answers, the bytes would differ."""
    low = {"q1": 1, "q2": 2, "q3": 1, "q4": 2, "q5": 1}
    one = pages_beside_a_hidden_unit(tmp_path / "low.db", catalogue, low)
    other = pages_beside_a_hidden_unit(tmp_path / "high.db", catalogue, {**dict.fromkeys(low, 4), "q5": "skipped"})
    assert [name for name in one if one[name] != other[name]] == []
    assert carries(one["glance"], 280 / 3)
    assert not carries(one["glance"], 40 / 3)


def test_the_table_can_be_taken_away(open_page, sqlite_store):
    fill_program(sqlite_store)
    app = open_page(LEAD, panel="table")
    assert list(app.dataframe[0].value["unit"]) == ["Cardiology", "Geriatrics"]
    assert [button.label for button in app.get("download_button")] == [
        "Download as CSV",
        "PDF, A4",
        "PDF, Letter",
        "Excel",
    ]


def test_the_share_who_answered_is_of_those_a_tablet_asked(open_page, sqlite_store):
    give(sqlite_store, 40)
    asked = [Decline(uuid4(), "u-1", "compassion-5", "2019", "en", "kiosk", 202611) for _ in range(10)]
    with sqlite_store.writing() as connection:
        add_declines(connection, asked)
    app = open_page(LEAD, panel="rates")
    assert "Of those who took the tablet" in app.info[0].value
    said = app.table[0].value.to_string()
    assert "80% (95% interval 67% to 89%)" in said
    give(sqlite_store, 40, mode="own_device")
    app = open_page(LEAD, panel="rates")
    assert "Choose the mode Kiosk" in app.info[0].value
    assert "80%" not in app.table[0].value.to_string()
    assert "80%" in open_page(LEAD, panel="rates", mode="kiosk").table[0].value.to_string()


def test_the_panels_without_a_ground_say_what_to_do(open_page, sqlite_store):
    give(sqlite_store, 40)
    assert "roster" in open_page(LEAD, panel="training").info[0].value
    assert "longer period" in open_page(LEAD, panel="groups").info[0].value
    assert "Nobody counts" in open_page(LEAD, panel="rates").info[0].value


def test_a_lead_is_asked_before_they_look(open_page, sqlite_store):
    give(sqlite_store, 40)
    rate_self(sqlite_store, 11)
    app = open_page(LEAD, panel="gap")
    assert not app.exception
    assert not app.get("vega_lite_chart")
    assert "How often do the patients of your program feel that their clinicians" in text_of(app)
    app = expect(app, q1=2)
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 3
    assert "You said what you expect" in text_of(app)
    assert "11 of them in this program" in text_of(app)


def test_a_lead_may_look_without_saying_anything(open_page, sqlite_store):
    give(sqlite_store, 40)
    rate_self(sqlite_store, 11)
    app = open_page(LEAD, panel="gap").toggle[0].set_value(True).run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 2


def test_what_ten_say_is_not_sent(open_page, sqlite_store):
    give(sqlite_store, 40)
    low = (1, 2, 1, 2, 1)
    rate_self(sqlite_store, 10, levels=low)
    rate_self(sqlite_store, 1, role="lead", first="l-1", levels=(4, 4, 4, 4, 4))
    app = open_page(LEAD, panel="gap")
    assert not app.exception
    assert "Ask them to say on “My feedback”" in text_of(app)
    assert not carries(bytes_of(app), 100 / 3)
    rate_self(sqlite_store, 11, levels=low)
    assert carries(bytes_of(open_page(LEAD, panel="gap")), 100 / 3)
