import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.estimate import UnusableDataError
from analysis.funnel import flag_outliers, funnel_limits, funnel_means, measure_overdispersion
from analysis.histogram import count_values, sum_groups
from analysis.variance_components import fit_one_way
from tests.oracles import read_oracle

SAMPLES = read_oracle("funnel.csv")
DATA = read_oracle("funnel_data.csv")
GROUPS = read_oracle("funnel_groups.csv")
MEANS = read_oracle("funnel_means.csv")
LIMITS = ("low95", "high95", "low998", "high998")
ids = [row["sample"] for row in SAMPLES]


def rows_of(table, sample):
    return [row for row in table if row["sample"] == sample]


def column(table, sample, name):
    return np.array([float(row[name]) for row in rows_of(table, sample)])


def counts_of(sample):
    rows = rows_of(DATA, sample)
    return [row["group"] for row in rows], column(DATA, sample, "numerator"), column(DATA, sample, "denominator")


def limits_of(funnel):
    return np.array([[getattr(group, name) for name in LIMITS] for group in funnel.groups])


@pytest.mark.parametrize("row", SAMPLES, ids=ids)
def test_target_z_phi_and_tau2_are_those_of_r(row):
    funnel = funnel_limits(*counts_of(row["sample"]))
    found = (funnel.target, funnel.phi, funnel.tau2)
    assert found == pytest.approx([float(row[name]) for name in ("target", "phi", "tau2")], rel=1e-9, abs=1e-15)
    assert [group.z for group in funnel.groups] == pytest.approx(column(GROUPS, row["sample"], "z"), abs=1e-9)
    assert [group.value for group in funnel.groups] == pytest.approx(column(GROUPS, row["sample"], "value"), rel=1e-12)


@pytest.mark.parametrize("row", SAMPLES, ids=ids)
def test_binomial_limits_are_those_of_the_joined_distribution_function(row):
    expected = np.array([column(GROUPS, row["sample"], name) for name in LIMITS]).T
    assert limits_of(funnel_limits(*counts_of(row["sample"]))) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("kind", ["phi", "tau2"])
@pytest.mark.parametrize("row", SAMPLES, ids=ids)
def test_limits_are_inflated_only_where_groups_differ_by_more_than_chance(row, kind):
    suffix = f"_{kind}" if float(row["p_phi"]) < 0.05 else ""
    expected = np.array([column(GROUPS, row["sample"], name + suffix) for name in LIMITS]).T
    funnel = funnel_limits(*counts_of(row["sample"]), overdispersion=kind)
    assert limits_of(funnel) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("row", SAMPLES, ids=ids)
def test_flags_and_p_are_those_of_binomial_tests(row):
    sample = row["sample"]
    lower, upper = column(GROUPS, sample, "lower"), column(GROUPS, sample, "upper")
    for group, low, high in zip(funnel_limits(*counts_of(sample)).groups, lower, upper, strict=True):
        side, tail = ("below", low) if low < high else ("above", high)
        expected = None if tail > 0.025 else f"{side}_998" if tail <= 0.001 else f"{side}_95"
        assert group.flag == expected
    for adjustment, name in (("benjamini_hochberg", "bh"), ("holm", "holm")):
        outliers = flag_outliers(*counts_of(sample), adjustment=adjustment)
        adjusted = column(GROUPS, sample, name)
        assert [each.p_adjusted for each in outliers.groups] == pytest.approx(adjusted, rel=1e-8, abs=1e-300)
        assert [each.side is not None for each in outliers.groups] == (adjusted <= 0.05).tolist()
        assert outliers.expected95 == pytest.approx(0.05 * outliers.tested)


def test_berkeley_departments_differ_as_prop_test_says():
    # R's prop.test on UCBAdmissions by department: X-squared = 778.91, df = 5. z as they are, not winsorised.
    _, x, n = counts_of("berkeley")
    share = x.sum() / n.sum()
    variance = share * (1 - share) / n
    phi, tau2, differ = measure_overdispersion((x / n - share) / np.sqrt(variance), variance, winsorised=0)
    assert 6 * phi == pytest.approx(778.91, abs=0.005)
    assert tau2 == pytest.approx(float(rows_of(SAMPLES, "berkeley")[0]["tau2_untrimmed"]), rel=1e-9)
    assert differ


