from datetime import date

import numpy as np
import pytest

from analysis.estimate import Suppressed
from analysis.report import report_clinician, report_program
from analysis.view import View, first_month
from survey.access import AccessDeniedError, find_viewer
from survey.response import NotAnswered
from survey.roster import parse_roster
from survey.store.roster import apply_roster
from tests.samples import response

TODAY = date(2026, 11, 23)


def give(store, catalogue, count, *, unit="u-1", clinician="c-1", level=4, month="2026-11", mode="kiosk", **changes):
    values = [
        response(
            catalogue,
            unit=unit,
            clinician=clinician,
            mode=mode,
            answers={f"q{item}": 1 + (level + number + item) % 4 if level == 0 else level for item in range(1, 6)},
            started_at=f"{month}-03T09:00:00Z",
            finished_at=f"{month}-03T09:01:00Z",
            **changes,
        )
        for number in range(count)
    ]
    for future in [store.submit(each, "{}") for each in values]:
        future.result(timeout=30)
    return values


def clinician_report(store, catalogue, *, email="c1@example.org", clinician="c-1", marked=None, **view):
    with store.reading() as connection:
        viewer = find_viewer(connection, email)
        cube = store.cube(connection, catalogue.default)
        return report_clinician(
            connection,
            cube,
            viewer,
            clinician,
            View(catalogue.default, **view),
            today=TODAY,
            threshold=11,
            marked=marked,
        )


def program_report(store, catalogue, *, email="lead@example.org", program="p-1", **view):
    with store.reading() as connection:
        viewer = find_viewer(connection, email)
        cube = store.cube(connection, catalogue.default)
        return report_program(
            connection, cube, viewer, program, View(catalogue.default, **view), today=TODAY, threshold=11
        )


@pytest.mark.parametrize(("window", "month"), [("all", 0), ("12", 202512), ("6", 202606), ("3", 202609)])
def test_windows_reach_back_from_this_month(window, month):
    assert first_month(window, TODAY) == month


def test_ten_responses_are_hidden_and_eleven_are_shown(store, catalogue):
    give(store, catalogue, 10)
    assert clinician_report(store, catalogue).summary == Suppressed("small_group")
    give(store, catalogue, 1)
    assert clinician_report(store, catalogue).summary.n == 11


def test_a_hidden_report_has_no_number_left_in_it(store, catalogue):
    give(store, catalogue, 10)
    report = clinician_report(store, catalogue)
    assert (report.course.points, report.items, report.modes) == ((), (), {})
    assert isinstance(report.own_scores, Suppressed)


def test_the_numbers_are_those_of_the_answers(store, catalogue):
    values = give(store, catalogue, 40, level=0)
    report = clinician_report(store, catalogue)
    scores = [100 * (sum(value.answers) / 5 - 1) / 3 for value in values]
    assert report.summary.score.value == pytest.approx(np.mean(scores))
    assert report.summary.top_box.value == pytest.approx(np.mean([score == 100 for score in scores]))
    first = [value.answers[0] for value in values]
    assert report.items[0].score.value == pytest.approx(np.mean([100 * (level - 1) / 3 for level in first]))
    assert report.items[0].shares == pytest.approx([first.count(level) / 40 for level in (1, 2, 3, 4)])
    assert sum(report.own_scores.shares) == pytest.approx(1)
    assert {mode: each.n for mode, each in report.modes.items()} == {"kiosk": 40}


def test_ways_of_not_answering_are_counted_and_an_item_few_answered_is_hidden(store, catalogue):
    for _ in range(12):
        value = response(catalogue, answers={"q1": "not_applicable", "q2": 4, "q3": 4, "q4": 4, "q5": 4})
        store.submit(value, "{}").result(timeout=30)
    report = clinician_report(store, catalogue)
    assert report.items[0] == Suppressed("small_group")
    assert report.items[1].missing == {way.name: 0 for way in NotAnswered}


def test_the_trend_joins_small_months_and_a_window_that_cuts_them_is_hidden(store, catalogue):
    for month, count in (("2026-05", 15), ("2026-08", 4), ("2026-09", 9), ("2026-11", 20)):
        give(store, catalogue, count, month=month)
    report = clinician_report(store, catalogue)
    assert [(point.first, point.last, point.summary.n) for point in report.course.points] == [
        (202605, 202605, 15),
        (202608, 202609, 13),
        (202611, 202611, 20),
    ]
    assert clinician_report(store, catalogue, window="3").summary == Suppressed("recoverable")
    assert clinician_report(store, catalogue, window="6").summary.n == 33
    assert report.choices.windows == ("all", "12", "6")


