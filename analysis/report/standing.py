"""How far a program's clinicians can be told apart by their scores, and a fair estimate of one of them.

One model, fitted once to all months and modes, gives the number of answers that a comparison needs, the reliability
and the fair estimate: so they never contradict each other, and no two of them can be subtracted.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import ceil, inf
from typing import Final

import numpy as np

from analysis.disclosure import Cell, nobody_stands_out
from analysis.estimate import Estimate, NotEstimable, Suppressed, UnusableDataError
from analysis.group import PROVISIONAL_BELOW
from analysis.histogram import GroupSums
from analysis.icc import Icc, measure_icc
from analysis.mean import SCALE
from analysis.shrinkage import Shrinkage, ShrunkGroup, shrink_groups
from survey.access import Viewer
from survey.store.cube import ClinicianSums, TallyCube

# With fewer other clinicians nothing can be said of how clinicians differ, and one of them could be told from the rest.
OTHERS_IN_MODEL: Final = 4
_EVER: Final[Cell] = (0, "")


@dataclass(frozen=True)
class Standing:
    """A clinician among those of the program, over all months and modes.

    clinicians: how many the model knows; icc: how alike answers about one clinician are; needed: the answers a score
    needs for a reliability of 0.70, rounded up, infinite where no number is enough; mean: the program's; fair: the
    clinician's own score, the fair estimate of it and the reliability.
    """

    clinicians: int
    icc: Estimate
    needed: float
    mean: float
    fair: ShrunkGroup


def answers_needed(standing: Standing | NotEstimable | Suppressed) -> float:
    """The answers from which a score may be compared: the program's own number, or the convention without one."""
    return standing.needed if isinstance(standing, Standing) else PROVISIONAL_BELOW


def find_standing(
    cube: TallyCube, viewer: Viewer, clinician_id: str, unit_id: str, units: Sequence[str], threshold: int
) -> Standing | NotEstimable | Suppressed:
    """The clinician's standing among the clinicians of these units, those of the program.

    Who leads a program sees its units and could subtract, so they get none.
    """
    if viewer.leads:
        return Suppressed("small_remainder")
    find = partial(_find_in_model, cube, clinician_id, unit_id, units, threshold)
    return cube.remember(("standing", clinician_id, unit_id, tuple(units), threshold), find)


def _find_in_model(
    cube: TallyCube, clinician_id: str, unit_id: str, units: Sequence[str], threshold: int
) -> Standing | NotEstimable | Suppressed:
    make = partial(_fit_model, cube, units, threshold)
    model = cube.remember(("clinicians' model", tuple(units), threshold), make)
    if clinician_id not in model.sums:
        return NotEstimable("no_answers")
    if not _is_safe(model, clinician_id, unit_id, threshold):
        return Suppressed("small_remainder")
    if model.fitted is None:
        return NotEstimable("all_alike")
    icc, shrunk = model.fitted
    needed = inf if icc.n_for_070 is None else float(ceil(icc.n_for_070))
    fair = next(each for each in shrunk.groups if each.group == clinician_id)
    # The model's normal errors know no ceiling; the scale does.
    fair = replace(fair, low=max(fair.low, SCALE[0]), high=min(fair.high, SCALE[1]))
    return Standing(len(model.sums), icc.icc1, needed, shrunk.grand_mean, fair)


@dataclass(frozen=True)
class _Model:
    """A program's clinicians over all months and modes, the same for each of them who looks.

    members: those of each unit; sums: of those who are known well; fitted: None where all answers are alike.
    """

    members: Mapping[str, ClinicianSums]
    sums: Mapping[str, Sequence[float]]
    fitted: tuple[Icc, Shrinkage] | None


def _fit_model(cube: TallyCube, units: Sequence[str], threshold: int) -> _Model:
    members = cube.sum_clinicians(units)
    sums = _known_well(members, threshold)
    names = sorted(sums)
    if not names:
        return _Model(members, sums, None)
    n, _, total, squares = np.array([sums[name] for name in names]).T
    # Σx² − n·mean² loses digits where all are alike; below zero it is rounding.
    spread = np.maximum(squares - total**2 / n, 0.0)
    groups = GroupSums(tuple(names), n.astype(np.int64), total / n, np.where(spread < 1e-6, 0.0, spread))
    try:
        return _Model(members, sums, (measure_icc(groups), shrink_groups(groups)))
    except UnusableDataError:
        return _Model(members, sums, None)


def _known_well(members: Mapping[str, ClinicianSums], threshold: int) -> dict[str, list[float]]:
    """n, at top, Σ and Σ² of each named clinician who has at least `threshold` scored responses."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0] * 4)
    for each in members.values():
        columns = (each.n, each.at_top, each.sums, each.squares)
        for name, *values in zip(each.clinicians, *(column.tolist() for column in columns), strict=True):
            if name:
                sums[name] = [one + other for one, other in zip(sums[name], values, strict=True)]
    return {name: values for name, values in sums.items() if values[0] >= threshold}


def _is_safe(model: _Model, clinician_id: str, unit_id: str, threshold: int) -> bool:
    """Whether nobody can be told from what the model says, even if it said how much all its clinicians' scores add to.

    The viewer also sees their own results and the rest of their unit. What the model adds to that must hold clinicians
    of other units among whom nobody stands out; without any, the model must leave out nothing of the unit.
    """
    others = {name for name in model.sums if name != clinician_id}
    if len(others) < OTHERS_IN_MODEL:
        return False
    outside: dict[tuple[str, Cell], int] = defaultdict(int)
    left_out = 0
    for unit, each in model.members.items():
        for name, count in zip(each.clinicians, each.n.tolist(), strict=True):
            if unit != unit_id and name in others:
                outside[name, _EVER] += count
            elif unit == unit_id and name != clinician_id and name not in others:
                left_out += count
    return nobody_stands_out(outside, threshold)([_EVER]) if outside else not left_out
