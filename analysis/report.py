"""A screen's numbers, put together once: what the page, the exports and the tests all read.

Access is asked and disclosure control applied here, before anything leaves. Every published number is a sum of blocks
(see `analysis.disclosure`); totals are totals of what is shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy import Connection

from analysis.disclosure import Blocks, Cell, large_enough, nobody_stands_out, publishable_blocks
from analysis.estimate import Suppressed
from analysis.group import (
    Distribution,
    GroupSummary,
    ItemSummary,
    distribute_scores,
    summarise_clustered,
    summarise_group,
    summarise_items,
)
from analysis.view import ALL_MODES, WINDOWS, View, first_month
from survey.access import Viewer, require_own_results, require_program
from survey.store.reading import Selection, read_tallies
from survey.store.roster import Unit, find_clinician, list_programs, list_units
from survey.tally import Tally, add_tallies

OTHERS_NEEDED: Final = 3  # with fewer other clinicians, one of them could be told from the rest

_AFTER_ALL: Final = 999_912

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
    """A group's cells and how they may be published."""

    tallies: CellTallies
    blocks: Blocks

    def in_view(self, view: View, today: date) -> list[Cell] | None:
        """The cells of the view, or None when it would cut through a block."""
        months = self.blocks.months_since(first_month(view.window, today))
        if months is None or (view.mode != ALL_MODES and not self.blocks.by_mode):
            return None
        return [
            cell
            for cell in self.tallies
            if cell[0] in months and (view.mode in (ALL_MODES, cell[1]))
        ]  # fmt: skip

    def tally(self, view: View, today: date) -> Tally | Suppressed:
        """The tally of the view, if it may be shown."""
        cells = self.in_view(view, today)
        if cells is None:
            return Suppressed("recoverable")
        if not cells:
            return Suppressed("small_group")
        return add_tallies(view.instrument, (self.tallies[cell] for cell in cells))


def _group(tallies: CellTallies, threshold: int) -> _Group:
    counts = {cell: tally.n for cell, tally in tallies.items()}
    return _Group(tallies, publishable_blocks(counts, large_enough(counts, threshold)))


def report_clinician(
    connection: Connection, viewer: Viewer, clinician_id: str, view: View, *, today: date, threshold: int
) -> ClinicianReport:
    """The clinician's own results; raises AccessDeniedError unless they are the viewer's. Two reads of tallies."""
    require_own_results(viewer, clinician_id)
    clinician = find_clinician(connection, clinician_id)
    assert clinician is not None  # noqa: S101  the viewer's roles come from the same roster
    unit = next((unit.name for unit in list_units(connection) if unit.id == clinician.unit_id), clinician.unit_id)
    own = _group(_own_cells(connection, clinician_id, view), threshold)
    others = _others(connection, clinician_id, clinician.unit_id, view, threshold)
    tally = own.tally(view, today)
    return ClinicianReport(
        clinician=clinician.name,
        unit=unit,
        view=view,
        choices=_choices([own], view, today),
        summary=tally if isinstance(tally, Suppressed) else summarise_group(tally),
        trend=_trend(own, view, today),
        items=() if isinstance(tally, Suppressed) else summarise_items(tally, threshold=threshold),
        modes=_modes(own, view, today),
        own_scores=tally if isinstance(tally, Suppressed) else distribute_scores(tally),
        others_scores=_others_distribution(others, view, today),
    )


def _own_cells(connection: Connection, clinician_id: str, view: View) -> CellTallies:
    selection = Selection(view.instrument, clinician_id=clinician_id)
    return _cells(view, read_tallies(connection, selection, by=("month", "mode")).items())


def _others(connection: Connection, clinician_id: str, unit_id: str, view: View, threshold: int) -> _Group | None:
    """The unit's other responses, or None while there are too few other clinicians behind them."""
    selection = Selection(view.instrument, unit_ids=frozenset({unit_id}))
    found = read_tallies(connection, selection, by=("clinician_id", "month", "mode"), items=False)
    others = {(who, (month, mode)): tally for (who, month, mode), tally in found.items() if who != clinician_id}
    if len({who for who, _cell in others if who}) < OTHERS_NEEDED:
        return None
    tallies = _cells(view, ((cell, tally) for (_who, cell), tally in others.items()))
    rule = nobody_stands_out({key: tally.n for key, tally in others.items()}, threshold)
    return _Group(tallies, publishable_blocks(tallies, rule))


def _cells(view: View, tallies: Iterable[tuple[Cell, Tally]]) -> CellTallies:
    grouped: dict[Cell, list[Tally]] = defaultdict(list)
    for cell, tally in tallies:
        grouped[cell].append(tally)
    return {cell: add_tallies(view.instrument, each) for cell, each in grouped.items()}


def _others_distribution(others: _Group | None, view: View, today: date) -> Distribution | Suppressed:
    if others is None:
        return Suppressed("small_remainder")
    tally = others.tally(view, today)
    return tally if isinstance(tally, Suppressed) else distribute_scores(tally)


