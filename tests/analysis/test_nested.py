import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.estimate import UnusableDataError
from analysis.histogram import GroupSums, count_values, sum_groups
from analysis.nested import fit_nested
from tests.oracles import read_oracle

ORACLE = read_oracle("nested.csv")
GROUPS = read_oracle("nested_groups.csv")


def ward(**units):
    return {
        unit: sum_groups({name: count_values(values) for name, values in clinicians.items()})
        for unit, clinicians in units.items()
    }


def oracle_units(sample):
    units = {}
    for row in read_oracle("nested_data.csv"):
        if row["sample"] == sample:
            clinicians = units.setdefault(row["unit"], {})
            clinicians.setdefault(row["clinician"], []).append(float(row["value"]))
    return ward(**units)


def simulate(random, counts, sd_unit, sd_clinician):
    units, true_units, true_clinicians = {}, [], []
    for at, count in enumerate(counts):
        n = random.choice([5, 11, 30, 100], count)
        true_units.append(random.normal(0, sd_unit))
        truth = true_units[-1] + random.normal(0, sd_clinician, count)
        mean = truth + random.normal(0, 15 / np.sqrt(n))
        names = tuple(f"c{number:02}" for number in range(count))
        units[f"u{at:02}"] = GroupSums(names, n, mean, 225.0 * random.chisquare(n - 1))
        true_clinicians.extend(truth)
    return units, np.array(true_units), np.array(true_clinicians)


def everybody(model):
    return [*model.units, *(group for clinicians in model.clinicians for group in clinicians)]


def names(model):
    return [group.group for group in model.units] + [
        f"{unit.group}:{group.group}"
        for unit, clinicians in zip(model.units, model.clinicians, strict=True)
        for group in clinicians
    ]


@pytest.mark.parametrize("row", ORACLE, ids=lambda row: row["sample"])
def test_it_is_the_model_of_lme4_and_nlme(row):
    model = fit_nested(oracle_units(row["sample"]))
    assert model.n == int(row["n"])
    assert model.grand_mean == pytest.approx(float(row["mean"]), rel=1e-7)
    found = (model.variance_unit, model.variance_clinician, model.variance_residual)
    assert found == pytest.approx([float(row[name]) for name in ("unit", "clinician", "residual")], rel=1e-5, abs=1e-6)
    if row["unit_nlme"] != "NA":
        second = [float(row[name]) for name in ("unit_nlme", "clinician_nlme", "residual_nlme")]
        assert found == pytest.approx(second, rel=1e-5, abs=1e-3)


@pytest.mark.parametrize("sample", [row["sample"] for row in ORACLE])
def test_estimates_are_the_blups_of_lme4(sample):
    expected = {row["group"]: float(row["estimate"]) for row in GROUPS if row["sample"] == sample}
    model = fit_nested(oracle_units(sample))
    assert len(expected) == len(everybody(model))
    assert [group.estimate for group in everybody(model)] == pytest.approx(
        [expected[name] for name in names(model)], rel=1e-6
    )


@pytest.mark.parametrize("sample", ["pastes", "simulated_ward"])
def test_limits_are_those_of_the_mixed_model_equations(sample):
    spread = {row["group"]: float(row["spread"]) for row in GROUPS if row["sample"] == sample}
    model = fit_nested(oracle_units(sample))
    half = stats.t.ppf(0.975, model.n - 1) * np.sqrt([spread[name] for name in names(model)])
    assert [group.high - group.estimate for group in everybody(model)] == pytest.approx(half, rel=5e-4)
    assert [group.estimate - group.low for group in everybody(model)] == pytest.approx(half, rel=5e-4)


def test_with_equal_sizes_the_components_are_those_of_the_analysis_of_variance():
    # Three units of two clinicians with two cases each.
    model = fit_nested(
        ward(
            a={"1": [9, 11], "2": [13, 15]},
            b={"1": [19, 21], "2": [21, 23]},
            c={"1": [28, 30], "2": [31, 33]},
        )
    )
    unit_means, clinician_means = np.array([12, 21, 30.5]), np.array([[10, 14], [20, 22], [29, 32]])
    between = 4 * np.var(unit_means, ddof=1)
    clinicians = 2 * ((clinician_means - unit_means[:, None]) ** 2).sum() / 3
    assert model.variance_residual == pytest.approx(2)
    assert model.variance_clinician == pytest.approx((clinicians - 2) / 2, rel=1e-6)
    assert model.variance_unit == pytest.approx((between - clinicians) / 4, rel=1e-6)


