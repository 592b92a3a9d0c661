import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.miscmodels.ordinal_model import OrderedModel

from analysis.dif import DifCounts, count_rest_means, screen_dif, screen_dif_purified
from analysis.estimate import UnusableDataError
from analysis.proportional_odds import fit_proportional_odds, nagelkerke, null_log_likelihood
from tests.oracles import read_oracle

SAMPLES = ["shifted", "crossing", "three", "ceiling"]


def rows_of(sample):
    rows = [row for row in read_oracle("dif_data.csv") if row["sample"] == sample]
    answers = np.array([[float(digit) if digit != "0" else np.nan for digit in row["answers"][1:]] for row in rows])
    groups = sorted({row["group"] for row in rows})
    return answers, groups, np.array([groups.index(row["group"]) for row in rows])


def counter(answers, groups, group, counts=None):
    items = [f"i{at + 1}" for at in range(answers.shape[1])]
    return items, lambda item, anchors: count_rest_means(
        items, answers, groups, group, item=item, anchors=anchors, counts=counts
    )


def screen(answers, groups, group, counts=None):
    items, count = counter(answers, groups, group, counts)
    return screen_dif([count(item, tuple(items)) for item in items])


def simulate(random, n=400, k=4, shift=0.0):
    group = random.integers(0, 2, n)
    latent = random.normal(0, 1.5, (n, 1)) + random.logistic(0, 1, (n, k))
    latent[:, 0] += shift * group
    return np.digitize(latent, [-2, -0.5, 1, 2.5]) + 1.0, ["a", "b"], group


@pytest.mark.parametrize("sample", SAMPLES)
def test_it_is_polr_and_clm_on_the_rows(sample):
    found = screen(*rows_of(sample))
    rows = [row for row in read_oracle("dif.csv") if row["sample"] == sample]
    assert [item.item for item in found.items] == [row["item"] for row in rows]
    for item, row in zip(found.items, rows, strict=True):
        assert (item.n, item.uniform.df, item.any_dif.df) == (int(row["n"]), int(row["df"]), 2 * int(row["df"]))
        for test, name in ((item.uniform, "uniform"), (item.non_uniform, "non_uniform"), (item.any_dif, "any")):
            assert test.statistic == pytest.approx(float(row[name]), rel=1e-6, abs=1e-7)
        assert item.uniform.statistic == pytest.approx(float(row["polr_uniform"]), rel=1e-6, abs=1e-7)
        assert item.any_dif.statistic == pytest.approx(float(row["polr_any"]), rel=1e-6)
        assert item.uniform.p == pytest.approx(float(row["uniform_p"]), rel=1e-6)
        assert item.any_dif.p == pytest.approx(float(row["any_p"]), rel=1e-6)
        assert item.any_dif.p_adjusted == pytest.approx(float(row["any_adjusted"]), rel=1e-6)
        assert item.uniform.r2_change == pytest.approx(float(row["uniform_r2"]), abs=1e-9)
        assert item.any_dif.r2_change == pytest.approx(float(row["any_r2"]), abs=1e-9)
        odds = [group.log_odds for group in item.groups[1:]]
        assert [each.value for each in odds] == pytest.approx(
            [float(each) for each in row["log_odds"].split()], rel=1e-4
        )
        halves = [(each.high - each.low) / 2 / 1.959963984540054 for each in odds]
        assert halves == pytest.approx([float(each) for each in row["log_odds_se"].split()], rel=1e-4)


def test_the_wine_of_the_clm_vignette():
    """Randall 1989, 72 tastings; printed by Christensen's vignette of R's ordinal: clm(rating ~ temp + contact)."""
    counts = np.array([[4, 9, 5, 0, 0], [1, 7, 8, 2, 0], [0, 5, 8, 3, 2], [0, 1, 5, 7, 5]])
    fit = fit_proportional_odds(counts, np.array([[0, 0], [0, 1], [1, 0], [1, 1]], float))
    assert fit.coefficients == pytest.approx([2.5031, 1.5278], abs=5e-5)
    assert fit.errors == pytest.approx([0.5287, 0.4766], abs=5e-5)
    assert fit.thresholds == pytest.approx([-1.3444, 1.2508, 3.4669, 5.0064], abs=5e-5)
    assert fit.log_likelihood == pytest.approx(-86.49, abs=5e-3)