def _trend(group: _Group, view: View, today: date) -> tuple[TrendPoint, ...]:
    shown = group.in_view(view, today)
    if not shown:
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
    counts: dict[str, int] = defaultdict(int)
    for cell in group.in_view(view, today) or ():
        counts[cell[1]] += group.tallies[cell].n
    if counts and not group.blocks.by_mode:
        return Suppressed("recoverable")
    return {mode: counts[mode] for mode in sorted(counts)}


def _choices(groups: Sequence[_Group], view: View, today: date) -> Choices:
    """What at least one of the groups can be shown in."""
    windows = [
        window for window in WINDOWS if any(group.in_view(View(view.instrument, window), today) for group in groups)
    ]
    modes = sorted({mode for group in groups if group.blocks.by_mode for _month, mode in group.tallies})
    return Choices(tuple(windows) or ("all",), (ALL_MODES, *(modes if len(modes) > 1 else ())))


def report_program(
    connection: Connection, viewer: Viewer, program_id: str, view: View, *, today: date, threshold: int
) -> ProgramReport:
    """The units of a program; raises AccessDeniedError unless the viewer leads it.

    Two reads of tallies, and a third for a lead who is also a clinician.

    A unit is shown whole or hidden whole in a view. The total adds up the units that are shown, so that it gives
    nothing away about the hidden ones.
    """
    require_program(viewer, program_id)
    units = list_units(connection, [program_id])
    program = next((each.name for each in list_programs(connection) if each.id == program_id), program_id)
    selection = Selection(view.instrument, unit_ids=frozenset(unit.id for unit in units))
    cells: dict[str, dict[Cell, Tally]] = {unit.id: {} for unit in units}
    for (unit_id, month, mode), tally in read_tallies(connection, selection, by=("unit_id", "month", "mode")).items():
        cells[unit_id][month, mode] = tally
    own = _own_counts(connection, viewer, selection)
    groups = {unit.id: _unit_group(cells[unit.id], own.get(unit.id, {}), threshold) for unit in units}
    shown = {unit.id: groups[unit.id].tally(view, today) for unit in units}
    clinicians = _clinicians(connection, selection, view, today)
    rows = tuple(_unit_row(unit, shown[unit.id], clinicians[unit.id], threshold) for unit in units)
    tallies = {unit: tally for unit, tally in shown.items() if isinstance(tally, Tally)}
    total: GroupSummary | Suppressed = Suppressed("small_group")
    if tallies:
        members = [each for unit in tallies for each in clinicians[unit]]
        total = summarise_clustered(add_tallies(view.instrument, tallies.values()), members)
    return ProgramReport(program, view, _choices(list(groups.values()), view, today), rows, total)


def _clinicians(connection: Connection, selection: Selection, view: View, today: date) -> Mapping[str, list[Tally]]:
    """The scores of each unit's clinicians in the view: a unit's answers come in their clusters."""
    narrowed = replace(
        selection,
        months=(first_month(view.window, today), _AFTER_ALL),
        modes=None if view.mode == ALL_MODES else frozenset({view.mode}),
    )
    found: dict[str, list[Tally]] = defaultdict(list)
    for (unit_id, _who), tally in read_tallies(
        connection, narrowed, by=("unit_id", "clinician_id"), items=False
    ).items():
        found[unit_id].append(tally)
    return found


def _own_counts(connection: Connection, viewer: Viewer, selection: Selection) -> dict[str, dict[Cell, int]]:
    """What the viewer sees as a clinician elsewhere, by unit."""
    counts: dict[str, dict[Cell, int]] = defaultdict(dict)
    if viewer.clinician_id is not None:
        mine = replace(selection, clinician_id=viewer.clinician_id)
        for (unit_id, month, mode), tally in read_tallies(
            connection, mine, by=("unit_id", "month", "mode"), items=False
        ).items():
            counts[unit_id][month, mode] = tally.n
    return counts


def _unit_group(tallies: CellTallies, own: Mapping[Cell, int], threshold: int) -> _Group:
    """A unit's blocks: large enough as they are, and still so without the responses that the viewer knows."""
    counts = {cell: tally.n for cell, tally in tallies.items()}
    rest = {cell: count - own.get(cell, 0) for cell, count in counts.items()}
    return _Group(tallies, publishable_blocks(counts, large_enough(counts, threshold), large_enough(rest, threshold)))


def _unit_row(unit: Unit, tally: Tally | Suppressed, clinicians: Sequence[Tally], threshold: int) -> UnitRow:
    if isinstance(tally, Suppressed):
        return UnitRow(unit.id, unit.name, tally, ())
    summary = summarise_clustered(tally, clinicians)
    return UnitRow(unit.id, unit.name, summary, summarise_items(tally, threshold=threshold))
