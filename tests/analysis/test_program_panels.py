"""Each panel's numbers against the same computed from the answers, by numpy, scipy and the functions on rows."""

from datetime import date
from uuid import uuid4

import numpy as np
import pytest
from scipy.stats import binomtest

from analysis.casemix import adjust_case_mix
from analysis.casemix_sums import CaseMixCounter
from analysis.clustered import measure_clustered_mean
from analysis.estimate import Suppressed
from analysis.histogram import count_values
from analysis.report.program import (
    CaseMixReport,
    NotAdjusted,
    list_unit_rows,
    look_at_program,
    report_case_mix,
    report_changes,
    report_courses,
    report_data_quality,
    report_fairness,
    report_rates,
    report_stages,
    report_units,
    write_csv,
)
from analysis.report.program.standing import judge_units
from analysis.trend import measure_stage_trend
from analysis.view import WINDOWS, View
from survey.access import AccessDeniedError, find_viewer
from survey.roster import parse_roster
from survey.store import Store
from survey.store.cube import ClinicianSums
from survey.store.declines import Decline, add_declines
from survey.store.erasure import erase_responses
from survey.store.roster import apply_roster
from tests.samples import response

TODAY = date(2026, 11, 23)
PEOPLE = {"u-1": ("c-1", "c-2", "c-4"), "u-2": ("c-3", "c-5", "c-6")}
ROSTER = """kind,id,name,parent,email,stage
clinician,c-1,Clinician 1,u-1,,resident
clinician,c-2,Clinician 2,u-1,,resident
clinician,c-4,Clinician 4,u-1,,fellow
clinician,c-3,Clinician 3,u-2,,resident
clinician,c-5,Clinician 5,u-2,,fellow
clinician,c-6,Clinician 6,u-2,,fellow
"""


@pytest.fixture(scope="module")
def answers(catalogue):
    """A few hundred seeded responses of two units with three clinicians each, over eleven months."""
    rng = np.random.default_rng(7)
    found = []
    for number in range(660):
        unit = ("u-1", "u-2")[number % 2]
        who = PEOPLE[unit][int(rng.integers(3))]
        language = "es" if rng.random() < 0.3 else "en"
        level = np.clip(rng.normal(3.6 - 0.6 * (unit == "u-2") - 0.3 * (language == "es"), 0.7, 5).round(), 1, 4)
        items = {f"q{item}": int(each) for item, each in enumerate(level, start=1)}
        if number % 10 == 0:
            items["q1"] = "skipped"
        day = f"2026-{1 + number % 11:02d}-03"
        found.append((unit, who, language, response(
            catalogue, unit=unit, clinician=None, language=language, answers=items, about={},
            started_at=f"{day}T09:00:00Z", finished_at=f"{day}T09:01:00Z",
        )))  # fmt: skip
    return found


@pytest.fixture
def filled(sqlite_store, answers):
    from dataclasses import replace

    with sqlite_store.writing() as connection:
        apply_roster(connection, parse_roster(ROSTER))
    futures = [sqlite_store.submit(replace(each, clinician_id=who), "{}") for _, who, _, each in answers]
    for future in futures:
        future.result(timeout=30)
    return sqlite_store


def look(store, window="all", mode="all", email="lead@example.org"):
    with store.reading() as connection:
        instrument = store.catalogue.default
        viewer = find_viewer(connection, email)
        cube = store.cube(connection, instrument)
        view = View(instrument, window, mode)
        return look_at_program(connection, cube, viewer, "p-1", view, today=TODAY, threshold=11)


def score(each):
    given = [answer for answer in each.answers if answer in (1, 2, 3, 4) and not hasattr(answer, "name")]
    return 100 * (sum(given) / len(given) - 1) / 3


def test_adjusted_means_are_those_of_the_regression_on_rows(filled, answers):
    found = report_case_mix(look(filled))
    assert isinstance(found, CaseMixReport)
    counter = CaseMixCounter(["language"])
    counter.add_rows(
        np.array([int(unit == "u-2") for unit, *_ in answers]),
        np.array([score(each) for *_, each in answers]),
        [np.array([int(language == "es") for _, _, language, _ in answers])],
    )
    model = adjust_case_mix(counter.total(["u-1", "u-2"], {"language": ["en", "es"]}))
    for mine, theirs in zip(found.units, model.groups, strict=True):
        assert mine.adjusted == pytest.approx(theirs.adjusted, abs=0.006)
        assert mine.raw == pytest.approx(theirs.raw)
        assert mine.error == pytest.approx(theirs.se, abs=0.006)
    spanish = next(each for each in found.effects if each.level == "es")
    assert spanish.effect.estimate == pytest.approx(model.coefficients[0].estimate)
    assert found.r2 == pytest.approx(model.r2)


