import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.casemix import adjust_case_mix, measure_case_mix
from analysis.casemix_sums import CaseMixCounter, sum_case_mix_counts
from analysis.estimate import UnusableDataError
from tests.oracles import read_oracle

SAMPLES = ["complete", "missing", "linear", "unit_without_adjuster", "aliased"]
NUMBERS = read_oracle("casemix.csv")


def code(values):
    names = sorted({value for value in values if value not in ("", None)}, reverse=True)
    return np.array([names.index(value) if value in names else -1 for value in values], np.int64), names


def count(unit, y, columns, *, linear=(), blocks=1):
    """The sums of rows: levels and units are numbered in reverse order, so that sorting is put to the test."""
    groups, group_names = code(unit)
    names, coded = {}, []
    for name, values in columns.items():
        if name in linear:
            coded.append(np.array([np.nan if value == "" else float(value) for value in values]))
        else:
            codes, names[name] = code(values)
            coded.append(codes)
    counter = CaseMixCounter(tuple(columns), linear=linear)
    for rows in np.array_split(np.arange(len(groups)), blocks):
        counter.add_rows(groups[rows], np.asarray(y, float)[rows], [column[rows] for column in coded])
    return counter.total(group_names, names)


def oracle_sums(sample, blocks=1):
    rows = [row for row in read_oracle("casemix_data.csv") if row["sample"] == sample]
    adjusters = ["age", "health", "language", *(["years"] if any(row["years"] for row in rows) else [])]
    columns = {name: [row[name] for row in rows] for name in adjusters}
    return count([r["unit"] for r in rows], [float(r["y"]) for r in rows], columns, linear=("years",), blocks=blocks)


def expected(sample, what):
    return {
        row["term"]: float(row["value"]) if row["value"] else None
        for row in NUMBERS
        if (row["sample"], row["what"]) == (sample, what)
    }


@pytest.mark.parametrize("blocks", [1, 7])
@pytest.mark.parametrize("sample", SAMPLES)
def test_it_is_the_regression_of_r_on_the_rows(sample, blocks):
    found = adjust_case_mix(oracle_sums(sample, blocks))
    for key in ("estimate", "se", "p"):
        values = {each.term: getattr(each, key) for each in found.coefficients}
        wanted = expected(sample, key)
        assert [*values] == [*wanted]
        for term, value in wanted.items():
            assert values[term] == (None if value is None else pytest.approx(value, rel=1e-8))
    assert found.r2 == pytest.approx(expected(sample, "r2")[""], rel=1e-10)
    rows = [row for row in read_oracle("casemix_groups.csv") if row["sample"] == sample]
    assert [(each.group, each.n) for each in found.groups] == [(row["group"], int(row["n"])) for row in rows]
    for key in ("raw", "adjusted", "se"):
        assert [getattr(each, key) for each in found.groups] == pytest.approx([float(r[key]) for r in rows], rel=1e-9)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_tests_are_those_of_r(sample):
    _, found = measure_case_mix(oracle_sums(sample))
    assert found.groups_differ.statistic == pytest.approx(expected(sample, "groups_f")[""], rel=1e-8)
    assert found.groups_differ.df1 == expected(sample, "groups_df1")[""]
    assert found.groups_differ.p == pytest.approx(expected(sample, "groups_p")[""], rel=1e-8)
    adjusters = {each.adjuster: each for each in found.adjusters}
    impacts = {name: each.impact for name, each in adjusters.items()}
    assert impacts == pytest.approx(expected(sample, "impact"), rel=1e-8)
    for name, statistic in expected(sample, "adjuster_f").items():
        if statistic is None:  # all terms aliased
            continue
        assert adjusters[name].test.statistic == pytest.approx(statistic, rel=1e-8)
        assert adjusters[name].test.df1 == expected(sample, "adjuster_df1")[name]
        assert adjusters[name].test.p == pytest.approx(expected(sample, "adjuster_p")[name], rel=1e-7)
    rows = [row for row in read_oracle("casemix_groups.csv") if row["sample"] == sample]
    differences = [float(row["difference"]) for row in rows]
    assert [each.difference for each in found.groups] == pytest.approx(differences, rel=1e-8, abs=1e-9)
    assert [each.se for each in found.groups] == pytest.approx([float(row["difference_se"]) for row in rows], rel=1e-8)


def test_statsmodels_finds_the_same():
    random = np.random.default_rng(4)
    unit = random.integers(0, 6, 400)
    age = random.integers(0, 3, 400)
    income = 1e6 + random.normal(0, 1000, 400)
    y = 50 + 3 * unit + 5 * (age == 2) + 0.001 * (income - 1e6) + random.normal(0, 9, 400)
    found = adjust_case_mix(
        count([f"u{u}" for u in unit], y, {"age": [str(a) for a in age], "income": income}, linear=("income",))
    )
    columns = np.column_stack([age == 1, age == 2, income]).astype(float)
    fit = sm.OLS(y, np.column_stack([unit[:, None] == np.arange(6), columns - columns.mean(0)])).fit()
    assert [each.term for each in found.coefficients] == ["age=1", "age=2", "income"]
    assert [each.estimate for each in found.coefficients] == pytest.approx(fit.params[6:], rel=1e-8)
    assert [each.p for each in found.coefficients] == pytest.approx(fit.pvalues[6:], rel=1e-6)
    assert [each.adjusted for each in found.groups] == pytest.approx(fit.params[:6], rel=1e-10)
    assert [each.se for each in found.groups] == pytest.approx(fit.bse[:6], rel=1e-8)


