import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import stdtrit

from analysis.estimate import UnusableDataError
from analysis.histogram import ItemSums, count_values
from analysis.key_drivers import find_key_drivers
from analysis.mean import mean_interval
from analysis.reliability import item_sums, measure_reliability
from survey.tally import add_tallies, tally_response
from tests.analysis.test_reliability import CATALOGUE, oracle_rows, oracle_sums, sums_of
from tests.oracles import read_oracle
from tests.samples import response

ORACLE = read_oracle("key_drivers.csv")
NAMES = sorted({row["sample"] for row in ORACLE})


def expected(sample, *columns):
    return np.array([[float(row[column]) for column in columns] for row in ORACLE if row["sample"] == sample])


def limits(estimates):
    return np.array([[each.value, each.low, each.high] for each in estimates])


def patients(random, n, loadings, shifts):
    """Synthetic answers on four levels: a normal trait through loadings, moved by shifts, cut to the scale."""
    trait, own = random.normal(size=(n, 1)), random.normal(size=(n, len(loadings)))
    return np.clip(np.round(3 + np.array(shifts) + trait * loadings + np.sqrt(1 - np.square(loadings)) * own), 1, 4)


@pytest.mark.parametrize("sample", NAMES)
def test_importance_and_its_interval_are_those_of_psych(sample):
    result = find_key_drivers(oracle_sums(sample))
    assert limits([each.importance for each in result.items]) == pytest.approx(
        expected(sample, "importance", "low", "high"), rel=1e-9
    )
    assert [each.importance_adjusted for each in result.items] == pytest.approx(
        expected(sample, "adjusted")[:, 0], rel=1e-9
    )
    assert result.kurtosis == pytest.approx(expected(sample, "kappa")[0, 0], rel=1e-9)


@pytest.mark.parametrize("sample", NAMES)
def test_differences_of_importance_vary_as_the_full_covariance_matrix_says(sample):
    result = find_key_drivers(oracle_sums(sample))
    mean, value, error, adjusted, adjusted_error = expected(
        sample, "z_mean", "z_difference", "z_error", "adjusted_difference", "adjusted_error"
    ).T
    half = stdtrit(result.n - 3, 1 - 0.025 / result.k)
    reference = [np.tanh(mean + value + sign * half * error) - np.tanh(mean) for sign in (0, -1, 1)]
    found = limits([each.importance_difference for each in result.items])
    assert found == pytest.approx(np.column_stack(reference), abs=1e-8)
    assert result.importance == pytest.approx(np.tanh(mean[0]))
    enough = result.n >= max(30, 10 * result.k)
    for each, raw, other in zip(result.items, value / error, adjusted / adjusted_error, strict=True):
        side = "above" if min(raw, other) > half else "below" if max(raw, other) < -half else None
        assert each.importance_side == (side if enough else None)


@pytest.mark.parametrize("sample", NAMES)
def test_differences_of_importance_vary_as_steigers_formula_for_dependent_correlations_says(sample):
    rows = [row for row in read_oracle("key_drivers_steiger.csv") if row["sample"] == sample]
    keys = ("importance", "adjusted", "z_error", "adjusted_error")
    importance, adjusted, error, adjusted_error = np.array([[float(row[key]) for key in keys] for row in rows]).T
    result = find_key_drivers(oracle_sums(sample))
    assert [each.importance.value for each in result.items] == pytest.approx(importance, rel=1e-9)
    assert [each.importance_adjusted for each in result.items] == pytest.approx(adjusted, rel=1e-9)
    z, half = np.arctanh(importance), stdtrit(result.n - 3, 1 - 0.025 / result.k)
    reference = [np.tanh(z + side * half * error) - np.tanh(z.mean()) for side in (0, -1, 1)]
    found = limits([each.importance_difference for each in result.items])
    assert found == pytest.approx(np.column_stack(reference), abs=1e-9)
    if result.n >= max(30, 10 * result.k):
        leans = np.array([(z - z.mean()) / error, (adjusted - adjusted.mean()) / adjusted_error])
        sides = ["above" if (each > half).all() else "below" if (each < -half).all() else None for each in leans.T]
        assert [each.importance_side for each in result.items] == sides


