"""Each unit's score over time, as a control chart, and how it changed since the period before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import Final

import numpy as np
from scipy.special import stdtr, stdtrit

from analysis.control_chart import chart_xmr
from analysis.estimate import Estimate, Suppressed, UnusableDataError
from analysis.games_howell import adjust_p
from analysis.report.program.look import ProgramLook
from analysis.signals import Signal
from analysis.trend import MonotoneTrend, measure_trend
from analysis.view import WINDOWS, View, first_month
from survey.store.cube import ClinicianSums

# With fewer points limits say little: a chart then shows its points only.
FEWEST_FOR_LIMITS: Final = 8
CHANGE: Final = "difference of two periods' means, cluster-robust over clinicians"
LEAST_P: Final = 0.05


@dataclass(frozen=True)
class CoursePoint:
    """A run of months, usually one: its responses, their mean score, and the chart's limits and signals there."""

    first: int
    last: int
    n: int
    score: float
    lower: float | None
    upper: float | None
    signals: tuple[Signal, ...]


@dataclass(frozen=True)
class UnitCourse:
    """A unit's chart; center is None where there are too few points for limits. trend: of the points, in score points a
    month, None for fewer than five; rises: whether it rises (1) or falls (−1) after correction for the number of units,
    else 0."""

    unit: str
    points: tuple[CoursePoint, ...]
    center: float | None
    trend: MonotoneTrend | None
    rises: int


@dataclass(frozen=True)
class UnitChange:
    """A unit's mean now less that of the period before; p_adjusted: corrected for the number of units."""

    unit: str
    n_before: int
    n: int
    change: Estimate
    p: float
    p_adjusted: float


def report_courses(look: ProgramLook) -> tuple[UnitCourse, ...]:
    """Control charts (XmR) of the visible units over the runs of months that may be shown, by name."""
    months = look.cube.score_months(look.visible, since=look.since, mode=look.mode)
    points = {unit: _points(look, unit, months[unit]) for unit in look.visible if unit in months}
    # What a course says depends on its points alone; a trend and a chart take a millisecond each.
    seen = {
        unit: look.cube.remember(("course", tuple(each)), partial(_chart, unit, each), unit=unit)
        for unit, each in points.items()
    }
    tests = [np.nan if each.trend is None else each.trend.mann_kendall.p for each in seen.values()]
    adjusted = adjust_p(np.array(tests)).tolist()
    return tuple(
        replace(course, rises=int(np.sign(course.trend.slope.value)) if course.trend and p < LEAST_P else 0)
        for course, p in zip(seen.values(), adjusted, strict=True)
    )


def _points(look: ProgramLook, unit: str, months: Mapping[int, tuple[int, int, float]]) -> list[CoursePoint]:
    found = []
    for run in look.groups[unit].blocks.runs:
        counted = [months[month] for month in run if month in months]
        scored = sum(each[1] for each in counted)
        if run[0] >= look.since and scored > 0:
            # Equal means may differ in their last digit, which a trend must not take for a difference.
            score = round(sum(each[2] for each in counted) / scored, 9)
            found.append(CoursePoint(run[0], run[-1], sum(each[0] for each in counted), score, None, None, ()))
    return found


def _trend(points: list[CoursePoint]) -> MonotoneTrend | None:
    places = [(_index(point.first) + _index(point.last)) / 2 for point in points]
    try:
        return measure_trend(places, [point.score for point in points])
    except UnusableDataError:
        return None


def _index(month: int) -> int:
    return month // 100 * 12 + month % 100


def _chart(unit: str, points: list[CoursePoint]) -> UnitCourse:
    """A unit's course; whether it rises is told beside the others'."""
    alone = UnitCourse(unit, tuple(points), None, _trend(points), 0)
    if len(points) < FEWEST_FOR_LIMITS:
        return alone
    try:
        chart = chart_xmr([str(point.first) for point in points], [point.score for point in points])
    except UnusableDataError:  # every point is the same
        return alone
    drawn = tuple(
        CoursePoint(point.first, point.last, point.n, point.score, at.lower, at.upper, at.signals)
        for point, at in zip(points, chart.points, strict=True)
    )
    return replace(alone, points=drawn, center=chart.center)


def report_changes(look: ProgramLook) -> tuple[UnitChange, ...]:
    """What changed since the period before: as many months before the view's, or for 12 months everything before.

    The months between the view's window and the next wider one, so this is the difference of two views that may both be
    shown. Empty where all time is looked at.
    """
    names = list(WINDOWS)
    at = names.index(look.view.window)
    if at == 0:
        return ()
    wider = View(look.view.instrument, names[at - 1], look.view.mode)
    units = [unit for unit in look.visible if not isinstance(look.groups[unit].in_view(wider, look.today), Suppressed)]
    since = first_month(wider.window, look.today)
    before = look.cube.sum_clinicians(units, since=since, before=look.since, mode=look.mode)
    found = [
        (unit, before[unit], look.members[unit], change)
        for unit in units
        if unit in before and unit in look.members and (change := _change(before[unit], look.members[unit]))
    ]
    adjusted = adjust_p(np.array([p for *_, (_, p) in found])).tolist() if found else []
    return tuple(
        UnitChange(unit, int(old.n.sum()), int(new.n.sum()), estimate, p, corrected)
        for (unit, old, new, (estimate, p)), corrected in zip(found, adjusted, strict=True)
    )


def _change(old: ClinicianSums, new: ClinicianSums) -> tuple[Estimate, float] | None:
    """new − old with V = G/(G − 1)·Σ (excess_new/n_new − excess_old/n_old)² over the G clinicians of either period.

    A clinician's patients are alike within and between the periods; t with G − 1 degrees of freedom (Liang & Zeger
    1986, doi:10.1093/biomet/73.1.13). None for fewer than two clinicians, or none of whom varies.
    """
    who = sorted({*old.clinicians, *new.clinicians})
    if len(who) < 2:
        return None
    influence = np.zeros(len(who))
    means = []
    for sums, sign in ((old, -1.0), (new, 1.0)):
        total = float(sums.n.sum())
        mean = float(sums.sums.sum()) / total
        means.append(mean)
        for name, n, score in zip(sums.clinicians, sums.n.tolist(), sums.sums.tolist(), strict=True):
            influence[who.index(name)] += sign * (score - n * mean) / total
    error = sqrt(len(who) / (len(who) - 1) * float(influence @ influence))
    if error <= 0:
        return None
    difference, degrees = means[1] - means[0], len(who) - 1
    half = float(stdtrit(degrees, 0.975)) * error
    n = int(old.n.sum() + new.n.sum())
    p = float(2 * stdtr(degrees, -abs(difference) / error))
    return Estimate(difference, difference - half, difference + half, n, CHANGE), p
