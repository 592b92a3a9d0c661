"""One unit's clinicians for the lead: those whose score is reliable, by name, where nobody else can be told from them.

Scores are of all months and modes. Beside them a lead knows the unit's blocks (a run of months, a mode) and, over
units, the stages of training. So each unit is looked at by itself, as if its part of every stage were told: rows of
blocks, a column for each clinician shown, one for those of each stage who are not, and one for whoever is left.
`smallest_solvable` gives the least group that follows; of those who are not shown there must be nobody, or several of
whom none stands out. Then the stages are looked at again as somebody sees them who knows all answers of the units told.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.disclosure import MOST_KINDS, Cell, crosswise_groups, smallest_group
from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.mean import BETA, mean_limits
from analysis.report.program.look import ProgramLook
from analysis.report.program.stages import REST, number_runs, stages_stay_safe, stages_told
from analysis.report.program.standing import RELIABLE, fit_members
from survey.store.cube import ClinicianSums

# With fewer, what a unit's interval over clinicians says could be solved for one of them.
FEWEST_OTHERS: Final = 3


@dataclass(frozen=True)
class ClinicianScore:
    """A clinician's scored responses in the unit, their mean, and its reliability among clinicians of one unit."""

    id: str
    name: str
    n: int
    score: Estimate
    reliability: float


@dataclass(frozen=True)
class UnitClinicians:
    """A unit's clinicians by name, over all months and modes.

    mean: of all the unit's scored responses; needed: those that a clinician needs for a reliability of 0.70;
    unreliable: names of those who have fewer; kept_back: names of those who have enough but with whom somebody else
    would be told.
    """

    unit: str
    mean: float
    needed: int
    shown: tuple[ClinicianScore, ...]
    unreliable: tuple[str, ...]
    kept_back: tuple[str, ...]


def report_clinicians(look: ProgramLook) -> dict[str, UnitClinicians] | NotEstimable | Suppressed:
    """The clinicians of each visible unit, by its id.

    NotEstimable where clinicians of one unit do not differ by more than chance; hidden from a lead who is a clinician,
    who could subtract their own.
    """
    if look.viewer.clinician_id is not None:
        return Suppressed("small_remainder")
    found = _told(look)
    if isinstance(found, NotEstimable):
        return found
    needed, told = found
    names = {each.id: each.name for each in look.clinicians}
    members = look.cube.sum_clinicians(look.visible)
    return {
        unit: _report_unit(unit, members[unit], needed, told.get(unit, ()), names)
        for unit in look.visible
        if unit in members
    }


def _report_unit(
    unit: str, members: ClinicianSums, needed: int, told: Collection[str], names: Mapping[str, str]
) -> UnitClinicians:
    sizes = dict(zip(members.clinicians, members.n.tolist(), strict=True))
    known = sorted((who for who in sizes if who), key=lambda who: (names.get(who, who), who))
    return UnitClinicians(
        unit,
        float(members.sums.sum()) / int(members.n.sum()),
        needed,
        tuple(_score(members, who, names.get(who, who), needed) for who in known if who in told),
        tuple(names.get(who, who) for who in known if sizes[who] < needed),
        tuple(names.get(who, who) for who in known if sizes[who] >= needed and who not in told),
    )


def _told(look: ProgramLook) -> tuple[int, dict[str, tuple[str, ...]]] | NotEstimable:
    """The responses a clinician needs, and who is told in which unit."""
    members = look.cube.sum_clinicians(list(look.groups))
    model = fit_members(members)
    if model is None or model.variance_clinician <= 0 or model.variance_residual <= 0:
        return NotEstimable("all_alike")
    ratio = RELIABLE / (1 - RELIABLE) * model.variance_residual / model.variance_clinician
    needed = max(int(np.ceil(ratio)), look.threshold)
    stages = stages_told(look)
    stage_of = {each.id: each.stage for each in look.clinicians if each.stage in stages}
    told = {
        unit: shown
        for unit, sums in members.items()
        if (shown := _publishable(look, unit, sums, needed, {who: stage_of.get(who, REST) for who in sums.clinicians}))
    }
    while told and not stages_stay_safe(look, tuple(told)):
        told.pop(min(told, key=lambda unit: (int(members[unit].n.sum()), unit)))
    return needed, told