def test_a_view_of_one_mode_is_not_adjusted_and_says_so(filled):
    assert report_case_mix(look(filled, mode="kiosk")) == NotAdjusted("one_mode")
    assert report_fairness(look(filled, mode="kiosk")) == Suppressed("recoverable")


def test_stages_are_the_same_in_every_view(filled):
    assert report_stages(look(filled, mode="kiosk")) == report_stages(look(filled))


def test_fairness_compares_people_within_their_units(filled, answers):
    levels = {each.level: each for each in report_fairness(look(filled)).levels if each.adjuster == "language"}
    spanish = [score(each) for _, _, language, each in answers if language == "es"]
    assert levels["es"].n == len(spanish)
    assert levels["es"].score.value == pytest.approx(np.mean(spanish))
    gap = levels["es"].gap
    assert gap.low < gap.value < gap.high < 0
    assert levels["es"].p_adjusted < 0.01
    assert levels["en"].gap.value == pytest.approx(-gap.value)


def test_stages_are_those_of_the_histograms(filled, answers):
    found = report_stages(look(filled))
    stages = {"resident": ("c-1", "c-2", "c-3"), "fellow": ("c-4", "c-5", "c-6")}
    rows = {
        stage: [count_values([score(each) for _, who, _, each in answers if who == one]) for one in people]
        for stage, people in stages.items()
    }
    expected = measure_stage_trend(rows)
    for mine, theirs in zip(found.stages, expected.stages, strict=True):
        assert (mine.stage, mine.n, mine.clinicians) == (theirs.stage, theirs.n, theirs.clusters)
        assert (mine.score.value, mine.score.low, mine.score.high) == pytest.approx(
            (theirs.mean.value, theirs.mean.low, theirs.mean.high)
        )
    assert found.contrast.slope.value == pytest.approx(expected.contrast.slope.value)
    assert found.contrast.p == pytest.approx(expected.contrast.p)
    assert found.left_out == 0


def test_a_course_has_every_month_and_its_mean(filled, answers):
    courses = {each.unit: each for each in report_courses(look(filled))}
    points = courses["u-1"].points
    assert [point.first for point in points] == [202600 + month for month in range(1, 12)]
    march = [score(each) for unit, _, _, each in answers if unit == "u-1" and each.month == 202603]
    assert (points[2].n, points[2].score) == (len(march), pytest.approx(np.mean(march)))
    mean = np.mean([point.score for point in points])
    assert courses["u-1"].center == pytest.approx(mean)
    assert [point.first for point in report_courses(look(filled, "3"))[0].points] == [202609, 202610, 202611]


def test_a_change_is_now_less_the_months_before(filled, answers):
    assert report_changes(look(filled)) == ()
    change = next(each for each in report_changes(look(filled, "3")) if each.unit == "u-2")
    now = [score(each) for unit, _, _, each in answers if unit == "u-2" and each.month >= 202609]
    before = [score(each) for unit, _, _, each in answers if unit == "u-2" and 202606 <= each.month < 202609]
    assert (change.n, change.n_before) == (len(now), len(before))
    assert change.change.value == pytest.approx(np.mean(now) - np.mean(before))
    assert change.change.low < change.change.value < change.change.high


def test_missing_items_are_counted_by_way(filled, answers):
    with filled.reading() as connection:
        taken = look(filled)
        found = report_data_quality(connection, taken, report_units(taken))
    first = next(each for each in found.items if each.unit == "Cardiology")
    skipped = sum(unit == "u-1" and number % 10 == 0 for number, (unit, *_) in enumerate(answers))
    assert first.ways["skipped"] == pytest.approx(skipped / first.n)
    assert found.units[0].conflicts == 0


def rates_of(store, *seen):
    taken = look(store, *seen)
    with store.reading() as connection:
        return {each.unit: each for each in report_rates(connection, taken, report_units(taken))}


def decline(store, unit, months, mode="kiosk"):
    with store.writing() as connection:
        add_declines(
            connection, [Decline(uuid4(), unit, "compassion-5", "2019", "en", mode, 202600 + month) for month in months]
        )


