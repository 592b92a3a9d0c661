"""A screen's numbers, put together once: what the page, the exports and the tests all read.

Access is asked and disclosure control applied here, before anything leaves. Every published number is a sum of blocks
(see `analysis.disclosure`); totals are totals of what is shown.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from analysis.disclosure import (
    Blocks,
    Cell,
    MayPublish,
    enough_besides,
    large_enough,
    nobody_stands_out,
    publishable_blocks,
)
from analysis.estimate import Suppressed
from analysis.group import (
    Distribution,
    GroupSummary,
    ItemSummary,
    count_answers,
    distribute_scores,
    summarise_clustered,
    summarise_group,
    summarise_items,
)
from analysis.view import ALL_MODES, WINDOWS, View, first_month
from survey.access import Viewer, require_own_results, require_program
from survey.store.cube import TallyCube
from survey.store.reading import Selection, read_tallies
from survey.store.roster import find_clinician, list_programs, list_units
from survey.tally import Counts, Tally, add_tallies

OTHERS_NEEDED: Final = 3  # with fewer other clinicians, one of them could be told from the rest

CellTallies = Mapping[Cell, Tally]


@dataclass(frozen=True)
class TrendPoint:
    """A run of months, usually one, with the group's summary in it."""

    first: int
    last: int
    summary: GroupSummary


@dataclass(frozen=True)
class Choices:
    """The windows and modes that may be looked at without giving a small group away."""

    windows: tuple[str, ...]
    modes: tuple[str, ...]


@dataclass(frozen=True)
class ClinicianReport:
    """A clinician's own results. `summary` is Suppressed, and the rest empty, where the view is too small."""

    clinician: str
    unit: str
    view: View
    choices: Choices
    summary: GroupSummary | Suppressed
    trend: tuple[TrendPoint, ...]
    items: tuple[ItemSummary | Suppressed, ...]
    modes: dict[str, int] | Suppressed
    own_scores: Distribution | Suppressed
    others_scores: Distribution | Suppressed


@dataclass(frozen=True)
class UnitRow:
    """One unit in the comparison; `items` is empty where the unit is suppressed."""

    id: str
    name: str
    summary: GroupSummary | Suppressed
    items: tuple[ItemSummary | Suppressed, ...]


@dataclass(frozen=True)
class ProgramReport:
    """A program's units by name, never by score, and the total of those that are shown."""

    program: str
    view: View
    choices: Choices
    units: tuple[UnitRow, ...]
    total: GroupSummary | Suppressed


@dataclass(frozen=True)
class _Group:
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
class _TalliedGroup(_Group):
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