def test_statsmodels_finds_the_same_likelihoods():
    answers, groups, group = simulate(np.random.default_rng(5), shift=0.7)
    item = screen(answers, groups, group).items[0]
    rest = answers[:, 1:].mean(1)
    logs = [
        OrderedModel(answers[:, 0], np.column_stack(columns), distr="logit").fit(disp=0, method="bfgs", gtol=1e-8).llf
        for columns in ([rest], [rest, group], [rest, group, rest * group])
    ]
    assert item.uniform.statistic == pytest.approx(2 * (logs[1] - logs[0]), abs=1e-5)
    assert item.non_uniform.statistic == pytest.approx(2 * (logs[2] - logs[1]), abs=1e-5)


def test_uniform_and_crossing_items_are_told_apart():
    shifted = {item.item: item for item in screen(*rows_of("shifted")).items}
    assert [name for name, item in shifted.items() if item.flagged] == ["i2"]
    assert (shifted["i2"].kind, shifted["i2"].size) == ("uniform", "moderate")
    assert shifted["i2"].groups[1].log_odds.high < 0
    crossing = {item.item: item for item in screen(*rows_of("crossing")).items}
    assert [name for name, item in crossing.items() if item.flagged] == ["i3"]
    assert (crossing["i3"].kind, crossing["i3"].size) == ("non_uniform", "large")


def test_a_flagged_item_leaves_the_score_that_others_are_matched_on():
    answers, groups, group = rows_of("shifted")
    items, count = counter(answers, groups, group)
    found = screen_dif_purified(items, count)
    assert (found.anchors, found.rounds, found.reference) == (("i1", "i3", "i4", "i5"), 2, "a")
    wanted = screen_dif([count(item, ("i1", "i3", "i4", "i5")) for item in items])
    assert found.items == wanted.items
    assert all(abs(item.groups[1].log_odds.value) < 0.3 for item in found.items if item.item in found.anchors)


def test_purifying_ends_where_every_item_is_flagged():
    table = DifCounts("x", np.array([1.0, 2.0]), np.array([1.0, 2.0]), ("a", "b"), np.zeros((2, 2, 2), int))
    table.counts[:] = [[[40, 5], [40, 5]], [[5, 40], [10, 44]]]
    found = screen_dif_purified(["x", "y", "z"], lambda item, anchors: table)
    assert (found.anchors, found.rounds) == (("x", "y", "z"), 1)
    assert all(item.flagged for item in found.items)


def test_without_dif_few_items_are_flagged():
    random = np.random.default_rng(11)
    flags = [item for _ in range(60) for item in screen(*simulate(random, 150)).items]
    assert np.mean([item.any_dif.p < 0.05 for item in flags]) == pytest.approx(0.05, abs=0.035)
    assert np.mean([item.flagged for item in flags]) < 0.04


def test_many_cases_make_a_small_difference_significant_but_no_flag():
    answers, groups, group = simulate(np.random.default_rng(2), 4000, shift=0.3)
    few = screen(answers, groups, group)
    item = screen(answers, groups, group, counts=np.full(4000, 2500)).items[0]
    assert item.n == 10_000_000
    assert item.any_dif.statistic == pytest.approx(2500 * few.items[0].any_dif.statistic, rel=1e-6)
    assert item.any_dif.r2_change == pytest.approx(few.items[0].any_dif.r2_change, rel=1e-6)
    assert (item.any_dif.p_adjusted < 1e-9, item.size, item.flagged) == (True, "negligible", False)


def test_a_group_of_few_is_left_out_and_said_to_be():
    answers, _, group = simulate(np.random.default_rng(3))
    group[:29] = 2
    found = screen(answers, ["a", "b", "c"], group).items[0]
    assert (found.groups[2].n, found.groups[2].log_odds, found.n) == (29, None, 371)
    assert found.uniform.df == 1
    alone = screen(answers[29:], ["a", "b"], group[29:]).items[0]
    assert found.any_dif.statistic == pytest.approx(alone.any_dif.statistic)


