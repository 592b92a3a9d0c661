"""A program's units side by side: scores and items as they are, and which of them differ from the program."""

from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import Connection

from analysis.estimate import Suppressed
from analysis.group import GroupSummary, ItemSummary, summarise_items_of_units, summarise_total, summarise_unit
from analysis.report.program.case_mix import CaseMixReport, NotAdjusted, report_case_mix
from analysis.report.program.look import ProgramLook, look_at_program
from analysis.report.program.standing import Standings, judge_units
from analysis.report.published_group import Choices
from analysis.view import View
from survey.access import Viewer
from survey.store.cube import TallyCube


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
    summaries = {unit: look.kept_of(unit, "summary", partial(_summarise, look, unit)) for unit in look.counts.units}
    total = look.kept("total", lambda: summarise_total(look.counts, look.members))
    profiles = _summarise_items(look) if items else {}
    rows = []
    for unit in look.units:
        cells = look.shown[unit.id]
        summary = cells if isinstance(cells, Suppressed) else summaries[unit.id]
        rows.append(UnitRow(unit.id, unit.name, summary, profiles.get(unit.id, ())))
    case_mix = report_case_mix(look)
    standings = look.kept("standings", lambda: _judge(look, case_mix))
    whole = Suppressed("small_group") if total is None else total
    return ProgramReport(look.program, look.view, look.choices, tuple(rows), whole, standings, case_mix)


def _summarise(look: ProgramLook, unit: str) -> GroupSummary:
    return summarise_unit(look.counts, unit, [look.members[unit]] if unit in look.members else [])


def _judge(look: ProgramLook, case_mix: CaseMixReport | NotAdjusted) -> Standings:
    adjustments = case_mix.units if isinstance(case_mix, CaseMixReport) else ()
    numbers = dict(zip(look.counts.units, look.counts.n.tolist(), strict=True))
    return judge_units(look.members, adjustments, numbers, keep=look.kept_of)


def _summarise_items(look: ProgramLook) -> dict[str, tuple[ItemSummary | Suppressed, ...]]:
    counts = look.counts

    def summarise(at: int, unit: str) -> tuple[ItemSummary | Suppressed, ...]:
        levels, missing = counts.levels[at : at + 1], counts.missing[at : at + 1]
        return summarise_items_of_units(look.view.instrument, levels, missing, [look.items_shown(unit)])[0]

    return {unit: look.kept_of(unit, "items", partial(summarise, at, unit)) for at, unit in enumerate(counts.units)}
