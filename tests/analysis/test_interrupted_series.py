import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.estimate import UnusableDataError
from analysis.interrupted_series import CORRECTED, PLAIN, measure_interrupted_series
from tests.oracles import read_oracle

ORACLE = read_oracle("interrupted_series.csv")
EFFECTS = ("slope_before", "level_change", "slope_change", "effect_at_end")


def series_of(sample):
    rows = [row for row in read_oracle("interrupted_series_data.csv") if row["sample"] == sample]
    columns = [[float(row[name]) for row in rows] for name in ("time", "value", "weight")]
    return *columns, float(rows[0]["action"])


@pytest.mark.parametrize("row", ORACLE, ids=lambda row: f"{row['sample']}-{row['weighted']}-{row['what']}")
def test_it_is_newey_west_of_r(row):
    times, values, weights, action = series_of(row["sample"])
    weights = weights if row["weighted"] == "1" else None
    plain = getattr(measure_interrupted_series(times, values, action, weights=weights, corrected=False), row["what"])
    assert plain.estimate.value == pytest.approx(float(row["value"]), rel=1e-9)
    assert plain.newey_west_se == pytest.approx(float(row["se"]), rel=1e-9)
    assert plain.estimate.low == pytest.approx(float(row["plain_low"]), rel=1e-8)
    assert plain.p == pytest.approx(float(row["plain_p"]), rel=1e-8)
    found = getattr(measure_interrupted_series(times, values, action, weights=weights), row["what"])
    limits = (float(row["low"]), float(row["high"]), float(row["p"]))
    assert (found.estimate.low, found.estimate.high, found.p) == pytest.approx(limits, rel=1e-8)
    assert found.newey_west_se == plain.newey_west_se
    assert (plain.estimate.method, found.estimate.method) == (PLAIN, CORRECTED)


def test_statsmodels_finds_the_same_errors():
    times, values, weights, action = series_of("year_and_year")
    since = np.array(times) - action
    after = since >= 0
    design = np.column_stack([np.ones(len(since)), since, after, after * since])
    fit = sm.WLS(values, design, weights=weights).fit(
        cov_type="HAC", cov_kwds={"maxlags": 3, "use_correction": False}, use_t=True
    )
    found = measure_interrupted_series(times, values, action, weights=weights, corrected=False)
    errors = [getattr(found, name).newey_west_se for name in EFFECTS[:3]]
    assert errors == pytest.approx(fit.bse[1:], rel=1e-9)
    assert [getattr(found, name).p for name in EFFECTS[:3]] == pytest.approx(fit.pvalues[1:], rel=1e-8)
    assert [point.fitted for point in found.points] == pytest.approx(fit.fittedvalues)


def test_fewer_drivers_were_killed_or_seriously_hurt_from_the_seat_belt_law_on():
    """R's UKDriverDeaths, 1980 to 1984 by month; the law came into force on 31 January 1983 (Harvey & Durbin 1986)."""
    times, values, _, action = series_of("seatbelts")
    found = measure_interrupted_series(times, values, action)
    assert found.level_change.estimate.high < 0
    assert (found.n_before, found.n_after) == (37, 23)


def test_the_lines_of_a_chart_meet_the_numbers():
    times, values, _, action = series_of("short")
    found = measure_interrupted_series(times, values, action)
    assert [point.counterfactual is None for point in found.points] == [time < action for time in times]
    at_action = found.points[found.n_before]
    assert at_action.fitted - at_action.counterfactual == pytest.approx(found.level_change.estimate.value)
    last = found.points[-1]
    assert last.fitted - last.counterfactual == pytest.approx(found.effect_at_end.estimate.value)


def simulate(random, before, after, rho):
    errors = random.normal(size=before + after + 30)
    for at in range(1, len(errors)):
        errors[at] += rho * errors[at - 1]
    return np.arange(before + after), errors[30:]


@pytest.mark.parametrize(("before", "after"), [(4, 4), (12, 12), (24, 6)])
@pytest.mark.parametrize("rho", [0.0, 0.2])
def test_the_interval_holds_the_truth_as_often_as_it_says(before, after, rho):
    random = np.random.default_rng(3)
    held = []
    for _ in range(600):
        found = measure_interrupted_series(*simulate(random, before, after, rho), before)
        held.append([getattr(found, name).estimate.low <= 0 <= getattr(found, name).estimate.high for name in EFFECTS])
    assert (np.mean(held, axis=0) > 0.925).all()


def test_the_plain_interval_does_not():
    random = np.random.default_rng(4)
    held = []
    for _ in range(400):
        found = measure_interrupted_series(*simulate(random, 12, 12, 0), 12, corrected=False).level_change.estimate
        held.append(found.low <= 0 <= found.high)
    assert np.mean(held) < 0.85


def test_months_without_weight_or_value_are_as_if_absent():
    times, values, weights, action = series_of("gaps")
    wanted = measure_interrupted_series(times, values, action, weights=weights)
    found = measure_interrupted_series([*times, 3, 10], [*values, np.nan, 50], action, weights=[*weights, 9, 0])
    assert found == wanted


@settings(max_examples=40)
@given(st.permutations(range(14)), st.floats(-1e9, 1e9))
def test_order_and_origin_do_not_matter(order, origin):
    times, values, weights, _ = series_of("year_and_year")
    times, values, weights = (np.array(each[:14]) for each in (times, values, weights))
    wanted = measure_interrupted_series(times, values, 8, weights=weights)
    order = np.array(order)
    found = measure_interrupted_series(
        times[order] + 1e6, values[order] + origin, 8 + 1e6, weights=1e6 * weights[order]
    )
    for name in EFFECTS:
        one, other = getattr(found, name), getattr(wanted, name)
        assert one.estimate.low == pytest.approx(other.estimate.low, rel=1e-5, abs=1e-6)
        assert one.p == pytest.approx(other.p, rel=1e-4)


@pytest.mark.parametrize(
    ("values", "action", "words"),
    [
        ([1, 2, 1, 2, 1, 2, 1], 2, "at least 3 months with values before it, and there are 2"),
        ([1, 2, 1, 2, 1, 2, 1], 5, "at least 3 months with values after it, and there are 2"),
        ([1, 2, 1, 2, 1, 2], 3, "at least 7 months"),
        ([5] * 9, 4, "All values of the series are the same"),
        ([1, 2, 3, 4, 9, 9, 9, 9], 4, "exactly on two lines"),
        ([0.1, 0.2, 0.3, 0.4, 0.7, 0.5, 0.3, 0.1], 4, "exactly on two lines"),
        ([], 4, "there are 0"),
    ],
)
def test_data_that_say_nothing_are_refused(values, action, words):
    with pytest.raises(UnusableDataError, match=words):
        measure_interrupted_series(np.arange(len(values)), values, action)


@pytest.mark.parametrize(("times", "weights"), [([1, 2, 2], [1, 1, 1]), ([1, 2, 3], [1, 1]), ([1, 2, 3], [1, 1, -1])])
def test_arrays_that_do_not_fit_are_a_mistake(times, weights):
    with pytest.raises(ValueError, match=r"series|Weights"):
        measure_interrupted_series(times, [1, 2, 3], 2, weights=weights)
