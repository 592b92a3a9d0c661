import pytest
from sqlalchemy import select

from analysis.report import report_clinician
from analysis.report.espoused import report_expectation
from analysis.take_away import document_clinician
from analysis.view import View
from survey.access import find_viewer
from survey.store.schema import audit
from tests.pages.conftest import expect, give, rate_self, text_of
from tests.samples import NOW

PAGE = "clinician/my_feedback.py"
CLINICIAN = "c1@example.org"


def headings(app):
    return [each.value for each in app.subheader]


def figures(app):
    """The headings above charts."""
    return [each.label.removesuffix(": table") for each in app.expander if each.label.endswith(": table")]


def test_a_clinician_sees_their_own_score_with_its_interval(open_page, sqlite_store):
    give(sqlite_store, 40)
    app = open_page(CLINICIAN)
    assert not app.exception
    assert app.title[0].value == "My feedback"
    score, top = app.metric
    # Eight of forty gave level 3 to each item, 66.7 of 100; the others all of it.
    assert score.value == "93.3"
    assert top.value == "80%"
    assert "40 patients; likely between 87 and 96; enough to compare by convention (30 answers)." in text_of(app)
    assert headings(app)[:2] == ["Over time", "What patients felt"]


def test_every_chart_has_its_words_and_its_table(open_page, sqlite_store):
    give(sqlite_store, 40)
    app = open_page(CLINICIAN)
    charts = app.get("vega_lite_chart")
    said = [caption.value for caption in app.caption]
    assert len(charts) == len(app.table)
    assert set(figures(app)) < set(headings(app))
    for heading in figures(app):
        assert f"{heading}: how to read this" in [each.label for each in app.expander]
    for chart in charts:
        assert chart.proto.alt in said


def test_few_answers_are_hidden_and_the_page_says_why(open_page, sqlite_store):
    give(sqlite_store, 10)
    app = open_page(CLINICIAN)
    assert not app.exception
    assert "fewer than 11 responses" in app.info[0].value
    assert "appear here by themselves" in app.info[0].value
    assert not app.metric
    assert not app.get("vega_lite_chart")


def test_few_answers_that_may_be_shown_are_called_provisional(open_page, sqlite_store):
    give(sqlite_store, 11)
    assert "Provisional" in text_of(open_page(CLINICIAN))


def test_before_any_answer_it_says_what_will_come(open_page):
    app = open_page(CLINICIAN)
    assert not app.exception
    assert "No patient has answered yet" in app.info[0].value


def test_a_mode_is_chosen_by_hand_and_by_address(open_page, sqlite_store):
    give(sqlite_store, 30)
    give(sqlite_store, 15, mode="own_device")
    app = open_page(CLINICIAN)
    assert "kiosk 30, own device 15" in text_of(app)
    app.selectbox(key="mode").select("own_device").run()
    assert "15 patients;" in text_of(app)
    assert "30 patients;" in text_of(open_page(CLINICIAN, mode="kiosk"))


@pytest.mark.parametrize("query", [{"mode": "nonsense"}, {"period": "nonsense"}])
def test_a_wrong_address_shows_the_default(open_page, sqlite_store, query):
    give(sqlite_store, 40)
    app = open_page(CLINICIAN, **query)
    assert not app.exception
    assert app.metric[0].value == "93.3"


def test_a_clinician_sees_nobody_elses_answers(open_page, sqlite_store):
    give(sqlite_store, 40, clinician="c-2")
    app = open_page(CLINICIAN)
    assert not app.metric
    assert "40 patients" not in text_of(app)


@pytest.mark.parametrize("email", ["lead@example.org", "admin@example.org", "moderator@example.org", None])
def test_nobody_without_results_of_their_own_gets_the_page(open_page, sqlite_store, email):
    give(sqlite_store, 40)
    app = open_page(email, PAGE)
    assert not app.exception
    assert len(app.error) == len(app.main.children) == 1


def mark(app, month, note):
    app.selectbox(key="new_mark").select(month)
    app.text_input(key="new_note").set_value(note)
    return next(each for each in app.button if each.label == "Mark this month").click().run()


