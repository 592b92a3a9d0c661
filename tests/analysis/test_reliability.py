import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.estimate import UnusableDataError
from analysis.histogram import ItemSums, count_values
from analysis.reliability import (
    cronbach_alpha,
    item_sums,
    measure_alpha,
    measure_reliability,
    minres_loadings,
    omega_total,
)
from survey.instrument import load_catalogue
from survey.tally import add_tallies, tally_response
from tests.oracles import read_oracle
from tests.samples import response

CATALOGUE = load_catalogue()
SCALES = read_oracle("reliability.csv")
ITEMS = read_oracle("reliability_items.csv")
DATA = read_oracle("reliability_data.csv")
NAMES = [row["sample"] for row in SCALES]


def sums_of(rows, origin=None):
    """The sums of cases by items; nan is no answer. The histograms are those of the complete cases."""
    rows = np.asarray(rows, np.float64)
    complete = rows[~np.isnan(rows).any(1)]
    shifted = complete if origin is None else complete - origin
    return ItemSums(
        items=tuple(f"i{at + 1}" for at in range(rows.shape[1])),
        n=len(complete),
        rows=len(rows),
        sums=shifted.sum(0),
        products=shifted.T @ shifted,
        origin=np.zeros(rows.shape[1]) if origin is None else np.full(rows.shape[1], origin),
        answers=tuple(count_values(column) for column in complete.T),
        missing=np.isnan(rows).sum(0),
    )


def oracle_rows(sample):
    answers = [row["answers"].split() for row in DATA if row["sample"] == sample]
    return np.array([[np.nan if each == "NA" else float(each) for each in case] for case in answers])


def oracle_sums(sample):
    return sums_of(oracle_rows(sample), 1e6 if sample == "simulated_far" else None)


@pytest.mark.parametrize("row", SCALES, ids=NAMES)
def test_alpha_and_its_interval_are_those_of_psych(row):
    result = measure_reliability(oracle_sums(row["sample"]))
    assert (result.n, result.k) == (int(row["n"]), int(row["k"]))
    assert (result.alpha.value, result.alpha.low, result.alpha.high) == pytest.approx(
        (float(row["alpha"]), float(row["low"]), float(row["high"])), rel=1e-9, abs=1e-11
    )
    assert result.alpha_standardized == pytest.approx(float(row["alpha_standardized"]), rel=1e-9)
    assert result.mean_inter_item_r == pytest.approx(float(row["mean_inter_item_r"]), rel=1e-9)
    assert measure_alpha(oracle_sums(row["sample"])) == result.alpha


@pytest.mark.parametrize("row", SCALES, ids=NAMES)
def test_each_item_is_as_in_psych(row):
    result = measure_reliability(oracle_sums(row["sample"]))
    expected = [item for item in ITEMS if item["sample"] == row["sample"]]
    assert [each.item for each in result.items] == [item["item"] for item in expected]
    for each, item in zip(result.items, expected, strict=True):
        numbers = (each.mean, each.sd, each.item_rest_r, each.floor, each.ceiling)
        named = ("mean", "sd", "item_rest_r", "floor", "ceiling")
        assert numbers == pytest.approx([float(item[name]) for name in named], rel=1e-9)
        if item["alpha_if_dropped"] == "NA":
            assert each.alpha_if_dropped is None
        else:
            assert each.alpha_if_dropped == pytest.approx(float(item["alpha_if_dropped"]), rel=1e-9)
        assert (each.n, each.missing) == (int(row["n"]), int(item["missing"]))


@pytest.mark.parametrize("row", [row for row in SCALES if row["k"] != "2"], ids=lambda row: row["sample"])
def test_omega_comes_from_the_loadings_of_psych(row):
    omega = measure_reliability(oracle_sums(row["sample"])).omega_total.estimate
    assert omega == pytest.approx(float(row["omega_bounded"]), abs=1e-6)
    # psych lets a loading pass 1 (a Heywood case) and then stops short of the least residuals.
    assert omega == pytest.approx(
        float(row["omega_psych"]), abs=1e-5 if float(row["largest_loading"]) < 0.99 else 0.005
    )


@pytest.mark.parametrize("sample", ["attitude", "simulated_fifteen", "bfi_agreeableness", "simulated_unrelated"])
def test_the_loadings_are_those_of_psych(sample):
    rows = oracle_rows(sample)
    found = minres_loadings(np.corrcoef(rows[~np.isnan(rows).any(1)].T))
    expected = np.array([float(item["loading"]) for item in ITEMS if item["sample"] == sample])
    assert found == pytest.approx(expected if expected.sum() > 0 else -expected, abs=2e-5)


