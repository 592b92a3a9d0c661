"""A clinician's own results: what the page, the exports and the tests all read."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Final

from sqlalchemy import Connection

from analysis.disclosure import nobody_stands_out, publishable_blocks
from analysis.estimate import NotEstimable, Suppressed
from analysis.group import (
    Distribution,
    GroupSummary,
    ItemSummary,
    count_answers,
    distribute_scores,
    summarise_group,
    summarise_items,
)
from analysis.key_drivers import KeyDrivers
from analysis.report.comments import Comments, release_comments
from analysis.report.course import (
    Course,
    Periods,
    SinceChange,
    compare_with_previous,
    course_of,
    measure_since,
    summarise_runs,
)
from analysis.report.drivers import drivers_of
from analysis.report.published_group import Choices, TalliedGroup, add_by_cell, offered_choices, size_rules
from analysis.report.standing import Standing, answers_needed, find_standing
from analysis.report.strata import EverStrata, Part, summarise_ever, summarise_modes
from analysis.view import View
from survey.access import Viewer, require_own_results
from survey.store.comments import list_comments_about
from survey.store.cube import TallyCube
from survey.store.reading import Selection, read_tallies
from survey.store.roster import find_clinician, list_units
from survey.tally import Tally

OTHERS_NEEDED: Final = 3  # with fewer other clinicians, one of them could be told from the rest


@dataclass(frozen=True)
class Marked:
    """A month in which the clinician changed something, and what."""

    month: int
    note: str = ""


@dataclass(frozen=True)
class ClinicianReport:
    """A clinician's own results. `summary` is Suppressed, and the rest empty, where the view is too small.

    In the view: summary, course, items, modes, own_scores, others_scores and previous (None for all months). Over all
    months and modes, because a window less another would give few people away: standing, respondents, drivers,
    comments, and ever_modes, empty where modes tells them. Over all months, in the view's mode: since, None without a
    marked change.
    """

    clinician: str
    unit: str
    view: View
    choices: Choices
    summary: GroupSummary | Suppressed
    standing: Standing | NotEstimable | Suppressed
    course: Course
    items: tuple[ItemSummary | Suppressed, ...]
    modes: dict[str, GroupSummary] | Suppressed
    ever_modes: dict[str, GroupSummary]
    respondents: dict[str, GroupSummary] | Suppressed
    own_scores: Distribution | Suppressed
    others_scores: Distribution | Suppressed
    drivers: KeyDrivers | NotEstimable | Suppressed
    previous: Periods | Suppressed | None
    since: SinceChange | None
    comments: Comments | Suppressed


def report_clinician(
    connection: Connection,
    cube: TallyCube,
    viewer: Viewer,
    clinician_id: str,
    view: View,
    *,
    today: date,
    threshold: int,
    marked: Marked | None = None,
) -> ClinicianReport:
    """The clinician's own results; raises AccessDeniedError unless they are the viewer's. The tallies are
    read once, until one of them changes.

    `cube` is of the view's instrument; `marked`: a change to compare the months before and after.
    """
    require_own_results(viewer, clinician_id)
    clinician = find_clinician(connection, clinician_id)
    assert clinician is not None  # noqa: S101  the viewer's roles come from the same roster
    units = list_units(connection)
    home = next((unit for unit in units if unit.id == clinician.unit_id), None)
    program = [unit.id for unit in units if home is not None and unit.program_id == home.program_id]
    keep = partial(cube.remember, memory=cube.memory_of(connection))
    parts = keep(("own", clinician_id), partial(_own_parts, connection, clinician_id, view))
    own = keep(("own group", clinician_id, threshold), partial(_group_of, parts, view, threshold))
    # Who sees the whole unit as its lead could subtract the others from it, and has their own part.
    read_others = partial(_others, connection, clinician_id, clinician.unit_id, view, threshold)
    others = None
    if not viewer.leads:
        others = keep(("others", clinician_id, threshold), read_others, unit=clinician.unit_id)
    tally = own.tally(view, today)
    standing = find_standing(cube, viewer, clinician_id, clinician.unit_id, program, threshold)
    needed = answers_needed(standing)
    everything = View(view.instrument, mode=view.mode)
    find_runs = partial(summarise_runs, own, view, needed)
    runs = keep(("runs", clinician_id, threshold, view.mode, needed), find_runs)
    hidden = tally if isinstance(tally, Suppressed) else None
    summarise = partial(summarise_ever, own, parts, view, threshold, needed)
    key = ("ever", clinician_id, threshold, needed)
    ever = _tell_ever(viewer, bool(hidden), partial(keep, key, summarise))
    find_drivers = partial(drivers_of, own, view, today, threshold)
    return ClinicianReport(
        clinician=clinician.name,
        unit=home.name if home is not None else clinician.unit_id,
        view=view,
        choices=offered_choices([own], view, today),
        summary=tally if isinstance(tally, Suppressed) else summarise_group(tally, needed),
        standing=hidden or standing,
        course=course_of(own, runs, view, today, marked.month if marked else None),
        items=() if isinstance(tally, Suppressed) else summarise_items(tally, own.items_shown(view, today, threshold)),
        modes=summarise_modes(own, view, today, needed),
        ever_modes=ever.modes,
        respondents=ever.respondents,
        own_scores=tally if isinstance(tally, Suppressed) else distribute_scores(tally),
        others_scores=_others_distribution(others, view, today),
        drivers=hidden or keep(("drivers", clinician_id, threshold, today), find_drivers),
        previous=hidden or compare_with_previous(own, view, today, needed),
        since=measure_since(own, view, course_of(own, runs, everything, today, None), marked.month, marked.note, needed)
        if marked and not hidden
        else None,
        comments=_comments(connection, clinician_id, view, own, today, threshold),
    )


def _tell_ever(viewer: Viewer, hidden: bool, summarise: Callable[[], EverStrata]) -> EverStrata:
    if viewer.leads:
        # A lead sees units by mode and respondent, from which these could be subtracted.
        return EverStrata({}, Suppressed("recoverable"))
    return EverStrata({}, {}) if hidden else summarise()


def _comments(
    connection: Connection, clinician_id: str, view: View, own: TalliedGroup, today: date, threshold: int
) -> Comments | Suppressed:
    if not own.blocks.runs:
        return Suppressed("small_group")
    responses: Counter[int] = Counter()
    for (month, _mode), counts in own.counts.items():
        responses[month] += int(counts[0])
    written = list_comments_about(connection, clinician_id, view.instrument)
    return release_comments(written, responses, today, threshold)


def _own_parts(connection: Connection, clinician_id: str, view: View) -> dict[Part, Tally]:
    selection = Selection(view.instrument, clinician_id=clinician_id)
    found = read_tallies(connection, selection, by=("month", "mode", "respondent"))
    return {(month, mode, respondent): tally for (month, mode, respondent), tally in found.items()}


def _group_of(parts: dict[Part, Tally], view: View, threshold: int) -> TalliedGroup:
    tallies = add_by_cell(view, (((month, mode), tally) for (month, mode, _respondent), tally in parts.items()))
    counts = {cell: count_answers(tally) for cell, tally in tallies.items()}
    return TalliedGroup(counts, publishable_blocks(counts, *size_rules(counts, threshold)), tallies=tallies)


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
    scored = {key: tally.scored for key, tally in others.items()}
    return TalliedGroup(counts, publishable_blocks(counts, nobody_stands_out(scored, threshold)), tallies=tallies)


def _others_distribution(others: TalliedGroup | None, view: View, today: date) -> Distribution | Suppressed:
    if others is None:
        return Suppressed("small_remainder")
    tally = others.tally(view, today)
    return tally if isinstance(tally, Suppressed) else distribute_scores(tally)
