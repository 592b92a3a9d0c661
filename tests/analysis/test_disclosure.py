"""Tries to solve for a small group in what may be published: by adding and subtracting all that a viewer may see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.disclosure import large_enough, nobody_stands_out, publishable_blocks

THRESHOLD = 11
MONTHS = (202608, 202609, 202610, 202611)
MODES = ("kiosk", "own_device")
CELLS = tuple((month, mode) for month in MONTHS for mode in MODES)

sizes = st.sampled_from([0, 0, 1, 2, 5, 10, 11, 12, 30])
counts = st.fixed_dictionaries(dict.fromkeys(CELLS, sizes)).map(lambda cells: {c: n for c, n in cells.items() if n})


def published_views(blocks, cells):
    """The cells of every view that may be asked for: windows and runs, in all modes together and, if apart, in each."""
    for months in (*map(blocks.months_since, (0, *MONTHS)), *blocks.runs):
        for modes in [set(MODES), *([{mode} for mode in MODES] if blocks.by_mode else ())]:
            if months:
                yield [cell[0] in months and cell[1] in modes for cell in cells]


def solvable_groups(blocks, cells):
    """Every group of cells whose total follows from the published views: its indicator lies in their row space."""
    views = np.array([view for view in published_views(blocks, cells) if any(view)], dtype=float)
    if not len(views):
        return []
    _, singular, basis = np.linalg.svd(views, full_matrices=False)
    basis = basis[singular > 1e-9]
    groups = (np.arange(1, 2 ** len(cells))[:, None] >> np.arange(len(cells))) & 1
    outside = np.abs(groups - groups @ basis.T @ basis).max(axis=1)
    return [[cell for cell, bit in zip(cells, group, strict=True) if bit] for group in groups[outside < 1e-9]]


def blocks_of(cells):
    return publishable_blocks(cells, large_enough(cells, THRESHOLD))


@given(counts)
def test_no_small_group_can_be_solved_for(cells):
    for group in solvable_groups(blocks_of(cells), list(cells)):
        assert sum(cells[cell] for cell in group) >= THRESHOLD


people = st.dictionaries(
    st.tuples(st.sampled_from(["", "c-1", "c-2", "c-3"]), st.sampled_from(CELLS[:6])), st.integers(1, 25), max_size=14
)


@given(people)
def test_no_colleague_can_be_told_from_the_rest(answers):
    cells = sorted({cell for _person, cell in answers})
    blocks = publishable_blocks(cells, nobody_stands_out(answers, THRESHOLD))
    for group in solvable_groups(blocks, cells):
        named = [
            sum(n for (who, cell), n in answers.items() if who == person and cell in group)
            for person in ("c-1", "c-2", "c-3")
        ]
        assert sum(named) - max(named) >= THRESHOLD


@given(counts, st.data())
def test_two_rules_hold_at_once(cells, data):
    rest = {cell: data.draw(st.integers(0, count)) for cell, count in cells.items()}
    blocks = publishable_blocks(cells, large_enough(cells, THRESHOLD), large_enough(rest, THRESHOLD))
    for group in solvable_groups(blocks, list(cells)):
        assert sum(cells[cell] for cell in group) >= THRESHOLD
        assert sum(rest[cell] for cell in group) not in range(1, THRESHOLD)


@given(counts)
def test_whoever_has_enough_in_all_is_shown(cells):
    assert bool(blocks_of(cells).runs) == (sum(cells.values()) >= THRESHOLD)


def test_months_stand_alone_where_each_is_large_enough():
    blocks = blocks_of({(month, "kiosk"): THRESHOLD for month in MONTHS})
    assert blocks.runs == tuple((month,) for month in MONTHS)
    assert blocks.by_mode


def test_a_small_month_joins_the_next_and_a_small_last_one_the_one_before():
    sizes = dict(zip(MONTHS, (5, 20, 11, 10), strict=True))
    blocks = blocks_of({(month, "kiosk"): size for month, size in sizes.items()})
    assert blocks.runs == (MONTHS[:2], MONTHS[2:])
    assert blocks.months_since(MONTHS[2]) == MONTHS[2:]
    assert blocks.months_since(MONTHS[3]) is None


def test_ten_are_hidden_and_eleven_shown():
    assert blocks_of({(202611, "kiosk"): 10}).runs == ()
    assert blocks_of({(202611, "kiosk"): 11}).runs == ((202611,),)


def test_a_mode_that_is_too_small_keeps_the_modes_together():
    assert not blocks_of({(202611, "kiosk"): 30, (202611, "own_device"): 10}).by_mode
    assert blocks_of({(202611, "kiosk"): 30, (202611, "own_device"): 11}).by_mode


def test_a_window_with_answers_about_one_colleague_only_is_not_apart():
    answers = {(person, (202610, "kiosk")): 15 for person in ("c-1", "c-2", "c-3")}
    answers["c-1", (202611, "kiosk")] = 40
    cells = {cell for _person, cell in answers}
    assert publishable_blocks(cells, nobody_stands_out(answers, THRESHOLD)).runs == ((202610, 202611),)


@pytest.mark.parametrize("rule", [large_enough, nobody_stands_out])
def test_a_threshold_under_five_and_a_negative_count_are_refused(rule):
    with pytest.raises(ValueError, match="at least 5"):
        rule({}, 4)
    with pytest.raises(ValueError, match="negative"):
        rule({("c-1", (202611, "kiosk")): -1}, 11)