def test_a_constant_item_is_not_tested_and_the_others_are():
    answers, groups, group = simulate(np.random.default_rng(6))
    answers[:, 3] = 5
    found = screen(answers, groups, group)
    assert [item.any_dif is None for item in found.items] == [False, False, False, True]
    assert (found.items[3].flagged, found.items[3].size, found.items[3].n) == (None, None, 400)


def test_a_group_that_lies_apart_has_a_test_but_no_odds():
    answers, groups, group = simulate(np.random.default_rng(7))
    answers[:, 0] = np.where(group == 1, 5, np.minimum(answers[:, 0], 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        item = screen(answers, groups, group).items[0]
    assert (item.groups[1].log_odds, item.flagged, item.size) == (None, True, "large")
    assert np.isfinite(item.any_dif.statistic)


def test_equal_rest_means_of_different_sums_meet_in_one_cell():
    answers = np.array([[1, 1, 2, 3], [2, 2, np.nan, 2], [1, np.nan, np.nan, 3], [np.nan, 3, 3, 3]])
    table = count_rest_means("wxyz", answers, ["a"], [0, 0, 0, 0], item="w", anchors="wxyz", counts=[2, 3, 1, 1])
    assert (table.levels.tolist(), table.matching.tolist()) == ([1, 2], [2])
    assert table.counts[:, 0, 0].tolist() == [2, 3]


def test_rest_means_that_only_rounding_tells_apart_are_one():
    answers = np.array([[1, 0.1, 0.2], [1, 0.3, 0.0], [1, 0.2, 0.1]])
    table = count_rest_means("wxy", answers, ["a"], [0, 0, 0], item="w", anchors="wxy")
    assert (len(table.matching), table.counts.tolist()) == (1, [[[3]]])


def test_levels_that_the_covariate_sets_apart_have_a_likelihood_of_one():
    covariates = np.array([[-0.91, 1], [-0.72, 1], [-0.17, 0], [0.15, 1], [0.2, 1]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit = fit_proportional_odds(np.diag([50999, 7597, 52574, 4527, 57339]), covariates)
    assert fit.log_likelihood == pytest.approx(0, abs=1e-6)
    assert np.isnan(fit.coefficients[0])


def test_nagelkerke_is_one_where_all_is_explained():
    counts = np.array([[5, 0], [0, 5]])
    assert nagelkerke(0.0, null_log_likelihood(counts), 10) == pytest.approx(1)


@pytest.mark.parametrize(
    ("group", "groups", "words"),
    [
        (np.zeros(400, int), ["a"], "at least two groups, and there are 1"),
        (np.repeat([0, 1], [380, 20]), ["a", "b"], "No item can be tested"),
    ],
)
def test_data_that_say_nothing_are_refused(group, groups, words):
    with pytest.raises(UnusableDataError, match=words):
        screen(simulate(np.random.default_rng(1))[0], groups, group)


def test_too_few_items_are_refused():
    answers, groups, group = simulate(np.random.default_rng(1), k=2)
    items, count = counter(answers, groups, group)
    with pytest.raises(UnusableDataError, match="at least three items"):
        screen_dif_purified(items, count)
    with pytest.raises(UnusableDataError, match="no other item"):
        count("i1", ("i1",))
    with pytest.raises(UnusableDataError, match="at least one item"):
        screen_dif([])
    other = DifCounts("x", np.array([1.0, 2.0]), np.array([1.0]), ("a", "c"), np.ones((2, 1, 2), int))
    with pytest.raises(UnusableDataError, match="the same groups"):
        screen_dif([count("i1", ("i2",)), other])


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.integers(2, 6), st.integers(2, 3))
def test_any_table_is_tested_without_nan_or_warning(seed, levels, points, groups):
    random = np.random.default_rng(seed)
    counts = random.integers(0, random.choice([3, 40]), (levels, points, groups)) * random.integers(
        0, 2, (levels, points, groups)
    )
    table = DifCounts("x", np.arange(levels) + 1.0, np.arange(points) + 1.0, tuple("abc"[:groups]), counts)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            item = screen_dif([table]).items[0]
        except UnusableDataError:
            return
    for test in (item.any_dif, item.uniform, item.non_uniform):
        assert test is None or (np.isfinite(test.statistic) and 0 <= test.p <= 1 and 0 <= test.r2_change <= 1)
