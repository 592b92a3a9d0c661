"""One unit's clinicians for the lead: those whose score is reliable, by name, where nobody else can be told from them.

Scores are of all months and modes. Beside them a lead knows the unit's blocks (a run of months, a mode) and, over
units, the stages of training by window. So it is looked at what would follow if each clinician shown were told in every
window: per unit and window rows of blocks and columns of clinicians, whose least solvable group `smallest_solvable`
gives. Whoever is not shown is in one column more, and must be nobody, or several of whom none stands out. Then the
stages are looked at again as somebody sees them who knows all answers of the units told here.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.disclosure import MOST_KINDS, Cell, nobody_stands_out, smallest_solvable
from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.mean import BETA, mean_limits
from analysis.report.program.look import ProgramLook
from analysis.report.program.stages import runs_and_windows, stages_stay_safe, stages_told
from analysis.report.program.standing import RELIABLE, fit_members
from survey.store.cube import ClinicianSums

# With fewer, what a unit's interval over clinicians says could be solved for one of them.
FEWEST_OTHERS: Final = 3
REST: Final = ""


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


def report_clinicians(look: ProgramLook, unit: str) -> UnitClinicians | NotEstimable | Suppressed:
    """The clinicians of one of the look's units; KeyError for any other.

    NotEstimable where clinicians of one unit do not differ by more than chance; hidden where the unit is, and from a
    lead who is a clinician, who could subtract their own.
    """
    hidden = look.shown[unit]
    if isinstance(hidden, Suppressed):
        return hidden
    if look.viewer.clinician_id is not None:
        return Suppressed("small_remainder")
    found = _told(look)
    if isinstance(found, NotEstimable):
        return found
    needed, told = found
    members = look.cube.sum_clinicians([unit]).get(unit)
    if members is None:
        return NotEstimable("no_answers")
    names = {each.id: each.name for each in look.clinicians}
    sizes = dict(zip(members.clinicians, members.n.tolist(), strict=True))
    known = sorted((who for who in sizes if who), key=lambda who: (names.get(who, who), who))
    shown = [who for who in known if who in told.get(unit, ())]
    return UnitClinicians(
        unit,
        float(members.sums.sum()) / int(members.n.sum()),
        needed,
        tuple(_score(members, who, names.get(who, who), needed) for who in shown),
        tuple(names.get(who, who) for who in known if sizes[who] < needed),
        tuple(names.get(who, who) for who in known if sizes[who] >= needed and who not in shown),
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
    told = {
        unit: shown
        for unit, sums in members.items()
        if (shown := _publishable(look, unit, sums, needed, by_window=bool(stages)))
    }
    while told and not stages_stay_safe(look, tuple(told)):
        told.pop(min(told, key=lambda unit: (int(members[unit].n.sum()), unit)))
    return needed, told


def _publishable(
    look: ProgramLook, unit: str, members: ClinicianSums, needed: int, *, by_window: bool
) -> tuple[str, ...]:
    """Who may be told in this unit; whoever has fewest answers is left out first."""
    sizes = dict(zip(members.clinicians, members.n.tolist(), strict=True))
    able = sorted((who for who in sizes if who and sizes[who] >= needed), key=lambda who: (-sizes[who], who))
    shown = able[: MOST_KINDS - 1]
    tables = _tables(look, unit, by_window=by_window)
    while shown and not all(_safe(table, shown, look.threshold) for table in tables):
        shown.pop()
    return tuple(shown)


_Table = Mapping[tuple[str, Cell], int]  # responses by clinician and block


def _tables(look: ProgramLook, unit: str, *, by_window: bool) -> list[_Table]:
    """The unit's scored responses by clinician and block, for each set of windows that shows the same blocks."""
    counts = look.cube.count_clinicians([unit])
    months, at = np.unique(counts.month, return_inverse=True)
    run, seen = runs_and_windows(look, [unit], months.tolist())
    by_mode = look.groups[unit].blocks.by_mode
    tables: dict[int, Counter[tuple[str, Cell]]] = {}
    for owner, month, mode, n in zip(
        counts.owner.tolist(), at.tolist(), counts.mode.tolist(), counts.n.tolist(), strict=True
    ):
        if n and seen[0, month]:
            window = int(seen[0, month]) if by_window else 0
            block = int(run[0, month]), counts.modes[mode] if by_mode else ""
            tables.setdefault(window, Counter())[counts.owners[owner][1], block] += n
    return list(tables.values())


def _safe(table: _Table, shown: Sequence[str], threshold: int) -> bool:
    """Whether neither a small group nor one of those who are not shown follows from the table's sums."""
    blocks = list(dict.fromkeys(block for _who, block in table))
    kinds = [*shown, REST]
    rows = [[0] * len(kinds) for _ in blocks]
    others: dict[tuple[str, Cell], int] = {}
    for (who, block), n in table.items():
        kind = kinds.index(who) if who in shown else len(shown)
        rows[blocks.index(block)][kind] += n
        if kind == len(shown):
            others[who, block] = n
    least = smallest_solvable(rows)
    if least is not None and least < threshold:
        return False
    # Blocks that hold nobody who is shown tell of the others what they told before.
    mixed = {block for block, row in zip(blocks, rows, strict=True) if any(row[:-1])}
    people = {who for who, block in others if who and block in mixed}
    if not people:
        return True
    return len(people) >= FEWEST_OTHERS and nobody_stands_out(others, threshold)(mixed)


def _score(members: ClinicianSums, who: str, name: str, needed: int) -> ClinicianScore:
    at = members.clinicians.index(who)
    n, total, squares = int(members.n[at]), float(members.sums[at]), float(members.squares[at])
    mean = total / n
    low, high = (float(limit) for limit in mean_limits(n, mean, max(squares - n * mean**2, 0.0)))
    # n answers have the reliability n/(n + k) where k/(1 − 0.70)·0.70 are needed for 0.70.
    share = needed * (1 - RELIABLE) / RELIABLE
    return ClinicianScore(who, name, n, Estimate(mean, low, high, n, BETA), n / (n + share))
