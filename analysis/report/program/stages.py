"""The score by stage of training over all months, where no clinician can be told from it.

By window as well, windows less one another would give few away, and hardly a clinician could be shown beside them. A
lead knows who is at which stage and where, so an empty cell is known to be empty: residents all in one unit but one
make that one's answers the residents' total less that unit's. Which totals follow from all that is shown is found
exactly. The blocks of units (a run of months, a mode) and the stages cut the answers crosswise; with g(stage) and
f(block) whole numbers, f + g is the indicator of a solvable group. In a block g then takes two neighbouring values at
most, and every such group is a union of groups G(T), T a set of stages: the answers of T's stages in the blocks that
have answers of stages in T and not in T. So it is enough that each G(T) may be published.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, count
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.clustered import robust_error
from analysis.disclosure import LEAST_THRESHOLD
from analysis.estimate import Estimate, Suppressed
from analysis.histogram import Counts, count_values
from analysis.mean import BETA, SCALE, mean_limits
from analysis.report.program.look import ProgramLook
from analysis.trend import JonckheereTerpstra, LinearContrast, contrast_means, measure_jonckheere
from survey.store.cube import ClinicianSums

ORDER: Final = ("student", "intern", "resident", "fellow", "attending")
REST: Final = ""
FEWEST_CLINICIANS: Final = 3
# So many sets of stages are looked through.
MOST_STAGES: Final = 8
CLUSTERED: Final = "mean, cluster-robust t interval"


@dataclass(frozen=True)
class StageScore:
    """A stage's responses, its clinicians with responses, and their mean."""

    stage: str
    n: int
    clinicians: int
    score: Estimate


@dataclass(frozen=True)
class StagesReport:
    """stages: in the order of training; contrast, jonckheere: their trend, None where the order is not known or the
    clinicians are too few; left_out: responses of no stage, or of a stage with too few to be shown."""

    stages: tuple[StageScore, ...]
    contrast: LinearContrast | None
    jonckheere: JonckheereTerpstra | None
    left_out: int


def report_stages(look: ProgramLook) -> StagesReport | Suppressed:
    """Means by stage over all months and modes of the units that may be shown; hidden where somebody could be told."""
    kept = stages_told(look)
    if not kept:
        return Suppressed("small_group")
    stage_of = {each.id: each.stage or REST for each in look.clinicians}
    members = look.cube.sum_clinicians([unit for unit, group in look.groups.items() if group.blocks.runs])
    people = _by_stage(members.values(), stage_of, kept)
    stages = sorted(kept, key=_rank)
    scores = tuple(_score(stage, people[stage]) for stage in stages)
    ordered = all(stage in ORDER for stage in stages)
    means = [count_values(np.round(sums / n, 9)) for n, sums, _ in (people[stage] for stage in stages)]
    shown = sum(each.n for each in scores)
    return StagesReport(
        scores,
        _contrast([people[stage] for stage in stages]) if ordered else None,
        measure_jonckheere(means) if ordered else None,
        sum(int(each.n.sum()) for each in members.values()) - shown,
    )


def stages_told(look: ProgramLook) -> tuple[str, ...]:
    """The stages that are shown of the look's program; none where there are fewer than two."""
    kept = _Answers(look, {each.id: each.stage or REST for each in look.clinicians}).publishable_stages()
    return kept if len(kept) > 1 else ()


def stages_stay_safe(look: ProgramLook, units: Collection[str]) -> bool:
    """Whether nobody can be told from the stages by somebody who knows all answers of these units."""
    stage_of = {each.id: each.stage or REST for each in look.clinicians}
    return _Answers(look, stage_of, without=units).allowed(stages_told(look))