@pytest.mark.parametrize("row", SAMPLES, ids=ids)
def test_without_winsorising_tau2_is_metafors(row):
    _, x, n = counts_of(row["sample"])
    share = x.sum() / n.sum()
    variance = share * (1 - share) / n
    phi, tau2, _ = measure_overdispersion((x / n - share) / np.sqrt(variance), variance, winsorised=0)
    assert phi * len(n) == pytest.approx(float(row["chi2"]), rel=1e-9)
    assert tau2 == pytest.approx(float(row["tau2_untrimmed"]), rel=1e-9, abs=1e-15)


def test_a_perfect_score_of_few_is_not_flagged():
    # At a share of 0.9 chance gives 5 of 5 in 59 of 100 groups, although the interpolated limit lies just under 1.
    funnel = funnel_limits(["few", "rest"], [5, 895], [5, 995])
    few = funnel.groups[0]
    assert few.value > few.high998 > 0.99
    assert few.flag is None


def test_a_group_without_cases_keeps_its_place():
    funnel = funnel_limits(["a", "empty", "b"], [3, 0, 8], [10, 0, 10])
    empty = dataclasses.asdict(funnel.groups[1])
    assert (empty.pop("group"), empty.pop("numerator"), empty.pop("denominator")) == ("empty", 0, 0)
    assert set(empty.values()) == {None}
    assert funnel.groups[::2] == funnel_limits(["a", "b"], [3, 8], [10, 10]).groups
    assert flag_outliers(["a", "empty", "b"], [3, 0, 8], [10, 0, 10]).groups[1].p is None


def test_fields_are_the_keys_of_the_command_line():
    funnel = funnel_limits(["a", "b"], [3, 8], [10, 10])
    assert [field.name for field in dataclasses.fields(funnel)] == ["target", "phi", "tau2", "groups"]
    keys = ["group", "numerator", "denominator", "value", "z", *LIMITS, "flag"]
    assert [field.name for field in dataclasses.fields(funnel.groups[0])] == keys


@pytest.mark.parametrize(
    ("numerators", "denominators", "sentence"),
    [
        ([1, 5], [10, 4], r"Group 'b' has 5 of 4"),
        ([1, -1], [10, 4], r"Group 'b' has -1 of 4"),
        ([1, 0], [10, -4], r"Group 'b' has 0 of -4"),
        ([1, 0.5], [10, 4], r"Group 'b' has 0.5 of 4.*whole"),
        ([1, np.nan], [10, 4], r"Group 'b' has nan"),
        ([1, 1], [10, np.inf], r"Group 'b'"),
        ([1, 3e16], [10, 1e17], r"Group 'b' has 1\d{17} cases, more than can be counted"),
        ([1, 0], [10, 0], r"at least two groups with cases, and there are 1"),
        ([0, 0], [10, 4], r"None of the 14 cases"),
        ([10, 4], [10, 4], r"Every one of the 14 cases"),
    ],
)
def test_unusable_counts_are_refused_in_a_sentence(numerators, denominators, sentence):
    with pytest.raises(UnusableDataError, match=sentence):
        funnel_limits(["a", "b"], numerators, denominators)


