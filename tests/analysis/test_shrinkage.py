import numpy as np
import pytest
from scipy import stats

from analysis.estimate import UnusableDataError
from analysis.histogram import GroupSums
from analysis.icc import measure_icc
from analysis.shrinkage import shrink_groups
from tests.analysis.test_variance_components import oracle_sums, sums
from tests.oracles import read_oracle

ORACLE = read_oracle("shrinkage.csv")


def simulate(random, sizes, icc):
    truth = random.normal(0, np.sqrt(icc), len(sizes))
    mean = truth + random.normal(0, np.sqrt((1 - icc) / sizes))
    names = tuple(f"{at:04}" for at in range(len(sizes)))
    return GroupSums(names, sizes, mean, (1 - icc) * random.chisquare(sizes - 1)), truth


def column(result, name):
    return np.array([getattr(group, name) for group in result.groups])


@pytest.mark.parametrize("sample", sorted({row["sample"] for row in ORACLE}))
def test_estimates_are_the_blups_of_lme4_and_limits_those_of_the_mixed_model_equations(sample):
    rows = [row for row in ORACLE if row["sample"] == sample]
    groups = oracle_sums(sample)
    result = shrink_groups(groups, level=0.9)
    half = stats.t.ppf(0.95, groups.n.sum() - 1) * np.sqrt([float(row["spread"]) for row in rows])
    assert [group.group for group in result.groups] == [row["group"] for row in rows]
    for name in ("n", "mean", "estimate"):
        assert column(result, name) == pytest.approx([float(row[name]) for row in rows], rel=1e-6)
    assert column(result, "reliability") == pytest.approx([float(row["reliability"]) for row in rows], rel=1e-5)
    assert column(result, "high") - column(result, "estimate") == pytest.approx(half, rel=1e-5)
    assert column(result, "estimate") - column(result, "low") == pytest.approx(half, rel=1e-5)


def test_with_enough_groups_the_spread_is_prasad_and_raos():
    # An independent formula for the same thing, g1 + g2 + 2·g3, good where τ² is well above 0.
    rows = [row for row in ORACLE if row["sample"] == "sleepstudy"]
    spread = [float(row["spread"]) for row in rows]
    assert np.mean(spread) == pytest.approx(np.mean([float(row["pr"]) for row in rows]), rel=0.02)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    random = np.random.default_rng(7)
    for count, repeats in ((8, 150), (20, 80), (300, 10)):
        for icc in (0.01, 0.1, 0.5):
            hits, large = [], []
            for _ in range(repeats):
                groups, truth = simulate(random, random.choice([5, 11, 30, 200], count), icc)
                result = shrink_groups(groups)
                inside = (column(result, "low") <= truth) & (truth <= column(result, "high"))
                hits.append(inside.mean())
                large.extend(inside[groups.n == 200])
            assert 0.93 < np.mean(hits) < 0.995
            assert 0.92 < np.mean(large) < 0.995


def test_p_above_is_right_as_often_as_it_says_and_agrees_with_the_interval():
    random = np.random.default_rng(8)
    claimed, true = [], []
    for _ in range(40):
        groups, truth = simulate(random, random.choice([5, 30, 200], 50), 0.1)
        result = shrink_groups(groups)
        above = column(result, "p_above")
        assert ((above > 0.975) == (column(result, "low") > result.grand_mean)).all()
        claimed.extend(above)
        true.extend(truth > 0)
    claimed, true = np.array(claimed), np.array(true)
    for low, high in ((0.05, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 0.95)):
        band = (claimed > low) & (claimed < high)
        assert true[band].mean() == pytest.approx(claimed[band].mean(), abs=0.06)


def test_no_variance_between_groups_gives_everybody_the_grand_mean_but_no_certainty():
    result = shrink_groups(oracle_sums("dyestuff2"))
    assert result.tau2 == 0
    assert column(result, "estimate") == pytest.approx(result.grand_mean)
    assert column(result, "reliability") == pytest.approx(0)
    assert column(result, "p_above") == pytest.approx(0.5)
    standard_error = np.sqrt(result.sigma2 / 30)
    assert (column(result, "high") - column(result, "low") > 2 * 1.96 * standard_error).all()


def test_small_groups_are_pulled_furthest_and_single_cases_are_served():
    result = shrink_groups(sums(a=[100], b=[100] * 30, c=[40, 60, 50, 55], d=[70, 80, 90, 75, 60]))
    one, many = result.groups[0], result.groups[1]
    assert result.grand_mean < one.estimate < many.estimate < 100
    assert one.reliability < many.reliability
    assert one.high - one.low > many.high - many.low


def test_constant_groups_keep_their_means_with_limits_from_their_size():
    result = shrink_groups(sums(a=[100] * 2, b=[75] * 60, c=[50] * 2))
    assert column(result, "estimate") == pytest.approx([100, 75, 50])
    assert column(result, "reliability") == pytest.approx(1)
    widths = column(result, "high") - column(result, "low")
    assert 0 < widths[1] < widths[0]
    assert result.groups[1].p_above == pytest.approx(0.5)


def test_one_model_serves_every_view():
    groups = oracle_sums("simulated_ceiling")
    shrunk, icc = shrink_groups(groups), measure_icc(groups)
    assert (shrunk.grand_mean, shrunk.tau2, shrunk.sigma2) == (icc.mean, icc.variance_between, icc.variance_within)
    at_n = shrunk.tau2 / (shrunk.tau2 + shrunk.sigma2 / icc.n_for_070)
    assert at_n == pytest.approx(0.70)


def test_limits_are_finite_on_ugly_data():
    random = np.random.default_rng(9)
    for _ in range(300):
        values = {
            f"g{at}": random.choice([0, 100, 100, 100], int(random.choice([1, 2, 3, 40])))
            for at in range(int(random.integers(2, 9)))
        }
        try:
            result = shrink_groups(sums(**values))
        except UnusableDataError:
            continue
        with np.errstate(all="raise"):
            shrink_groups(sums(**values))
        assert np.isfinite([column(result, name) for name in ("low", "high", "p_above", "reliability")]).all()
        assert (column(result, "low") < column(result, "high")).all()


def test_values_far_from_zero_lose_nothing():
    near = sums(a=[1, 2, 4], b=[4, 6, 7, 9], c=[5, 5, 8], d=[9, 3], e=[0, 1, 1])
    far = shrink_groups(GroupSums(near.groups, near.n, near.mean + 2.0**30, near.squares))
    assert column(far, "low") - 2.0**30 == pytest.approx(column(shrink_groups(near), "low"), abs=1e-5)


def test_the_fields_are_in_the_order_of_the_command_line():
    result = shrink_groups(sums(a=[1, 2, 3], b=[4, 5, 9]))
    assert list(vars(result)) == ["grand_mean", "tau2", "sigma2", "groups"]
    assert list(vars(result.groups[0])) == ["group", "n", "mean", "estimate", "low", "high", "reliability", "p_above"]
