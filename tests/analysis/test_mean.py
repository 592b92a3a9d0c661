import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.estimate import Estimate, NotEstimable
from analysis.mean import BETA, mean_interval, mean_limits, sum_moments
from tests.oracles import read_oracle


def numbers(text):
    return [float(each) for each in text.split()]


def row_name(row):
    return f"{row['sample']}-{row['level']}"


def interval_of(row):
    return mean_interval(numbers(row["values"]), numbers(row["counts"]), level=float(row["level"]))


@pytest.mark.parametrize("row", read_oracle("mean.csv"), ids=row_name)
def test_the_interval_is_that_of_r(row):
    result = interval_of(row)
    assert result.method == BETA
    assert result.value == pytest.approx(float(row["mean"]), rel=1e-12)
    assert (result.low, result.high) == pytest.approx((float(row["beta_low"]), float(row["beta_high"])), rel=1e-9)


@pytest.mark.parametrize(
    "row", [row for row in read_oracle("mean.csv") if row["sample"] not in ("two", "equal_in_the_middle")], ids=row_name
)
def test_the_interval_is_near_the_exact_posterior(row):
    """Far from the end and without any spread a Beta distribution is another one than the posterior."""
    result = interval_of(row)
    exact = float(row["dirichlet_low"]), float(row["dirichlet_high"])
    assert (result.low, result.high) == pytest.approx(exact, abs=0.9)


histograms = st.dictionaries(st.integers(0, 100), st.integers(1, 40), min_size=1, max_size=12).filter(
    lambda bins: sum(bins.values()) >= 2
)


@given(histograms, st.sampled_from([0.8, 0.95, 0.998]))
def test_the_interval_holds_the_mean_within_the_scale_and_has_a_width(bins, level):
    result = mean_interval(list(bins), list(bins.values()), level=level)
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


@given(histograms)
def test_turning_the_scale_round_turns_the_interval_round(bins):
    ahead = mean_interval(list(bins), list(bins.values()))
    back = mean_interval([100 - value for value in bins], list(bins.values()))
    assert (100 - back.high, 100 - back.low) == pytest.approx((ahead.low, ahead.high), abs=1e-6)


@given(histograms, st.floats(-1e4, 1e4), st.floats(0.01, 100))
def test_another_unit_of_measurement_changes_nothing_else(bins, origin, unit):
    hundred = mean_interval(list(bins), list(bins.values()))
    scale = (origin, origin + 100 * unit)
    values = [min(origin + unit * value, scale[1]) for value in bins]
    other = mean_interval(values, list(bins.values()), scale=scale)
    expected = origin + unit * hundred.low, origin + unit * hundred.high
    assert (other.low, other.high) == pytest.approx(expected, abs=1e-4 * unit)


def test_with_many_answers_it_is_the_normal_interval():
    values, counts = [0, 20, 60, 80, 100], np.array([10, 20, 50, 120, 300]) * 20_000
    rows = stats.norm(86, np.sqrt(np.average((np.array(values) - 86) ** 2, weights=counts) / counts.sum()))
    result = mean_interval(values, counts)
    assert (result.low, result.high) == pytest.approx(rows.interval(0.95), abs=1e-4)


@pytest.mark.parametrize(("successes", "n"), [(0, 11), (3, 12), (11, 12), (29, 30), (150, 200)])
def test_on_yes_and_no_it_is_near_jeffreys(successes, n):
    result = mean_interval([0, 1], [n - successes, successes], scale=(0, 1))
    jeffreys = stats.beta(successes + 0.5, n - successes + 0.5).interval(0.95)
    assert (result.low, result.high) == pytest.approx(jeffreys, abs=0.5 / n)


def test_a_skewed_score_has_a_skewed_interval():
    few = mean_interval([100, 60], [24, 1])
    assert few.value - few.low > 3 * (few.high - few.value)


def test_equal_answers_at_the_ceiling_are_no_certainty():
    few, many = mean_interval([100], [11]), mean_interval([100], [200])
    assert (few.value, few.high) == (100, 100)
    assert 80 < few.low < 85 < 98 < many.low < 100


@pytest.mark.parametrize("n", [2, 11, 30, 500])
def test_a_hair_between_answers_moves_the_interval_by_a_hair(n):
    equal, nearly = mean_interval([100], [n]), mean_interval([100, 99.99], [n - 1, 1])
    assert (nearly.low, nearly.high) == pytest.approx((equal.low, equal.high), abs=0.01)


def test_equal_answers_that_rounding_could_part_are_equal():
    third = 100 / 3
    assert sum_moments([third], [1_000_001]).squares == 0
    assert mean_interval([third], [7]).low < third < mean_interval([third], [7]).high


@pytest.mark.parametrize("count", [10_000_000, 10**12])
def test_huge_counts_keep_a_width(count):
    perfect, usual = mean_interval([100], [count]), mean_interval([90, 100], [count, count])
    assert 100 - 500 / count < perfect.low < 100
    assert usual.high - usual.low == pytest.approx(2 * 1.959964 * 5 / np.sqrt(2 * count), rel=1e-3)


def test_many_groups_at_once_are_the_groups_one_by_one():
    samples = [([100], [11]), ([60, 100], [1, 24]), ([0, 50, 100], [5, 5, 9])]
    each = [mean_interval(*sample) for sample in samples]
    moments = [sum_moments(*sample) for sample in samples]
    low, high = mean_limits([m.n for m in moments], [m.mean for m in moments], [m.squares for m in moments])
    assert low == pytest.approx([one.low for one in each])
    assert high == pytest.approx([one.high for one in each])


def test_too_few_answers_give_no_estimate():
    assert mean_interval([], []) == NotEstimable("no_answers")
    assert mean_interval([50, 60], [0, 0]) == NotEstimable("no_answers")
    assert mean_interval([50], [1]) == NotEstimable("one_answer")


@pytest.mark.parametrize(("values", "counts"), [([1, 2], [1]), ([1], [-1]), ([float("nan")], [3])])
def test_what_is_no_histogram_is_refused(values, counts):
    with pytest.raises(ValueError, match="histogram"):
        mean_interval(values, counts)


def test_a_score_beyond_its_scale_is_refused():
    with pytest.raises(ValueError, match="outside its scale from 1 to 5"):
        mean_interval([4, 6], [3, 1], scale=(1, 5))
    assert mean_interval([100 * (1 + 1e-15)], [3]).high <= 100 * (1 + 1e-15)
