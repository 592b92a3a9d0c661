import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.estimate import UnusableDataError
from analysis.histogram import count_values
from analysis.trend import measure_jonckheere, measure_stage_trend, measure_trend
from tests.oracles import read_oracle


def numbers(text):
    return [float(each) for each in text.split()]


def stages_of(row):
    return [[count_values(numbers(each)) for each in stage.split(" | ")] for stage in row["stages"].split(" || ")]


def named(stages):
    return {f"year {at}": clinicians for at, clinicians in enumerate(stages, 1)}


@pytest.mark.parametrize("row", read_oracle("trend.csv"), ids=lambda row: row["sample"])
def test_a_series_has_the_trend_of_r(row):
    found = measure_trend(numbers(row["t"]), numbers(row["y"]))
    kendall = found.mann_kendall
    assert (kendall.statistic, kendall.exact) == (int(row["S"]), row["exact"] == "1")
    assert (kendall.tau, kendall.z) == pytest.approx((float(row["tau"]), float(row["z"])), rel=1e-9)
    assert kendall.p == pytest.approx(float(row["p"]), rel=1e-9)
    limits = (found.slope.value, found.slope.low, found.slope.high)
    assert limits == pytest.approx([float(row[key]) for key in ("slope", "low", "high")], rel=1e-8, abs=1e-9)


def test_hollander_and_wolfes_tuna():
    """Printed in R's help of cor.test: tau 0.4444, exact p 0.1194."""
    quality = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1]
    found = measure_trend(quality, [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8]).mann_kendall
    assert (round(found.tau, 4), round(found.p, 4)) == (0.4444, 0.1194)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 6), min_size=5, max_size=30).filter(lambda values: len(set(values)) > 1), st.randoms())
def test_a_series_upside_down_has_the_opposite_trend(values, shuffle):
    times = list(range(len(values)))
    found, mirrored = measure_trend(times, values), measure_trend(times, [1e9 - value for value in values])
    assert mirrored.mann_kendall.statistic == -found.mann_kendall.statistic
    assert mirrored.mann_kendall.p == found.mann_kendall.p
    limits = (-mirrored.slope.value, -mirrored.slope.high, -mirrored.slope.low)
    assert limits == pytest.approx((found.slope.value, found.slope.low, found.slope.high))
    assert found.slope.low <= found.slope.value <= found.slope.high
    shuffle.shuffle(times)
    assert measure_trend(times, [values[at] for at in times]) == found


@pytest.mark.parametrize(
    ("values", "words"), [([1, 2, 3, 4], "5 times or more, and there are 4"), ([3] * 6, "the same")]
)
def test_a_series_that_says_nothing_is_refused(values, words):
    with pytest.raises(UnusableDataError, match=words):
        measure_trend(range(len(values)), values)


def test_a_series_with_gaps_or_double_times():
    times, values = [1, 2, 3, 4, 5, 6], [1, 3, np.nan, 2, 5, 4]
    assert measure_trend(times, values).n == 5
    with pytest.raises(ValueError, match="one value at each time"):
        measure_trend([1, 1, 2, 3, 4, 5], [*values[:2], 1, 2, 3, 4])


@pytest.mark.parametrize("row", read_oracle("stage_trend.csv"), ids=lambda row: row["sample"])
def test_stages_have_the_trend_of_r(row):
    stages = stages_of(row)
    patients = measure_stage_trend(named(stages), clustered=False).jonckheere
    wanted = (float(row["patients_J"]), float(row["patients_z"]), float(row["patients_p"]))
    assert (patients.statistic, patients.z, patients.p) == pytest.approx(wanted, rel=1e-9)
    if not row["slope"]:
        return
    found = measure_stage_trend(named(stages))
    clinicians = (found.jonckheere.statistic, found.jonckheere.z, found.jonckheere.p)
    assert clinicians == pytest.approx((float(row["J"]), float(row["z"]), float(row["p"])), rel=1e-9)
    contrast = (found.contrast.slope.value, found.contrast.slope.low, found.contrast.df, found.contrast.p)
    assert contrast == pytest.approx([float(row[key]) for key in ("slope", "low", "df", "slope_p")], rel=1e-8)
    assert [stage.clusters for stage in found.stages] == [len(clinicians) for clinicians in stages]


