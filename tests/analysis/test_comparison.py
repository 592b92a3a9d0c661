import warnings
from dataclasses import asdict, fields
from math import isfinite

import numpy as np
import pingouin
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from analysis.cliffs_delta import delta_limits, measure_dominance
from analysis.comparison import Comparison, compare_groups
from analysis.estimate import UnusableDataError
from analysis.games_howell import adjust_p
from analysis.histogram import count_values
from analysis.mean import mean_interval
from analysis.proportion import wilson_interval
from tests.oracles import read_oracle

RAW = {}
for line in read_oracle("comparison_data.csv"):
    RAW.setdefault(line["sample"], {}).setdefault(line["group"], []).append(float(line["value"]))
PAIRS = read_oracle("comparison_pairs.csv")


def compare(raw, **options):
    return compare_groups({name: count_values(values) for name, values in raw.items()}, **options)


def known(text):
    return None if text == "NA" else pytest.approx(float(text), rel=1e-8)


@pytest.mark.parametrize("row", read_oracle("comparison.csv"), ids=lambda row: row["sample"])
def test_the_tests_of_all_groups_are_rs(row):
    result = compare(RAW[row["sample"]])
    if row["welch"] == "NA":
        assert result.welch is None
    else:
        names = ("welch", "df1", "df2", "welch_p")
        assert list(asdict(result.welch).values()) == [known(row[name]) for name in names]
    assert list(asdict(result.kruskal).values()) == [known(row[name]) for name in ("kruskal", "df", "kruskal_p")]


@pytest.mark.parametrize("row", read_oracle("comparison_groups.csv"), ids=lambda row: row["sample"] + row["group"])
def test_the_groups_are_rs(row):
    group = next(each for each in compare(RAW[row["sample"]]).groups if each.group == row["group"])
    assert group.n == int(row["n"])
    assert [group.mean, group.sd, group.low, group.high] == [known(row[name]) for name in ("mean", "sd", "low", "high")]
    assert group.top_box is None


@pytest.mark.parametrize("row", PAIRS, ids=lambda row: "-".join((row["sample"], row["a"], row["b"])))
def test_the_pairs_are_rs(row):
    pair = next(each for each in compare(RAW[row["sample"]]).pairs if (each.a, each.b) == (row["a"], row["b"]))
    # Values around a million leave their difference ten digits.
    exact = 1e-6 if row["sample"] != "simulated_far" else 1e-5
    names = ("difference", "low", "high", "p", "p_adjusted")
    assert [getattr(pair, name) for name in names] == [
        pytest.approx(float(row[name]), rel=exact, abs=1e-7 * abs(float(row["high"]))) for name in names[:3]
    ] + [pytest.approx(float(row[name]), rel=exact) for name in names[3:]]
    delta = pair.cliffs_delta
    assert [delta.estimate, delta.low, delta.high] == [
        pytest.approx(float(row[name]), rel=1e-8, abs=1e-12) for name in ("delta", "delta_low", "delta_high")
    ]
    if row["rstatix_low"] != "NA" and float(row["df"]) > 4:
        assert (pair.low, pair.high) == pytest.approx((float(row["rstatix_low"]), float(row["rstatix_high"])), rel=1e-3)


def test_plant_growth_as_r_documents_it():
    """Dobson 1983; Welch's F as in help pages of R, Games-Howell as in rstatix."""
    result = compare(RAW["plant_growth"])
    assert (result.welch.statistic, result.welch.df2) == pytest.approx((5.181, 17.128), abs=6e-4)
    assert result.kruskal.p == pytest.approx(0.01842, abs=6e-6)
    assert [pair.p for pair in result.pairs] == pytest.approx([0.475, 0.113, 0.024], abs=6e-4)


def test_cliffs_delta_as_the_package_effsize_documents_it():
    """Data of Hogarty & Kromrey 1999, Proceedings of SUGI 24; numbers printed in effsize's documentation."""
    histograms = [count_values(RAW["hogarty_kromrey"][name]) for name in ("treatment", "control")]
    dominance = measure_dominance(histograms)
    low, high = delta_limits(dominance)
    assert dominance.delta[0, 1] == -0.25
    assert (low[0, 1], high[0, 1]) == pytest.approx((-0.7265846, 0.3890062), abs=6e-8)


SCORES = st.sampled_from([0.0, 25.0, 50.0, 75.0, 100.0])
GROUPS = st.dictionaries(st.sampled_from("abcdefg"), st.lists(SCORES, max_size=12), max_size=6)