def test_bland_and_altman_got_point_ninety_five():
    # Bland & Altman 1997, BMJ 314:572, doi:10.1136/bmj.314.7080.572: mini-HAQ, 10 items in 249 people, item variances
    # add up to 11.16, the total's variance is 77.44.
    shared = (77.44 - 11.16) / 90
    covariances = np.full((10, 10), shared) + np.eye(10) * (1.116 - shared)
    alpha, low, high = cronbach_alpha(249, covariances)
    assert alpha == pytest.approx(0.95, abs=0.005)
    assert low < 0.95 < high


def test_items_that_repeat_one_another_are_perfectly_reliable():
    result = measure_reliability(sums_of(np.outer([1, 2, 3, 5, 4, 4], [1, 1, 1, 1])))
    assert result.alpha.value == pytest.approx(1)
    assert result.omega_total.estimate == pytest.approx(1)
    assert [each.item_rest_r for each in result.items] == pytest.approx([1] * 4)


def test_items_that_cancel_out_have_no_alpha_but_the_rest_is_told():
    first = np.array([1, 2, 3, 4, 5, 2, 4])
    result = measure_reliability(sums_of(np.column_stack([first, 6 - first])))
    assert (result.alpha, result.alpha_standardized) == (None, None)
    assert result.mean_inter_item_r == pytest.approx(-1)
    assert result.items[0].item_rest_r == -1
    assert measure_alpha(sums_of(np.column_stack([first, 6 - first]))) is None


def test_an_item_whose_others_cancel_out_has_no_correlation_with_them():
    first, third = np.array([1, 2, 3, 4, 5, 2, 4]), np.array([1, 1, 2, 5, 3, 3, 1])
    result = measure_reliability(sums_of(np.column_stack([first, 6 - first, third])))
    assert [each.item_rest_r is None for each in result.items] == [False, False, True]
    assert [each.alpha_if_dropped is None for each in result.items] == [False, False, True]


def test_two_items_identify_no_factor_and_none_can_be_dropped():
    result = measure_reliability(oracle_sums("simulated_two"))
    assert result.omega_total.estimate is None
    assert [each.alpha_if_dropped for each in result.items] == [None, None]


def test_alpha_may_be_negative():
    alpha = measure_reliability(oracle_sums("simulated_unrelated")).alpha
    assert alpha.low < alpha.value < 0 < alpha.high


def test_a_wider_level_gives_wider_limits():
    narrow, wide = (measure_alpha(oracle_sums("attitude"), level=level) for level in (0.8, 0.99))
    assert wide.low < narrow.low < narrow.value == wide.value < narrow.high < wide.high


def test_floor_and_ceiling_are_those_of_the_scale_given():
    rows = [[2, 3], [3, 2], [4, 4], [3, 4]]
    ends = [(each.floor, each.ceiling) for each in measure_reliability(sums_of(rows), scale=(1, 4)).items]
    assert ends == [(0, 0.25), (0, 0.5)]
    seen = [(each.floor, each.ceiling) for each in measure_reliability(sums_of(rows)).items]
    assert seen == [(0.25, 0.25), (0.25, 0.5)]


def test_a_constant_item_is_named():
    with pytest.raises(UnusableDataError, match="'i2' has the same answer in all 4 complete cases"):
        measure_reliability(sums_of([[1, 4, 2], [2, 4, 3], [4, 4, 3], [1, 4, 4], [np.nan, 3, 3]]))


def test_a_constant_item_with_decimals_is_named_whatever_the_origin():
    rows = np.column_stack([np.full(1000, 0.1), np.tile([0.3, 0.7, 0.4, 0.2], 250)])
    for origin in (None, 0.1, 0.37):
        with pytest.raises(UnusableDataError, match="'i1'"):
            measure_reliability(sums_of(rows, origin))


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([[1], [2], [3]], "at least two items; there is only 'i1'"),
        ([[1, 2], [2, 1]], "at least 3 cases with every item answered; 2 cases have 2"),
        ([[1, np.nan], [np.nan, 1], [2, np.nan]], "3 cases have 0"),
    ],
)
def test_too_little_is_refused_with_one_sentence(rows, sentence):
    with pytest.raises(UnusableDataError, match=sentence) as raised:
        measure_reliability(sums_of(rows))
    assert str(raised.value).count(".") == 1


@pytest.mark.parametrize("far", [1e3, 1e6])
def test_whole_numbers_far_from_zero_lose_no_digits(far):
    rows = oracle_rows("simulated_ceiling")
    near, away = measure_reliability(sums_of(rows)), measure_reliability(sums_of(rows + far))
    assert away.alpha.value == pytest.approx(near.alpha.value, rel=1e-12)
    assert away.items[0].item_rest_r == pytest.approx(near.items[0].item_rest_r, rel=1e-12)


