import numpy as np
import pytest
from scipy.stats import ttest_ind

from analysis.stratified_gap import measure_stratified_gap
from tests.oracles import read_oracle


def moments(rows):
    """(U, 2) cases, means and squares of the two groups' values in each unit."""
    n = [[len(side) for side in unit] for unit in rows]
    mean = [[np.mean(side) if len(side) else 0 for side in unit] for unit in rows]
    squares = [[np.sum((np.array(side) - np.mean(side)) ** 2) if len(side) else 0 for side in unit] for unit in rows]
    return n, mean, squares


@pytest.mark.parametrize("row", read_oracle("stratified_gap.csv"), ids=lambda row: row["sample"])
def test_it_is_the_gap_of_r(row):
    cells = [each for each in read_oracle("stratified_gap_units.csv") if each["sample"] == row["sample"]]
    units = sorted({each["unit"] for each in cells})
    sums = np.zeros((3, len(units), 2))
    for each in cells:
        sums[:, units.index(each["unit"]), 1 - int(each["first"])] = [
            float(each[key]) for key in ("n", "mean", "squares")
        ]
    gap, p = measure_stratified_gap(*sums)
    found = (gap.value, gap.low, gap.high, p)
    assert found == pytest.approx([float(row[key]) for key in ("difference", "low", "high", "p")], rel=1e-9)
    assert gap.n == int(row["n"])


def test_with_one_unit_it_is_welchs_interval():
    rng = np.random.default_rng(1)
    x, y = rng.normal(80, 10, 30), rng.normal(85, 4, 50)
    gap, p = measure_stratified_gap(*moments([(x, y)]))
    found = ttest_ind(x, y, equal_var=False)
    low, high = found.confidence_interval()
    assert (gap.value, gap.low, gap.high) == pytest.approx((x.mean() - y.mean(), low, high))
    assert p == pytest.approx(found.pvalue)


def test_it_is_the_coefficient_of_least_squares_with_a_term_for_each_unit():
    rng = np.random.default_rng(2)
    sizes = [(5, 40), (30, 30), (60, 8)]
    rows = [(rng.normal(70 + 9 * u, 10, a), rng.normal(72 + 9 * u, 10, b)) for u, (a, b) in enumerate(sizes)]
    gap, _ = measure_stratified_gap(*moments(rows))
    design, values = [], []
    for unit, sides in enumerate(rows):
        for group, side in enumerate(sides):
            for value in side:
                design.append([*(float(unit == each) for each in range(3)), float(group == 0)])
                values.append(value)
    assert gap.value == pytest.approx(np.linalg.lstsq(np.array(design), np.array(values), rcond=None)[0][-1])


def test_a_group_that_is_mostly_in_a_low_unit_is_not_blamed_for_it():
    low, high = [60.0, 70.0] * 20, [90.0, 95.0] * 20
    gap, _ = measure_stratified_gap(*moments([(low[:30], low[30:]), (high[:4], high[4:])]))
    assert gap.value == pytest.approx(0)


@pytest.mark.parametrize("rows", [[([], [1.0, 2.0])], [([1.0], [1.0, 2.0])], [([5.0, 5.0], [5.0, 5.0])]])
def test_without_two_groups_or_any_spread_there_is_nothing_to_say(rows):
    assert measure_stratified_gap(*moments(rows)) is None
