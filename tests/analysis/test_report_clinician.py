"""What a clinician's report says beyond its view: standing, course, strata, drivers, and periods set side by side."""

from dataclasses import replace
from datetime import date
from math import inf

import numpy as np
import pytest

from analysis.estimate import NotEstimable, Suppressed
from analysis.feedback import explain_signals, say_headline
from analysis.histogram import count_values, sum_groups
from analysis.icc import measure_icc
from analysis.key_drivers import KeyDrivers
from analysis.report import Marked, Periods, Standing, report_clinician
from analysis.shrinkage import shrink_groups
from analysis.view import View
from survey.access import find_viewer
from survey.roster import parse_roster
from survey.store.roster import apply_roster
from tests.samples import response

TODAY = date(2026, 11, 23)
COLLEAGUES = "kind,id,name,parent,email,stage\n" + "".join(
    f"clinician,c-{number},Clinician {number},u-{unit},,\n" for number, unit in ((4, 1), (5, 1), (6, 2), (7, 2))
)


@pytest.fixture
def store(sqlite_store):
    with sqlite_store.writing() as connection:
        apply_roster(connection, parse_roster(COLLEAGUES))
    return sqlite_store


def give(store, levels, *, clinician="c-1", unit="u-1", month="2026-11", **changes):
    """One response for each level, which all of its items have."""
    values = [
        response(
            store.catalogue,
            unit=unit,
            **{"answers": dict.fromkeys(("q1", "q2", "q3", "q4", "q5"), level)} | changes,
            started_at=f"{month}-03T09:00:00Z",
            finished_at=f"{month}-03T09:01:00Z",
        )
        for level in levels
    ]
    # The sample's device knows three clinicians only.
    for future in [store.submit(replace(each, clinician_id=clinician), "{}") for each in values]:
        future.result(timeout=30)


def report_in(store, connection, *, email="c1@example.org", marked=None, **view):
    instrument = store.catalogue.default
    cube, viewer = store.cube(connection, instrument), find_viewer(connection, email)
    return report_clinician(
        connection, cube, viewer, "c-1", View(instrument, **view), today=TODAY, threshold=11, marked=marked
    )


def report_of(store, **chosen):
    with store.reading() as connection:
        return report_in(store, connection, **chosen)


LEVELS = {
    "c-1": ("u-1", [4] * 20 + [3] * 5),
    "c-2": ("u-1", [4] * 8 + [2] * 12),
    "c-4": ("u-1", [4] * 25 + [1] * 3),
    "c-6": ("u-2", [3] * 18 + [4] * 2),
    "c-7": ("u-2", [4] * 30),
}


def fill_program(store):
    for clinician, (unit, levels) in LEVELS.items():
        give(store, levels, clinician=clinician, unit=unit)


def test_the_standing_is_that_of_the_programs_clinicians(store):
    fill_program(store)
    report = report_of(store)
    scores = {name: count_values([100 * (level - 1) / 3 for level in levels]) for name, (_, levels) in LEVELS.items()}
    icc, shrunk = measure_icc(sum_groups(scores)), shrink_groups(sum_groups(scores))
    assert isinstance(report.standing, Standing)
    assert report.standing.clinicians == 5
    assert report.standing.icc.value == pytest.approx(icc.icc1.value)
    assert report.standing.needed == np.ceil(icc.n_for_070)
    assert report.standing.mean == pytest.approx(shrunk.grand_mean)
    assert report.standing.fair.estimate == pytest.approx(shrunk.groups[0].estimate)
    assert report.standing.fair.high <= 100
    assert report.summary.needed == report.standing.needed
    assert report.summary.provisional == (report.standing.needed > 25)


def test_the_headline_says_how_many_more_are_needed(store):
    give(store, [4] * 8 + [3] * 4)
    report = report_of(store)
    assert "reliable enough to compare from about 18 more" in say_headline(report.summary, report.standing)


def test_clinicians_alike_are_never_reliably_compared(store):
    for clinician, (unit, _) in LEVELS.items():
        give(store, [4, 3] * 20, clinician=clinician, unit=unit)
    report = report_of(store)
    assert report.standing.needed == inf
    assert report.summary.provisional
    assert "no number of answers" in say_headline(report.summary, report.standing)


def test_too_few_clinicians_leave_the_convention(store):
    give(store, [4] * 20 + [3] * 20)
    give(store, [4] * 40, clinician="c-2")
    report = report_of(store)
    assert report.standing == Suppressed("small_remainder")
    assert report.summary.needed == 30
    assert not report.summary.provisional