class _Answers:
    """Who answered for whom, in which block of which unit, and what may be told of stages in it.

    Arrays over cells of one clinician in one block: who, stage, block: numbers; n: scored responses. What the viewer
    knows is left out, their own and the units `without`: it protects nobody.
    """

    def __init__(self, look: ProgramLook, stage_of: Mapping[str, str], *, without: Collection[str] = ()) -> None:
        self._threshold = max(look.threshold, LEAST_THRESHOLD)
        counts = look.cube.count_clinicians([unit.id for unit in look.units])
        self._people = sorted({who for _, who in counts.owners})
        self._stages = sorted({stage_of.get(who, REST) for who in self._people} | {REST})
        units = sorted({unit for unit, _ in counts.owners})
        months, at = np.unique(counts.month, return_inverse=True)
        run = number_runs(look, units, months.tolist())
        unit = np.array([units.index(unit) for unit, _ in counts.owners], np.int64)[counts.owner]
        by_mode = np.array([look.groups[name].blocks.by_mode for name in units], np.bool_)
        mode = np.where(by_mode[unit], counts.mode + 1, 0) if len(unit) else counts.mode
        place = {who: at for at, who in enumerate(self._people)}
        whose = np.array([place[who] for _, who in counts.owners], np.int64)[counts.owner]
        own = np.array([who == look.viewer.clinician_id for who in self._people], np.bool_)
        known = np.array([name in without for name in units], np.bool_)
        told = run[unit, at] >= 0 if len(unit) else np.zeros(0, np.bool_)
        kept = told & (counts.n > 0) & ~own[whose] & ~known[unit] if len(unit) else told
        stage = np.array([self._stages.index(stage_of.get(who, REST)) for who in self._people], np.int64)
        self._who, self._n = whose[kept], counts.n[kept]
        self._stage = stage[self._who]
        self._block = (run[unit, at] * (len(counts.modes) + 1) + mode)[kept]

    def publishable_stages(self) -> tuple[str, ...]:
        """The stages that may be told; the smallest are left to the rest until all is safe."""
        sizes = np.bincount(self._stage, self._n, len(self._stages)).tolist()
        named = [(-size, stage) for stage, size in zip(self._stages, sizes, strict=True) if stage != REST and size]
        stages = [stage for _, stage in sorted(named)][:MOST_STAGES]
        while stages and not (self._large(stages) and self.allowed(stages)):
            stages.pop()
        return tuple(stages)

    def _large(self, stages: Collection[str]) -> bool:
        """Whether each stage has enough clinicians, none of whom stands out."""
        for stage in stages:
            mine = self._stage == self._stages.index(stage)
            answers = np.bincount(self._who[mine], self._n[mine])
            if np.count_nonzero(answers) < FEWEST_CLINICIANS or answers.sum() - answers.max() < self._threshold:
                return False
        return True

    def allowed(self, stages: Collection[str]) -> bool:
        """Whether no group solvable from these stages is small or lets somebody stand out: no G(T) does."""
        kind = np.array([stage in stages for stage in self._stages], np.bool_)
        part = np.where(kind, np.arange(1, len(self._stages) + 1), 0)[self._stage]
        blocks, block = np.unique(self._block, return_inverse=True)
        parts, place = np.unique(part, return_inverse=True)
        present = np.zeros((len(blocks), len(parts)), np.bool_)
        present[block, place] = True
        known = np.array([bool(name) for name in self._people])
        for size in range(1, len(parts)):
            for some in combinations(range(len(parts)), size):
                told: NDArray[np.bool_] = np.isin(np.arange(len(parts)), some)
                mixed = np.asarray(present[:, told].any(axis=1) & present[:, ~told].any(axis=1))
                chosen = mixed[block] & told[place]
                people = np.bincount(self._who[chosen], self._n[chosen], len(known))
                named = people[known]
                # Answers about an unknown clinician may be anybody's, so they hide nobody; alone they tell of nobody.
                besides = people.sum() if not named.any() else named.sum() - named.max()
                if chosen.any() and besides < self._threshold:
                    return False
        return True


def number_runs(look: ProgramLook, units: Sequence[str], months: Sequence[int]) -> Counts:
    """(U, M) the number of each month's run of months, counted over all units; −1 where the unit is hidden."""
    run = np.full((len(units), len(months)), -1)
    numbers = count()
    for row, unit in enumerate(units):
        runs = zip(look.groups[unit].blocks.runs, numbers, strict=False)
        run_of = {month: number for each, number in runs for month in each}
        run[row] = [run_of.get(month, -1) for month in months]
    return run


def _rank(stage: str) -> tuple[int, str]:
    return (ORDER.index(stage) if stage in ORDER else len(ORDER), stage)


_People = tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]


def _by_stage(
    members: Collection[ClinicianSums], stage_of: Mapping[str, str], kept: Collection[str]
) -> dict[str, _People]:
    """(C,) cases, sums and squares of each stage's clinicians; one who works in two units is one clinician."""
    sums: dict[str, dict[str, list[float]]] = {stage: {} for stage in kept}
    for each in members:
        rows = zip(each.clinicians, each.n.tolist(), each.sums.tolist(), each.squares.tolist(), strict=True)
        for who, *numbers in rows:
            stage = stage_of.get(who, REST)
            if stage in sums:
                before = sums[stage].get(who, [0.0, 0.0, 0.0])
                sums[stage][who] = [one + other for one, other in zip(before, numbers, strict=True)]
    return {stage: tuple(np.array(list(people.values())).T) for stage, people in sums.items()}


def _score(stage: str, people: _People) -> StageScore:
    n, sums, squares = people
    total = float(n.sum())
    mean = float(sums.sum()) / total
    spread = max(float(squares.sum()) - total * mean**2, 0.0)
    low, high = (float(limit) for limit in mean_limits(total, mean, spread))
    robust = robust_error(n, sums - n * mean)
    half = robust.half_width(0.95)
    low, high = min(low, max(mean - half, SCALE[0])), max(high, min(mean + half, SCALE[1]))
    method = robust.method if half else BETA
    return StageScore(stage, int(total), len(n), Estimate(mean, low, high, int(total), method))


def _contrast(stages: Sequence[_People]) -> LinearContrast | None:
    rows = []
    for place, (n, sums, _) in enumerate(stages):
        mean = float(sums.sum() / n.sum())
        robust = robust_error(n, sums - n * mean)
        rows.append((float(place), mean, robust.standard_error**2, robust.degrees, int(n.sum())))
    return contrast_means(rows)
