import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.estimate import UnusableDataError
from analysis.within_person import measure_training_change, sum_persons
from tests.oracles import read_oracle

ORACLE = read_oracle("training_change.csv")


def rows_of(sample):
    rows = [row for row in read_oracle("training_change_data.csv") if row["sample"] == sample]
    return [[row["person"] for row in rows], *([float(row[key]) for row in rows] for key in ("time", "score"))]


def change_of(sample):
    return measure_training_change(sum_persons(*rows_of(sample)))


def error_of(slope):
    from scipy import stats

    return (slope.estimate.high - slope.estimate.value) / stats.t.ppf(0.975, slope.df)


@pytest.mark.parametrize("row", ORACLE, ids=lambda row: row["sample"])
def test_it_is_the_model_of_lme4_with_the_errors_of_clubsandwich(row):
    found = change_of(row["sample"])
    assert [found.n, found.persons, found.persons_changing] == [int(row[key]) for key in ("n", "persons", "changing")]
    within = found.within_person
    assert within.estimate.value == pytest.approx(float(row["within"]), rel=1e-7)
    assert (error_of(within), within.df) == pytest.approx((float(row["within_se"]), float(row["within_df"])), rel=1e-6)
    assert within.model_se == pytest.approx(float(row["within_model_se"]), rel=1e-5)
    assert (found.tau2, found.sigma2) == pytest.approx((float(row["tau2"]), float(row["sigma2"])), rel=1e-5)
    if not row["between"]:
        assert (found.between_persons, found.difference) == (None, None)
        return
    between = found.between_persons
    assert (between.estimate.value, error_of(between)) == pytest.approx(
        (float(row["between"]), float(row["between_se"])), rel=1e-5
    )
    assert between.df == found.persons - 2
    assert found.difference.estimate.value == pytest.approx(float(row["between"]) - float(row["within"]), rel=1e-5)
    assert error_of(found.difference) == pytest.approx(np.hypot(error_of(within), error_of(between)))


def test_the_sleep_study_of_lme4():
    """Reaction ~ Days + (1 | Subject), as lme4 prints it: 10.467 with error 0.804, variances 1378.2 and 960.5."""
    found = change_of("sleepstudy")
    assert found.within_person.estimate.value == pytest.approx(10.467, abs=5e-4)
    assert found.within_person.model_se == pytest.approx(0.804, abs=5e-4)
    assert (found.tau2, found.sigma2) == (pytest.approx(1378.2, abs=0.05), pytest.approx(960.5, abs=0.05))


def test_persons_may_fall_while_those_seen_later_are_higher():
    found = measure_training_change(
        sum_persons(list("aabbccdd"), [1, 2, 1, 2, 3, 4, 3, 4], [60, 55, 64, 58, 80, 76, 88, 81])
    )
    assert found.within_person.estimate.high < 0
    assert found.between_persons.estimate.low > 0
    assert found.difference.estimate.value > 0


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(-1e8, 1e8))
def test_order_origin_and_cells_do_not_matter(seed, origin):
    random = np.random.default_rng(seed)
    person, time = random.integers(0, 6, 40), random.integers(0, 4, 40) * 1.0
    score = np.round(50 + person + random.normal(0, 5, 40), 1)
    wanted = measure_training_change(sum_persons([f"p{each}" for each in person], time, score))
    cells = {}
    for who, when, value in zip(person, time, score, strict=True):
        cells.setdefault((who, when), []).append(value + origin)
    keys = list(cells)[::-1]
    found = measure_training_change(
        sum_persons(
            [f"p{who}" for who, _ in keys],
            [when + 2000 for _, when in keys],
            [np.mean(cells[key]) for key in keys],
            n=[len(cells[key]) for key in keys],
            squares=[np.var(cells[key]) * len(cells[key]) for key in keys],
        )
    )
    for name in ("within_person", "between_persons", "difference"):
        one, other = getattr(found, name), getattr(wanted, name)
        assert one.estimate.value == pytest.approx(other.estimate.value, rel=1e-4, abs=1e-4)
        assert one.p == pytest.approx(other.p, rel=1e-3, abs=1e-6)


def test_persons_seen_once_tell_only_of_differences_between_them():
    found = measure_training_change(sum_persons("abcdef", [1, 2, 3, 4, 5, 6], [50, 55, 53, 61, 60, 66]))
    assert (found.within_person, found.difference, found.tau2, found.sigma2) == (None, None, None, None)
    assert found.between_persons.estimate.value == pytest.approx(51.5 / 17.5)


def test_persons_seen_at_the_same_times_tell_only_of_change():
    found = measure_training_change(sum_persons("aabbcc", [0, 1, 0, 1, 0, 1], [50, 55, 53, 61, 60, 62]))
    assert (found.between_persons, found.difference) == (None, None)
    assert found.within_person.estimate.value == pytest.approx(5)
    assert found.within_person.df == pytest.approx(2)


def test_one_person_who_changes_is_no_trend():
    found = measure_training_change(sum_persons("aabcd", [0, 1, 0, 1, 2], [50, 55, 53, 61, 60]))
    assert (found.within_person, found.persons_changing) == (None, 1)


def test_slopes_without_any_error_are_none():
    found = measure_training_change(sum_persons("aabbcc", [0, 1, 1, 2, 4, 5], [50, 52, 52, 54, 58, 60]))
    assert (found.within_person, found.between_persons) == (None, None)


@pytest.mark.parametrize(
    ("person", "time", "score", "words"),
    [
        ("aab", [0, 1, 1], [50, 60, 70], "two persons scored at two times"),
        ("aabb", [1, 1, 1, 1], [50, 60, 70, 80], "two persons scored at two times"),
        ("", [], [], "two persons scored at two times"),
        ("aabb", [0, 1, 0, 1], [50, 50, 50, 50], "All scores are the same"),
    ],
)
def test_data_that_say_nothing_are_refused(person, time, score, words):
    with pytest.raises(UnusableDataError, match=words):
        measure_training_change(sum_persons(list(person), time, score))


def test_the_within_interval_holds_the_truth_though_persons_have_slopes_of_their_own():
    random = np.random.default_rng(6)
    held = []
    for _ in range(300):
        person = np.repeat(np.arange(12), 4)
        time = np.tile(np.arange(4.0), 12)
        score = random.normal(0, 5, 12)[person] + random.normal(1, 3, 12)[person] * time + random.normal(0, 4, 48)
        slope = measure_training_change(sum_persons([str(each) for each in person], time, score)).within_person
        held.append(
            (slope.estimate.low <= 1 <= slope.estimate.high, abs(slope.estimate.value - 1) <= 2 * slope.model_se)
        )
    robust, model = np.mean(held, axis=0)
    assert robust > 0.92
    assert model < 0.85