def test_ten_million_cases_give_what_four_hundred_do():
    sums = oracle_sums("simulated_ceiling")
    many = 25_000
    huge = ItemSums(
        sums.items, sums.n * many, sums.rows * many, sums.sums * many, sums.products * many, sums.origin,
        tuple(count_values(each.values, each.counts * many) for each in sums.answers), sums.missing,
    )  # fmt: skip
    few, result = measure_reliability(sums), measure_reliability(huge)
    assert result.alpha.value == pytest.approx(few.alpha.value, rel=1e-12)
    assert result.omega_total.estimate == pytest.approx(few.omega_total.estimate, rel=1e-9)
    assert 0 < result.alpha.high - result.alpha.low < 1e-3
    assert result.alpha.low < result.alpha.value < result.alpha.high


def test_many_groups_at_once_are_what_each_is_alone():
    random = np.random.default_rng(4)
    covariances = np.array([np.cov(random.integers(1, 6, (12, 30))) for _ in range(500)])
    n = np.full(500, 30)
    alpha, low, high = cronbach_alpha(n, covariances)
    for at in (0, 123, 499):
        assert (alpha[at], low[at], high[at]) == pytest.approx([float(x) for x in cronbach_alpha(30, covariances[at])])


def test_a_group_of_one_and_one_of_constants_among_many_are_left_open():
    usable = np.array([[2.0, 1.0], [1.0, 2.0]])
    alpha, low, high = cronbach_alpha([1, 20, 20], [usable, np.zeros((2, 2)), usable])
    for each in (alpha, low, high):
        assert np.isnan(each).tolist() == [True, True, False]


def test_the_interval_holds_the_truth_as_often_as_it_says():
    # Parallel normal items, for which Feldt's interval is exact.
    random = np.random.default_rng(8)
    shared, k, n, repeats = 0.4, 5, 20, 4000
    truth = k * shared / (1 + (k - 1) * shared)
    common = random.normal(0, np.sqrt(shared), (repeats, n, 1))
    rows = common + random.normal(0, np.sqrt(1 - shared), (repeats, n, k))
    centred = rows - rows.mean(1, keepdims=True)
    _, low, high = cronbach_alpha(np.full(repeats, n), centred.transpose(0, 2, 1) @ centred / (n - 1))
    assert 0.94 < np.mean((low <= truth) & (truth <= high)) < 0.96


def test_the_least_residuals_are_found_in_heywood_cases_too():
    random = np.random.default_rng(12)
    bound = 0
    for _ in range(40):
        k = int(random.integers(3, 7))
        correlations = np.corrcoef(random.integers(1, 5, (8, k)) + random.random((8, k)), rowvar=False)
        found = minres_loadings(correlations)
        bound += np.abs(found).max() == 1
        # Coordinate descent, each loading's best value given the others, from 30 places.
        tried, off = random.uniform(-1, 1, (30, k)), correlations - np.eye(k)
        for at in [*range(k)] * 300:
            others = (tried**2).sum(1) - tried[:, at] ** 2
            tried[:, at] = np.clip(tried @ off[at] / np.maximum(others, 1e-12), -1, 1)
        residuals = correlations - np.array([np.outer(each, each) for each in [found, *tried]])
        misfit = (np.triu(residuals, 1) ** 2).sum((1, 2))
        assert misfit[0] <= misfit.min() + 1e-9
        assert np.abs(found).max() <= 1
    assert bound > 10


@pytest.mark.parametrize(
    ("pairs", "loadings", "omega"),
    [
        # R's optim, the best of 100 starts; psych's fa stops near the same place at 0.3603 and 0.3263.
        ((-0.03896409, 0.02467524, 0.09917329), (-0.0361935, 1, 0.0981516), 0.3618298),
        ((0.24366986, 0.2474567, -0.28504386), (0.1807453, -0.2333775, 1), 0.3193548),
    ],
)
def test_items_of_which_none_goes_with_the_others_have_the_loadings_of_r(pairs, loadings, omega):
    correlations = np.eye(3)
    correlations[np.triu_indices(3, 1)] = pairs
    correlations += np.triu(correlations, 1).T
    assert minres_loadings(correlations) == pytest.approx(loadings, abs=1e-5)
    assert omega_total(correlations) == pytest.approx(omega, abs=1e-5)


