"""What a clinician's patients felt together: the key drivers, where the answers behind them give nobody away."""

from collections import defaultdict
from datetime import date

from analysis.disclosure import Cell, smallest_solvable
from analysis.estimate import NotEstimable, Suppressed, UnusableDataError
from analysis.key_drivers import KeyDrivers, find_key_drivers
from analysis.reliability import item_sums
from analysis.report.published_group import TalliedGroup
from analysis.view import WINDOWS, View, first_month
from survey.tally import Tally, add_tallies


def drivers_of(group: TalliedGroup, view: View, today: date, threshold: int) -> KeyDrivers | NotEstimable | Suppressed:
    """The key drivers over all months and modes.

    They rest on the responses with every item answered, while an item's score rests on all who answered it: the few in
    between would follow by subtraction. So they are shown once only, over everything, and only where neither the
    complete responses nor the others give a small group away, of any item and of the score.
    """
    if not group.blocks.runs:
        return Suppressed("small_group")
    k = len(view.instrument.items)
    for place in range(-1, k):
        table = list(_complete_or_not(group, today, place).values())
        least = smallest_solvable(table)
        if least is not None and least < threshold:
            return Suppressed("small_group")
    scale = view.instrument.scale.values
    try:
        tally = add_tallies(view.instrument, group.tallies.values())
        return find_key_drivers(item_sums(tally), scale=(scale[0], scale[-1]))
    except UnusableDataError:
        return NotEstimable("all_alike")


def _complete_or_not(group: TalliedGroup, today: date, place: int) -> dict[tuple[int, str], list[int]]:
    """Complete responses and the others that count, by block: those who answered an item, or (−1) have a score.

    Items are shown by window and so are their blocks; scores by run of months.
    """
    runs = {month: at for at, run in enumerate(group.blocks.runs) for month in run}
    edges = [first_month(window, today) for window in WINDOWS if group.blocks.months_since(first_month(window, today))]
    table: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for cell, tally in group.tallies.items():
        at = runs[cell[0]] if place < 0 else sum(edge <= cell[0] for edge in edges)
        mode = cell[1] if group.blocks.by_mode else ""
        used = _used(group, cell, tally, place)
        table[at, mode][0] += tally.n_complete
        table[at, mode][1] += used - tally.n_complete
    return table


def _used(group: TalliedGroup, cell: Cell, tally: Tally, place: int) -> int:
    return int(group.counts[cell][1] if place < 0 else tally.levels[place].sum())
