"""Disclosure control: which numbers about a group may leave the server.

A group's responses lie in cells of month × mode. `publishable_blocks` joins cells into blocks of at least `threshold`
responses (or none), and only unions of blocks are ever published. Whatever a viewer adds and subtracts, what comes out
is again a union of blocks: no smaller group can be solved for. A group that has no such block is hidden whole, and
totals are sums of what is shown, so a total minus its parts gives nothing away.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

LEAST_THRESHOLD: Final = 5

Cell = tuple[int, str]  # month as yyyymm, mode


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


def publishable_blocks(counts: Mapping[Cell, int], *, threshold: int) -> Blocks:
    """Join a group's cells into blocks: as many months apart as the threshold allows, then modes apart if that is free.

    Modes are told apart only where every mode has none or at least `threshold` responses in every run of months: the
    course over time is worth more than the split. Raises ValueError for a threshold under 5 or a negative count.
    """
    if threshold < LEAST_THRESHOLD:
        raise ValueError(f"The threshold must be at least {LEAST_THRESHOLD}.")
    if any(count < 0 for count in counts.values()):
        raise ValueError("A count is negative.")
    by_month: dict[int, int] = defaultdict(int)
    for (month, _mode), count in counts.items():
        by_month[month] += count
    runs = _join_months({month: count for month, count in by_month.items() if count}, threshold)
    modes = {mode for _month, mode in counts}
    by_mode = all(
        sum(counts.get((month, mode), 0) for month in run) not in range(1, threshold) for run in runs for mode in modes
    )
    return Blocks(tuple(tuple(run) for run in runs), by_mode and bool(runs))


def _join_months(by_month: Mapping[int, int], threshold: int) -> list[list[int]]:
    """Runs of months with at least `threshold` responses each; what is left over at the end joins the last run."""
    runs: list[list[int]] = []
    run: list[int] = []
    for month in sorted(by_month):
        run.append(month)
        if sum(by_month[each] for each in run) >= threshold:
            runs.append(run)
            run = []
    if run and runs:
        runs[-1] += run
    return runs


def publishable_parts(counts: Mapping[str, int], *, threshold: int) -> Collection[str]:
    """The parts of a shown total that may be shown beside it, such as its responses by mode.

    Parts with 1 to threshold−1 responses are hidden, and with them the smallest shown parts (ties by name) until the
    hidden ones together have at least `threshold`: otherwise the total minus the shown parts would tell.
    """
    order = sorted((part for part, count in counts.items() if count), key=lambda part: (counts[part], part))
    hidden: list[str] = []
    for part in order:
        small = counts[part] < threshold
        short = hidden and sum(counts[each] for each in hidden) < threshold
        if small or short:
            hidden.append(part)
    return [part for part in counts if part not in hidden]
