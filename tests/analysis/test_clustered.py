import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.clustered import (
    CLUSTERED_WILSON,
    CR1,
    CR2,
    clustered_mean_interval,
    clustered_proportion_interval,
    measure_clustered_mean,
    robust_error,
)
from analysis.estimate import NotEstimable
from analysis.histogram import count_values
from analysis.mean import mean_interval
from analysis.proportion import wilson_interval
from tests.oracles import read_oracle


def simple(scores):
    histogram = count_values(scores)
    return mean_interval(histogram.values, histogram.counts)


def oracle_clusters(row):
    return [count_values([float(score) for score in each.split()]) for each in row["clusters"].split(" | ")]


@pytest.mark.parametrize("row", read_oracle("clustered_mean.csv"), ids=lambda row: row["sample"])
def test_the_interval_is_that_of_r(row):
    clusters = oracle_clusters(row)
    mean = float(row["mean"])
    robust = robust_error([each.n for each in clusters], [each.counts @ (each.values - mean) for each in clusters])
    assert robust.method == (CR1 if len(clusters) >= 40 else CR2)
    assert (robust.standard_error, robust.degrees) == pytest.approx((float(row["se"]), float(row["df"])), rel=1e-8)
    assert mean - robust.half_width(0.95) == pytest.approx(float(row["low"]), rel=1e-8)
    result = measure_clustered_mean(clusters)
    plain = simple(np.concatenate([np.repeat(each.values, each.counts) for each in clusters]))
    assert (result.score.value, result.clusters) == (pytest.approx(mean), len(clusters))
    assert result.score.low == pytest.approx(min(max(float(row["low"]), 0), plain.low), rel=1e-8)
    assert result.score.high == pytest.approx(max(min(float(row["high"]), 100), plain.high), rel=1e-8)
    assert result.design_effect == pytest.approx(float(row["design_effect"]), rel=1e-8)


def test_with_equal_sizes_it_is_the_t_interval_of_the_clusters_means():
    scores = np.array([[100, 75, 50], [25, 25, 0], [100, 100, 75], [50, 75, 75], [0, 50, 25]])
    means = stats.ttest_1samp(scores.mean(1), 0).confidence_interval(0.95)
    robust = robust_error([3] * 5, (scores - scores.mean()).sum(1))
    assert robust.degrees == pytest.approx(4)
    assert 2 * robust.half_width(0.95) == pytest.approx(means.high - means.low)


def test_one_cluster_that_holds_nearly_everybody_leaves_one_degree_of_freedom():
    assert robust_error([10_000_000, 1, 1], [5.0, -2.0, -3.0]).degrees == pytest.approx(1, abs=1e-5)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    random = np.random.default_rng(3)
    sizes = np.array([60, 40, 20, 10, 10, 5, 5, 30])
    sums = sizes * random.normal(0, 0.4, (2000, 8)) + random.normal(0, np.sqrt(sizes), (2000, 8))
    hits = 0
    for each in sums:
        mean = each.sum() / sizes.sum()
        hits += abs(mean) <= robust_error(sizes, each - sizes * mean).half_width(0.95)
    assert 0.93 < hits / 2000 < 0.97


def test_it_is_cut_to_the_scale():
    result = clustered_mean_interval([count_values([100] * 10), count_values([0] * 10)])
    assert (result.low, result.high) == (0.0, 100.0)


def test_one_cluster_and_none_fall_back_to_the_simple_interval():
    alone = count_values([80, 90, 100, 70])
    assert clustered_mean_interval([alone, count_values([])]) == simple([80, 90, 100, 70])
    assert isinstance(clustered_mean_interval([]), NotEstimable)
    assert measure_clustered_mean([alone]).design_effect is None


def test_clusters_that_happen_to_agree_do_not_make_the_interval_narrower_than_chance():
    scores = [60, 80, 100] * 20
    result = measure_clustered_mean([count_values(scores) for _ in range(3)])
    assert result.score == simple(scores * 3)
    assert result.design_effect == pytest.approx(0)


def test_equal_answers_have_no_design_effect():
    result = measure_clustered_mean([count_values([100], [20]), count_values([100], [30])])
    assert result.design_effect is None
    assert result.score == simple([100] * 50)


@given(st.lists(st.lists(st.sampled_from([0, 25, 50, 75, 100]), max_size=12), max_size=45))
def test_it_is_never_narrower_than_the_simple_interval(scores):
    result = clustered_mean_interval([count_values(each) for each in scores])
    plain = simple([score for each in scores for score in each])
    if isinstance(plain, NotEstimable):
        assert result == plain
    else:
        assert result.low <= plain.low
        assert result.high >= plain.high


@pytest.mark.parametrize("row", read_oracle("clustered_proportion.csv"), ids=lambda row: row["sample"] + row["level"])
def test_the_interval_of_a_share_is_that_of_r(row):
    good, n = ([int(each) for each in row[name].split()] for name in ("good", "n"))
    result = clustered_proportion_interval(good, n, level=float(row["level"]))
    assert result.method == CLUSTERED_WILSON
    assert (result.value, result.low, result.high) == pytest.approx(
        (float(row["share"]), float(row["low"]), float(row["high"])), rel=1e-8
    )


def test_from_forty_clusters_the_error_of_a_share_is_that_of_a_survey():
    row = next(row for row in read_oracle("clustered_proportion.csv") if row["sample"] == "forty")
    good, n = (np.array([int(each) for each in row[name].split()]) for name in ("good", "n"))
    assert robust_error(n, good - n * good.sum() / n.sum()).standard_error == pytest.approx(float(row["survey_se"]))


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=45).filter(
        lambda pairs: any(sum(pair) for pair in pairs)
    )
)
def test_a_share_is_never_surer_than_wilsons_interval(pairs):
    good, n = [a for a, _ in pairs], [a + b for a, b in pairs]
    result, plain = clustered_proportion_interval(good, n), wilson_interval(sum(good), sum(n))
    assert 0 <= result.low <= plain.low + 1e-12
    assert plain.high - 1e-12 <= result.high <= 1


def test_perfect_shares_still_leave_doubt_and_few_clusters_more():
    many = clustered_proportion_interval([10] * 30, [10] * 30)
    few = clustered_proportion_interval([100] * 3, [100] * 3)
    assert many.high == few.high == 1
    assert few.low < many.low < wilson_interval(300, 300).low


def test_one_cluster_of_shares_and_none():
    assert clustered_proportion_interval([7, 0], [9, 0]) == wilson_interval(7, 9)
    assert clustered_proportion_interval([], []) == NotEstimable("no_answers")


@pytest.mark.parametrize(("good", "n"), [([1, 2], [3]), ([4], [3]), ([-1], [3])])
def test_counts_that_are_none_are_refused(good, n):
    with pytest.raises(ValueError, match="successes"):
        clustered_proportion_interval(good, n)
