"""Who answers: responses of each unit beside those who were asked, where anybody counts them."""

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.proportion import wilson_interval
from analysis.report.program.units import ProgramReport


@dataclass(frozen=True)
class UnitRate:
    """A unit's responses, how many were asked and said no (None: not counted, or too few to be told), and the share
    who answered of those who were asked."""

    unit: str
    responses: int
    declined: int | None
    rate: Estimate | None


def report_rates(report: ProgramReport, declined: Mapping[str, int]) -> tuple[UnitRate, ...]:
    """The shown units by name. declined: by unit id, where somebody counts them; a unit without a count is unknown.

    AAPOR's RR6 of the people who were asked: answered/(answered + declined). Who was never asked is in neither.
    """
    rows = []
    for row in report.units:
        if isinstance(row.summary, Suppressed):
            continue
        refused = declined.get(row.id)
        share = None if refused is None else wilson_interval(row.summary.n, row.summary.n + refused)
        rows.append(UnitRate(row.name, row.summary.n, refused, None if isinstance(share, NotEstimable) else share))
    return tuple(rows)