def test_where_all_answers_are_alike_there_is_no_model(store):
    for clinician, (unit, _) in LEVELS.items():
        give(store, [4] * 20, clinician=clinician, unit=unit)
    assert report_of(store).standing == NotEstimable("all_alike")


def test_a_lasting_change_is_a_signal_in_words_and_a_marked_month_takes_a_new_centre(store):
    months = [f"{year}-{month:02d}" for year, month in ((2025, m) for m in range(6, 13))]
    months += [f"2026-{month:02d}" for month in range(1, 12)]
    for place, month in enumerate(months):
        give(store, [3] * 10 + [3 if place < 9 else 4] * 10 + [2 + place % 2], month=month)
    course = report_of(store).course
    assert course.kind == "xmr"
    words = " ".join(explain_signals(course))
    assert "2026-03 to 2026-11: seven or more periods in a row" in words
    assert "(improvement)" in words
    assert "2025-06 to 2026-02: seven or more periods in a row on one side of your usual level (concern)." in words
    marked = report_of(store, marked=Marked(202603, "Sat down"))
    assert marked.course.changed_at == 9
    assert explain_signals(marked.course) == []
    assert marked.since.periods.difference.low > 0
    assert marked.since.series.level_change.estimate.value == pytest.approx(16, abs=2)


def test_a_window_is_set_against_as_many_months_before(store):
    for month, level in (("2026-03", 2), ("2026-04", 2), ("2026-08", 3), ("2026-10", 4)):
        give(store, [level] * 15, month=month)
    assert report_of(store).previous is None
    six = report_of(store, window="6").previous
    assert isinstance(six, Periods)
    assert (six.earlier.n, six.later.n) == (30, 30)
    assert (six.earlier_months, six.later_months) == ((202603, 202604), (202608, 202610))
    assert six.difference.value == pytest.approx(50)
    assert report_of(store, window="3").previous.earlier.n == 15
    assert report_of(store, window="12").previous == Suppressed("small_group")


def test_who_answered_is_told_apart_only_where_no_month_gives_somebody_away(store):
    give(store, [4] * 30)
    give(store, [3] * 15, respondent="proxy")
    give(store, [2] * 12, respondent="assisted")
    assert {who: each.n for who, each in report_of(store).respondents.items()} == {
        "patient": 30,
        "assisted": 12,
        "proxy": 15,
    }
    give(store, [2], respondent="proxy", month="2026-09")
    give(store, [4] * 10, month="2026-09")
    assert report_of(store).respondents["proxy"].n == 16
    # One patient among relatives in a month is not given away while relatives answered in other months as well.
    give(store, [4] * 1, month="2026-08")
    give(store, [4] * 15, month="2026-08", respondent="proxy")
    assert report_of(store).respondents["patient"].n == 41


def test_few_relatives_are_counted_with_the_assisted_or_not_at_all(store):
    give(store, [4] * 30)
    give(store, [3] * 6, respondent="proxy")
    give(store, [2] * 4, respondent="assisted")
    assert report_of(store).respondents == Suppressed("recoverable")
    give(store, [3], respondent="proxy")
    assert {who: each.n for who, each in report_of(store).respondents.items()} == {
        "patient": 30,
        "proxy_or_assisted": 11,
    }


def test_key_drivers_wait_until_nobody_who_left_a_question_out_stands_alone(store):
    half = {"answers": {"q1": 4, "q2": 3, "q3": 4, "q4": 2, "q5": "skipped"}}
    give(store, [4] * 20 + [3] * 20)
    assert isinstance(report_of(store).drivers, KeyDrivers)
    assert report_of(store).drivers.n == 40
    give(store, [0] * 10, **half)
    assert report_of(store).drivers == Suppressed("small_group")
    give(store, [0], **half)
    assert report_of(store).drivers.n == 40


def test_what_is_kept_between_looks_follows_new_answers(store):
    fill_program(store)
    before = report_of(store)
    assert report_of(store) == before
    give(store, [1] * 12, clinician="c-1")
    now = report_of(store)
    assert (now.summary.n, now.standing.fair.n) == (before.summary.n + 12, before.standing.fair.n + 12)
    assert now.standing.fair.estimate < before.standing.fair.estimate
    assert now.drivers != before.drivers
    assert now.respondents["patient"].n == before.respondents["patient"].n + 12


def test_a_look_from_before_an_answer_leaves_nothing_behind_for_those_after_it(store):
    fill_program(store)
    report_of(store)
    with store.reading() as early:
        store.cube(early, store.catalogue.default)
        give(store, [1] * 12, clinician="c-1")
        with store.reading() as connection:
            store.cube(connection, store.catalogue.default)  # somebody else looks in between
        seen_early = report_in(store, early)
    assert report_of(store).summary.n == seen_early.summary.n + 12
