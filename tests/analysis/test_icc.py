import numpy as np
import pytest

from analysis.estimate import UnusableDataError
from analysis.histogram import GroupSums, count_values, sum_groups
from analysis.icc import CONSTANT_GROUPS, EXACT, PROFILE, icc_interval, measure_icc
from tests.analysis.test_variance_components import oracle_sums, sums
from tests.oracles import read_oracle

ORACLE = read_oracle("icc.csv")


@pytest.mark.parametrize("row", ORACLE, ids=lambda row: row["sample"])
def test_the_coefficient_is_that_of_lme4(row):
    result = measure_icc(oracle_sums(row["sample"]))
    between, within = float(row["between"]), float(row["within"])
    assert result.icc1.value == pytest.approx(between / (between + within), rel=5e-6, abs=1e-9)
    if between > 0:
        assert result.n_for_070 == pytest.approx(0.7 / 0.3 * within / between, rel=1e-5)
        assert result.n_for_080 == pytest.approx(4 * within / between, rel=1e-5)
    else:
        assert (result.n_for_070, result.n_for_080) == (None, None)


@pytest.mark.parametrize("row", [row for row in ORACLE if row["wald_low"] != "NA"], ids=lambda row: row["sample"])
def test_the_limits_are_walds_from_the_full_covariance_matrix(row):
    low, high, method = icc_interval(oracle_sums(row["sample"]))
    at_zero = float(row["between"]) == 0
    expected = max(float(row["wald_high"]), float(row["likely_high"])) if at_zero else float(row["wald_high"])
    assert (low, high) == pytest.approx((float(row["wald_low"]), expected), rel=1e-6, abs=1e-9)
    assert method == (EXACT if expected == float(row["wald_high"]) else PROFILE)


@pytest.mark.parametrize("row", [row for row in ORACLE if row["classical_low"] != "NA"], ids=lambda row: row["sample"])
def test_with_equal_sizes_the_limits_are_the_classical_ones(row):
    low, high, _ = icc_interval(oracle_sums(row["sample"]))
    classical = max(0, float(row["classical_low"])), float(row["classical_high"])
    assert (low, high) == pytest.approx(classical, rel=1e-6)


def test_shrout_and_fleiss_got_point_seventeen():
    # Shrout & Fleiss 1979, table 4: ICC(1,1) of the ratings in their table 2.
    assert measure_icc(oracle_sums("shrout_fleiss")).icc1.value == pytest.approx(0.17, abs=0.005)


@pytest.mark.parametrize(
    ("n", "mean"),
    [
        # Small groups far off weigh nothing in REML and much in Wald's lower limit.
        ([2, 2, 10, 1000, 2, 2, 1000, 1000], [-0.02, -0.02, 0.77, -0.02, 0, 2.41, -0.07, 0]),
        # Small groups that agree by chance pull Wald's upper limit under what the large ones show.
        ([2, 1000, 1000, 10, 10, 2, 2, 2], [-0.03, -0.02, 0.03, -0.08, -0.02, -0.02, 0.02, -0.02]),
    ],
)
def test_the_restricted_likelihood_takes_over_where_walds_limits_miss_the_estimate(n, mean):
    groups = GroupSums(tuple("abcdefgh"), np.array(n), np.array(mean), np.array(n) - 1.0)
    estimate = measure_icc(groups).icc1
    assert estimate.method == PROFILE
    assert estimate.low <= estimate.value <= estimate.high


def test_the_limits_hold_the_estimate_and_have_width_on_ugly_data():
    random = np.random.default_rng(5)
    for _ in range(300):
        count = int(random.integers(2, 12))
        values = {
            f"g{at}": random.integers(0, 3, int(random.choice([1, 2, 5, 300]))).astype(float) for at in range(count)
        }
        try:
            estimate = measure_icc(sums(**values)).icc1
        except UnusableDataError:
            continue
        assert 0 <= estimate.low <= estimate.value <= estimate.high <= 1
        assert estimate.high - estimate.low > 0.001


def test_the_interval_holds_the_truth_as_often_as_it_says():
    random = np.random.default_rng(11)
    n = np.array([5, 9, 20, 60, 200, 11, 11, 30, 7, 15, 80, 25])
    for icc in (0.05, 0.3):
        hits = 0
        for _ in range(400):
            mean = random.normal(0, np.sqrt(icc), 12) + random.normal(0, np.sqrt((1 - icc) / n))
            low, high, _ = icc_interval(
                GroupSums(tuple("abcdefghijkl"), n, mean, (1 - icc) * random.chisquare(n - 1)), level=0.9
            )
            hits += low <= icc <= high
        assert 0.86 < hits / 400 < 0.94


def test_constant_groups_are_alike_within_but_their_number_limits_the_claim():
    few = measure_icc(sums(a=[100, 100], b=[75, 75], c=[50, 50]))
    many = measure_icc(sums(a=[100] * 50, b=[75] * 50, c=[50] * 50))
    assert (few.icc1.value, few.variance_within, few.n_for_070, few.icc1.method) == (1, 0, 0, CONSTANT_GROUPS)
    assert few.icc1.low < 0.6 < 0.9 < many.icc1.low < 1


def test_perfect_scores_in_all_groups_but_one():
    result = measure_icc(
        sum_groups(
            {"a": count_values([100], [20]), "b": count_values([100], [30]), "c": count_values([100, 75], [10, 5])}
        )
    )
    assert 0 < result.icc1.low < result.icc1.value < result.icc1.high < 1


def test_the_fields_are_in_the_order_of_the_command_line():
    names = ["n", "groups", "mean", "variance_between", "variance_within", "icc1", "n_for_070", "n_for_080", "method"]
    result = measure_icc(sums(a=[1, 2, 3], b=[4, 5, 9]))
    assert list(vars(result)) == names
    assert result.method == "REML"