def test_hollander_and_wolfes_piecework():
    """Hollander & Wolfe 1999, example 6.2: knowledge of performance and work done, J = 79."""
    row = next(row for row in read_oracle("stage_trend.csv") if row["sample"] == "piecework")
    found = measure_jonckheere([count_values(numbers(each)) for each in row["stages"].split(" || ")])
    assert (found.statistic, found.cases) == (79, 18)
    assert found.share == pytest.approx(79 / 108)


def test_independent_patients_of_two_stages_have_welchs_test():
    one, other = [75, 50, 100, 25, 75], [100, 100, 75, 100, 50, 75, 100]
    found = measure_stage_trend({"a": [count_values(one)], "b": [count_values(other)]}, clustered=False).contrast
    welch = stats.ttest_ind(other, one, equal_var=False)
    assert (found.p, found.df) == pytest.approx((welch.pvalue, welch.df))
    assert found.slope.low == pytest.approx(welch.confidence_interval().low)


def test_many_patients_of_alike_clinicians_prove_nothing():
    """Two clinicians a stage who differ by chance, each with thousands of patients."""
    stages = {
        f"year {at}": [count_values([mean - 25, mean, mean + 25], [9000] * 3) for mean in means]
        for at, means in enumerate([(50, 60), (62, 45), (70, 52)])
    }
    assert measure_stage_trend(stages).jonckheere.p > 0.3
    assert measure_stage_trend(stages).contrast.p > 0.3
    assert measure_stage_trend(stages, clustered=False).contrast.p < 1e-9


def test_what_cannot_be_computed_is_none_and_the_rest_is():
    alone = measure_stage_trend({"a": [count_values([75, 100])], "b": [count_values([50, 25])] * 2, "c": []})
    assert (alone.contrast, alone.jonckheere) == (None, None)
    assert alone.stages[0].mean.value == 87.5
    assert (alone.stages[2].n, alone.stages[2].mean) == (0, None)
    constant = measure_stage_trend({"a": [count_values([75] * 4)] * 2, "b": [count_values([50] * 4)] * 2})
    assert constant.contrast is None
    one = measure_stage_trend({"a": [count_values([75])], "b": [count_values([50, 25])] * 2})
    assert one.stages[0].mean is None


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ({"a": [[50, 75]], "b": []}, "at least two stages with scores, and there are 1"),
        ({"a": [[50, 50]], "b": [[50]]}, "All scores are the same"),
    ],
)
def test_stages_that_say_nothing_are_refused(stages, words):
    with pytest.raises(UnusableDataError, match=words):
        measure_stage_trend({name: [count_values(each) for each in some] for name, some in stages.items()})


@given(st.lists(st.lists(st.integers(0, 4), max_size=8), min_size=2, max_size=4))
def test_jonckheere_counts_pairs(groups):
    found = measure_jonckheere([count_values(group) for group in groups])
    filled = [group for group in groups if group]
    if found is None:
        assert sum(map(len, groups)) < 6 or len(filled) < 2 or len({v for group in groups for v in group}) < 2
        return
    pairs = [(a, b) for at, one in enumerate(filled) for other in filled[at + 1 :] for a in one for b in other]
    assert found.statistic == sum((a < b) + 0.5 * (a == b) for a, b in pairs)
    assert found.share == pytest.approx(found.statistic / len(pairs))
    assert 0 < found.p <= 1


def test_ten_million_patients_do_not_overflow():
    groups = [count_values([0, 50, 100], [n, 2 * n, n]) for n in (1_000_000, 900_000, 1_100_000)]
    found = measure_jonckheere(groups)
    assert found.share == pytest.approx(0.5)
    assert (found.z, found.p) == (0, 1)