def test_a_rate_is_of_those_who_were_asked_in_the_view(filled):
    decline(filled, "u-1", [1] * 40 + [9] * 20 + [11] * 10)
    everything, lately = (rates_of(filled, window)["Cardiology"] for window in ("all", "3"))
    assert (everything.declined, lately.declined) == (70, 30)
    for found in (everything, lately):
        share = found.responses / (found.responses + found.declined)
        interval = binomtest(found.responses, found.responses + found.declined).proportion_ci(method="wilson")
        assert (found.rate.value, found.rate.low, found.rate.high) == pytest.approx((share, *interval))


def test_a_rate_is_unknown_where_not_everyone_was_counted(filled):
    assert {each.unknown for each in rates_of(filled).values()} == {"not_counted"}
    decline(filled, "u-1", [1, 9], mode="own_device")
    assert rates_of(filled)["Cardiology"].unknown == "not_counted"
    # Counting began in March: the months before would look as if nobody had said no.
    decline(filled, "u-1", [3, 9])
    found = rates_of(filled)["Cardiology"]
    assert (found.declined, found.rate, found.unknown) == (None, None, "not_counted")
    assert rates_of(filled, "3")["Cardiology"].declined == 1


def test_a_rate_is_unknown_where_a_mode_does_not_know_who_was_asked(filled):
    decline(filled, "u-1", range(1, 12))
    for number in range(220):
        day = f"2026-{1 + number % 11:02d}-05"
        answer = response(
            filled.catalogue, mode="own_device", clinician=None, answers={f"q{item}": 4 for item in range(1, 6)},
            started_at=f"{day}T09:00:00Z", finished_at=f"{day}T09:01:{number % 60:02d}Z",
        )  # fmt: skip
        filled.submit(answer, "{}").result(timeout=30)
    assert rates_of(filled)["Cardiology"].unknown == "other_modes"
    assert rates_of(filled, "all", "kiosk")["Cardiology"].declined == 11


def test_flags_are_counted_in_the_view_and_only_of_quality(filled):
    for number in range(4):
        answer = response(
            filled.catalogue, clinician=None, comment="I want to end my life.",
            started_at="2026-11-20T09:00:00Z", finished_at=f"2026-11-20T09:00:0{number // 2}Z",
        )  # fmt: skip
        filled.submit(answer, "{}").result(timeout=30)

    def flags(*seen):
        taken = look(filled, *seen)
        with filled.reading() as connection:
            return {each.unit: each.flags for each in report_data_quality(connection, taken, report_units(taken)).units}

    assert flags("all")["Cardiology"] == flags("3")["Cardiology"] == {"repeated": 2, "too_fast": 4}
    assert sum(sum(each.values()) for unit, each in flags("all").items() if unit != "Cardiology") == 0


def test_the_table_rounds_and_runs_no_formula(filled):
    with filled.writing() as connection:
        apply_roster(connection, parse_roster("kind,id,name,parent,email,stage\nunit,u-1,=cmd,p-1,,\n"))
    report = report_units(look(filled))
    text = write_csv(report).decode()
    assert "'=cmd" in text
    assert ",=cmd" not in text
    rows = {row["unit_id"]: row for row in list_unit_rows(report)}
    assert rows["u-1"]["score"] == round(next(u for u in report.units if u.id == "u-1").summary.score.value, 1)


def test_a_hidden_unit_has_a_name_and_no_number_in_the_table(filled):
    with filled.writing() as connection:
        apply_roster(connection, parse_roster("kind,id,name,parent,email,stage\nunit,u-9,Small,p-1,,\n"))
    row = next(row for row in list_unit_rows(report_units(look(filled))) if row["unit_id"] == "u-9")
    assert {key for key, value in row.items() if value is not None} == {"unit_id", "unit", "state"}


def test_a_unit_whose_answers_were_all_erased_is_hidden(filled, catalogue, answers):
    with filled.writing() as connection:
        erase_responses(connection, [each.id for unit, _, _, each in answers if unit == "u-1"], catalogue, 0)
    rows = {row.id: row.summary for row in report_units(look(filled)).units}
    assert rows["u-1"] == Suppressed("small_group")
    assert rows["u-2"].n == 330


