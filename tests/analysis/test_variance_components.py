import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.estimate import UnusableDataError
from analysis.histogram import GroupSums, count_values, sum_groups
from analysis.variance_components import fit_one_way
from tests.oracles import read_oracle


def sums(**groups):
    return sum_groups({name: count_values(values) for name, values in groups.items()})


def oracle_sums(sample):
    values = {}
    for row in read_oracle("one_way_data.csv"):
        if row["sample"] == sample:
            values.setdefault(row["group"], []).append(float(row["value"]))
    return sums(**values)


def dense_criterion(values, groups, tau2, sigma2):
    """−2 log restricted likelihood of (τ², σ²) from the covariance matrix of all cases."""
    same = np.equal.outer(groups, groups)
    covariance = sigma2 * np.eye(len(values)) + tau2 * same
    inverse = np.linalg.inv(covariance)
    residual = values - (inverse @ values).sum() / inverse.sum()
    return np.linalg.slogdet(covariance)[1] + np.log(inverse.sum()) + residual @ inverse @ residual


@pytest.mark.parametrize("row", read_oracle("icc.csv"), ids=lambda row: row["sample"])
def test_it_is_the_model_of_lme4_and_nlme(row):
    model = fit_one_way(oracle_sums(row["sample"]))
    assert (model.n, model.groups) == (int(row["n"]), int(row["groups"]))
    assert (model.grand_mean, model.standard_error) == pytest.approx(
        (float(row["mean"]), float(row["standard_error"])), rel=2e-6
    )
    assert model.sigma2 == pytest.approx(float(row["within"]), rel=2e-6)
    assert model.tau2 == pytest.approx(float(row["between"]), rel=5e-6, abs=1e-9)
    assert (model.tau2, model.sigma2) == pytest.approx(
        (float(row["between_nlme"]), float(row["within_nlme"])), rel=1e-5, abs=1e-3
    )


def test_with_equal_sizes_the_components_are_those_of_the_analysis_of_variance():
    # Davies & Goldsmith's dyestuff: mean squares 11,271.5 between and 2,451.25 within six batches of five.
    model = fit_one_way(oracle_sums("dyestuff"))
    assert model.grand_mean == pytest.approx(1527.5)
    assert model.sigma2 == pytest.approx(2451.25)
    assert model.tau2 == pytest.approx((11271.5 - 2451.25) / 5, abs=0.01)


@given(
    st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=6), min_size=2, max_size=5),
    st.floats(0, 30),
)
def test_no_other_ratio_is_more_likely(groups, other):
    values = np.concatenate(groups).astype(float)
    labels = np.repeat(np.arange(len(groups)), [len(each) for each in groups])
    try:
        model = fit_one_way(sums(**{f"g{at}": each for at, each in enumerate(groups)}))
    except UnusableDataError:
        return
    if model.sigma2 == 0:
        return
    found = dense_criterion(values, labels, model.tau2, model.sigma2)
    assert found <= dense_criterion(values, labels, other * model.sigma2, model.sigma2) + 1e-7
    assert found <= dense_criterion(values, labels, model.tau2, model.sigma2 * (0.5 + other)) + 1e-7


def test_values_far_from_zero_lose_nothing():
    near = sums(a=[1, 2, 4], b=[4, 6, 7, 9], c=[5, 5, 8])
    far = GroupSums(near.groups, near.n, near.mean + 2.0**40, near.squares)
    assert fit_one_way(far).tau2 == pytest.approx(fit_one_way(near).tau2, rel=1e-3)
    assert fit_one_way(far).sigma2 == pytest.approx(fit_one_way(near).sigma2, rel=1e-3)


def test_groups_that_agree_have_no_variance_between_them():
    model = fit_one_way(sums(a=[0.1, 0.2, 0.3], b=[0.3, 0.1, 0.2], c=[0.2]))
    assert model.tau2 == 0
    assert model.cases_for(0.7) is None
    assert model.grand_mean == pytest.approx(0.2)


def test_constant_groups_have_no_variance_within():
    model = fit_one_way(sums(a=[100, 100], b=[75] * 40, c=[50]))
    assert (model.sigma2, model.tau2, model.grand_mean) == pytest.approx((0, 625, 75))
    assert (model.icc1, model.cases_for(0.7)) == (1, 0)


@pytest.mark.parametrize(
    ("groups", "sentence"),
    [
        ({}, "at least two groups"),
        ({"a": [1, 2, 3]}, "at least two groups"),
        ({"a": [1], "b": [2]}, "one value only"),
        ({"a": [0.1] * 3, "b": [0.1] * 7}, "All values are the same"),
    ],
)
def test_what_cannot_be_said_is_said_in_one_sentence(groups, sentence):
    with pytest.raises(UnusableDataError, match=sentence):
        fit_one_way(sums(**groups))


def test_ten_million_cases_and_groups_of_one_stay_exact():
    groups = GroupSums(
        ("a", "b", "c", "d"),
        np.array([1, 10_000_000, 1, 5]),
        np.array([60.0, 80.0, 95.0, 70.0]),
        np.array([0.0, 2.25e9, 0.0, 900.0]),
    )
    model = fit_one_way(groups)
    assert model.sigma2 == pytest.approx(225, rel=1e-3)
    assert 0 <= model.tau2 < 1000
