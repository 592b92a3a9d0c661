"""A program's units as if all had the same patients: adjusted means, and how much each adjuster mattered."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from analysis.casemix import AdjustedGroup, AdjusterImpact, Coefficient, measure_case_mix
from analysis.casemix_sums import CaseMixSums, sum_case_mix_counts
from analysis.estimate import Suppressed, UnusableDataError
from analysis.report.program.look import ProgramLook
from analysis.report.program.strata import PublishedStrata

# A tenth of a point is more than any interval here can tell.
DIGITS: Final = 2
NoAdjustment = Literal["one_mode", "nothing_to_adjust", "too_few"]


@dataclass(frozen=True)
class NotAdjusted:
    """Why there are no adjusted means: the view is of one mode; no adjuster has two levels that may be told apart in
    one unit; too few responses or units."""

    reason: NoAdjustment


@dataclass(frozen=True)
class UnitAdjustment:
    """A unit's mean as it is and adjusted; error: the adjusted mean's standard error, as if clinicians did not matter;
    extra: the part of its variance that comes from the adjustment."""

    unit: str
    n: int
    raw: float
    adjusted: float
    error: float
    extra: float


@dataclass(frozen=True)
class LevelEffect:
    """How much higher or lower people with a level answer than those with the reference level, in points."""

    adjuster: str
    level: str
    reference: str
    n: int
    effect: Coefficient


@dataclass(frozen=True)
class CaseMixReport:
    """r2: share of the differences between responses that units and adjusters explain; largest_move: in points;
    folded: share of responses, by adjuster, that count as not said."""

    units: tuple[UnitAdjustment, ...]
    adjusters: tuple[AdjusterImpact, ...]
    effects: tuple[LevelEffect, ...]
    folded: dict[str, float]
    r2: float
    largest_move: float


def report_case_mix(look: ProgramLook) -> CaseMixReport | NotAdjusted:
    """Adjusted means of the visible units, from the levels that may be counted in each (see `strata`)."""
    return look.kept("case mix", lambda: _adjust(look))


def _adjust(look: ProgramLook) -> CaseMixReport | NotAdjusted:
    strata = look.strata
    if isinstance(strata, Suppressed):
        return NotAdjusted("one_mode")
    if not strata.levels:
        return NotAdjusted("nothing_to_adjust")
    sums, counts = _sums(look, strata)
    try:
        model, tests = measure_case_mix(sums)
    except UnusableDataError:
        return NotAdjusted("too_few")
    estimated = sum(each.estimate is not None for each in model.coefficients)
    total = float(sums.squares.sum() - sums.scores.sum() ** 2 / sums.n.sum())
    variance = (1 - model.r2) * total / (int(sums.n.sum()) - len(sums.groups) - estimated)
    units = tuple(_unit(each, variance) for each in model.groups)
    effects = [
        LevelEffect(adjuster.name, level, adjuster.levels[0], counts[adjuster.name][level], next(terms))
        for terms in [iter(model.coefficients)]
        for adjuster in sums.adjusters
        for level in adjuster.levels[1:]
    ]
    scored = int(strata.scored.sum())
    folded = {name: 1 - sum(counts[name].values()) / scored for name in strata.levels}
    move = max(abs(each.adjusted - each.raw) for each in units)
    return CaseMixReport(units, tests.adjusters, tuple(effects), folded, model.r2, round(move, DIGITS))


def _unit(group: AdjustedGroup, variance: float) -> UnitAdjustment:
    """A unit's numbers; rounded, so that they hold no more than they show."""
    return UnitAdjustment(
        group.group,
        group.n,
        group.raw,
        round(group.adjusted, DIGITS),
        round(group.se, DIGITS),
        round(max(group.se**2 - variance / group.n, 0.0), DIGITS),
    )


def _sums(look: ProgramLook, strata: PublishedStrata) -> tuple[CaseMixSums, dict[str, dict[str, int]]]:
    """The model's sums, the commonest level of each adjuster first, and how many responses each level counts."""
    columns = strata.columns
    n = strata.moments[:, :, 0].sum(axis=0).astype(int)
    counts: dict[str, dict[str, int]] = {}
    for (adjuster, level), count in zip(columns, n.tolist(), strict=True):
        counts.setdefault(adjuster, {})[level] = count
    levels = {
        adjuster: sorted(found, key=lambda level: found[level] != max(found.values()))
        for adjuster, found in counts.items()
    }
    order = [columns.index((adjuster, level)) for adjuster, found in levels.items() for level in found]
    members = [look.members[unit] for unit in strata.units]
    sums = sum_case_mix_counts(
        strata.units,
        levels,
        n=strata.scored,
        scores=np.array([each.sums.sum() for each in members]),
        squares=np.array([each.squares.sum() for each in members]),
        joint=strata.joint[:, order][:, :, order],
        level_scores=strata.moments[:, order, 1],
    )
    return sums, counts