def test_tallies_say_the_same_as_rows():
    sums = oracle_sums("missing")
    levels = {each.name: each.levels for each in sums.adjusters}
    scores, squares = sums.scores + sums.n * sums.origin, sums.squares + 2 * sums.origin * sums.scores
    tallies = sum_case_mix_counts(
        sums.groups,
        levels,
        n=sums.n,
        scores=scores,
        squares=squares + sums.n * sums.origin**2,
        joint=sums.products.astype(int),
        level_scores=sums.feature_scores + sums.origin * np.einsum("uff->uf", sums.products),
    )
    assert tallies.scores.sum() == sum(
        float(r["y"]) for r in read_oracle("casemix_data.csv") if r["sample"] == "missing"
    )
    found, wanted = adjust_case_mix(tallies), adjust_case_mix(sums)
    assert [each.adjusted for each in found.groups] == pytest.approx([each.adjusted for each in wanted.groups])
    assert [each.se for each in found.coefficients] == pytest.approx([each.se for each in wanted.coefficients])
    with pytest.raises(ValueError, match="one count for each"):
        sum_case_mix_counts(sums.groups, levels, n=sums.n, scores=scores, squares=squares, joint=[], level_scores=[])


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5))
def test_adjusting_moves_the_groups_and_never_the_mean_of_all(seed, blocks):
    random = np.random.default_rng(seed)
    n = int(random.integers(12, 60))
    unit = [f"u{each}" for each in random.integers(0, 3, n)]
    columns = {name: random.choice(["a", "b", "c", ""], n).tolist() for name in ("x", "z")}
    y = random.integers(0, 101, n)
    try:
        found = adjust_case_mix(count(unit, y, columns, blocks=blocks))
    except UnusableDataError:
        return
    total = sum(each.n * each.adjusted for each in found.groups)
    assert total == pytest.approx(float(y.sum()), abs=1e-6)
    assert all(each.se >= 0 for each in found.groups)
    assert 0 <= found.r2 <= 1


def test_the_mean_of_a_group_with_the_overall_mix_stays():
    columns = {"age": ["old", "young"] * 6}
    y = [80, 60, 82, 64, 90, 74, 91, 70, 50, 30, 55, 33]
    found = adjust_case_mix(count(list("aaaabbbbcccc"), y, columns))
    assert [each.adjusted for each in found.groups] == pytest.approx([each.raw for each in found.groups])
    assert found.coefficients[0].term == "age=young"
    assert found.coefficients[0].estimate == pytest.approx(np.mean(y[1::2]) - np.mean(y[::2]))


def test_levels_that_are_numbers_are_sorted_as_numbers():
    columns = {"education": ["10", "9", "2", "9", "10", "2", "10"]}
    found = adjust_case_mix(count(list("aaaabbb"), [1, 5, 3, 6, 4, 8, 2], columns))
    assert [each.term for each in found.coefficients] == ["education=9", "education=10"]


def test_values_far_from_zero_keep_their_digits():
    random = np.random.default_rng(8)
    unit, x = list("ab") * 50, random.normal(0, 1, 100)
    y = 2 * x + random.normal(0, 1, 100)
    near = adjust_case_mix(count(unit, y, {"x": x}, linear=("x",)))
    far = adjust_case_mix(count(unit, np.round(y, 3) + 1e9, {"x": np.round(x, 3) + 1e9}, linear=("x",)))
    assert far.coefficients[0].estimate == pytest.approx(near.coefficients[0].estimate, rel=1e-2)
    assert far.groups[0].se == pytest.approx(near.groups[0].se, rel=1e-2)
    plain = adjust_case_mix(count(unit, np.round(y, 3), {"x": np.round(x, 3)}, linear=("x",)))
    assert far.coefficients[0].estimate == pytest.approx(plain.coefficients[0].estimate, rel=1e-6)


def test_a_perfect_model_has_no_error():
    found = adjust_case_mix(count(list("aaabbb"), [10, 20, 10, 50, 60, 60], {"x": list("ababbb".replace("a", "p"))}))
    assert found.r2 < 1
    exact = adjust_case_mix(count(list("aaabbb"), [10, 20, 10, 50, 60, 60], {"x": list("pqppqq")}))
    assert (exact.r2, exact.coefficients[0].estimate, exact.coefficients[0].p) == (1, pytest.approx(10), 0)
    _, tests = measure_case_mix(count(list("aaabbb"), [10, 20, 10, 50, 60, 60], {"x": list("pqppqq")}))
    assert (tests.groups_differ.p, tests.groups[0].p) == (None, 0)


