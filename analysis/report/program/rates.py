"""Who answers: responses of each unit beside those who were asked, where every one of them is counted."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.proportion import wilson_interval
from analysis.report.program.look import ProgramLook
from analysis.report.program.units import ProgramReport
from survey.store.declines import read_declines

ASKED_MODE = "kiosk"


@dataclass(frozen=True)
class UnitRate:
    """A unit's responses in the view, how many were asked and said no, and the share who answered of those asked.

    Both are None where `unknown` says why: some answered in a mode that does not know who was asked, or nobody was
    counted saying no in the first month of the view.
    """

    unit: str
    responses: int
    declined: int | None
    rate: Estimate | None
    unknown: Literal["other_modes", "not_counted"] | None


def report_rates(connection: Connection, look: ProgramLook, report: ProgramReport) -> tuple[UnitRate, ...]:
    """The shown units by name. One small query: how many declined, by month.

    AAPOR's cooperation rate of the people who were asked, answered/(answered + declined), partial answers counted
    (COOP4; Standard Definitions, 10th edition, 2023), with Wilson's interval. A tablet asks whoever takes it and counts
    who says no; a poster or a letter does not know who saw it, so answers on own phones have no such rate.
    """
    instrument = look.view.instrument
    counted = read_declines(connection, instrument.id, instrument.version)
    rows = []
    for row in report.units:
        cells = look.shown[row.id]
        if isinstance(row.summary, Suppressed) or isinstance(cells, Suppressed):
            continue
        n = row.summary.n
        mine = {month: count for (unit, month, mode), count in counted.items() if (unit, mode) == (row.id, ASKED_MODE)}
        if any(mode != ASKED_MODE for _month, mode in cells):
            rows.append(UnitRate(row.name, n, None, None, "other_modes"))
        elif not mine or min(mine) > min(month for month, _mode in cells):
            rows.append(UnitRate(row.name, n, None, None, "not_counted"))
        else:
            declined = sum(count for month, count in mine.items() if month >= look.since)
            share = wilson_interval(n, n + declined)
            rows.append(UnitRate(row.name, n, declined, None if isinstance(share, NotEstimable) else share, None))
    return tuple(rows)
