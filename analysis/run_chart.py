"""Values over time with their centre: the run chart, and what every chart over time is made of."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from analysis.binomial import binomial_quantile
from analysis.estimate import UnusableDataError
from analysis.histogram import Counts, Floats
from analysis.signals import (
    Signal,
    Signs,
    mark_near_limit,
    mark_outside,
    mark_shift,
    mark_trend,
    name_signals,
    run_lengths,
    sign_of_difference,
)

FEWEST_POINTS: Final = 2
CROSSINGS_TAIL: Final = 0.05


@dataclass(frozen=True)
class ChartPoint:
    """A value at its date, the limits there, and the rules whose pattern it belongs to.

    value: None where nothing was measured. lower, upper: None on a run chart and where limits cannot be computed.
    """

    date: str
    value: float | None
    lower: float | None
    upper: float | None
    signals: tuple[Signal, ...]


@dataclass(frozen=True)
class Runs:
    """The longest row of points on one side of the centre and how often the line through them crosses it.

    A change shows in longest > longest_limit or crossings < crossings_limit. All None where no point is off the centre.
    """

    longest: int | None
    longest_limit: int | None
    crossings: int | None
    crossings_limit: int | None


@dataclass(frozen=True)
class Chart:
    """A chart over time. sigma_z: how far a p′ chart's points vary, in binomial standard deviations; else None.

    center: None on a phase without values. With phases, center, sigma_z and runs are the last phase's with values.
    """

    center: float | None
    sigma_z: float | None
    points: tuple[ChartPoint, ...]
    runs: Runs


@dataclass(frozen=True, eq=False)
class Lines:
    """The centre of m points and their distances to the limits, (m,), nan or 0 where limits cannot be computed."""

    center: float
    reach: Floats
    sigma_z: float | None = None


# The lines for the points at the places (m,) from the points at other places, those of the baseline.
DrawLines = Callable[[Counts, Counts], Lines]
NO_RUNS: Final = Runs(None, None, None, None)


def chart_run(
    dates: Sequence[str],
    values: Sequence[float | None],
    *,
    phases: Sequence[int] = (),
    baseline: int | None = None,
) -> Chart:
    """A run chart: the centre is the median, and there are no limits.

    Signals are shift and trend of `analysis.signals`; points on the median neither count to a shift nor end it (Perla,
    Provost & Murray 2011, BMJ Qual Saf 20:46, doi:10.1136/bmjqs.2009.037895). For the runs see `measure_runs`.

    dates: in the order of time, no two alike; values: as many, None or nan where nothing was measured, which is passed
    over. phases: places, counted from 0, at which somebody marked a change: a new centre from there on, and no pattern
    runs across. baseline: how many values of each phase, from its first on, its centre is taken from; None for all.
    Raises UnusableDataError for fewer than two values and for values that are all the same.
    """
    series = read_values(dates, values)

    def draw(known: Counts, base: Counts) -> Lines:
        return Lines(float(np.median(series[base])), np.full(len(known), np.nan))

    return assemble_chart(dates, series, draw, phases=phases, baseline=baseline, skip_center=True)


def assemble_chart(
    dates: Sequence[str],
    values: Floats,
    draw: DrawLines,
    *,
    phases: Sequence[int],
    baseline: int | None,
    scale: tuple[float, float] = (-np.inf, np.inf),
    skip_center: bool = False,
) -> Chart:
    """A chart of (n,) values, nan where there is none, phase by phase; limits are cut off at the ends of the scale."""
    if baseline is not None and baseline < FEWEST_POINTS:
        raise ValueError(f"A baseline needs at least {FEWEST_POINTS} points, not {baseline}.")
    charts = []
    for part in split_phases(len(values), phases):
        known = part.start + np.flatnonzero(~np.isnan(values[part]))
        if not len(known):
            points = tuple(ChartPoint(date, None, None, None, ()) for date in dates[part])
            charts.append(Chart(None, None, points, NO_RUNS))
            continue
        lines = draw(known, known[:baseline])
        charts.append(_chart_phase(dates[part], values[part], known - part.start, lines, scale, skip_center))
    shown = next(chart for chart in reversed(charts) if chart.center is not None)
    return Chart(shown.center, shown.sigma_z, tuple(point for chart in charts for point in chart.points), shown.runs)


def _chart_phase(
    dates: Sequence[str], values: Floats, known: Counts, lines: Lines, scale: tuple[float, float], skip_center: bool
) -> Chart:
    measured, center = values[known], lines.center
    # Without variation in what they are taken from, limits would shut every later point out.
    reach = np.where(lines.reach > 0, lines.reach, np.nan)
    sides = sign_of_difference(measured, center)
    counted = np.flatnonzero(sides) if skip_center else np.arange(len(sides))
    shift = np.zeros(len(sides), np.bool_)
    shift[counted] = mark_shift(sides[counted])
    signals = name_signals(
        {
            "outside": mark_outside(measured, center, reach),
            "shift": shift,
            "trend": mark_trend(measured),
            "near_limit": mark_near_limit(measured, center, reach),
        }
    )
    bounds = (np.maximum(center - reach, scale[0]), np.minimum(center + reach, scale[1]))
    limits = [[None if np.isnan(each) else each for each in bound.tolist()] for bound in bounds]
    rows = zip(measured.tolist(), *limits, signals, strict=True)
    found = dict(zip(known.tolist(), rows, strict=True))
    nothing = (None, None, None, ())
    points = tuple(ChartPoint(date, *found.get(at, nothing)) for at, date in enumerate(dates))
    return Chart(center, lines.sigma_z, points, measure_runs(sides))


def measure_runs(sides: Signs) -> Runs:
    """Anhøj's rules on which side of the centre each point is (−1, 0, 1); points on it do not count.

    With n points off the centre the longest run is at most round(log2 n) + 3 in 95 of 100 series without a change
    (Schilling 2012), and there are at least as many crossings as the 5 % quantile of Binomial(n − 1, ½) (Chen 2010).
    Source: Anhøj & Olesen 2014, PLoS ONE 9:e113825, doi:10.1371/journal.pone.0113825.
    """
    useful = sides[sides != 0]
    n = len(useful)
    if n == 0:
        return NO_RUNS
    limit = int(binomial_quantile(CROSSINGS_TAIL, n - 1, 0.5)) if n > 1 else 0
    crossings = int((useful[1:] != useful[:-1]).sum())
    return Runs(int(run_lengths(useful).max()), round(np.log2(n)) + 3, crossings, limit)


def split_phases(length: int, phases: Sequence[int]) -> list[slice]:
    """The parts of a series of `length` points that begin at 0 and at each place in `phases`.

    A page that draws every phase's centre charts each part by itself: the points are those of the chart with phases.
    """
    edges = [0, *phases, length]
    if any(start >= end for start, end in pairwise(edges)):
        raise ValueError(f"Phases begin at rising places from 1 to {length - 1}, not at {list(phases)}.")
    return [slice(start, end) for start, end in pairwise(edges)]


def read_values(dates: Sequence[str], values: Sequence[float | None]) -> Floats:
    """(n,) values, nan where there is none; UnusableDataError where a chart can say nothing about them."""
    series = np.array([np.nan if value is None else value for value in values], np.float64)
    if series.shape != (len(dates),):
        raise ValueError("A chart needs one value for each date.")
    if infinite := [date for date, value in zip(dates, series, strict=True) if np.isinf(value)]:
        raise UnusableDataError(f"The value of {infinite[0]} is infinite; leave it out.")
    known = series[~np.isnan(series)]
    require_points(len(known))
    if not sign_of_difference(known, known[0]).any():
        raise UnusableDataError(f"Every value is {known[0]:g}, so that a chart has no variation to show.")
    return series


def require_points(count: int) -> None:
    """UnusableDataError for fewer points than show any variation."""
    if count < FEWEST_POINTS:
        raise UnusableDataError(
            f"A chart over time needs at least {FEWEST_POINTS} points with a value, and there are {count}."
        )
