"""A group's responses by how and by whom they were given, where that gives no small group away."""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from analysis.disclosure import Cell, smallest_solvable
from analysis.estimate import Suppressed
from analysis.group import GroupSummary, count_answers, summarise_group
from analysis.report.published_group import TalliedGroup
from analysis.view import View
from survey.tally import Tally, add_tallies

# The kinds told apart, the finer first: patients themselves, and others for or with them.
BESIDE_PATIENTS: Final = "proxy_or_assisted"
Part = tuple[int, str, str]  # month, mode, respondent


def summarise_modes(
    group: TalliedGroup, view: View, today: date, needed: float
) -> dict[str, GroupSummary] | Suppressed:
    """The view's responses by mode; hidden where modes may not be told apart, since windows could be subtracted."""
    shown = group.in_view(view, today)
    if isinstance(shown, Suppressed):
        return {}
    if not group.blocks.by_mode:
        return Suppressed("recoverable")
    cells: dict[str, list[Cell]] = defaultdict(list)
    for cell in shown:
        cells[cell[1]].append(cell)
    return {
        mode: summarise_group(add_tallies(view.instrument, (group.tallies[cell] for cell in cells[mode])), needed)
        for mode in sorted(cells)
    }


@dataclass(frozen=True)
class EverStrata:
    """All responses, of every month, by respondent, and by mode where no view tells modes apart (empty otherwise)."""

    modes: dict[str, GroupSummary]
    respondents: dict[str, GroupSummary] | Suppressed


def summarise_ever(
    group: TalliedGroup, parts: Mapping[Part, Tally], view: View, threshold: int, needed: float
) -> EverStrata:
    """Responses by mode and by respondent; those beside patients together where they are few.

    They are told apart over everything only: by window as well, windows less one another would give few away. Modes and
    respondents cut each other, so it is looked at what would follow if every combination of them were told.
    """
    if not group.blocks.runs:
        return EverStrata({}, {})
    apart = {"proxy": "proxy", "assisted": "assisted"}
    together = dict.fromkeys(apart, BESIDE_PATIENTS)
    many = not group.blocks.by_mode and len({mode for _month, mode, _respondent in parts}) > 1
    for by_mode, kinds in ((True, apart), (True, together), (False, apart), (False, together)):
        if by_mode and not many:
            continue
        named = {part: (part[1] if by_mode else "", kinds.get(part[2], part[2])) for part in parts}
        if not all(_hides_small(_by_block(group, parts, named, place), threshold) for place in (0, 1)):
            continue
        respondents = _summaries(parts, {part: name[1] for part, name in named.items()}, view, needed)
        modes = _summaries(parts, {part: name[0] for part, name in named.items()}, view, needed) if by_mode else {}
        return EverStrata(modes, respondents)
    return EverStrata({}, Suppressed("recoverable"))


def _summaries(
    parts: Mapping[Part, Tally], named: Mapping[Part, str], view: View, needed: float
) -> dict[str, GroupSummary]:
    names = sorted(set(named.values()), key=lambda name: (name != "patient", name))
    return {
        name: summarise_group(
            add_tallies(view.instrument, (parts[part] for part in parts if named[part] == name)), needed
        )
        for name in names
    }


def _by_block(
    group: TalliedGroup, parts: Mapping[Part, Tally], named: Mapping[Part, Hashable], place: int
) -> list[list[int]]:
    """Responses (place 0) or scored ones (1) of each block by kind."""
    kinds = list(dict.fromkeys(named.values()))
    runs = {month: at for at, run in enumerate(group.blocks.runs) for month in run}
    table: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0] * len(kinds))
    for part, tally in parts.items():
        block = runs[part[0]], part[1] if group.blocks.by_mode else ""
        table[block][kinds.index(named[part])] += int(count_answers(tally)[place])
    return list(table.values())


def _hides_small(table: Sequence[Sequence[int]], threshold: int) -> bool:
    least = smallest_solvable(table)
    return least is None or least >= threshold
