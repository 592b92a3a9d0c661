"""The funnel of a program's units: their scores against how many answers they have."""

from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from analysis.estimate import UnusableDataError
from analysis.funnel import MeanFunnelGroup, funnel_means
from analysis.histogram import GroupSums
from analysis.report.program.case_mix import CaseMixReport
from analysis.report.program.look import ProgramLook
from analysis.report.program.units import ProgramReport


@dataclass(frozen=True)
class FunnelReport:
    """Units' (adjusted) means against the limits of chance. phi: over-dispersion; widened: whether the limits allow for
    it; reach95, reach998: the limits' distance from the target at one answer, which falls with the root of n; beyond:
    units outside the 95% limits, before any correction."""

    target: float
    phi: float
    widened: bool
    reach95: float
    reach998: float
    beyond: int
    groups: tuple[MeanFunnelGroup, ...]


def report_funnel(look: ProgramLook, report: ProgramReport) -> FunnelReport | None:
    """The funnel of the same scores as in the comparison; None for fewer than two units, or scores all the same."""
    adjusted = (
        {each.unit: each.adjusted for each in report.case_mix.units}
        if isinstance(report.case_mix, CaseMixReport)
        else {}
    )
    units = sorted(look.members)
    n = np.array([look.members[unit].n.sum() for unit in units])
    mean = np.array([look.members[unit].sums.sum() for unit in units]) / np.maximum(n, 1)
    squares = np.array([look.members[unit].squares.sum() for unit in units]) - n * mean**2
    means = np.array([adjusted.get(unit, float(raw)) for unit, raw in zip(units, mean, strict=True)])
    try:
        found = funnel_means(GroupSums(tuple(units), n, means, np.maximum(squares, 0.0)), overdispersion="phi")
    except UnusableDataError:
        return None
    first = found.groups[0]
    root = float(np.sqrt(first.n))
    plain = float(stdtrit(n.sum() - len(units), 0.975)) * float(np.sqrt(found.sigma2))
    reach95, reach998 = (first.high95 - found.target) * root, (first.high998 - found.target) * root
    return FunnelReport(
        target=found.target,
        phi=found.phi,
        widened=reach95 > plain * 1.001,
        reach95=reach95,
        reach998=reach998,
        beyond=sum(each.flag is not None for each in found.groups),
        groups=found.groups,
    )