def test_rounding_makes_no_error_out_of_a_perfect_model():
    y = np.array([0.1, 0.3, 0.1, 0.7, 0.9, 0.9]) / 3
    found = adjust_case_mix(count(list("aaabbb"), y, {"x": list("pqppqq")}))
    assert (found.coefficients[0].se, found.coefficients[0].p, found.r2) == (0, 0, 1)
    flat = adjust_case_mix(count(list("aaabbb"), np.array([0.1, 0.1, 0.1, 0.7, 0.7, 0.7]), {"x": list("pqppqq")}))
    assert (flat.coefficients[0].se, flat.r2) == (0, 1)


def test_of_a_perfect_model_what_rounding_left_of_nothing_is_no_effect():
    # y is 5 - 2x, a point more for the young and a point more in unit c; the old are like those between.
    columns = {"x": [1, 1, 2, 2, 1, 1, 2], "age": ["young", "old", "old", "young", "", "mid", "old"]}
    sums = count(list("aabbccc"), [4, 3, 1, 2, 4, 4, 2], columns, linear=("x",))
    found, tests = measure_case_mix(sums)
    estimates = {each.term: (each.estimate, each.p) for each in found.coefficients}
    assert estimates == {"x": (pytest.approx(-2), 0), "age=old": (0, None), "age=young": (pytest.approx(1), 0)}
    _, same = measure_case_mix(count(list("aaabbb"), np.array([1, 2, 1, 1, 2, 2]) / 3, {"x": list("pqppqq")}))
    assert [(each.difference, each.p) for each in same.groups] == [(0, None)] * 2
    assert all(each.p == 0 for each in tests.groups)


def test_scores_equal_within_groups_have_no_p():
    found = adjust_case_mix(count(list("aaabbb"), [10, 10, 10, 50, 50, 50], {"x": list("pqppqq")}))
    assert (found.coefficients[0].estimate, found.coefficients[0].p) == (0, None)


@pytest.mark.parametrize(
    ("unit", "y", "columns", "linear", "words"),
    [
        ("aaaa", [1, 2, 3, 4], {"x": list("pqpq")}, (), "at least two groups"),
        ("aabb", [1, 2, 3, 4], {"x": list("pppp")}, (), "'x' has no two different values"),
        ("aabb", [1, 2, 3, 4], {"x": [7.1] * 4}, ("x",), "'x' has no two different values"),
        ("aabb", [1, 2, 3, 4], {"x": [""] * 4}, ("x",), "'x' has no two different values"),
        ("aabb", [1, 2, 3, 4], {"x": [""] * 4}, (), "'x' has no value"),
        ("aabb", [5, 5, 5, 5], {"x": list("pqpq")}, (), "All scores are the same"),
        ("abcd", [1, 2, 3, 4], {"x": list("pqpq")}, (), "4 rows are too few for 4 groups"),
        ("aabb", [1, 2, 3, 4], {"x": list("pqrs")}, (), "too few"),
        ("aabb", [1, 2, 3, 4], {"x": list("ppqq")}, (), "cannot be told from the groups"),
        ("aabb", [1, 2, 3, 4], {}, (), "at least one adjuster"),
    ],
)
def test_data_that_say_nothing_are_refused(unit, y, columns, linear, words):
    with pytest.raises(UnusableDataError, match=words):
        adjust_case_mix(count(list(unit), y, columns, linear=linear))


def test_too_many_levels_are_refused_by_name():
    counter = CaseMixCounter(("name", "age"))
    rows = np.arange(5000)
    with pytest.raises(UnusableDataError, match="'name' has 5,000"):
        counter.add_rows(rows % 3, rows % 100 * 1.0, [rows, rows % 4])


def test_rows_without_group_or_score_are_left_out():
    counter = CaseMixCounter(("x",))
    groups, x = np.array([0, 0, 0, 1, 1, -1, 0, 2]), np.array([0, 1, 1, 0, 1, 0, 2, 0])
    counter.add_rows(groups, np.array([1, 2, 3, 4, 5, 6, np.nan, np.nan]), [x])
    sums = counter.total(["b", "a", "never"], {"x": ["p", "q", "never"]})
    assert (sums.groups, sums.adjusters[0].levels, sums.n.tolist()) == (("a", "b"), ("p", "q"), [2, 3])


def test_five_hundred_groups_with_five_adjusters():
    random = np.random.default_rng(1)
    counter = CaseMixCounter(tuple("abcde"))
    counter.add_rows(
        random.integers(0, 500, 100_000),
        random.integers(0, 101, 100_000) * 1.0,
        [random.integers(-1, 5, 100_000) for _ in "abcde"],
    )
    sums = counter.total([f"g{at:03}" for at in range(500)], {name: tuple("12345") for name in "abcde"})
    found = adjust_case_mix(sums)
    assert len(found.coefficients) == 20
