import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.estimate import UnusableDataError
from analysis.run_chart import Runs, chart_run, measure_runs, split_phases
from tests.oracles import read_oracle

DATA = read_oracle("control_chart_data.csv")
ORACLE = read_oracle("run_chart.csv")
LIMITS = read_oracle("run_chart_limits.csv")


def dates(count):
    return [f"2025-{at:04d}" for at in range(count)]


def values_of(sample):
    return [None if row["value"] == "NA" else float(row["value"]) for row in DATA if row["sample"] == sample]


@pytest.mark.parametrize("row", ORACLE, ids=lambda row: row["sample"])
def test_median_and_runs_are_those_of_r(row):
    values = values_of(row["sample"])
    chart = chart_run(dates(len(values)), values)
    assert chart.center == pytest.approx(float(row["center"]), rel=1e-12)
    expected = [int(row[name]) for name in ("longest", "longest_limit", "crossings", "crossings_limit")]
    assert list(dataclasses.astuple(chart.runs)) == expected
    assert all(point.lower is None and point.upper is None for point in chart.points)
    assert chart.sigma_z is None


@pytest.mark.parametrize("row", LIMITS, ids=lambda row: row["n"])
def test_limits_are_those_of_r(row):
    runs = measure_runs(np.ones(int(row["n"]), np.int8))
    assert (runs.longest_limit, runs.crossings_limit) == (int(row["longest_limit"]), int(row["crossings_limit"]))


@pytest.mark.parametrize(
    ("n", "longest", "crossings"),
    [(10, 6, 2), (12, 7, 3), (20, 7, 6), (22, 7, 7), (23, 8, 7), (24, 8, 8), (45, 8, 17), (46, 9, 17), (75, 9, 30)],
)
def test_limits_are_those_that_qicharts2_prints(n, longest, crossings):
    # "Critical values for longest run and number of crossings", appendix of the vignette of Anhøj's qicharts2.
    runs = measure_runs(np.ones(n, np.int8))
    assert (runs.longest_limit, runs.crossings_limit) == (longest, crossings)


def test_points_on_the_median_do_not_count():
    chart = chart_run(dates(9), [4, 5, 6, 7, 5, 8, 2, 3, 5])
    assert chart.center == 5
    # Sides: − 0 + + 0 + − − 0
    assert chart.runs == Runs(longest=3, longest_limit=6, crossings=2, crossings_limit=1)


def test_points_on_the_median_do_not_end_a_shift():
    chart = chart_run(dates(15), [1, 2, 3, 1, 5, 2, 1, 2, 9, 8, 9, 8, 9, 8, 9])
    assert chart.center == 5
    assert ["shift" in point.signals for point in chart.points] == [True] * 4 + [False] + [True] * 10


def test_missing_values_keep_their_place_and_are_passed_over():
    full = chart_run(dates(6), [1, 4, 2, 6, 7, 3])
    gaps = chart_run(dates(8), [1, None, 4, 2, float("nan"), 6, 7, 3])
    assert [point.value for point in gaps.points] == [1, None, 4, 2, None, 6, 7, 3]
    assert [point.date for point in gaps.points] == dates(8)
    assert (gaps.center, gaps.runs) == (full.center, full.runs)


def test_the_nile_fell_after_1898():
    # Cobb 1978, Biometrika 65:243: the flow falls from about 1,098 to 850 after 1898, the 28th year.
    years = [str(year) for year in range(1871, 1971)]
    nile = values_of("Nile")
    whole, phased = chart_run(years, nile), chart_run(years, nile, phases=[28])
    assert whole.runs.longest > whole.runs.longest_limit
    assert whole.runs.crossings < whole.runs.crossings_limit
    assert phased.runs.crossings >= phased.runs.crossings_limit
    assert phased.center == np.median(nile[28:])
    parts = [chart_run(years[part], nile[part]) for part in split_phases(100, [28])]
    assert phased.points == parts[0].points + parts[1].points


def test_a_baseline_fixes_the_centre():
    chart = chart_run(dates(20), [1, 2, 3, 2, 1, 3] + [5] * 14, baseline=6)
    assert chart.center == 2
    assert [at for at, point in enumerate(chart.points) if "shift" in point.signals] == list(range(5, 20))


def test_phases_without_values_or_variation_are_left_as_they_are():
    chart = chart_run(dates(9), [None, None, 4, 4, 4, 1, 2, None, None], phases=[2, 5, 7])
    assert chart.center == 1.5
    assert [point.value for point in chart.points] == [None, None, 4, 4, 4, 1, 2, None, None]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [([], "there are 0"), ([5, None], "there are 1"), ([3.5] * 9, "Every value is 3.5"), ([1, np.inf, 2], "2025-0001")],
)
def test_what_a_chart_cannot_show_is_refused(values, sentence):
    with pytest.raises(UnusableDataError, match=sentence):
        chart_run(dates(len(values)), values)


@pytest.mark.parametrize("phases", [[0], [3, 3], [3, 2], [6], [-1]])
def test_phases_begin_inside_the_series(phases):
    with pytest.raises(ValueError, match="Phases begin"):
        chart_run(dates(6), [1, 2, 3, 4, 5, 6], phases=phases)


def test_a_baseline_of_one_point_is_refused():
    with pytest.raises(ValueError, match="baseline"):
        chart_run(dates(3), [1, 2, 3], baseline=1)


@given(st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), min_size=2, max_size=60))
def test_any_series_is_charted_or_refused(values):
    known = [value for value in values if value is not None]
    if len(known) < 2:
        with pytest.raises(UnusableDataError):
            chart_run(dates(len(values)), values)
        return
    try:
        chart = chart_run(dates(len(values)), values)
    except UnusableDataError:
        assert np.ptp(known) <= 1e-14 * np.abs(known).max()
        return
    assert min(known) <= chart.center <= max(known)
    if chart.runs.longest is not None:
        useful = chart.runs.longest + chart.runs.crossings
        assert useful <= len(known)


def rate_of_false_alarms(n):
    """Of all 2^n equally probable rows of sides, the share in which either rule signals: counted, not drawn."""
    limits = measure_runs(np.ones(n, np.int8))
    # quiet[row, crossings]: rows so far, by the length of the present run, that no rule has ended.
    quiet = np.zeros((limits.longest_limit + 1, n))
    quiet[1, 0] = 1
    for _ in range(n - 1):
        longer = np.zeros_like(quiet)
        longer[2:] = quiet[1:-1]
        longer[1, 1:] = quiet.sum(0)[:-1]
        quiet = longer / 2
    return 1 - quiet[:, limits.crossings_limit :].sum()


@pytest.mark.parametrize("n", [12, 24, 60])
def test_anhoejs_rules_signal_without_a_change_as_often_as_theory_says(n):
    generator = np.random.default_rng(20261114)
    signals = 0
    for _ in range(4000):
        runs = measure_runs(np.sign(generator.standard_normal(n)).astype(np.int8))
        signals += runs.longest > runs.longest_limit or runs.crossings < runs.crossings_limit
    expected = rate_of_false_alarms(n)
    assert signals / 4000 == pytest.approx(expected, abs=4 * np.sqrt(expected * (1 - expected) / 4000))
    assert expected < 0.08