@given(GROUPS)
def test_whatever_comes_the_answer_is_numbers_or_none_or_one_sentence(raw):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            result = compare(raw, top_box=100.0)
        except UnusableDataError as error:
            filled = [values for values in raw.values() if values]
            assert len(filled) < 2 or len({value for values in filled for value in values}) == 1
            assert str(error).count(".") == 1
            return
    assert_clean(result)
    assert len(result.pairs) == len(result.groups) * (len(result.groups) - 1) // 2
    for pair in result.pairs:
        if pair.p is not None:
            assert pair.low <= pair.difference <= pair.high
            assert pair.p <= pair.p_adjusted + 1e-15
        delta = pair.cliffs_delta
        assert -1 <= delta.estimate <= 1
        if delta.low is not None:
            assert -1 <= delta.low <= delta.estimate + 1e-12
            assert delta.estimate - 1e-12 <= delta.high <= 1


def assert_clean(result):
    def visit(value):
        if isinstance(value, dict):
            for each in value.values():
                visit(each)
        elif isinstance(value, (tuple, list)):
            for each in value:
                visit(each)
        elif value is not None and not isinstance(value, str):
            assert type(value) in (int, float)
            assert isfinite(value)

    visit(asdict(result))


@given(st.lists(st.lists(SCORES, min_size=2, max_size=15), min_size=3, max_size=6))
def test_scipy_and_statsmodels_agree(raw):
    if len({value for values in raw for value in values}) == 1:
        return
    result = compare({f"g{i}": values for i, values in enumerate(raw)})
    expected = stats.kruskal(*raw)
    assert (result.kruskal.statistic, result.kruskal.p) == pytest.approx(
        (expected.statistic, expected.pvalue), abs=1e-9
    )
    p = [pair.p for pair in result.pairs if pair.p is not None]
    if p:
        assert [pair.p_adjusted for pair in result.pairs if pair.p is not None] == pytest.approx(
            multipletests(p, method="fdr_bh")[1]
        )
    if result.welch:
        other = stats.f_oneway(*raw, equal_var=False)
        assert (result.welch.statistic, result.welch.p) == pytest.approx((other.statistic, other.pvalue))


def test_pingouin_agrees():
    raw = RAW["insect_sprays"]
    frame = [(name, value) for name, values in raw.items() for value in values]
    import pandas

    table = pingouin.pairwise_gameshowell(pandas.DataFrame(frame, columns=["g", "v"]), dv="v", between="g")
    result = compare(raw)
    assert [pair.difference for pair in result.pairs] == pytest.approx(list(table["diff"]))
    assert [pair.p for pair in result.pairs] == pytest.approx(list(table["pval"]), abs=1e-6)


def test_two_groups_are_welchs_t_test():
    raw = {"a": [1.0, 4, 3, 8, 7], "b": [5.0, 9, 12, 7, 8, 30]}
    expected = stats.ttest_ind(raw["a"], raw["b"], equal_var=False)
    pair, result = compare(raw).pairs[0], compare(raw)
    assert pair.p == pytest.approx(expected.pvalue)
    assert pair.p == pytest.approx(result.welch.p)
    interval = expected.confidence_interval()
    assert (pair.low, pair.high) == pytest.approx((interval.low, interval.high))


def test_the_fields_are_the_command_lines():
    result = compare(RAW["plant_growth"])
    assert [each.name for each in fields(Comparison)] == ["welch", "kruskal", "groups", "pairs"]
    assert list(asdict(result.groups[0])) == ["group", "n", "mean", "sd", "low", "high", "top_box"]
    assert list(asdict(result.pairs[0])) == ["a", "b", "difference", "low", "high", "p", "p_adjusted", "cliffs_delta"]
    assert [each.group for each in result.groups] == sorted(each.group for each in result.groups)


def test_a_value_equal_to_the_threshold_is_in_the_top_box():
    group = compare({"a": [1, 4, 5, 5], "b": [2, 3]}, top_box=4).groups[0]
    assert group.top_box == wilson_interval(3, 4)


def test_a_known_scale_gives_the_beta_interval():
    scores = [100.0, 100, 75, 100, 100]
    histogram = count_values(scores)
    groups = compare({"a": scores, "b": [100.0] * 4, "c": [50.0]}, scale=(0, 100)).groups
    expected = mean_interval(histogram.values, histogram.counts)
    assert (groups[0].low, groups[0].high) == pytest.approx((expected.low, expected.high))
    assert groups[1].low < groups[1].high == 100
    assert (groups[2].low, groups[2].high) == (None, None)


