"""Are groups of patients treated alike? Scores by language, age, education, health and who answered."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.estimate import Estimate, Suppressed
from analysis.games_howell import adjust_p
from analysis.mean import BETA, mean_limits
from analysis.report.program.look import ProgramLook
from analysis.report.program.strata import PublishedStrata
from analysis.stratified_gap import measure_stratified_gap

# Modes are ways of asking, not groups of people.
GROUPINGS: Final = ("language", "age_band", "education", "self_rated_health", "respondent")


@dataclass(frozen=True)
class LevelScore:
    """The people with one level: their mean, and its gap to everybody else who said, within units.

    gap, p and p_adjusted are None where no unit has both. p_adjusted: corrected for all levels shown.
    """

    adjuster: str
    level: str
    n: int
    score: Estimate
    gap: Estimate | None
    p: float | None
    p_adjusted: float | None


@dataclass(frozen=True)
class FairnessReport:
    """levels: in the order of adjusters and their levels; unsaid: by adjuster, the share that is in no level."""

    levels: tuple[LevelScore, ...]
    unsaid: dict[str, float]


def report_fairness(look: ProgramLook) -> FairnessReport | Suppressed:
    """The levels that may be counted in at least one visible unit; hidden in a view of one mode."""
    strata = look.strata
    if isinstance(strata, Suppressed):
        return strata
    columns = strata.columns
    scored = float(strata.scored.sum())
    rows: list[tuple[str, str, int, Estimate, tuple[Estimate, float] | None]] = []
    unsaid = {}
    for adjuster in GROUPINGS:
        mine = [at for at, (name, _) in enumerate(columns) if name == adjuster]
        if not mine:
            continue
        unsaid[adjuster] = 1 - float(strata.moments[:, mine, 0].sum()) / scored
        for at in mine:
            others = [other for other in mine if other != at]
            n, score = _score(strata, at)
            rows.append((adjuster, columns[at][1], n, score, _gap(strata, at, others)))
    tests = np.array([np.nan if gap is None else gap[1] for *_, gap in rows])
    levels = [
        LevelScore(
            adjuster, level, n, score, gap and gap[0], gap and gap[1], None if np.isnan(corrected) else corrected
        )
        for (adjuster, level, n, score, gap), corrected in zip(rows, adjust_p(tests).tolist(), strict=True)
    ]
    return FairnessReport(tuple(levels), unsaid)


def _score(strata: PublishedStrata, at: int) -> tuple[int, Estimate]:
    n, total, square = strata.moments[:, at].sum(axis=0).tolist()
    mean = total / n
    low, high = mean_limits(n, mean, max(square - n * mean**2, 0.0))
    return int(n), Estimate(mean, float(low), float(high), int(n), BETA)


def _gap(strata: PublishedStrata, at: int, others: list[int]) -> tuple[Estimate, float] | None:
    sides = np.stack([strata.moments[:, at], strata.moments[:, others].sum(axis=1)], axis=1)
    n = sides[:, :, 0]
    mean = sides[:, :, 1] / np.maximum(n, 1)
    squares = np.maximum(sides[:, :, 2] - n * mean**2, 0.0)
    # Rounding in a difference of large sums must not pass for spread.
    squares[squares <= 1e-9 * sides[:, :, 2]] = 0.0
    return measure_stratified_gap(n, mean, squares)
