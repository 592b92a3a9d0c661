import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.instrument import load_catalogue
from survey.response import NotAnswered
from survey.tally import add_tallies, empty_tally, tally_response
from tests.samples import response

CATALOGUE = load_catalogue()
INSTRUMENT = CATALOGUE.default
WAYS = [way.name for way in NotAnswered]

answer = st.integers(1, 4) | st.sampled_from(WAYS)
sheets = st.lists(st.lists(answer, min_size=5, max_size=5), max_size=12)


def tallies_of(sheets):
    return [
        tally_response(response(CATALOGUE, answers=dict(zip(INSTRUMENT.item_ids, sheet, strict=True))), INSTRUMENT)
        for sheet in sheets
    ]


def test_one_response_counts_in_every_part():
    tally = tallies_of([[4, 3, "not_applicable", 1, 2]])[0]
    assert (tally.n, tally.n_complete, dict(tally.scores)) == (1, 0, {(4, 10): 1})
    assert tally.levels.tolist() == [[0, 0, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]]
    assert tally.missing[2].tolist() == [0, 1, 0, 0]
    assert not tally.products.any()


def test_complete_responses_give_sums_and_products():
    tally = add_tallies(INSTRUMENT, tallies_of([[4, 3, 2, 1, 4], [1, 1, 1, 1, 1]]))
    rows = np.array([[4, 3, 2, 1, 4], [1, 1, 1, 1, 1]])
    assert tally.n_complete == 2
    assert tally.complete_sums.tolist() == rows.sum(axis=0).tolist()
    assert tally.products.tolist() == (rows.T @ rows).tolist()


@given(sheets)
def test_a_tally_says_the_same_as_the_rows(sheets):
    tally = add_tallies(INSTRUMENT, tallies_of(sheets))
    scored = sorted(
        100 * (sum(levels) / len(levels) - 1) / 3
        for sheet in sheets
        if len(levels := [each for each in sheet if isinstance(each, int)]) >= 3
    )
    values, counts = tally.percent_histogram()
    assert np.repeat(values, counts) == pytest.approx(scored)
    assert tally.n == len(sheets)
    for slot in range(5):
        column = [sheet[slot] for sheet in sheets]
        assert tally.levels[slot].tolist() == [column.count(level) for level in (1, 2, 3, 4)]
        assert tally.missing[slot].tolist() == [column.count(way) for way in WAYS]


@given(sheets, st.randoms(use_true_random=False), st.integers(0, 12))
def test_any_order_and_any_erasure_give_the_same_tally(sheets, chance, erased):
    tallies = tallies_of(sheets)
    kept, gone = tallies[erased:], tallies[:erased]
    shuffled = [*tallies]
    chance.shuffle(shuffled)
    total = add_tallies(INSTRUMENT, shuffled)
    for tally in gone:
        total = total - tally
    assert total == add_tallies(INSTRUMENT, kept)


def test_tallies_of_different_instruments_do_not_add_up():
    with pytest.raises(ValueError, match="do not add up"):
        empty_tally(INSTRUMENT) + empty_tally(CATALOGUE.get("care", "2004"))
