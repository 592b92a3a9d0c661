"""What the answers are like: items left out and in which way, who answered and how, doubtful deliveries."""

from dataclasses import dataclass

from sqlalchemy import Connection

from analysis.estimate import Suppressed
from analysis.group import ItemSummary
from analysis.report.program.look import ProgramLook
from analysis.report.program.units import ProgramReport
from survey.flags import QUALITY_FLAGS
from survey.store.reading import count_conflicts, count_flags


@dataclass(frozen=True)
class MissingItem:
    """An item in a unit. share: of responses without an answer to it; ways: of each way of not answering."""

    unit: str
    topic: str
    n: int
    share: float
    ways: dict[str, float]


@dataclass(frozen=True)
class UnitQuality:
    """scored: the share of responses with enough answers for a score; mix: shares of modes and of respondents, for the
    levels that may be counted in the unit; conflicts: deliveries that came twice with different content, ever; flags:
    of each quality flag, how many responses in the view have it."""

    unit: str
    n: int
    scored: float
    mix: dict[tuple[str, str], float]
    conflicts: int
    flags: dict[str, int]


@dataclass(frozen=True)
class DataQualityReport:
    """Visible units by name, and their items."""

    units: tuple[UnitQuality, ...]
    items: tuple[MissingItem, ...]


def report_data_quality(connection: Connection, look: ProgramLook, report: ProgramReport) -> DataQualityReport:
    """What can be told of the visible units' answers. Two small queries, for what is rare is not in the tallies."""
    conflicts = count_conflicts(connection, look.visible)
    flagged = count_flags(connection, look.view.instrument, look.visible, since=look.since, mode=look.mode)
    items = []
    units = []
    for row in report.units:
        if isinstance(row.summary, Suppressed):
            continue
        n = row.summary.n
        for item in row.items:
            if isinstance(item, ItemSummary):
                ways = {way: count / n for way, count in item.missing.items()}
                items.append(MissingItem(row.name, item.topic, n, sum(ways.values()), ways))
        scored = int(look.members[row.id].n.sum()) if row.id in look.members else 0
        flags = {flag: flagged.get((row.id, flag), 0) for flag in QUALITY_FLAGS}
        units.append(UnitQuality(row.name, n, scored / n, _mix(look, row.id), conflicts.get(row.id, 0), flags))
    return DataQualityReport(tuple(units), tuple(items))


def _mix(look: ProgramLook, unit: str) -> dict[tuple[str, str], float]:
    strata = look.strata
    if isinstance(strata, Suppressed):
        return {}
    at = strata.units.index(unit)
    return {
        column: float(strata.moments[at, place, 0] / strata.scored[at])
        for place, column in enumerate(strata.columns)
        if column[0] in ("mode", "respondent") and strata.shown[at, place] and strata.scored[at]
    }
