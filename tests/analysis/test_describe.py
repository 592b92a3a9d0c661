import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.describe import PERCENTS, describe_items, describe_scores, find_quantiles
from analysis.estimate import UnusableDataError
from analysis.histogram import Histogram, count_values
from tests.oracles import read_oracle

ORACLE = read_oracle("describe.csv")


def numbers(cell):
    return [float(each) for each in cell.split()]


@pytest.mark.parametrize("row", ORACLE, ids=lambda row: row["sample"])
def test_scores_are_described_as_in_r(row):
    values, counts = numbers(row["values"]), [int(each) for each in row["counts"].split()]
    result = describe_scores(count_values(values, counts), {})
    assert (result.n, result.mean) == (int(row["n"]), pytest.approx(float(row["mean"]), rel=1e-15))
    for found, name in ((result.sd, "sd"), (result.skewness, "skewness")):
        assert found is None if row[name] == "NA" else found == pytest.approx(float(row[name]), rel=1e-12, abs=1e-12)
    assert list(vars(result.quantiles).values()) == pytest.approx(numbers(row["quantiles"]), rel=1e-15)
    if result.bin_width is None:
        assert [(bar.value, bar.count) for bar in result.histogram] == sorted(zip(values, counts, strict=True))


@given(st.lists(st.integers(-3, 60) | st.floats(-1e3, 1e3), min_size=1, max_size=60))
def test_quantiles_are_those_of_the_rows(rows):
    found = find_quantiles(count_values(rows), PERCENTS)
    assert found == pytest.approx(np.percentile(rows, PERCENTS), rel=1e-9, abs=1e-9)
    assert list(found) == sorted(found)
    assert (found[0], found[-1]) == (min(rows), max(rows))


def test_quantiles_of_ten_million_answers_are_exact():
    # 9,500,000 answers at 4 end at place 9,499,999; the 95th percentile lies at 9,499,999.05.
    histogram = count_values([4, 5], [9_500_000, 500_000])
    assert describe_scores(histogram, {}).quantiles.p95 == pytest.approx(4.05, abs=1e-12)
    assert describe_scores(count_values([4, 5], [9_499_999, 500_001]), {}).quantiles.p95 == 5
    # Beyond the whole numbers that a float can hold.
    assert find_quantiles(Histogram(np.array([1.0, 2.0]), np.array([2**60, 2**60 + 1])), (50,)) == (2.0,)


def test_ten_million_answers_of_many_values_fit_the_screen():
    random = np.random.default_rng(2)
    values = np.unique(random.normal(50, 10, 20_000))
    histogram = Histogram(values, random.integers(1, 1000, len(values)))
    result = describe_scores(histogram, {})
    assert result.n > 9_000_000
    assert len(result.histogram) == 100
    assert sum(bar.count for bar in result.histogram) == result.n
    half = result.bin_width / 2
    assert result.bin_width == pytest.approx((values[-1] - values[0]) / 100)
    assert result.histogram[0].value - half == pytest.approx(values[0])
    assert result.histogram[-1].value + half == pytest.approx(values[-1])
    inside = (values >= result.histogram[41].value - half) & (values < result.histogram[41].value + half)
    assert result.histogram[41].count == histogram.counts[inside].sum()


def test_a_hundred_values_keep_their_own_bars_and_one_more_are_binned():
    exact, binned = (describe_scores(count_values(np.arange(count)), {}) for count in (100, 101))
    assert exact.bin_width is None
    assert [bar.value for bar in exact.histogram] == list(range(100))
    assert binned.bin_width == 1
    assert [bar.count for bar in binned.histogram] == [1] * 99 + [2]


def test_values_far_from_zero_keep_their_spread():
    near = describe_scores(count_values([0, 1, 2, 4], [5, 3, 1, 1]), {})
    far = describe_scores(count_values(np.array([0, 1, 2, 4]) + 2.0**40, [5, 3, 1, 1]), {})
    assert (far.sd, far.skewness) == pytest.approx((near.sd, near.skewness), rel=1e-9)
    assert far.mean - 2.0**40 == pytest.approx(near.mean, abs=1e-3)


def test_skewness_says_which_side_the_tail_is_on():
    ceiling = describe_scores(count_values([0, 50, 100], [1, 2, 17]), {})
    assert ceiling.skewness == pytest.approx(stats.skew(np.repeat([0, 50, 100], [1, 2, 17])))
    assert ceiling.skewness < 0


def test_one_answer_has_a_mean_and_no_spread():
    result = describe_scores(count_values([80]), {"skipped": 3})
    assert (result.n, result.mean, result.sd, result.skewness) == (1, 80, None, None)
    assert set(vars(result.quantiles).values()) == {80}
    assert result.missing == {"skipped": 3}


def test_equal_answers_spread_by_nothing():
    result = describe_scores(count_values([0.1], [1000]), {})
    assert (result.mean, result.sd, result.skewness) == (0.1, 0, None)


def test_no_answer_at_all_is_refused():
    with pytest.raises(UnusableDataError, match="no answer to describe; 7 cases are without one"):
        describe_scores(count_values([]), {"skipped": 4, "not_reached": 3})
    with pytest.raises(UnusableDataError, match="no answer to describe in any item"):
        describe_items({"a": count_values([])}, {"a": {"skipped": 4}})


def test_items_are_described_each_for_itself_and_one_without_answers_does_not_stop_them():
    answers = {"b": count_values([1, 2, 4]), "a": count_values([])}
    first, second = describe_items(answers, {"a": {"not_applicable": 5}})
    assert (first.item, first.n, first.mean, first.missing) == ("b", 3, pytest.approx(7 / 3), {})
    assert vars(first) == {"item": "b"} | vars(describe_scores(answers["b"], {}))
    assert (second.item, second.n, second.mean, second.quantiles, second.histogram) == ("a", 0, None, None, ())
    assert second.missing == {"not_applicable": 5}
    assert next(iter(vars(first))) == "item"


@given(st.lists(st.integers(0, 10), min_size=1, max_size=30))
def test_nothing_warns_and_every_answer_is_counted(rows):
    with np.errstate(all="raise"):
        result = describe_scores(count_values(rows), {})
    assert sum(bar.count for bar in result.histogram) == result.n == len(rows)
    assert result.mean == pytest.approx(np.mean(rows))