def test_intervals_hold_the_truth_as_often_as_they_say():
    random = np.random.default_rng(4)
    for counts, deviations in (([3, 5, 6, 8, 1, 4, 2, 9], (4, 3)), ([3, 5, 6, 4], (0, 4)), ([5, 6], (3, 3))):
        hits = []
        for _ in range(60):
            units, true_units, true_clinicians = simulate(random, counts, *deviations)
            truth = [*true_units, *true_clinicians]
            groups = everybody(fit_nested(units))
            hits.extend(group.low <= value <= group.high for group, value in zip(groups, truth, strict=True))
        assert 0.93 < np.mean(hits) < 0.995


def test_a_clinician_with_few_cases_is_pulled_to_the_unit_and_not_to_the_program():
    units, _, _ = simulate(np.random.default_rng(2), [8] * 12, 8, 2)
    few = GroupSums(("new",), np.array([2]), np.array([10.0]), np.array([50.0]))
    high = GroupSums(("old",), np.array([4000]), np.array([20.0]), np.array([225.0 * 4000]))
    units["x"] = GroupSums(
        few.groups + high.groups,
        *(np.concatenate([getattr(few, name), getattr(high, name)]) for name in ("n", "mean", "squares")),
    )
    model = fit_nested(units)
    new, old = model.clinicians[-1]
    assert abs(new.estimate - model.units[-1].estimate) < abs(new.estimate - model.grand_mean)
    assert new.reliability < 0.6 < 0.99 < old.reliability
    assert new.p_above > 0.99


def test_without_any_difference_everybody_gets_the_grand_mean_but_no_certainty():
    model = fit_nested(oracle_units("simulated_no_difference"))
    assert (model.variance_unit, model.variance_clinician) == (0, 0)
    for group in everybody(model):
        assert group.estimate == pytest.approx(model.grand_mean)
        assert group.p_above == pytest.approx(0.5)
        assert group.high - group.low > 4 * np.sqrt(model.variance_residual / model.n)


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.lists(st.sampled_from([0, 75, 100]), min_size=1, max_size=6), min_size=1, max_size=4),
        min_size=1,
        max_size=5,
    )
)
def test_limits_are_finite_on_ugly_data(units):
    sums = ward(**{f"u{at}": {f"c{at}": one for at, one in enumerate(unit)} for at, unit in enumerate(units)})
    try:
        model = fit_nested(sums)
    except UnusableDataError:
        return
    for group in everybody(model):
        assert np.isfinite([group.mean, group.low, group.high, group.reliability, group.p_above]).all()
        assert group.low < group.estimate < group.high


def test_values_far_from_zero_lose_nothing():
    units, _, _ = simulate(np.random.default_rng(3), [3, 4, 5, 2, 6], 4, 3)
    far = {name: GroupSums(each.groups, each.n, each.mean + 2.0**30, each.squares) for name, each in units.items()}
    near_model, far_model = fit_nested(units), fit_nested(far)
    assert far_model.variance_unit == pytest.approx(near_model.variance_unit, rel=1e-4)
    assert far_model.units[0].low - 2.0**30 == pytest.approx(near_model.units[0].low, abs=1e-4)


def test_units_without_answers_are_left_out():
    units = oracle_units("simulated_ward")
    with_empty = {**units, "a-empty": sum_groups({})}
    assert fit_nested(with_empty) == fit_nested(units)


@pytest.mark.parametrize(
    ("units", "sentence"),
    [
        ({}, "at least two units"),
        ({"a": {"1": [1, 2], "2": [3, 4]}}, "at least two units"),
        ({"a": {"1": [1, 2]}, "b": {"2": [3, 4]}}, "one clinician only"),
        ({"a": {"1": [1], "2": [2]}, "b": {"3": [3]}}, "one value only"),
        ({"a": {"1": [1, 1], "2": [2]}, "b": {"3": [3, 3]}}, "values differ"),
    ],
)
def test_what_cannot_be_said_is_said_in_one_sentence(units, sentence):
    with pytest.raises(UnusableDataError, match=sentence):
        fit_nested(ward(**units))