@pytest.mark.parametrize("sample", NAMES)
def test_differences_of_performance_are_those_of_the_paired_t_test(sample):
    rows = oracle_rows(sample)
    complete = rows[~np.isnan(rows).any(1)]
    result = find_key_drivers(oracle_sums(sample))
    percent = 100 / (complete.max() - complete.min())
    found = limits([each.performance_difference for each in result.items])
    reference = expected(sample, "performance_difference", "performance_low", "performance_high")
    assert found == pytest.approx(percent * reference, rel=1e-9, abs=1e-9)
    for each, (_, low, high) in zip(result.items, reference, strict=True):
        assert each.performance_side == ("above" if low > 0 else "below" if high < 0 else None)
    percents = percent * (complete - complete.min())
    assert result.performance == pytest.approx(percents.mean())
    for each, column in zip(result.items, percents.T, strict=True):
        histogram = count_values(column)
        plain = mean_interval(histogram.values, histogram.counts)
        assert limits([each.performance]) == pytest.approx(limits([plain]))
        assert each.ceiling == np.mean(column == 100)


def test_a_quadrant_needs_both_sides():
    result = find_key_drivers(oracle_sums("bfi_agreeableness"))
    sides = {each.item: (each.performance_side, each.importance_side, each.quadrant) for each in result.items}
    assert sides["i1"] == ("below", "below", "low_priority")
    assert sides["i3"] == ("above", "above", "keep_up")
    assert sides["i2"] == ("above", None, None)
    assert [each.item for each in result.items] == ["i1", "i2", "i3", "i4", "i5"]


def test_the_item_to_work_on_is_found_and_so_is_the_one_to_maintain():
    rows = patients(np.random.default_rng(3), 4000, [0.9, 0.7, 0.7, 0.7, 0.3], [-0.5, 0.3, 0.3, 0.3, 0.8])
    result = find_key_drivers(sums_of(rows), scale=(1, 4))
    assert (result.items[0].quadrant, result.items[4].quadrant) == ("concentrate", "maintain")


def test_under_thirty_cases_no_side_is_taken():
    rows = patients(np.random.default_rng(3), 4000, [0.95, 0.7, 0.7, 0.7, 0.1], [-1, 0.3, 0.3, 0.3, 0.8])
    few, enough = (find_key_drivers(sums_of(rows[:n]), scale=(1, 4)) for n in (29, 30))
    assert {(each.performance_side, each.importance_side, each.quadrant) for each in few.items} == {(None, None, None)}
    assert few.items[0].performance_difference.high < 0
    assert enough.items[0].performance_side == "below"


def test_the_ceiling_alone_makes_no_item_less_important():
    # Five items that measure the trait equally well and differ only in how many answers pile up at the top.
    rows = patients(np.random.default_rng(5), 20_000, [0.75] * 5, [0.3, 0.8, 1.2, 1.6, 2.0])
    result = find_key_drivers(sums_of(rows), scale=(1, 4))
    assert result.items[4].importance_difference.high < 0
    assert result.items[4].ceiling > 0.9 > result.items[0].ceiling
    assert {each.importance_side for each in result.items} == {None}


def test_under_a_ceiling_importance_holds_the_truth_as_often_as_it_says():
    # Fisher's plain interval holds it in about 84 percent of such samples.
    random = np.random.default_rng(9)
    big = patients(random, 400_000, [0.75] * 5, [1.2] * 5)
    truth = np.array([each.importance.value for each in find_key_drivers(sums_of(big)).items])
    hits, flags = np.zeros((2, 5)), 0
    for _ in range(400):
        result = find_key_drivers(sums_of(patients(random, 100, [0.75] * 5, [1.2] * 5)), scale=(1, 4))
        interval = limits([each.importance for each in result.items])
        hits[0] += (interval[:, 1] <= truth) & (truth <= interval[:, 2])
        differences = limits([each.importance_difference for each in result.items])
        hits[1] += (differences[:, 1] <= 0) & (differences[:, 2] >= 0)
        flags += any(each.importance_side for each in result.items)
    assert 0.92 < hits[0].mean() / 400 < 0.98
    assert hits[1].mean() / 400 > 0.97
    assert flags / 400 < 0.06


