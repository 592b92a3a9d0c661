"""What one person expected patients to answer, beside what patients answered. For that person only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import stdtrit
from sqlalchemy import Connection

from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.gap import Clustering
from analysis.group import ItemSummary
from analysis.histogram import Histogram, count_values
from analysis.mean import SCALE, mean_interval
from analysis.report.clinician import ClinicianReport
from survey.access import Viewer, clinician_as_rater
from survey.instrument import Instrument
from survey.store.self_ratings import Levels, SelfRating, find_self_rating

LEVEL: Final = 0.95
EXPECTED: Final = "one person's expectation less the patients' mean, with the interval of the mean"
CLUSTERED: Final = "mean, t interval with the composite's design effect, at least the Beta interval"


@dataclass(frozen=True)
class ExpectedItem:
    """An item on 0 to 100. expected: the level that the person chose; gap: expected less felt.

    The expectation is what was said, so the gap is as uncertain as what patients felt. clear: another level would have
    been nearer to what patients felt, with all items' intervals holding at once; None while answers are too few.
    """

    item: str
    level: int
    expected: float
    felt: Estimate
    gap: Estimate
    clear: bool | None


@dataclass(frozen=True)
class Expectation:
    """A person's latest self-rating, of a month; the items that they answered and that may be shown of patients."""

    month: int
    items: tuple[ExpectedItem, ...]


def report_expectation(connection: Connection, viewer: Viewer, report: ClinicianReport) -> Expectation | None:
    """The viewer's expectation beside the items of their own report; None before their first self-rating."""
    rater = clinician_as_rater(connection, viewer)
    instrument = report.view.instrument
    rating = find_self_rating(connection, instrument, rater)
    if rating is None:
        return None
    shown = {each.item: each for each in report.items if isinstance(each, ItemSummary)}
    felt = [_answers(instrument, slot, shown.get(item.id)) for slot, item in enumerate(instrument.items)]
    provisional = isinstance(report.summary, Suppressed) or report.summary.provisional
    return compare_expectation(instrument, rating, felt, provisional=provisional)


def compare_expectation(
    instrument: Instrument,
    rating: SelfRating,
    felt: Sequence[Histogram],
    *,
    clustering: Clustering | None = None,
    provisional: bool = False,
) -> Expectation:
    """A rating beside patients' answers to each item, 0 to 100; an item without answers is left out."""
    said = percent_levels(instrument, rating.levels)
    compared = [slot for slot, value in enumerate(said) if value is not None and felt[slot].n > 1]
    at_once = 1 - (1 - LEVEL) / max(len(compared), 1)
    half_step = (SCALE[1] - SCALE[0]) / (len(instrument.scale.values) - 1) / 2
    items = []
    for slot in compared:
        value, level = said[slot], rating.levels[slot]
        mean, wider = (felt_mean(felt[slot], clustering, each) for each in (LEVEL, at_once))
        if value is None or level is None or isinstance(mean, NotEstimable) or isinstance(wider, NotEstimable):
            continue
        gap = Estimate(value - mean.value, value - mean.high, value - mean.low, mean.n, EXPECTED)
        clear = value - wider.high > half_step or wider.low - value > half_step
        items.append(ExpectedItem(instrument.items[slot].id, level, value, mean, gap, None if provisional else clear))
    return Expectation(rating.month, tuple(items))


def percent_levels(instrument: Instrument, levels: Levels) -> tuple[float | None, ...]:
    """Levels as scores of their items, 0 to 100, where higher is better."""
    percents = _percents(len(instrument.scale.values)).tolist()
    lowest = instrument.scale.values[0]
    return tuple(
        None if level is None else percents[lowest - 1 - level if item.reversed else level - lowest]
        for item, level in zip(instrument.items, levels, strict=True)
    )


def felt_mean(answers: Histogram, clustering: Clustering | None, level: float = LEVEL) -> Estimate | NotEstimable:
    """The mean of patients' answers to an item, 0 to 100, as on every screen; wider where they come in clusters."""
    simple = mean_interval(answers.values, answers.counts, level=level)
    if clustering is None or isinstance(simple, NotEstimable):
        return simple
    squares = float((answers.values - simple.value) ** 2 @ answers.counts)
    error = (clustering.effect * squares / (answers.n - 1) / answers.n) ** 0.5
    half = float(stdtrit(clustering.degrees, (1 + level) / 2)) * error
    low, high = max(simple.value - half, SCALE[0]), min(simple.value + half, SCALE[1])
    if low >= simple.low and high <= simple.high:
        return simple
    return Estimate(simple.value, min(low, simple.low), max(high, simple.high), simple.n, CLUSTERED, level)


def answers_by_percent(instrument: Instrument, slot: int, counts: Sequence[int]) -> Histogram:
    """Answers to an item, counted by level from the lowest as given, as its scores 0 to 100."""
    percents = _percents(len(counts))
    return count_values(percents[::-1] if instrument.items[slot].reversed else percents, counts)


def _percents(levels: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.linspace(*SCALE, levels)


def _answers(instrument: Instrument, slot: int, summary: ItemSummary | None) -> Histogram:
    if summary is None or isinstance(summary.score, NotEstimable):
        return count_values([])
    counts = np.rint(np.array(summary.shares) * summary.score.n).astype(int)
    return answers_by_percent(instrument, slot, counts.tolist())