def test_modes_are_told_apart_only_where_that_is_safe(store, catalogue):
    give(store, catalogue, 20)
    give(store, catalogue, 5, mode="own_device")
    assert clinician_report(store, catalogue, mode="kiosk").summary == Suppressed("recoverable")
    give(store, catalogue, 10, mode="own_device")
    report = clinician_report(store, catalogue, mode="kiosk")
    assert report.summary.n == 20
    assert report.choices.modes == ("all", "kiosk", "own_device")


def test_the_rest_of_the_unit_is_shown_only_when_nobody_can_be_told_in_it(store, catalogue):
    colleagues = "kind,id,name,parent,email,stage\nclinician,c-4,Clinician 4,u-1,,\nclinician,c-5,Clinician 5,u-1,,\n"
    with store.writing() as connection:
        apply_roster(connection, parse_roster(colleagues))
    give(store, catalogue, 30)
    give(store, catalogue, 30, clinician="c-2")
    assert clinician_report(store, catalogue).others_scores == Suppressed("small_remainder")
    for clinician in ("c-2", "c-3"):
        give(store, catalogue, 10, clinician=clinician)
    assert clinician_report(store, catalogue).others_scores == Suppressed("small_remainder")


def test_a_program_shows_its_units_by_name_and_totals_only_what_is_shown(store, catalogue):
    give(store, catalogue, 30, level=0)
    give(store, catalogue, 10, unit="u-2", clinician="c-3", level=1)
    report = program_report(store, catalogue)
    assert [unit.name for unit in report.units] == ["Cardiology", "Geriatrics"]
    shown, hidden = report.units
    assert (shown.summary.n, hidden.summary, hidden.items) == (30, Suppressed("small_group"), ())
    assert report.total.n == 30


def test_the_intervals_of_units_allow_for_clinicians(store, catalogue):
    give(store, catalogue, 40, clinician="c-1", level=4)
    give(store, catalogue, 40, clinician="c-2", level=2)
    score = program_report(store, catalogue).units[0].summary.score
    assert "cluster-robust" in score.method
    assert (score.low, score.high) == (0, 100)


def test_nobody_sees_what_is_not_theirs(store, catalogue):
    with pytest.raises(AccessDeniedError):
        clinician_report(store, catalogue, clinician="c-2")
    with pytest.raises(AccessDeniedError):
        clinician_report(store, catalogue, email="lead@example.org")
    with pytest.raises(AccessDeniedError):
        program_report(store, catalogue, program="p-2")
    with pytest.raises(AccessDeniedError):
        program_report(store, catalogue, email="admin@example.org")


def test_nothing_answered_is_nothing_shown(store, catalogue):
    assert clinician_report(store, catalogue).summary == Suppressed("small_group")
    assert program_report(store, catalogue).total == Suppressed("small_group")


def test_an_item_is_shown_where_enough_answered_it_in_the_window_and_in_what_is_older(store, catalogue):
    for month, answered in (("2026-02", 6), ("2026-03", 6), ("2026-10", 8), ("2026-11", 8)):
        give(store, catalogue, answered, month=month)
        for future in [
            store.submit(each, "{}")
            for each in [
                response(
                    catalogue,
                    answers={**{f"q{item}": 4 for item in range(1, 5)}, "q5": "not_applicable"},
                    started_at=f"{month}-03T09:00:00Z",
                    finished_at=f"{month}-03T09:01:00Z",
                )
                for _ in range(11 - answered)
            ]
        ]:
            future.result(timeout=30)
    assert clinician_report(store, catalogue).items[4].score.n == 28
    assert clinician_report(store, catalogue, window="3").items[4].score.n == 16


def test_an_item_is_hidden_in_a_window_that_would_give_away_the_few_before_it(store, catalogue):
    give(store, catalogue, 20, month="2026-11")
    for count, answers in ((5, {}), (15, {"q5": "skipped"})):
        for future in [
            store.submit(each, "{}")
            for each in [
                response(
                    catalogue,
                    answers={**{f"q{item}": 4 for item in range(1, 6)}, **answers},
                    started_at="2026-02-03T09:00:00Z",
                    finished_at="2026-02-03T09:01:00Z",
                )
                for _ in range(count)
            ]
        ]:
            future.result(timeout=30)
    assert clinician_report(store, catalogue).items[4].score.n == 25
    three = clinician_report(store, catalogue, window="3").items
    assert three[4] == Suppressed("small_group")
    assert three[0].score.n == 20
