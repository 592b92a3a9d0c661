"""A clinician's own results: what the page, the exports and the tests all read."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection

from analysis.disclosure import nobody_stands_out, publishable_blocks
from analysis.estimate import Suppressed
from analysis.group import (
    Distribution,
    GroupSummary,
    ItemSummary,
    count_answers,
    distribute_scores,
    summarise_group,
    summarise_items,
)
from analysis.report.published_group import (
    CellTallies,
    Choices,
    PublishedGroup,
    TalliedGroup,
    add_by_cell,
    offered_choices,
    size_rules,
)
from analysis.view import View
from survey.access import Viewer, require_own_results
from survey.store.reading import Selection, read_tallies
from survey.store.roster import find_clinician, list_units
from survey.tally import add_tallies

OTHERS_NEEDED: Final = 3  # with fewer other clinicians, one of them could be told from the rest


@dataclass(frozen=True)
class TrendPoint:
    """A run of months, usually one, with the group's summary in it."""

    first: int
    last: int
    summary: GroupSummary


@dataclass(frozen=True)
class ClinicianReport:
    """A clinician's own results. `summary` is Suppressed, and the rest empty, where the view is too small."""

    clinician: str
    unit: str
    view: View
    choices: Choices
    summary: GroupSummary | Suppressed
    trend: tuple[TrendPoint, ...]
    items: tuple[ItemSummary | Suppressed, ...]
    modes: dict[str, int] | Suppressed
    own_scores: Distribution | Suppressed
    others_scores: Distribution | Suppressed


def report_clinician(
    connection: Connection, viewer: Viewer, clinician_id: str, view: View, *, today: date, threshold: int
) -> ClinicianReport:
    """The clinician's own results; raises AccessDeniedError unless they are the viewer's. Two reads of tallies."""
    require_own_results(viewer, clinician_id)
    clinician = find_clinician(connection, clinician_id)
    assert clinician is not None  # noqa: S101  the viewer's roles come from the same roster
    unit = next((unit.name for unit in list_units(connection) if unit.id == clinician.unit_id), clinician.unit_id)
    tallies = _own_cells(connection, clinician_id, view)
    counts = {cell: count_answers(tally) for cell, tally in tallies.items()}
    own = TalliedGroup(counts, publishable_blocks(counts, *size_rules(counts, threshold)), tallies=tallies)
    # Who sees the whole unit as its lead could subtract the others from it, and has their own part.
    others = None if viewer.leads else _others(connection, clinician_id, clinician.unit_id, view, threshold)
    tally = own.tally(view, today)
    return ClinicianReport(
        clinician=clinician.name,
        unit=unit,
        view=view,
        choices=offered_choices([own], view, today),
        summary=tally if isinstance(tally, Suppressed) else summarise_group(tally),
        trend=_trend(own, view, today),
        items=() if isinstance(tally, Suppressed) else summarise_items(tally, own.items_shown(view, today, threshold)),
        modes=_modes(own, view, today),
        own_scores=tally if isinstance(tally, Suppressed) else distribute_scores(tally),
        others_scores=_others_distribution(others, view, today),
    )


def _own_cells(connection: Connection, clinician_id: str, view: View) -> CellTallies:
    selection = Selection(view.instrument, clinician_id=clinician_id)
    return add_by_cell(view, read_tallies(connection, selection, by=("month", "mode")).items())


def _others(connection: Connection, clinician_id: str, unit_id: str, view: View, threshold: int) -> TalliedGroup | None:
    """The unit's other responses, or None while there are too few other clinicians behind them."""
    selection = Selection(view.instrument, unit_ids=frozenset({unit_id}))
    found = read_tallies(connection, selection, by=("clinician_id", "month", "mode"), items=False)
    others = {(who, (month, mode)): tally for (who, month, mode), tally in found.items() if who != clinician_id}
    if len({who for who, _cell in others if who}) < OTHERS_NEEDED:
        return None
    tallies = add_by_cell(view, ((cell, tally) for (_who, cell), tally in others.items()))
    counts = {cell: count_answers(tally) for cell, tally in tallies.items()}
    # Only scored responses are shown of them.
    scored = {key: int(count_answers(tally)[1]) for key, tally in others.items()}
    return TalliedGroup(counts, publishable_blocks(counts, nobody_stands_out(scored, threshold)), tallies=tallies)


def _others_distribution(others: TalliedGroup | None, view: View, today: date) -> Distribution | Suppressed:
    if others is None:
        return Suppressed("small_remainder")
    tally = others.tally(view, today)
    return tally if isinstance(tally, Suppressed) else distribute_scores(tally)


def _trend(group: TalliedGroup, view: View, today: date) -> tuple[TrendPoint, ...]:
    shown = group.in_view(view, today)
    if isinstance(shown, Suppressed):
        return ()
    points = []
    for run in group.blocks.runs:
        cells = [cell for cell in shown if cell[0] in run]
        if cells:
            tally = add_tallies(view.instrument, (group.tallies[cell] for cell in cells))
            points.append(TrendPoint(run[0], run[-1], summarise_group(tally)))
    return tuple(points)


def _modes(group: PublishedGroup, view: View, today: date) -> dict[str, int] | Suppressed:
    """Responses by mode; hidden where modes may not be told apart, since windows could be subtracted."""
    shown = group.in_view(view, today)
    if isinstance(shown, Suppressed):
        return {}
    if not group.blocks.by_mode:
        return Suppressed("recoverable")
    counts: dict[str, int] = defaultdict(int)
    for cell in shown:
        counts[cell[1]] += int(group.counts[cell][0])
    return {mode: counts[mode] for mode in sorted(counts)}