@given(arrays(np.int64, st.tuples(st.integers(0, 12), st.integers(1, 6)), elements=st.integers(0, 4)))
def test_ugly_data_give_numbers_in_range_or_one_sentence(rows):
    try:
        with np.errstate(all="raise"):
            result = measure_reliability(sums_of(rows))
    except UnusableDataError:
        return
    if result.alpha is not None:
        assert result.alpha.low <= result.alpha.value + 1e-9
        assert result.alpha.value <= min(result.alpha.high, 1) + 1e-9
    assert result.omega_total.estimate is None or 0 <= result.omega_total.estimate <= 1
    for each in result.items:
        assert each.item_rest_r is None or -1 <= each.item_rest_r <= 1
        assert each.floor + each.ceiling <= 1 + 1e-12


@given(arrays(np.int64, st.tuples(st.integers(3, 30), st.integers(2, 5)), elements=st.integers(0, 4)))
def test_alpha_is_two_way_analysis_of_variance_in_other_words(rows):
    # Hoyt 1941: 1 − mean square of the residuals / mean square of the cases.
    rows = rows.astype(float)
    n, k = rows.shape
    cases = k * ((rows.mean(1) - rows.mean()) ** 2).sum() / (n - 1)
    residuals = rows - rows.mean(1, keepdims=True) - rows.mean(0) + rows.mean()
    if (rows == rows[0]).all(0).any() or cases < 1e-9:
        return
    error = (residuals**2).sum() / ((n - 1) * (k - 1))
    assert measure_alpha(sums_of(rows)).value == pytest.approx(1 - error / cases)


def test_a_tally_gives_the_same_as_its_rows():
    instrument = CATALOGUE.default
    random = np.random.default_rng(6)
    levels = np.array(instrument.scale.values)
    rows = levels[np.clip(random.integers(0, 4, (40, 1)) + random.integers(-1, 2, (40, len(instrument.items))), 0, 3)]
    ids = [item.id for item in instrument.items]
    sheets = [dict(zip(ids, map(int, row), strict=True)) for row in rows]
    sheets[3][ids[1]] = "skipped"
    sheets[5][ids[1]] = "prefer_not"
    tally = add_tallies(
        instrument, (tally_response(response(CATALOGUE, answers=sheet), instrument) for sheet in sheets)
    )
    sums = item_sums(tally)
    forward = np.array(
        [
            [
                np.nan if isinstance(sheet[item.id], str)
                else levels[0] + levels[-1] - sheet[item.id] if item.reversed else sheet[item.id]
                for item in instrument.items
            ]
            for sheet in sheets
        ]
    )  # fmt: skip
    expected = sums_of(forward)
    assert (sums.items, sums.n, sums.rows) == (tuple(ids), 38, 40)
    assert sums.missing.tolist() == expected.missing.tolist()
    assert measure_alpha(sums) == measure_alpha(expected)
    assert sums.answers[1].n == 38
    assert sums.answers[0].n == 40
    assert sums.answers[0].counts.tolist() == count_values(forward[:, 0]).counts.tolist()


def test_a_reversed_item_is_turned():
    instrument = next((each for each in CATALOGUE if any(item.reversed for item in each.items)), None)
    if instrument is None:
        instrument = CATALOGUE.default.model_copy(
            update={
                "items": tuple(
                    i.model_copy(update={"reversed": at == 0}) for at, i in enumerate(CATALOGUE.default.items)
                )
            }
        )
    lowest = instrument.scale.values[0]
    answers = {item.id: lowest for item in instrument.items}
    sums = item_sums(tally_response(response(CATALOGUE, answers=answers), instrument))
    for item, histogram, total in zip(instrument.items, sums.answers, sums.sums, strict=True):
        expected = instrument.top_level if item.reversed else lowest
        assert (histogram.values.tolist(), total) == ([expected], expected)


def test_the_fields_are_in_the_order_of_the_command_line():
    result = measure_reliability(oracle_sums("attitude"))
    assert list(vars(result)) == ["n", "k", "alpha", "alpha_standardized", "omega_total", "mean_inter_item_r", "items"]
    assert list(vars(result.omega_total)) == ["estimate"]
    names = ["item", "n", "mean", "sd", "item_rest_r", "alpha_if_dropped", "floor", "ceiling", "missing"]
    assert list(vars(result.items[0])) == names


def test_items_with_nothing_in_common_have_no_omega():
    pair = np.eye(4)
    pair[0, 1] = pair[1, 0] = 0.5
    assert omega_total(np.eye(4)) is None
    assert omega_total(pair) is None
    three = np.full((3, 3), 0.5) + np.eye(3) * 0.5
    assert omega_total(three) == pytest.approx(0.75)
    assert omega_total(np.block([[three, np.zeros((3, 1))], [np.zeros((1, 3)), np.eye(1)]])) == pytest.approx(
        4.5 / (4.5 + 2.5)
    )
