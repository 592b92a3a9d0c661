"""A program's units side by side: scores and items as they are, and which of them differ from the program."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from analysis.estimate import Suppressed
from analysis.group import GroupSummary, ItemSummary, summarise_clustered, summarise_items
from analysis.report.program.case_mix import CaseMixReport, NotAdjusted, report_case_mix
from analysis.report.program.look import ProgramLook, look_at_program
from analysis.report.program.standing import Standings, judge_units
from analysis.report.published_group import Choices
from analysis.view import View
from survey.access import Viewer
from survey.store.cube import TallyCube
from survey.tally import add_tallies


@dataclass(frozen=True)
class UnitRow:
    """One unit in the comparison; `items` is empty where the unit is suppressed or items were not asked for."""

    id: str
    name: str
    summary: GroupSummary | Suppressed
    items: tuple[ItemSummary | Suppressed, ...]


@dataclass(frozen=True)
class ProgramReport:
    """A program's units by name, never by score, and the total of those that are shown.

    standings: which of the shown units differ from the program, by unit id; case_mix: what their scores were adjusted
    for.
    """

    program: str
    view: View
    choices: Choices
    units: tuple[UnitRow, ...]
    total: GroupSummary | Suppressed
    standings: Standings
    case_mix: CaseMixReport | NotAdjusted


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
    return report_units(look_at_program(connection, cube, viewer, program_id, view, today=today, threshold=threshold))


def report_units(look: ProgramLook, *, items: bool = True) -> ProgramReport:
    """The report of a look that was already taken; with `items=False` the units' items are left out."""
    total: GroupSummary | Suppressed = Suppressed("small_group")
    if look.tallies:
        whole = add_tallies(look.view.instrument, look.tallies.values())
        total = summarise_clustered(whole, list(look.members.values()))
    rows = []
    for unit in look.units:
        cells = look.shown[unit.id]
        if isinstance(cells, Suppressed):
            rows.append(UnitRow(unit.id, unit.name, cells, ()))
            continue
        members = [look.members[unit.id]] if unit.id in look.members else []
        summary = summarise_clustered(look.tallies[unit.id], members)
        if not items:
            rows.append(UnitRow(unit.id, unit.name, summary, ()))
            continue
        shown = look.groups[unit.id].items_shown(look.view, look.today, look.threshold)
        rows.append(UnitRow(unit.id, unit.name, summary, summarise_items(look.tallies[unit.id], shown)))
    case_mix = report_case_mix(look)
    adjustments = case_mix.units if isinstance(case_mix, CaseMixReport) else ()
    numbers = {unit: tally.n for unit, tally in look.tallies.items()}
    standings = judge_units(look.members, adjustments, numbers)
    return ProgramReport(look.program, look.view, look.choices, tuple(rows), total, standings, case_mix)