def _large_enough(
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


def report_clinician(
    connection: Connection, viewer: Viewer, clinician_id: str, view: View, *, today: date, threshold: int
) -> ClinicianReport:
    """The clinician's own results; raises AccessDeniedError unless they are the viewer's. Two reads of tallies."""
    require_own_results(viewer, clinician_id)
    clinician = find_clinician(connection, clinician_id)
    assert clinician is not None  # noqa: S101  the viewer's roles come from the same roster
    unit = next((unit.name for unit in list_units(connection) if unit.id == clinician.unit_id), clinician.unit_id)
    tallies = _own_cells(connection, clinician_id, view)
    counts = {cell: count_answers(tally) for cell, tally in tallies.items()}
    own = _TalliedGroup(counts, publishable_blocks(counts, *_large_enough(counts, threshold)), tallies=tallies)
    # Who sees the whole unit as its lead could subtract the others from it, and has their own part.
    others = None if viewer.leads else _others(connection, clinician_id, clinician.unit_id, view, threshold)
    tally = own.tally(view, today)
    return ClinicianReport(
        clinician=clinician.name,
        unit=unit,
        view=view,
        choices=_choices([own], view, today),
        summary=tally if isinstance(tally, Suppressed) else summarise_group(tally),
        trend=_trend(own, view, today),
        items=() if isinstance(tally, Suppressed) else summarise_items(tally, own.items_shown(view, today, threshold)),
        modes=_modes(own, view, today),
        own_scores=tally if isinstance(tally, Suppressed) else distribute_scores(tally),
        others_scores=_others_distribution(others, view, today),
    )


def _own_cells(connection: Connection, clinician_id: str, view: View) -> CellTallies:
    selection = Selection(view.instrument, clinician_id=clinician_id)
    return _cells(view, read_tallies(connection, selection, by=("month", "mode")).items())


def _others(
    connection: Connection, clinician_id: str, unit_id: str, view: View, threshold: int
) -> _TalliedGroup | None:
    """The unit's other responses, or None while there are too few other clinicians behind them."""
    selection = Selection(view.instrument, unit_ids=frozenset({unit_id}))
    found = read_tallies(connection, selection, by=("clinician_id", "month", "mode"), items=False)
    others = {(who, (month, mode)): tally for (who, month, mode), tally in found.items() if who != clinician_id}
    if len({who for who, _cell in others if who}) < OTHERS_NEEDED:
        return None
    tallies = _cells(view, ((cell, tally) for (_who, cell), tally in others.items()))
    counts = {cell: count_answers(tally) for cell, tally in tallies.items()}
    # Only scored responses are shown of them.
    scored = {key: int(count_answers(tally)[1]) for key, tally in others.items()}
    return _TalliedGroup(counts, publishable_blocks(counts, nobody_stands_out(scored, threshold)), tallies=tallies)


def _cells(view: View, tallies: Iterable[tuple[Cell, Tally]]) -> CellTallies:
    grouped: dict[Cell, list[Tally]] = defaultdict(list)
    for cell, tally in tallies:
        grouped[cell].append(tally)
    return {cell: add_tallies(view.instrument, each) for cell, each in grouped.items()}


def _others_distribution(others: _TalliedGroup | None, view: View, today: date) -> Distribution | Suppressed:
    if others is None:
        return Suppressed("small_remainder")
    tally = others.tally(view, today)
    return tally if isinstance(tally, Suppressed) else distribute_scores(tally)


def _trend(group: _TalliedGroup, view: View, today: date) -> tuple[TrendPoint, ...]:
    shown = group.in_view(view, today)
    if isinstance(shown, Suppressed):
        return ()
    points = []
    for run in group.blocks.runs:
        cells = [cell for cell in shown if cell[0] in run]
        if cells:
            tally = add_tallies(view.instrument, (group.tallies[cell] for cell in cells))
            points.append(TrendPoint(run[0], run[-1], summarise_group(tally)))
    return tuple(points)


def _modes(group: _Group, view: View, today: date) -> dict[str, int] | Suppressed:
    """Responses by mode; hidden where modes may not be told apart, since windows could be subtracted."""
    shown = group.in_view(view, today)
    if isinstance(shown, Suppressed):
        return {}
    if not group.blocks.by_mode:
        return Suppressed("recoverable")
    counts: dict[str, int] = defaultdict(int)
    for cell in shown:
        counts[cell[1]] += int(group.counts[cell][0])
    return {mode: counts[mode] for mode in sorted(counts)}


def _choices(groups: Sequence[_Group], view: View, today: date) -> Choices:
    """What at least one of the groups can be shown in."""
    windows = [
        window
        for window in WINDOWS
        if any(not isinstance(group.in_view(View(view.instrument, window), today), Suppressed) for group in groups)
    ]
    modes = sorted({mode for group in groups if group.blocks.by_mode for _month, mode in group.counts})
    return Choices(tuple(windows) or ("all",), (ALL_MODES, *(modes if len(modes) > 1 else ())))


def report_program(
    connection: Connection,
    cube: TallyCube,
    viewer: Viewer,
    program_id: str,
    view: View,
    *,
    today: date,
    threshold: int,
) -> ProgramReport:
    """The units of a program; raises AccessDeniedError unless the viewer leads it. `cube` is of the view's instrument.

    A unit is shown whole or hidden whole in a view. The total adds up the units that are shown, so that it gives
    nothing away about the hidden ones.
    """
    require_program(viewer, program_id)
    units = list_units(connection, [program_id])
    program = next((each.name for each in list_programs(connection) if each.id == program_id), program_id)
    ids = [unit.id for unit in units]
    counts, own = cube.count_units(ids), _own_counts(connection, viewer, view, ids)
    groups = {unit: _unit_group(counts.get(unit, {}), own.get(unit, {}), threshold) for unit in ids}
    shown = {unit: groups[unit].in_view(view, today) for unit in ids}
    mode = None if view.mode == ALL_MODES else view.mode
    since = first_month(view.window, today)
    visible = [unit for unit, cells in shown.items() if not isinstance(cells, Suppressed)]
    tallies = cube.tally_units(visible, since=since, mode=mode)
    clinicians = cube.sum_clinicians(visible, since=since, mode=mode)
    total: GroupSummary | Suppressed = Suppressed("small_group")
    if tallies:
        total = summarise_clustered(add_tallies(view.instrument, tallies.values()), list(clinicians.values()))
    rows = []
    for unit in units:
        cells = shown[unit.id]
        if isinstance(cells, Suppressed):
            rows.append(UnitRow(unit.id, unit.name, cells, ()))
        else:
            members = [clinicians[unit.id]] if unit.id in clinicians else []
            summary = summarise_clustered(tallies[unit.id], members)
            items = summarise_items(tallies[unit.id], groups[unit.id].items_shown(view, today, threshold))
            rows.append(UnitRow(unit.id, unit.name, summary, items))
    return ProgramReport(program, view, _choices(list(groups.values()), view, today), tuple(rows), total)


def _own_counts(
    connection: Connection, viewer: Viewer, view: View, units: Sequence[str]
) -> dict[str, dict[Cell, Counts]]:
    """What the viewer sees as a clinician elsewhere, by unit."""
    counts: dict[str, dict[Cell, Counts]] = defaultdict(dict)
    if viewer.clinician_id is not None:
        mine = Selection(view.instrument, frozenset(units), clinician_id=viewer.clinician_id)
        for (unit_id, month, mode), tally in read_tallies(connection, mine, by=("unit_id", "month", "mode")).items():
            counts[unit_id][month, mode] = count_answers(tally)
    return counts


def _unit_group(counts: Mapping[Cell, Counts], own: Mapping[Cell, Counts], threshold: int) -> _Group:
    """A unit's blocks: large enough as they are, and still so without the responses that the viewer knows."""
    return _Group(counts, publishable_blocks(counts, *_large_enough(counts, threshold, own)), own)
