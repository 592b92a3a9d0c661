import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.estimate import Estimate, NotEstimable
from analysis.mean import ABC, CONSTANT, STUDENT, abc_interval, mean_interval, student_interval, sum_moments
from tests.oracles import read_oracle


def numbers(text):
    return [float(each) for each in text.split()]


@pytest.mark.parametrize("row", read_oracle("mean.csv"), ids=lambda row: f"{row['sample']}-{row['level']}")
def test_both_intervals_are_those_of_r(row):
    moments = sum_moments(numbers(row["values"]), numbers(row["counts"]))
    level = float(row["level"])
    assert moments.mean == pytest.approx(float(row["mean"]), rel=1e-12)
    abc, student = (float(row["abc_low"]), float(row["abc_high"])), (float(row["t_low"]), float(row["t_high"]))
    assert abc_interval(moments, level) == pytest.approx(abc, rel=1e-6)
    assert student_interval(moments, level) == pytest.approx(student, rel=1e-9)


histograms = st.dictionaries(st.integers(0, 100), st.integers(1, 40), min_size=1, max_size=12).filter(
    lambda bins: sum(bins.values()) >= 2
)


@given(histograms)
def test_the_interval_holds_the_mean_within_the_scale_and_has_a_width(bins):
    result = mean_interval(list(bins), list(bins.values()))
    rows = np.repeat(list(bins), list(bins.values()))
    assert isinstance(result, Estimate)
    assert result.n == len(rows)
    assert result.value == pytest.approx(rows.mean())
    assert 0 <= result.low <= result.value <= result.high <= 100
    assert result.low < result.high


@given(histograms)
def test_the_moments_are_those_of_the_rows(bins):
    moments = sum_moments(list(bins), list(bins.values()))
    rows = np.repeat(list(bins), list(bins.values())).astype(float)
    assert moments.squares == pytest.approx(rows.var() * len(rows), abs=1e-7)
    if len(bins) > 1:
        assert moments.skewness == pytest.approx(stats.skew(rows), abs=1e-7)


def test_a_skewed_score_takes_abc_until_there_are_enough_answers():
    few = mean_interval([100, 60], [24, 1])
    many = mean_interval([100, 60], [24 * 30, 30])
    assert (few.method, many.method) == (ABC, STUDENT)
    assert few.value - few.low > 2 * (few.high - few.value)


def test_equal_answers_at_the_ceiling_are_no_certainty():
    few, many = mean_interval([100], [11]), mean_interval([100], [200])
    assert few.method == CONSTANT
    assert (few.value, few.high) == (100, 100)
    # With 11 of 11, Clopper and Pearson allow 28.5 % to feel otherwise, and they might have answered 0.
    assert few.low == pytest.approx(100 * stats.binomtest(11, 11).proportion_ci().low)
    assert few.low < 72 < 98 < many.low < 100


def test_equal_answers_that_rounding_could_part_are_equal():
    third = 100 / 3
    assert mean_interval([third], [7]).method == CONSTANT
    assert sum_moments([third], [1_000_001]).squares == 0


def test_too_few_answers_give_no_estimate():
    assert mean_interval([], []) == NotEstimable("no_answers")
    assert mean_interval([50, 60], [0, 0]) == NotEstimable("no_answers")
    assert mean_interval([50], [1]) == NotEstimable("one_answer")


@pytest.mark.parametrize(("values", "counts"), [([1, 2], [1]), ([1], [-1]), ([float("nan")], [3])])
def test_what_is_no_histogram_is_refused(values, counts):
    with pytest.raises(ValueError, match="histogram"):
        mean_interval(values, counts)