def test_a_clinician_marks_a_change_and_sees_before_and_after(open_page, sqlite_store):
    for month, level in (("2026-03", 3), ("2026-04", 3), ("2026-08", 4), ("2026-09", 4)):
        moments = {f"{edge}_at": f"{month}-03T09:0{place}:00Z" for place, edge in enumerate(("started", "finished"))}
        give(sqlite_store, 20, answers={f"q{item}": level for item in range(1, 6)}, **moments)
    app = mark(open_page(CLINICIAN), 202606, "Sat down with everyone")
    assert not app.exception
    assert "Since 2026-06" in headings(app)
    said = text_of(app)
    assert "2026-08 to 2026-09 against 2026-03 to 2026-04: +33.3 points" in said
    assert "an improvement that chance alone hardly explains" in said
    # It is there the next time, for nobody else, and can be taken away.
    app = open_page(CLINICIAN)
    assert "Sat down with everyone" in text_of(app)
    assert "Sat down" not in text_of(open_page("c2@example.org"))
    app = next(each for each in app.button if each.label == "Take this mark away").click().run()
    assert not app.exception
    assert "Sat down with everyone" not in text_of(open_page(CLINICIAN))


def test_a_marked_month_without_answers_before_it_says_so(open_page, sqlite_store):
    give(sqlite_store, 40)
    app = mark(open_page(CLINICIAN), 202606, "")
    assert not app.exception
    assert "not yet enough answers on both sides" in text_of(app)


EXPECTED = "What you expect and what your patients felt"
FIRST = "Before you look: what do you expect your patients to feel?"


def test_a_clinician_says_what_they_expect_and_sees_it_beside_what_patients_felt(open_page, sqlite_store):
    give(sqlite_store, 40)
    app = open_page(CLINICIAN)
    asked = [each for each in app.get("button_group") if str(each.key).startswith("expect")]
    assert [each.value for each in asked] == [None] * 5
    assert FIRST in [each.label for each in app.expander]
    assert EXPECTED not in figures(app)
    app = expect(app)
    assert "one question at least" in app.warning[0].value
    app = expect(app, q1=2, q5=4)
    assert not app.exception
    assert EXPECTED in figures(app)
    assert FIRST not in [each.label for each in app.expander]
    said = text_of(app)
    assert "Patients felt this more often than you expected: well-being." in said
    assert "Sometimes (33)" in said
    # It is there the next time, and for nobody else; who said so is in the audit log, what they said is not.
    assert EXPECTED in figures(open_page(CLINICIAN))
    assert EXPECTED not in figures(open_page("c2@example.org"))
    with sqlite_store.reading() as connection:
        entries = connection.execute(select(audit).where(audit.c.action == "rate own care")).all()
    assert [(each.actor, each.subject, each.detail) for each in entries] == [(CLINICIAN, "c-1", None)]


def test_it_can_be_said_before_there_is_anything_to_look_at(open_page, sqlite_store):
    give(sqlite_store, 5)
    app = expect(open_page(CLINICIAN), q1=3)
    assert not app.exception
    assert not app.get("vega_lite_chart")
    give(sqlite_store, 35)
    assert EXPECTED in figures(open_page(CLINICIAN))


def taken_away(store, email):
    """The report that a clinician takes away, with their own expectation, as the page makes it."""
    instrument, today = store.catalogue.default, NOW.date()
    with store.reading() as connection:
        viewer = find_viewer(connection, email)
        cube, who = store.cube(connection, instrument), viewer.clinician_id
        report = report_clinician(connection, cube, viewer, who, View(instrument), today=today, threshold=11)
        expectation = report_expectation(connection, viewer, report)
    return document_clinician(report, expectation, made=today, threshold=11, synthetic=False)


def test_what_somebody_expects_is_in_their_own_report_only(sqlite_store):
    for clinician in ("c-1", "c-2"):
        give(sqlite_store, 40, clinician=clinician)
    rate_self(sqlite_store, 1, levels=(1, 4, 4, None, 4))
    own = next(each for each in taken_away(sqlite_store, CLINICIAN).sections if each.heading == EXPECTED)
    assert [row["item"] for row in own.figure.table] == [
        "well-being",
        "whole person",
        "personal needs",
        "care and compassion",
    ]
    assert own.figure.table[0]["you expected"].endswith("(0)")
    assert EXPECTED not in [each.heading for each in taken_away(sqlite_store, "c2@example.org").sections]


def test_a_hidden_report_is_taken_away_without_what_was_expected(sqlite_store):
    give(sqlite_store, 10)
    rate_self(sqlite_store, 1)
    document = taken_away(sqlite_store, CLINICIAN)
    assert "fewer than 11" in document.statement
    assert len(document.sections) == 1
