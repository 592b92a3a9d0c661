import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from analysis.estimate import UnusableDataError
from analysis.weighting import kish_design_effect, rake_to_margins
from tests.oracles import read_oracle

ROWS = read_oracle("weighting.csv")


@pytest.mark.parametrize("sample", sorted({row["sample"] for row in ROWS}))
def test_the_weights_are_those_of_rs_survey(sample):
    rows = [row for row in ROWS if row["sample"] == sample]
    margins = [[float(each) for each in margin.split()] for margin in rows[0]["margins"].split(" | ")]
    counts, expected = (np.zeros([len(each) for each in margins]) for _ in range(2))
    for row in rows:
        cell = tuple(int(each) for each in row["cell"].split())
        counts[cell], expected[cell] = float(row["count"]), float(row["weight"])
    result = rake_to_margins(counts, margins)
    assert result.weights == pytest.approx(expected, rel=1e-7)
    assert result.design_effect == pytest.approx(float(rows[0]["deff"]), rel=1e-7)
    assert result.effective_n == pytest.approx(counts.sum() / float(rows[0]["deff"]), rel=1e-7)


def test_a_table_that_can_be_raked_by_hand():
    """Independent rows and columns stay so: the fitted cell is the product of its margins."""
    result = rake_to_margins([[10, 30], [15, 45]], [[0.5, 0.5], [2, 2]])
    assert result.weights * [[10, 30], [15, 45]] == pytest.approx(np.full((2, 2), 25.0))
    assert result.iterations == 1


def test_one_margin_is_post_stratification():
    result = rake_to_margins([20, 60, 20], [[1, 1, 2]])
    assert result.weights == pytest.approx([1.25, 25 / 60, 2.5])


def test_answers_that_have_the_margins_already_keep_their_weight():
    counts = np.array([[3, 5, 2], [4, 0, 6]])
    result = rake_to_margins(counts, [counts.sum(1), counts.sum(0)])
    assert result.weights == pytest.approx((counts > 0) * 1.0)
    assert result.design_effect == pytest.approx(1)


@example([1, 1, 1, 1, 1_924_588, 1, 1, 1, 641, 11_935, 1, 751_920], [6.75, 6.0, 9.5, 7.0, 5.0, 4.0, 10.0])
@given(
    st.lists(st.integers(1, 100_000), min_size=12, max_size=12),
    st.lists(st.floats(0.01, 10), min_size=7, max_size=7),
)
def test_the_weighted_counts_have_the_margins_and_keep_the_odds_ratios(cells, targets):
    counts = np.array(cells).reshape(3, 4)
    rows, columns = np.array(targets[:3]), np.array(targets[3:])
    result = rake_to_margins(counts, [rows, columns])
    fitted = result.weights * counts
    assert fitted.sum(1) / counts.sum() == pytest.approx(rows / rows.sum(), abs=1e-9)
    assert fitted.sum(0) / counts.sum() == pytest.approx(columns / columns.sum(), abs=1e-9)
    odds = fitted[0, 0] * fitted[1, 1] / (fitted[0, 1] * fitted[1, 0])
    assert odds == pytest.approx(counts[0, 0] * counts[1, 1] / (counts[0, 1] * counts[1, 0]), rel=1e-9)
    assert result.design_effect >= 1 - 1e-12


@pytest.mark.parametrize(
    ("counts", "margins", "words"),
    [
        ([[0, 0], [3, 4]], [[1, 1], [1, 1]], "Nobody answered in category 1 of age band"),
        ([[1, 2], [3, 4]], [[1, 1], [0, 1]], "Category 1 of language has answers but no margin"),
        ([[1, 0], [0, 4]], [[1, 1], [1, 3]], "age band and language at once"),
        ([[1, 0], [2, 4]], [[3, 1], [1, 3]], "age band and language at once"),
        ([[0, 0], [0, 0]], [[1, 1], [1, 1]], "no answers"),
        ([[1, 2], [3, 4]], [[1, -1], [1, 1]], "margin of age band"),
        ([[1, 2], [3, 4]], [[1, 1], [0, 0]], "margin of language"),
    ],
)
def test_margins_that_cannot_be_met_are_said_in_a_sentence(counts, margins, words):
    with pytest.raises(UnusableDataError, match=words):
        rake_to_margins(counts, margins, names=["age band", "language"])


@pytest.mark.parametrize("margins", [[[1, 1]], [[1, 1], [1, 1, 1]]])
def test_margins_of_another_shape_are_refused(margins):
    with pytest.raises(ValueError, match="one margin for each dimension"):
        rake_to_margins([[1, 2], [3, 4]], margins)


def test_kishs_design_effect_by_hand():
    """Half the cases with twice the weight: 4·(1 + 1 + 4 + 4)/(1 + 1 + 2 + 2)² = 10/9, as often printed."""
    assert kish_design_effect([1, 2], [2, 2]) == pytest.approx(10 / 9)
    assert kish_design_effect([1e-200, 2e-200], [2, 2]) == pytest.approx(10 / 9)
    assert kish_design_effect([3.0], [17]) == pytest.approx(1)


def test_no_weight_at_all_and_weights_that_are_none():
    with pytest.raises(UnusableDataError, match="No case"):
        kish_design_effect([0, 1], [5, 0])
    with pytest.raises(ValueError, match="negative"):
        kish_design_effect([-1, 1], [5, 3])