_Table = Mapping[tuple[str, Cell], int]  # responses by clinician and block


def _publishable(
    look: ProgramLook, unit: str, members: ClinicianSums, needed: int, stage_of: Mapping[str, str]
) -> tuple[str, ...]:
    """Who may be told in this unit; whoever has fewest answers is left out first. stage_of: those that are shown."""
    sizes = dict(zip(members.clinicians, members.n.tolist(), strict=True))
    able = sorted((who for who in sizes if who and sizes[who] >= needed), key=lambda who: (-sizes[who], who))
    shown = able[: MOST_KINDS - len({*stage_of.values(), REST})]
    table = _count_blocks(look, unit)
    while shown and not _safe(table, shown, stage_of, look.threshold):
        shown.pop()
    return tuple(shown)


def _count_blocks(look: ProgramLook, unit: str) -> _Table:
    """The unit's scored responses by clinician and block."""
    counts = look.cube.count_clinicians([unit])
    months, at = np.unique(counts.month, return_inverse=True)
    run = number_runs(look, [unit], months.tolist())[0]
    by_mode = look.groups[unit].blocks.by_mode
    table: Counter[tuple[str, Cell]] = Counter()
    columns = (counts.owner, at, counts.mode, counts.n)
    for owner, month, mode, n in zip(*(each.tolist() for each in columns), strict=True):
        if n and run[month] >= 0:
            block = int(run[month]), counts.modes[mode] if by_mode else ""
            table[counts.owners[owner][1], block] += n
    return table


def _safe(table: _Table, shown: Sequence[str], stage_of: Mapping[str, str], threshold: int) -> bool:
    """Whether neither a small group nor somebody who is not shown follows from the table's sums.

    Each of the shown is a kind, and so is each stage's rest: whoever is shown answered in some blocks only, so what is
    left of a single block may follow as well as what is left of all.
    """
    others = sorted({stage_of.get(who, REST) for who, _block in table if who not in shown})
    people = sorted({who for who, _block in table})
    blocks = list(dict.fromkeys(block for _who, block in table))
    kind = np.array(
        [shown.index(who) if who in shown else len(shown) + others.index(stage_of.get(who, REST)) for who in people]
    )
    n = np.array([[table.get((who, block), 0) for block in blocks] for who in people], np.int64)
    counts = np.zeros((len(blocks), len(shown) + len(others)), np.int64)
    np.add.at(counts.T, kind, n)
    told, mixed = crosswise_groups(counts > 0)
    if smallest_group(counts, told, mixed) < threshold:
        return False
    groups = n @ mixed * told[:, kind].T  # (people, sets): each one's answers in G(T)
    of_others = groups[:, ~groups[kind < len(shown)].any(axis=0)]
    named = of_others[np.array([bool(who) for who in people])]
    named = named[:, named.any(axis=0)]
    enough = named.sum(axis=0) - named.max(axis=0, initial=0) >= threshold
    return bool((enough & (np.count_nonzero(named, axis=0) >= FEWEST_OTHERS)).all())


def _score(members: ClinicianSums, who: str, name: str, needed: int) -> ClinicianScore:
    at = members.clinicians.index(who)
    n, total, squares = int(members.n[at]), float(members.sums[at]), float(members.squares[at])
    mean = total / n
    low, high = (float(limit) for limit in mean_limits(n, mean, max(squares - n * mean**2, 0.0)))
    # n answers have the reliability n/(n + k) where k/(1 − 0.70)·0.70 are needed for 0.70.
    share = needed * (1 - RELIABLE) / RELIABLE
    return ClinicianScore(who, name, n, Estimate(mean, low, high, n, BETA), n / (n + share))
