"""Disclosure control: which numbers about a group may leave the server.

A group's responses lie in cells of month × mode. `publishable_blocks` joins cells into blocks that may be published,
and only unions of blocks ever are. Whatever a viewer adds and subtracts, what comes out is again a union of blocks: no
smaller group can be solved for. A group that has no such block is hidden whole, and totals are sums of what is shown,
so a total minus its parts gives nothing away.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST_THRESHOLD: Final = 5
MOST_KINDS: Final = 14

Cell = tuple[int, str]  # month as yyyymm, mode
MayPublish = Callable[[Collection[Cell]], bool]


@dataclass(frozen=True)
class Blocks:
    """A group's partition: runs of months, oldest first, and whether modes may be told apart.

    Without runs the group is hidden.
    """

    runs: tuple[tuple[int, ...], ...]
    by_mode: bool

    def months_since(self, first: int) -> tuple[int, ...] | None:
        """The group's months from `first` on, or None when that would cut through a block."""
        chosen: list[int] = []
        for run in self.runs:
            if run[0] >= first:
                chosen += run
            elif run[-1] >= first:
                return None
        return tuple(chosen)


def large_enough(counts: Mapping[Cell, int], threshold: int) -> MayPublish:
    """The rule for a group's responses: together none, or at least `threshold`."""
    _check(threshold, counts.values())
    return lambda cells: sum(counts.get(cell, 0) for cell in cells) not in range(1, threshold)


def enough_besides(counts: Mapping[Cell, int], own: Mapping[Cell, int], threshold: int) -> MayPublish:
    """The rule for a unit's responses where the viewer sees some of them, their own, apart.

    None of their own, or at least `threshold` others: then no sum of own responses follows from the unit's.
    """
    _check(threshold, counts.values())

    def may_publish(cells: Collection[Cell]) -> bool:
        mine = sum(own.get(cell, 0) for cell in cells)
        return mine == 0 or sum(counts.get(cell, 0) for cell in cells) - mine >= threshold

    return may_publish


def nobody_stands_out(counts: Mapping[tuple[str, Cell], int], threshold: int) -> MayPublish:
    """The rule for responses about several people that a colleague may see without telling one person's from them.

    Together none, or at least `threshold` besides those of the person with most (the dominance rule of statistical
    disclosure control; Hundepool et al. 2012, Statistical Disclosure Control, doi:10.1002/9781118348239, chapter 4).
    Responses about an unknown person ("") may be anybody's, so they count for nobody.
    """
    _check(threshold, counts.values())

    def may_publish(cells: Collection[Cell]) -> bool:
        wanted = set(cells)
        people: Counter[str] = Counter()
        for (person, cell), count in counts.items():
            if cell in wanted:
                people[person] += count
        if not people.total():
            return True
        named = [count for person, count in people.items() if person]
        return sum(named) - max(named, default=0) >= threshold

    return may_publish


def smallest_solvable(table: Sequence[Sequence[int]]) -> int | None:
    """The least number of responses in any group that follows from a table's row sums and column sums; None if none is.

    table: responses by block (rows) and kind (at most `MOST_KINDS` columns). What a viewer adds and subtracts gives
    each cell the value row factor + column factor, and a group is solved for where that is 1 on its cells and 0 on all
    others that hold responses. Cut at each value of the factors, it falls into groups of two forms, so the least is of
    one of them: a block, or G(T), the responses of the kinds T in all blocks that hold other kinds as well. Empty cells
    leave more freedom: where relatives answered in one block only, that block's patients follow.
    """
    counts = np.array([row for row in table if any(row)], np.int64)
    if not len(counts):
        return None
    return smallest_group(counts, *crosswise_groups(counts > 0))


def smallest_group(counts: NDArray[np.int64], told: NDArray[np.int64], mixed: NDArray[np.bool_]) -> int:
    """The least of the blocks' sums and of the groups that follow crosswise, see `crosswise_groups`.

    counts: (B, K) responses by block and kind, at least one block.
    """
    groups = np.where(mixed, counts @ told.T, 0).sum(axis=0)
    sizes = np.concatenate([counts.sum(axis=1), groups[groups > 0]])
    return int(sizes.min())


def crosswise_groups(held: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The groups G(T) that follow from sums by block and sums by kind, see `smallest_solvable`.

    held: (B, K) whether a block holds responses of a kind. Returns (S, K) the sets T, 1 for their kinds, and (B, S)
    the blocks in which T's responses are G(T). Raises ValueError for more than `MOST_KINDS` kinds.
    """
    kinds = held.shape[1]
    if kinds > MOST_KINDS:
        raise ValueError(f"At most {MOST_KINDS} kinds can be looked through, not {kinds}.")
    told = (np.arange(1, 2**kinds - 1)[:, None] >> np.arange(kinds)) & 1
    present = held.astype(np.int64)
    return told, (present @ told.T > 0) & (present @ (1 - told).T > 0)


def publishable_blocks(cells: Collection[Cell], *rules: MayPublish) -> Blocks:
    """Join a group's cells into blocks: as many months apart as all rules allow, then modes apart if that is free.

    Modes are told apart only where every mode may be published in every run of months: the course over time is worth
    more than the split. `cells` are those with responses.
    """

    by_month: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        by_month[cell[0]].append(cell)

    def may_publish(months: Iterable[int], modes: Collection[str]) -> bool:
        chosen = [cell for month in months for cell in by_month[month] if cell[1] in modes]
        return all(rule(chosen) for rule in rules)

    modes = {mode for _month, mode in cells}
    runs = _join_months(sorted(by_month), lambda run: may_publish(run, modes))
    by_mode = bool(runs) and all(may_publish(run, {mode}) for run in runs for mode in modes)
    return Blocks(tuple(tuple(run) for run in runs), by_mode)


def common_runs(partitions: Sequence[Sequence[Sequence[int]]]) -> tuple[tuple[int, ...], ...]:
    """The finest runs of months that are unions of runs in every partition of the same months; none if one has none.

    What is published by such runs to everybody adds nothing to what any of them may see by runs of their own.
    """
    if not partitions or not all(partitions):
        return ()
    ends = set.intersection(*({run[-1] for run in runs} for runs in partitions))
    joined: list[tuple[int, ...]] = []
    run: list[int] = []
    for month in (month for each in partitions[0] for month in each):
        run.append(month)
        if month in ends:
            joined.append(tuple(run))
            run = []
    return tuple(joined)


def _join_months(months: Iterable[int], may_publish: Callable[[list[int]], bool]) -> list[list[int]]:
    """Runs of months that may each be published; what is left over at the end joins the runs before it."""
    runs: list[list[int]] = []
    run: list[int] = []
    for month in months:
        run.append(month)
        if may_publish(run):
            runs.append(run)
            run = []
    while run and runs:
        run = runs.pop() + run
        if may_publish(run):
            return [*runs, run]
    return runs


def _check(threshold: int, counts: Iterable[int]) -> None:
    if threshold < LEAST_THRESHOLD:
        raise ValueError(f"The threshold must be at least {LEAST_THRESHOLD}.")
    if any(count < 0 for count in counts):
        raise ValueError("A count is negative.")
