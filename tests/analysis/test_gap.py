import warnings
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.estimate import UnusableDataError
from analysis.gap import Clustering, measure_agreement, measure_gap, measure_item_gaps
from analysis.histogram import count_values
from tests.oracles import read_oracle


def numbers(text):
    return [float(each) for each in text.split()]


def limits(estimate):
    return estimate.value, estimate.low, estimate.high


@pytest.mark.parametrize("row", read_oracle("gap.csv"), ids=lambda row: row["sample"] + row["level"])
def test_the_gap_is_rs(row):
    result = measure_gap(count_values(numbers(row["x"])), count_values(numbers(row["y"])), level=float(row["level"]))
    assert [result.espoused, result.experienced, *limits(result.gap)] == [
        pytest.approx(float(row[name]), rel=1e-8) for name in ("espoused", "experienced", "gap", "low", "high")
    ]


def test_students_sleep_data_as_r_prints_them():
    """Student 1908; t.test(extra ~ group, sleep) prints -3.3654832 and 0.2054832, means 0.75 and 2.33."""
    row = read_oracle("gap.csv")[1]
    result = measure_gap(count_values(numbers(row["x"])), count_values(numbers(row["y"])))
    assert (result.espoused, result.experienced) == pytest.approx((0.75, 2.33))
    assert limits(result.gap) == pytest.approx((-1.58, -3.3654832, 0.2054832), abs=6e-8)


def test_the_fields_are_the_command_lines():
    result = measure_gap(count_values([5, 4]), count_values([3, 2, 2]))
    assert list(asdict(result)) == ["espoused", "experienced", "gap", "n_espoused", "n_experienced"]
    assert (result.n_espoused, result.n_experienced, result.gap.n) == (2, 3, 5)


def test_items_are_rs():
    rows = read_oracle("gap_items.csv")
    sides = {row["item"]: (count_values(numbers(row["x"])), count_values(numbers(row["y"]))) for row in rows}
    for row, item in zip(rows, measure_item_gaps(sides), strict=True):
        assert item.item == row["item"]
        found = [item.gap.low, item.gap.high, item.simultaneous.low, item.simultaneous.high, item.p, item.p_adjusted]
        names = ("low", "high", "all_low", "all_high", "p", "p_adjusted")
        assert found == [pytest.approx(float(row[name]), rel=1e-9) for name in names]


def test_items_that_carry_no_gap_are_none_and_do_not_count_in_the_family():
    good = (count_values([5, 4, 5]), count_values([3, 4, 2, 2]))
    only = measure_item_gaps({"x": good})[0]
    items = measure_item_gaps(
        {
            "alone": (count_values([5]), good[1]),
            "x": good,
            "constant": (count_values([5, 5]), count_values([4, 4])),
            "none": (count_values([]), count_values([3.0])),
        }
    )
    assert items[1] == only
    assert only.simultaneous.low == only.gap.low
    assert (items[0].espoused, items[0].gap, items[0].p_adjusted) == (5, None, None)
    assert (items[2].espoused, items[2].experienced, items[2].gap) == (5, 4, None)
    assert (items[3].espoused, items[3].experienced, items[3].simultaneous) == (None, 3, None)
    assert measure_item_gaps({}) == ()


def test_clustering_widens_the_experienced_side_alone():
    said, felt = [5, 4, 5, 3], [3, 4, 2, 2, 5, 4]
    sides = {"x": (count_values(said), count_values(felt))}
    plain = measure_item_gaps(sides)
    assert measure_item_gaps(sides, clustering=Clustering(1.0, len(felt) - 1)) == plain
    # By hand: s²/n of each side, the second one fourfold with 2.5 degrees of freedom.
    a, b = np.var(said, ddof=1) / 4, 4 * np.var(felt, ddof=1) / 6
    degrees = (a + b) ** 2 / (a**2 / 3 + b**2 / 2.5)
    half = stats.t.ppf(0.975, degrees) * np.sqrt(a + b)
    wide = measure_item_gaps(sides, clustering=Clustering(4.0, 2.5))[0]
    assert limits(wide.gap) == pytest.approx((11 / 12, 11 / 12 - half, 11 / 12 + half))
    assert wide.p == pytest.approx(2 * stats.t.sf(11 / 12 / np.sqrt(a + b), degrees))


def test_bland_and_altmans_peak_flows():
    """Bland & Altman 1986: −2.1 and 38.8, with 2 in place of 1.96 limits −79.7 and 75.5, 95 % 40.9 to 110.1."""
    row = read_oracle("gap_agreement.csv")[0]
    result = measure_agreement(count_values(numbers(row["differences"])))
    assert (result.bias.value, result.sd) == pytest.approx((-2.1, 38.8), abs=0.05)
    assert result.bias.value - 2 * result.sd == pytest.approx(-79.7, abs=0.1)
    assert (result.upper.low, result.upper.high) == pytest.approx((40.9, 110.1), abs=3)
    for name, estimate in (("bias", result.bias), ("lower", result.lower), ("upper", result.upper)):
        assert limits(estimate) == pytest.approx([float(row[name + end]) for end in ("", "_low", "_high")], rel=1e-9)


@pytest.mark.parametrize(
    ("ours", "theirs", "words"),
    [
        ([], [1, 2], "No ratings are espoused"),
        ([4, 5], [3], "Only one rating is experienced"),
        ([5, 5], [4, 4, 4], "Neither"),
        ([5, 5], [5, 5], "Neither"),
    ],
)
def test_what_carries_no_gap_is_said_in_a_sentence(ours, theirs, words):
    with pytest.raises(UnusableDataError, match=words):
        measure_gap(count_values(ours), count_values(theirs))


@pytest.mark.parametrize(("differences", "words"), [([1], "two pairs"), ([2, 2, 2], "same amount")])
def test_what_carries_no_agreement_is_said_in_a_sentence(differences, words):
    with pytest.raises(UnusableDataError, match=words):
        measure_agreement(count_values(differences))


@given(*[st.lists(st.sampled_from([0, 0.1, 25, 1e6]), min_size=2, max_size=9)] * 2)
def test_scipy_agrees_and_nothing_warns(x, y):
    if len(set(x)) == len(set(y)) == 1:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = measure_gap(count_values(x), count_values(y))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = stats.ttest_ind(x, y, equal_var=False).confidence_interval()
    size = max(abs(expected.low), abs(expected.high))
    assert (result.gap.low, result.gap.high) == pytest.approx((expected.low, expected.high), abs=1e-9 * size)


def test_ten_million_ratings_far_from_zero():
    result = measure_gap(
        count_values(np.array([1, 2]) + 1e9, [10_000_000, 5_000_000]), count_values(np.array([1, 2]) + 1e9, [7, 9])
    )
    assert result.gap.value == pytest.approx(1 / 3 - 9 / 16, rel=1e-9)
