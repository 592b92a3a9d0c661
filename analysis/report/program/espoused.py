"""What a program's clinicians and leads say, beside what its patients feel: the latest round of each.

Clinicians and leads are never counted together, and what the viewer said is shown to the viewer alone.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy import Connection

from analysis.clustered import mean_over_clusters, robust_error
from analysis.estimate import Estimate, Suppressed
from analysis.gap import Clustering, ItemGap, measure_item_gaps
from analysis.histogram import Histogram, count_values, merge_histograms
from analysis.mean import mean_interval
from analysis.report.espoused import (
    Expectation,
    answers_by_percent,
    compare_expectation,
    felt_mean,
    percent_levels,
)
from analysis.report.program.look import ProgramLook
from analysis.report.rounds import Round, close_rounds
from survey.access import lead_as_rater, require_program
from survey.store.self_ratings import RaterRole, find_self_rating, list_self_ratings

_NOBODY: Final = count_values([])


@dataclass(frozen=True)
class SaidAndFelt:
    """An item's two means, 0 to 100, and said less felt; gap is None where neither side's answers differ."""

    item: str
    said: Estimate
    felt: Estimate
    gap: Estimate | None
    p_adjusted: float | None


@dataclass(frozen=True)
class RoundGaps:
    """The months of a round, how many rated in it, and the instrument's items in order, suppressed where few said."""

    first: int
    last: int
    people: int
    items: tuple[SaidAndFelt | Suppressed, ...]


@dataclass(frozen=True)
class EspousedReport:
    """clinicians, leads: the latest round of each that may be shown; own: what the viewer expects as a lead."""

    clinicians: RoundGaps | Suppressed
    leads: RoundGaps | Suppressed
    own: Expectation | None


def report_espoused(connection: Connection, look: ProgramLook) -> EspousedReport:
    """What is said, beside the patients of the units shown in the view; raises AccessDeniedError unless the viewer
    leads the program."""
    program_id = look.units[0].program_id
    require_program(look.viewer, program_id)
    own = lead_as_rater(connection, look.viewer, program_id)
    instrument = look.view.instrument
    felt, clustering = _felt(look), _clustering(look)
    rating = find_self_rating(connection, instrument, own)
    known: dict[RaterRole, str | None] = {"clinician": look.viewer.clinician_id, "lead": own.person_id}
    gaps = {}
    for role, viewer_id in known.items():
        ratings = list_self_ratings(connection, instrument, role, program_id)
        rounds = close_rounds(ratings, look.today, look.threshold)
        # Who rated too and sees the rounds must not see few others beside themselves.
        allowed = [each for each in rounds if each.besides(viewer_id) >= look.threshold]
        gaps[role] = _gaps(look, allowed[-1], viewer_id, felt, clustering) if allowed else Suppressed("small_group")
    expectation = None if rating is None else compare_expectation(instrument, rating, felt, clustering=clustering)
    return EspousedReport(gaps["clinician"], gaps["lead"], expectation)


def _gaps(
    look: ProgramLook, of: Round, viewer_id: str | None, felt: list[Histogram], clustering: Clustering | None
) -> RoundGaps:
    instrument = look.view.instrument
    levels = [percent_levels(instrument, each.levels) for each in of.ratings]
    sides = {}
    for slot, item in enumerate(instrument.items):
        if of.besides(viewer_id, slot) >= look.threshold and felt[slot].n > 1:
            said = count_values([value for each in levels if (value := each[slot]) is not None])
            sides[item.id] = (said, felt[slot])
    found = {each.item: each for each in measure_item_gaps(sides, clustering=clustering)}
    items = tuple(
        _said_and_felt(found[item.id], *sides[item.id], clustering) if item.id in sides else Suppressed("small_group")
        for item in instrument.items
    )
    return RoundGaps(of.first, of.last, len(of.ratings), items)


def _said_and_felt(
    gap: ItemGap, said: Histogram, felt: Histogram, clustering: Clustering | None
) -> SaidAndFelt | Suppressed:
    ours, theirs = mean_interval(said.values, said.counts), felt_mean(felt, clustering)
    if not isinstance(ours, Estimate) or not isinstance(theirs, Estimate):
        return Suppressed("small_group")
    return SaidAndFelt(gap.item, ours, theirs, gap.gap, gap.p_adjusted)


def _felt(look: ProgramLook) -> list[Histogram]:
    """Patients' answers to each item, 0 to 100, in the units that show it: sums of what is shown by unit anyway."""
    instrument = look.view.instrument
    found = [_NOBODY] * len(instrument.items)
    for unit, levels in zip(look.counts.units, look.counts.levels.tolist(), strict=True):
        shown = look.items_shown(unit)
        for slot, counts in enumerate(levels):
            if shown[slot]:
                found[slot] = merge_histograms([found[slot], answers_by_percent(instrument, slot, counts)])
    return found


def _clustering(look: ProgramLook) -> Clustering | None:
    """The design effect of the composite over the clinicians in view: items are not counted by clinician, and are
    hardly more alike among patients of one clinician than their composite is."""
    members = list(look.members.values())
    if not members:
        return None
    n, sums = (np.concatenate([getattr(each, name) for each in members]) for name in ("n", "sums"))
    scores = count_values(look.counts.percents, look.counts.scores.sum(axis=0))
    whole = mean_over_clusters(scores, n, sums)
    if whole.design_effect is None or not isinstance(whole.score, Estimate):
        return None
    n, sums = n[n > 0], sums[n > 0]
    return Clustering(max(whole.design_effect, 1.0), robust_error(n, sums - n * whole.score.value).degrees)
