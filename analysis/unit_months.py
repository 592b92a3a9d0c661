"""Each unit's results by month as lines of a table: what the summary tab of the mirror shows.

Months are joined until enough people answered, also besides the patients of a clinician who leads or administers, for
they see their own results apart; a unit that never had enough is listed without numbers.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection

from analysis.disclosure import Cell, common_runs, publishable_blocks
from analysis.estimate import Estimate, NotEstimable
from analysis.group import GroupSummary, count_answers, summarise_clustered
from analysis.report.published_group import size_rules
from analysis.wording import say_month
from survey.access import find_clinicians_with_posts
from survey.store.cube import TallyCube
from survey.store.reading import Selection, read_tallies
from survey.store.roster import list_units
from survey.tally import Counts, add_tallies

Line = list[str | int | float]
HEADER: Final[tuple[str, ...]] = (
    "Unit", "Instrument", "From", "To", "n", "Mean (0-100)", "95% from", "95% to", "Top box %", "95% from", "95% to",
    "Note",
)  # fmt: skip


def list_unit_months(connection: Connection, cube: TallyCube, threshold: int) -> list[Line]:
    """A line for each unit and run of months of an instrument, without the header; `cube` is of that instrument.

    Intervals allow for patients of the same clinician being alike.
    """
    units = list_units(connection)
    counts = cube.count_units([unit.id for unit in units])
    tallies = read_tallies(connection, Selection(cube.instrument), by=("unit_id", "month"), items=False)
    with_posts = find_clinicians_with_posts(connection)
    name = f"{cube.instrument.id} {cube.instrument.version}"
    lines: list[Line] = []
    for unit in units:
        if unit.id not in counts:
            continue
        make = partial(_runs, connection, Selection(cube.instrument, frozenset({unit.id})), with_posts, threshold)
        key = ("runs of months for everybody", with_posts, threshold)
        runs = cube.remember(key, partial(make, counts[unit.id]), unit=unit.id)
        if not runs:
            few = sum(int(each[0]) for each in counts[unit.id].values()) < threshold
            note = f"hidden: fewer than {threshold} responses" + ("" if few else " that can be told apart safely")
            lines.append([unit.name, name, *[""] * (len(HEADER) - 3), note])
        for run in runs:
            tally = add_tallies(
                cube.instrument, (tallies[unit.id, month] for month in run if (unit.id, month) in tallies)
            )
            clinicians = cube.sum_clinicians([unit.id], since=run[0], before=run[-1] + 1)
            lines.append([unit.name, name, *_cells(run, summarise_clustered(tally, list(clinicians.values())))])
    return lines


def _runs(
    connection: Connection, unit: Selection, with_posts: Collection[str], threshold: int, counts: Mapping[Cell, Counts]
) -> tuple[tuple[int, ...], ...]:
    """The months that may be shown together, for the responses and for the scored ones among them.

    The tab does not know who reads it. So its runs are unions of those that a lead sees, and of those that each
    clinician with a post sees, who has their own results beside them: nothing subtracts to a small group.
    """
    known: dict[str, dict[Cell, Counts]] = {who: {} for who in with_posts}
    if known:
        cells = read_tallies(connection, unit, by=("clinician_id", "month", "mode"), items=False)
        for (who, month, mode), tally in cells.items():
            if who in known:
                known[who][month, mode] = count_answers(tally)
    rules = [size_rules(counts, threshold, own) for own in ({}, *known.values())]
    return common_runs([publishable_blocks(counts, *each).runs for each in rules])


def _cells(run: Sequence[int], summary: GroupSummary) -> Line:
    note = "provisional: too few to compare" if summary.provisional else ""
    score, top = (_interval(each, by) for each, by in ((summary.score, 1), (summary.top_box, 100)))
    return [say_month(run[0]), say_month(run[-1]), summary.n, *score, *top, note]


def _interval(value: Estimate | NotEstimable, by: int) -> Line:
    if isinstance(value, NotEstimable):
        return [""] * 3
    return [round(each * by, 1) for each in (value.value, value.low, value.high)]
