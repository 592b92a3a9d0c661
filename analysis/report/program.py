"""A program's units side by side: what the page, the exports and the tests all read."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from analysis.disclosure import Cell, publishable_blocks
from analysis.estimate import Suppressed
from analysis.group import GroupSummary, ItemSummary, count_answers, summarise_clustered, summarise_items
from analysis.report.published_group import Choices, PublishedGroup, offered_choices, size_rules
from analysis.view import ALL_MODES, View, first_month
from survey.access import Viewer, require_program
from survey.store.cube import TallyCube
from survey.store.reading import Selection, read_tallies
from survey.store.roster import list_programs, list_units
from survey.tally import Counts, add_tallies


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
    return ProgramReport(program, view, offered_choices(list(groups.values()), view, today), tuple(rows), total)


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


def _unit_group(counts: Mapping[Cell, Counts], own: Mapping[Cell, Counts], threshold: int) -> PublishedGroup:
    """A unit's blocks: large enough as they are, and still so without the responses that the viewer knows."""
    return PublishedGroup(counts, publishable_blocks(counts, *size_rules(counts, threshold, own)), own)
