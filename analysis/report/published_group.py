"""One group's counts and tallies, and what of them may be shown in a view, by the blocks of `analysis.disclosure`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.disclosure import Blocks, Cell, MayPublish, enough_besides, large_enough
from analysis.estimate import Suppressed
from analysis.view import ALL_MODES, WINDOWS, View, first_month
from survey.tally import Counts, Tally, add_tallies

CellTallies = Mapping[Cell, Tally]


@dataclass(frozen=True)
class Choices:
    """The windows and modes that may be looked at without giving a small group away."""

    windows: tuple[str, ...]
    modes: tuple[str, ...]


@dataclass(frozen=True)
class PublishedGroup:
    """A group's counts in each cell (see `count_answers`), and how they may be published.

    known: counts of those among them that the viewer sees apart.
    """

    counts: Mapping[Cell, Counts]
    blocks: Blocks
    known: Mapping[Cell, Counts] = field(default_factory=dict)

    def in_view(self, view: View, today: date) -> list[Cell] | Suppressed:
        """The cells of the view, hidden when there are none or the view would cut through a block."""
        months = self.blocks.months_since(first_month(view.window, today))
        if months is None or (view.mode != ALL_MODES and not self.blocks.by_mode):
            return Suppressed("recoverable")
        return [
            cell for cell in self.counts if cell[0] in months and (view.mode in (ALL_MODES, cell[1]))
        ] or Suppressed("small_group")

    def items_shown(self, view: View, today: date, threshold: int) -> list[bool]:
        """Whether each item may be shown in the view.

        Items are shown by window only, so their blocks are what one window has more than the next. From the widest
        window on, an item is shown where enough people answered it in the window and in what the last window that
        shows it has more. By mode it is shown where that holds for every mode in every window, or not at all.
        """
        row, modes = 0, [ALL_MODES]
        if view.mode != ALL_MODES:
            modes += sorted({mode for _, mode in self.counts})
            row = modes.index(view.mode)
        starts = {each: first_month(each, today) for each in WINDOWS}
        windows = [each for each, first in starts.items() if self.blocks.months_since(first)]
        at = windows.index(view.window)
        n, own = (_count_answers(counts, [starts[each] for each in windows], modes) for counts in self._cells)
        if row:
            parts, known = (np.concatenate([each, each[:-1] - each[1:]]) for each in (n, own))
            may = _enough(parts, known, threshold).all(axis=(0, 1))
        else:
            may = _in_totals(n[: at + 1, 0], own[: at + 1, 0], threshold)
        found: list[bool] = (may & (n[at, row] > 0)).tolist()
        return found

    def scored_since(self, starts: Sequence[int]) -> list[tuple[int, int]]:
        """From each of these months on, how many responses are scored and how many of those the viewer knows."""
        found = [(month >= np.array(starts)[:, None]) @ counts[:, 1] for month, _, counts in self._cells]
        return list(zip(*(each.tolist() for each in found), strict=True))

    @cached_property
    def _cells(self) -> tuple["_CellCounts", "_CellCounts"]:
        width = len(next(iter(self.counts.values())))
        return _stack(self.counts, width), _stack(self.known, width)


@dataclass(frozen=True)
class TalliedGroup(PublishedGroup):
    """A group with the tally of each of its cells."""

    tallies: CellTallies = field(default_factory=dict)

    def tally(self, view: View, today: date) -> Tally | Suppressed:
        """The tally of the view, if it may be shown."""
        cells = self.in_view(view, today)
        if isinstance(cells, Suppressed):
            return cells
        return add_tallies(view.instrument, (self.tallies[cell] for cell in cells))


# Months and modes of C cells, and (C, 2 + k) their counts.
_CellCounts = tuple[Counts, NDArray[np.str_], Counts]


def _stack(counts: Mapping[Cell, Counts], width: int) -> _CellCounts:
    months = np.array([month for month, _ in counts], np.int64)
    return months, np.array([mode for _, mode in counts], np.str_), np.array(list(counts.values())).reshape(-1, width)


def _count_answers(cells: _CellCounts, starts: Sequence[int], modes: Sequence[str]) -> Counts:
    """(W, M, k) answers to each item from each of these months on, of one mode or all."""
    month, mode, counts = cells
    since = month >= np.array(starts)[:, None]
    of_mode = np.array([np.full(len(mode), True) if each == ALL_MODES else mode == each for each in modes])
    return np.asarray((since[:, None] & of_mode) @ counts[:, 2:], np.int64)


def _in_totals(n: Counts, own: Counts, threshold: int) -> NDArray[np.bool_]:
    """(k,) whether each item is shown in the last of these windows; n, own: (W, k) answers, the widest window first."""
    last, last_own = np.zeros_like(n[0]), np.zeros_like(n[0])
    before = shown = np.zeros(len(last), np.bool_)
    for mine, known in zip(n, own, strict=True):
        shown = _enough(mine, known, threshold) & (~before | _enough(last - mine, last_own - known, threshold))
        last, last_own, before = np.where(shown, mine, last), np.where(shown, known, last_own), before | shown
    return shown


def _enough(n: Counts, own: Counts, threshold: int) -> NDArray[np.bool_]:
    """Where nobody or enough answered, and where the viewer's own are among them, enough others."""
    return np.asarray(((n == 0) | (n >= threshold)) & ((own == 0) | (n - own >= threshold)), np.bool_)


def size_rules(
    counts: Mapping[Cell, Counts], threshold: int, known: Mapping[Cell, Counts] | None = None
) -> list[MayPublish]:
    """The rules for a group's responses and for the scored ones among them; `known` are those the viewer sees apart."""
    rules = []
    for place in (0, 1):
        everybody = {cell: int(each[place]) for cell, each in counts.items()}
        rules.append(large_enough(everybody, threshold))
        if known:
            own = {cell: int(each[place]) for cell, each in known.items()}
            rules.append(enough_besides(everybody, own, threshold))
    return rules


def add_by_cell(view: View, tallies: Iterable[tuple[Cell, Tally]]) -> CellTallies:
    """Tallies of the same month and mode added up."""
    grouped: dict[Cell, list[Tally]] = defaultdict(list)
    for cell, tally in tallies:
        grouped[cell].append(tally)
    return {cell: add_tallies(view.instrument, each) for cell, each in grouped.items()}


def offered_choices(groups: Sequence[PublishedGroup], view: View, today: date) -> Choices:
    """What at least one of the groups can be shown in."""
    windows = [
        window
        for window in WINDOWS
        if any(not isinstance(group.in_view(View(view.instrument, window), today), Suppressed) for group in groups)
    ]
    modes = sorted({mode for group in groups if group.blocks.by_mode for _month, mode in group.counts})
    return Choices(tuple(windows) or ("all",), (ALL_MODES, *(modes if len(modes) > 1 else ())))
