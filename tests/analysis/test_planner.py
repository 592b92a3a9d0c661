import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from analysis.estimate import UnusableDataError
from analysis.planner import plan_difference, plan_half_width, plan_reliability, plan_share
from analysis.proportion import wilson_interval
from tests.oracles import read_oracle


def plan(row):
    icc, value, cluster, alpha = (float(row[name]) for name in ("icc", "value", "cluster", "alpha"))
    if row["kind"] == "half_width":
        return plan_half_width(icc, float(row["sd"]), value, cluster, 1 - alpha)
    if row["kind"] == "share":
        return plan_share(icc, float(row["power"]), value, cluster, 1 - alpha)
    return plan_difference(icc, float(row["sd"]), value, float(row["power"]), cluster, alpha)


@pytest.mark.parametrize("row", read_oracle("planner.csv"), ids=lambda row: "-".join(row.values()))
def test_the_sizes_are_rs(row):
    found = plan(row)
    assert found.clusters == int(row["n"])
    if row["kind"] != "clusters":
        assert found.n == int(row["n"])
    if row["pwr"] != "NA":
        assert found.n == int(row["pwr"])


@pytest.mark.parametrize(("d", "n"), [(0.2, 394), (0.5, 64), (0.8, 26)])
def test_cohens_table(d, n):
    """Cohen 1992, Psychological Bulletin 112:155, table 2: small, medium and large at power 0.80.

    Its 393 is 393.4 rounded to the nearest; enough is 394.
    """
    assert plan_difference(0, 1, d, 0.8).n == n


def test_the_reliability_of_a_published_survey():
    """Spearman-Brown by hand: 0.7/0.3·0.92/0.08 = 26.8 and 0.8/0.2·0.92/0.08 = 46, near Roberts 2014's 27 and 46."""
    assert plan_reliability(0.08, 0.7).n == 27
    assert plan_reliability(0.08, 0.8).n == 46
    assert plan_reliability(0.2, 0.8).n == 16
    assert plan_reliability(1, 0.9).n == 1


@given(st.floats(0.005, 0.9), st.floats(0.05, 0.97))
def test_the_planned_answers_have_the_reliability_and_one_fewer_has_not(icc, reliability):
    n = plan_reliability(icc, reliability).n
    assert n * icc / (1 + (n - 1) * icc) >= reliability - 1e-9
    if n > 1:
        assert (n - 1) * icc / (1 + (n - 2) * icc) < reliability


@given(st.floats(0.1, 3), st.floats(0.3, 0.97), st.sampled_from([0.01, 0.05, 0.1]))
def test_the_planned_difference_has_the_power_by_statsmodels_and_one_fewer_has_not(d, power, alpha):
    n = plan_difference(0, 1, -d, power, 1, alpha).n
    found = TTestIndPower()
    assert found.power(d, n, alpha) >= power - 1e-7
    if n > 2:
        assert found.power(d, n - 1, alpha) < power + 1e-7


@given(st.floats(0, 0.5), st.floats(1, 40), st.floats(0.5, 30))
def test_the_planned_half_width_is_held_and_one_fewer_is_not_enough(icc, size, half):
    found = plan_half_width(icc, 20, half, size)
    assert found.design_effect == pytest.approx(1 + (size - 1) * icc)

    def width(n):
        return stats.t.ppf(0.975, n / size - 1) * 20 * (found.design_effect / n) ** 0.5

    assert width(found.n) <= half * (1 + 1e-9)
    if found.n - 1 >= 2 * size:
        assert width(found.n - 1) > half * (1 - 1e-9)


def test_a_share_by_wilsons_own_interval():
    n = plan_share(0, 0.5, 0.05).n
    interval = wilson_interval(n // 2, n)
    assert (interval.high - interval.low) / 2 == pytest.approx(0.05, abs=1e-4)
    assert plan_share(0.05, 0.5, 0.05, 11).n == pytest.approx(1.5 * n, abs=1)


def test_clusters_of_patients_ask_for_more():
    alone, together = plan_difference(0.05, 20, 5), plan_difference(0.05, 20, 5, cluster_size=10)
    assert (alone.n, alone.design_effect, alone.clusters) == (253, 1, 253)
    assert together.design_effect == pytest.approx(1.45)
    assert together.n == pytest.approx(253 * 1.45, rel=0.03)
    assert together.clusters == 38
    assert "1.45" in together.formula


def test_extremes_are_planned():
    assert plan_difference(0, 1, 50).n == 2
    assert plan_difference(0, 1e-3, 1e6).n == 2
    assert plan_difference(0, 1, 1e-4).n == pytest.approx(2 * (1.959964 + 0.841621) ** 2 * 1e8, rel=1e-5)
    assert plan_half_width(0, 20, 1e6).n == 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: plan_reliability(0, 0.8), "ICC of 0"),
        (lambda: plan_reliability(-0.1, 0.8), "ICC must lie"),
        (lambda: plan_reliability(0.1, 1), "reliability must lie"),
        (lambda: plan_half_width(0.1, 0, 5), "standard deviation must be"),
        (lambda: plan_half_width(0.1, float("nan"), 5), "standard deviation must be"),
        (lambda: plan_half_width(0.1, 20, -5), "half-width must be"),
        (lambda: plan_half_width(0.1, 20, 5, 0), "cluster size must be"),
        (lambda: plan_half_width(0.1, 20, 5, level=95), "level must lie"),
        (lambda: plan_half_width(0.1, 20, 1e-9), "answers would be needed"),
        (lambda: plan_difference(0.1, 20, 0), "difference must be"),
        (lambda: plan_difference(0.1, 20, 5, power=0.04), "above alpha"),
        (lambda: plan_difference(0.1, 20, 5, power=80), "power must lie"),
        (lambda: plan_share(0.1, 1.5, 0.1), "share expected"),
    ],
)
def test_what_makes_no_plan_is_said_in_a_sentence(call, words):
    with pytest.raises(UnusableDataError, match=words) as error:
        call()
    assert re.fullmatch(r"[A-Z].*\.", str(error.value))
