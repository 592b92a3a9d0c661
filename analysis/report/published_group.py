"""One group's counts and tallies, and what of them may be shown in a view, by the blocks of `analysis.disclosure`."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

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
        modes: list[str | None] = [None, *(sorted({mode for _, mode in self.counts}) if self.blocks.by_mode else ())]
        row = 0 if view.mode == ALL_MODES else modes.index(view.mode)
        windows = {each: self.blocks.months_since(first_month(each, today)) for each in WINDOWS}
        n, own = (
            {each: self._answers(counts, months, modes) for each, months in windows.items() if months}
            for counts in (self.counts, self.known)
        )
        rules = [_enough(n[each], own[each], threshold) for each in n]
        rules += [_enough(n[one] - n[next_], own[one] - own[next_], threshold) for one, next_ in pairwise(n)]
        may = np.all(rules, axis=(0, 1)) if row else self._in_totals(n, own, view, threshold)
        found: list[bool] = (may & (n[view.window][row] > 0)).tolist()
        return found

    @staticmethod
    def _in_totals(n: Mapping[str, Counts], own: Mapping[str, Counts], view: View, threshold: int) -> NDArray[np.bool_]:
        """(k,) whether each item is shown in all modes together; n, own: answers by window, the widest first."""
        last, last_own = (np.zeros_like(n[view.window][0]) for _ in range(2))
        before = shown = np.zeros(len(last), bool)
        for window in n:
            mine, known = n[window][0], own[window][0]
            shown = _enough(mine, known, threshold) & (~before | _enough(last - mine, last_own - known, threshold))
            last, last_own, before = np.where(shown, mine, last), np.where(shown, known, last_own), before | shown
            if window == view.window:
                break
        return shown

    def _answers(self, counts: Mapping[Cell, Counts], months: Collection[int], modes: Sequence[str | None]) -> Counts:
        """(M, k) answers to each item in these months, of all modes (None) or one."""
        sums = np.zeros((len(modes), len(next(iter(self.counts.values()))) - 2), np.int64)
        row = {mode: place for place, mode in enumerate(modes)}
        for (month, mode), each in counts.items():
            if month in months:
                sums[0] += each[2:]
                if mode in row:
                    sums[row[mode]] += each[2:]
        return sums


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