def test_a_group_of_one_leaves_its_pairs_the_difference_and_the_order_and_the_others_all():
    result = compare({"a": [7.0], "b": [1.0, 2, 4], "c": [3.0, 9, 9, 4]})
    assert result.welch is None
    assert result.kruskal is not None
    assert result.groups[0].sd is None
    alone, other = result.pairs[0], result.pairs[2]
    assert (alone.difference, alone.low, alone.p, alone.p_adjusted) == (pytest.approx(7 - 7 / 3), None, None, None)
    assert (alone.cliffs_delta.estimate, alone.cliffs_delta.low, alone.cliffs_delta.high) == (1, None, None)
    # Of 7 against 3, 9, 9 and 4: two lie below, two above.
    assert (result.pairs[1].cliffs_delta.estimate, result.pairs[1].cliffs_delta.low) == (0, None)
    assert other.p_adjusted == other.p


def test_a_constant_group_is_compared_by_the_others_spread_and_two_of_them_by_nothing():
    result = compare({"a": [5.0] * 6, "b": [9.0] * 4, "c": [1.0, 2, 4, 4, 3]})
    constant, mixed = result.pairs[0], result.pairs[1]
    assert (constant.difference, constant.low, constant.high, constant.p) == (-4, None, None, None)
    assert (constant.cliffs_delta.estimate, constant.cliffs_delta.low) == (-1, -1)
    assert constant.cliffs_delta.high == pytest.approx(
        -(4 - stats.t.ppf(0.975, 8) ** 2) / (4 + stats.t.ppf(0.975, 8) ** 2)
    )
    q = abs(mixed.difference) / (np.std([1, 2, 4, 4, 3], ddof=1) / np.sqrt(5) / np.sqrt(2))
    assert mixed.p == pytest.approx(stats.studentized_range.sf(q, 3, 4), rel=1e-6)
    assert result.groups[0].sd == 0
    assert (result.groups[0].low, result.groups[0].high) == (None, None)


def test_ten_million_answers_and_values_far_from_zero():
    counts = [1_000_000, 2_000_000, 7_000_000]
    near = {"a": count_values([0, 1, 2], counts), "b": count_values([0, 1, 2], counts[::-1]), "c": count_values([0, 1])}
    far = {name: count_values(each.values + 1e9, each.counts) for name, each in near.items()}
    for one, two in zip(compare_groups(near).pairs, compare_groups(far).pairs, strict=True):
        assert two.difference == pytest.approx(one.difference, abs=1e-6)
        assert (two.low, two.high) == pytest.approx((one.low, one.high), abs=1e-5)
        assert two.cliffs_delta == one.cliffs_delta
    assert_clean(compare_groups(near))


def test_more_values_than_fit_into_one_block():
    random = np.random.default_rng(8)
    raw = [random.normal(size=n) for n in (900, 1300, 40)]
    whole = measure_dominance([count_values(each) for each in raw])
    import analysis.cliffs_delta as module

    usual, module._CELLS = module._CELLS, 1000
    try:
        blocks = measure_dominance([count_values(each) for each in raw])
    finally:
        module._CELLS = usual
    assert (blocks.delta == whole.delta).all()
    assert blocks.squares == pytest.approx(whole.squares)
    assert whole.delta[0, 1] == np.sign(np.subtract.outer(raw[0], raw[1])).mean()


def test_adjusted_p_by_hand():
    """Benjamini & Hochberg: 3·0.01/1, 3·0.02/2 and 3·0.9/3, each no larger than the next."""
    assert adjust_p([0.02, np.nan, 0.9, 0.01]) == pytest.approx([0.03, np.nan, 0.9, 0.03], nan_ok=True)
    assert len(adjust_p([])) == 0


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({}, "at least two groups"),
        ({"a": [1.0, 2.0], "b": []}, "at least two groups"),
        ({"a": [3.0, 3.0], "b": [3.0]}, "All values are the same"),
    ],
)
def test_nothing_to_compare_is_said_in_a_sentence(raw, words):
    with pytest.raises(UnusableDataError, match=words):
        compare(raw)


def test_each_pair_of_fifty_groups_is_compared():
    random = np.random.default_rng(1)
    groups = {f"u{i:02d}": count_values(random.integers(0, 5, random.integers(5, 400)) * 25.0) for i in range(50)}
    assert len(compare_groups(groups, top_box=100).pairs) == 1225
