"""A group's responses by how and by whom they were given, where that gives no small group away."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from analysis.disclosure import Cell, smallest_solvable
from analysis.estimate import Suppressed
from analysis.group import GroupSummary, count_answers, summarise_group
from analysis.report.published_group import TalliedGroup
from analysis.view import View
from survey.tally import Counts, Tally, add_tallies

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


def summarise_respondents(
    group: TalliedGroup, parts: Mapping[Part, Tally], view: View, threshold: int, needed: float
) -> dict[str, GroupSummary] | Suppressed:
    """All responses, of every month and mode, by respondent; those beside patients together where they are few.

    Respondents are told apart over everything only: by window as well, windows less one another would give few away.
    """
    if not group.blocks.runs:
        return {}
    for kinds in ({"proxy": "proxy", "assisted": "assisted"}, dict.fromkeys(("proxy", "assisted"), BESIDE_PATIENTS)):
        named = {part: kinds.get(part[2], part[2]) for part in parts}
        names = sorted(set(named.values()), key=lambda name: (name != "patient", name))
        counts = {part: count_answers(tally) for part, tally in parts.items()}
        tables = [_by_block(group, counts, named, names, place) for place in (0, 1)]
        if all(_hides_small(table, threshold) for table in tables):
            return {
                name: summarise_group(
                    add_tallies(view.instrument, (parts[part] for part in parts if named[part] == name)), needed
                )
                for name in names
            }
    return Suppressed("recoverable")


def _by_block(
    group: TalliedGroup, counts: Mapping[Part, Counts], named: Mapping[Part, str], names: Sequence[str], place: int
) -> list[list[int]]:
    """Responses (place 0) or scored ones (1) of each block by kind of respondent."""
    runs = {month: at for at, run in enumerate(group.blocks.runs) for month in run}
    table: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0] * len(names))
    for part, count in counts.items():
        block = runs[part[0]], part[1] if group.blocks.by_mode else ""
        table[block][names.index(named[part])] += int(count[place])
    return list(table.values())


def _hides_small(table: Sequence[Sequence[int]], threshold: int) -> bool:
    least = smallest_solvable(table)
    return least is None or least >= threshold