@given(
    counts=st.lists(
        st.integers(0, 10**7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=2, max_size=8
    ),
    kind=st.sampled_from(["none", "phi", "tau2"]),
)
def test_limits_are_in_order_and_more_cases_narrow_them(counts, kind):
    x, n = zip(*counts, strict=True)
    names = [f"g{at}" for at in range(len(n))]
    if sum(each > 0 for each in n) < 2 or sum(x) in {0, sum(n)}:
        with pytest.raises(UnusableDataError):
            funnel_limits(names, x, n, overdispersion=kind)
        return
    funnel = funnel_limits(names, x, n, overdispersion=kind)
    known = sorted((group for group in funnel.groups if group.denominator), key=lambda group: group.denominator)
    for group in known:
        assert 0 <= group.low998 <= group.low95 <= group.high95 <= group.high998 <= 1
        assert np.isfinite(group.z)
        if group.flag:
            # Whatever is flagged is beyond the limit that is drawn.
            level = group.flag.split("_")[1]
            beyond = group.value - getattr(group, "high" + level), getattr(group, "low" + level) - group.value
            assert max(beyond) >= -1e-12
    assert funnel.tau2 >= 0


def test_the_order_of_groups_does_not_matter():
    names, x, n = counts_of("simulated_differing")
    forward = funnel_limits(names, x, n, overdispersion="phi")
    backward = funnel_limits(names[::-1], x[::-1], n[::-1], overdispersion="phi")
    for one, other in zip(forward.groups, backward.groups[::-1], strict=True):
        assert dataclasses.astuple(one)[4:9] == pytest.approx(dataclasses.astuple(other)[4:9], rel=1e-12)


def sums_of(sample):
    return sum_groups(
        {row["group"]: count_values([float(each) for each in row["values"].split()]) for row in rows_of(MEANS, sample)}
    )


@pytest.mark.parametrize("sample", ["InsectSprays", "chickwts", "PlantGrowth"])
def test_a_funnel_of_means_is_as_r_has_it(sample):
    for kind, suffix in (("none", ""), ("tau2", "_tau2")):
        funnel = funnel_means(sums_of(sample), overdispersion=kind)
        row = rows_of(MEANS, sample)[0]
        whole = [float(row[name]) for name in ("target", "sigma2", "phi", "tau2")]
        assert [funnel.target, funnel.sigma2, funnel.phi, funnel.tau2] == pytest.approx(whole, rel=1e-9)
        assert [group.z for group in funnel.groups] == pytest.approx(column(MEANS, sample, "z"), rel=1e-9)
        expected = np.array([column(MEANS, sample, name + suffix) for name in LIMITS]).T
        assert limits_of(funnel) == pytest.approx(expected, rel=1e-9)
        for group in funnel.groups:
            outside = group.value < group.low95 or group.value > group.high95
            assert (group.flag is not None) == outside


def test_a_funnel_of_means_can_share_its_model_with_other_panels():
    sums = sums_of("chickwts")
    model = fit_one_way(sums)
    funnel = funnel_means(sums, overdispersion="tau2", model=model)
    assert (funnel.target, funnel.sigma2, funnel.tau2) == (model.grand_mean, model.sigma2, model.tau2)
    spread = np.sqrt(model.sigma2 / sums.n + model.tau2)
    expected = model.grand_mean + stats.t.ppf(0.975, sums.n.sum() - 6) * spread
    assert [group.high95 for group in funnel.groups] == pytest.approx(expected, rel=1e-9)


def test_a_models_tau2_is_added_whatever_phi_says():
    sums = sum_groups({"a": count_values([1, 2, 4, 6]), "b": count_values([1, 3, 4, 6])})
    model = dataclasses.replace(fit_one_way(sums), tau2=2.0)
    plain, inflated = (funnel_means(sums, overdispersion=kind, model=model) for kind in ("none", "tau2"))
    assert plain.phi < 1
    assert inflated.groups[0].high95 > plain.groups[0].high95


def test_means_far_from_zero_keep_their_digits():
    near = funnel_means(sum_groups({"a": count_values([1, 2, 4]), "b": count_values([3, 5, 9, 9])}))
    far = funnel_means(
        sum_groups({"a": count_values([1e9 + 1, 1e9 + 2, 1e9 + 4]), "b": count_values(1e9 + np.array([3, 5, 9, 9]))})
    )
    assert [group.z for group in far.groups] == pytest.approx([group.z for group in near.groups], rel=1e-6)


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ({"a": [1, 2]}, "at least two groups"),
        ({"a": [1], "b": [2]}, "one value only"),
        ({"a": [1, 1], "b": [2, 2]}, "No group has two different values"),
    ],
)
def test_means_without_a_spread_are_refused(groups, sentence):
    with pytest.raises(UnusableDataError, match=sentence):
        funnel_means(sum_groups({name: count_values(values) for name, values in groups.items()}))


@pytest.mark.parametrize("share", [0.6, 0.85, 0.97])
def test_identical_groups_are_named_in_at_most_five_of_a_hundred_programs(share):
    # Synthetic programs of 30 identical clinicians with 5 to 120 answers.
    generator = np.random.default_rng(20261112)
    sizes = np.round(np.geomspace(5, 120, 30)).astype(int)
    names = [f"c{at:02d}" for at in range(30)]
    programs, named, flagged = 400, 0, 0
    for _ in range(programs):
        outliers = flag_outliers(names, generator.binomial(sizes, share), sizes)
        named += any(each.side for each in outliers.groups)
        flagged += outliers.beyond95
    # 0.05 of 400 is 20; more than 32 would come about in fewer than 5 of 1,000 such tests.
    assert named <= 32
    assert flagged / (30 * programs) <= 0.05


def test_a_clinician_who_differs_is_named():
    sizes = np.full(30, 100)
    counts = np.full(30, 85)
    counts[7] = 55
    outliers = flag_outliers([f"c{at:02d}" for at in range(30)], counts, sizes)
    assert [each.group for each in outliers.groups if each.side] == ["c07"]
    assert outliers.groups[7].side == "below"