def test_what_is_kept_between_looks_follows_new_answers(filled, catalogue):
    views = [(window, mode) for window in WINDOWS for mode in ("all", "kiosk")]
    before = [report_units(look(filled, *view)) for view in views]
    assert before == [report_units(look(filled, *view)) for view in views]
    day = {"started_at": "2026-11-03T09:00:00Z", "finished_at": "2026-11-03T09:01:00Z"}
    new = [response(catalogue, unit="u-1", clinician="c-1", language="es", about={}, **day) for _ in range(12)]
    for future in [filled.submit(each, "{}") for each in new]:
        future.result(timeout=30)
    unprejudiced = Store(filled.engine.url, catalogue)
    try:
        now = [report_units(look(filled, *view)) for view in views]
        assert now == [report_units(look(unprejudiced, *view)) for view in views]
        assert now[0] != before[0]
    finally:
        unprejudiced.engine.dispose()


def test_a_look_from_before_an_answer_leaves_nothing_behind_for_those_after_it(filled, catalogue):
    early = look(filled)
    assert sum(early.counts.n) + sum(int(each.n.sum()) for each in early.members.values()) > 0
    filled.submit(response(catalogue, unit="u-1", clinician="c-1", about={}), "{}").result(timeout=30)
    late = look(filled)
    report_units(early)
    unprejudiced = Store(filled.engine.url, catalogue)
    try:
        assert report_units(late) == report_units(look(unprejudiced))
    finally:
        unprejudiced.engine.dispose()


def test_nobody_else_may_look(filled):
    for email in ("c1@example.org", "admin@example.org", "moderator@example.org"):
        with pytest.raises(AccessDeniedError):
            look(filled, email=email)


def clinicians(*groups):
    """Sums of clinicians from their lists of scores."""
    return ClinicianSums(
        tuple(f"c-{at}" for at in range(len(groups))),
        np.array([len(each) for each in groups]),
        np.zeros(len(groups), np.int64),
        np.array([float(np.sum(each)) for each in groups]),
        np.array([float(np.sum(np.square(each))) for each in groups]),
    )


def simulated(rng, effects, clinicians_each=8, patients=40, spread=4.0):
    return {
        f"u-{unit}": clinicians(*(
            np.clip(rng.normal(80 + effect + rng.normal(0, spread), 12, patients), 0, 100)
            for _ in range(clinicians_each)
        ))
        for unit, effect in enumerate(effects)
    }  # fmt: skip


def numbers_of(members):
    return {unit: int(sums.n.sum()) for unit, sums in members.items()}


def test_a_units_interval_is_the_cluster_robust_one():
    rng = np.random.default_rng(3)
    members = simulated(rng, [0, 0])
    rng = np.random.default_rng(3)
    rows = [np.clip(rng.normal(80 + rng.normal(0, 4.0), 12, 40), 0, 100) for _ in range(8)]
    expected = measure_clustered_mean([count_values(each) for each in rows]).score
    found = judge_units(members, (), numbers_of(members)).units[0].score
    assert (found.value, found.low, found.high) == pytest.approx(
        (expected.value, expected.low, expected.high), rel=1e-6
    )


def test_identical_units_are_seldom_called_different_though_their_clinicians_differ():
    rng = np.random.default_rng(20261123)
    programs = [simulated(rng, [0] * 12) for _ in range(60)]
    verdicts = [[each.verdict for each in judge_units(p, (), numbers_of(p)).units] for p in programs]
    alarmed = sum(any(each in ("above", "below") for each in program) for program in verdicts)
    # 5 in 100 programs at most, and room for chance in 60 of them; ignoring clinicians gives nearly all.
    assert alarmed <= 7


def test_a_unit_far_off_is_found_and_a_small_one_is_in_no_comparison():
    rng = np.random.default_rng(5)
    members = simulated(rng, [0, 1, -1, 0, 0.5, -0.5, 0, -14])
    members["u-9"] = clinicians([100.0] * 6, [100.0] * 6)
    found = {each.unit: each for each in judge_units(members, (), numbers_of(members)).units}
    assert found["u-7"].verdict == "below"
    assert found["u-7"].reliability >= 0.7
    assert (found["u-9"].verdict, found["u-9"].difference) == ("provisional", None)


def test_a_unit_of_one_clinician_is_not_compared():
    rng = np.random.default_rng(6)
    members = simulated(rng, [0, 0, 0])
    members["u-8"] = clinicians(rng.normal(50, 5, 200))
    found = {each.unit: each for each in judge_units(members, (), numbers_of(members)).units}
    assert (found["u-8"].verdict, found["u-8"].score) == ("provisional", None)