def test_an_item_that_everybody_answered_alike_leaves_the_others_on_the_map():
    rows = patients(np.random.default_rng(1), 50, [0.7] * 4, [0.5, 0, 0.5, 0])
    rows[:, 1] = 4
    result = find_key_drivers(sums_of(rows), scale=(1, 4))
    perfect = result.items[1]
    assert (perfect.ceiling, perfect.performance.value, perfect.performance_side) == (1, 100, "above")
    assert (perfect.importance, perfect.importance_adjusted, perfect.importance_difference) == (None, None, None)
    assert (perfect.importance_side, perfect.quadrant) == (None, None)
    others = find_key_drivers(sums_of(rows[:, [0, 2, 3]]), scale=(1, 4))
    assert [each.importance for each in result.items if each.importance] == [each.importance for each in others.items]
    assert result.importance == others.importance


def test_items_that_repeat_one_another_do_not_differ():
    result = find_key_drivers(sums_of(np.outer([1, 2, 3, 4] * 10, [1, 1, 1])))
    for each in result.items:
        assert each.importance.value == pytest.approx(1)
        assert (each.importance_difference, each.performance_difference, each.quadrant) == (None, None, None)


@pytest.mark.parametrize(
    ("rows", "scale", "sentence"),
    [
        ([[1, 2], [2, 1], [2, 2], [1, 1]], None, "at least 3 items to tell apart; 2 given"),
        ([[1, 2, 1], [2, 1, 1], [np.nan, 2, 1], [1, 1, 2]], None, "at least 4 cases with every item answered; 3 of 4"),
        ([[4, 4, 4]] * 6, (1, 4), "same answer in all complete cases"),
        ([[4, 4, 4]] * 6, None, "same answer in all complete cases"),
        ([[4, 3, 4], [2, 2, 1]] * 6, (1, 3), "outside the scale from 1 to 3"),
    ],
)
def test_what_gives_no_map_is_refused_with_one_sentence(rows, scale, sentence):
    with pytest.raises(UnusableDataError, match=sentence):
        find_key_drivers(sums_of(rows), scale=scale)


@given(arrays(np.int64, st.tuples(st.integers(4, 40), st.integers(3, 6)), elements=st.integers(1, 4)))
def test_ugly_data_give_a_map_or_one_sentence(rows):
    try:
        with np.errstate(all="raise"):
            result = find_key_drivers(sums_of(rows), scale=(1, 4))
    except UnusableDataError:
        assert (rows == rows[0]).all()
        return
    for each in result.items:
        assert 0 <= each.performance.low <= each.performance.value <= each.performance.high <= 100
        assert (
            each.importance is None or -1 <= each.importance.low <= each.importance.value <= each.importance.high <= 1
        )
        numbers = [each.importance_adjusted, each.ceiling]
        for estimate in (each.performance_difference, each.importance_difference):
            numbers += [] if estimate is None else [estimate.low, estimate.value, estimate.high]
        assert all(number is None or np.isfinite(number) for number in numbers)
        assert (each.quadrant is None) == (each.performance_side is None or each.importance_side is None)


def test_a_tally_of_millions_weighs_items_alike_and_more_surely():
    sums = oracle_sums("simulated_fifteen")
    many = 75_000
    huge = ItemSums(
        sums.items, sums.n * many, sums.rows * many, sums.sums * many, sums.products * many, sums.origin,
        tuple(count_values(each.values, each.counts * many) for each in sums.answers), sums.missing,
    )  # fmt: skip
    result = find_key_drivers(huge)
    assert [each.importance.value for each in result.items] == pytest.approx(
        [each.importance.value for each in find_key_drivers(sums).items]
    )
    assert all(each.importance.high - each.importance.low < 0.01 for each in result.items)


def test_importance_is_the_item_rest_correlation_of_the_reliability_page():
    instrument = CATALOGUE.default
    rows = patients(np.random.default_rng(2), 40, [0.7] * len(instrument.items), [0.5] * len(instrument.items))
    sheets = [{item.id: int(level) for item, level in zip(instrument.items, row, strict=True)} for row in rows]
    sums = item_sums(
        add_tallies(instrument, (tally_response(response(CATALOGUE, answers=each), instrument) for each in sheets))
    )
    found = [each.importance.value for each in find_key_drivers(sums, scale=(1, 4)).items]
    assert found == [each.item_rest_r for each in measure_reliability(sums).items]
