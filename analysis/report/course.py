"""A clinician's score over time: its chart with signals, the period before, and what changed since a marked month."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from analysis.control_chart import chart_xmr
from analysis.difference import difference_of_means
from analysis.estimate import Estimate, Suppressed, UnusableDataError
from analysis.group import GroupSummary, summarise_group
from analysis.interrupted_series import InterruptedSeries, measure_interrupted_series
from analysis.report.published_group import TalliedGroup
from analysis.run_chart import Chart, chart_run
from analysis.view import ALL_MODES, WINDOWS, View, first_month
from survey.tally import add_tallies

# Limits from fewer points are too uncertain to call anything beyond them (Making Data Count asks for as many).
POINTS_FOR_LIMITS: Final = 12


@dataclass(frozen=True)
class TrendPoint:
    """A run of months, usually one, with the group's summary in it."""

    first: int
    last: int
    summary: GroupSummary


@dataclass(frozen=True)
class Course:
    """Points in the order of time with their chart: XmR from 12 points on, before that a run chart without limits.

    chart: its points are those of `points`, with signals; None while there is no variation to show. changed_at: the
    place of the first point after a marked change, where the chart takes a new centre.
    """

    points: tuple[TrendPoint, ...]
    kind: Literal["run", "xmr"]
    chart: Chart | None
    changed_at: int | None = None


@dataclass(frozen=True)
class Periods:
    """Two periods of a group side by side: months earlier and later, and the difference later − earlier.

    The months of each are the first and the last that have answers. difference is None where a score is missing.
    """

    earlier_months: tuple[int, int]
    earlier: GroupSummary
    later_months: tuple[int, int]
    later: GroupSummary
    difference: Estimate | None


@dataclass(frozen=True)
class SinceChange:
    """What changed since a month that the clinician marked.

    periods: before and from then on, over all months; months that a small run joins across the mark are in neither.
    series: the same set against the trend that was under way before, where there are enough months.
    """

    month: int
    note: str
    periods: Periods | Suppressed
    series: InterruptedSeries | None


def summarise_runs(group: TalliedGroup, view: View, needed: float) -> list[TrendPoint]:
    """Each run of months with responses in the mode of the view, over all months; `course_of` knows what to show."""
    found = ((run, _summarise(group, view, run, needed)) for run in group.blocks.runs)
    return [TrendPoint(run[0], run[-1], summary) for run, summary in found if summary]


def course_of(group: TalliedGroup, runs: Sequence[TrendPoint], view: View, today: date, changed: int | None) -> Course:
    """The course over the months of the view; runs: as `summarise_runs` gives them; `changed` is a marked month."""
    shown = group.in_view(view, today)
    months = set() if isinstance(shown, Suppressed) else {month for month, _mode in shown}
    points = [run for run in runs if any(run.first <= month <= run.last for month in months)]
    kind: Literal["run", "xmr"] = "xmr" if len(points) >= POINTS_FOR_LIMITS else "run"
    at = next((place for place, point in enumerate(points) if changed and point.first >= changed), 0) or None
    dates = [str(point.first) for point in points]
    values = [point.summary.score.value if isinstance(point.summary.score, Estimate) else None for point in points]
    draw = chart_xmr if kind == "xmr" else chart_run
    try:
        chart = draw(dates, values, phases=[at] if at else [])
    except UnusableDataError:
        chart = None
    return Course(tuple(points), kind, chart, at if chart else None)


def compare_with_previous(group: TalliedGroup, view: View, today: date, needed: float) -> Periods | Suppressed | None:
    """The window of the view against as many months just before it; None for all months, which have nothing before.

    Suppressed where a run of joined months lies across either end, or nobody answered in one of the two.
    """
    length = WINDOWS[view.window]
    if length is None:
        return None
    since, before = first_month(view.window, today), _months_before(first_month(view.window, today), length)
    if any(run[0] < edge <= run[-1] for run in group.blocks.runs for edge in (since, before)):
        return Suppressed("recoverable")
    earlier = [run for run in group.blocks.runs if before <= run[0] < since]
    later = [run for run in group.blocks.runs if run[0] >= since]
    return _compare(group, view, earlier, later, needed)


def measure_since(group: TalliedGroup, view: View, course: Course, month: int, note: str, needed: float) -> SinceChange:
    """Before and after the marked month, over all months, in the mode of the view; `course` is that of all months."""
    earlier = [run for run in group.blocks.runs if run[-1] < month]
    later = [run for run in group.blocks.runs if run[0] >= month]
    return SinceChange(month, note, _compare(group, view, earlier, later, needed), _against_trend(course.points, month))


def _against_trend(points: Sequence[TrendPoint], month: int) -> InterruptedSeries | None:
    used = [
        (point, point.summary.score)
        for point in points
        if isinstance(point.summary.score, Estimate) and not point.first < month <= point.last
    ]
    times = [round((_index(point.first) + _index(point.last)) / 2) for point, _ in used]
    try:
        return measure_interrupted_series(
            times, [score.value for _, score in used], _index(month), weights=[score.n for _, score in used]
        )
    except UnusableDataError:
        return None


def _compare(
    group: TalliedGroup,
    view: View,
    earlier: Sequence[tuple[int, ...]],
    later: Sequence[tuple[int, ...]],
    needed: float,
) -> Periods | Suppressed:
    both = []
    for runs in (earlier, later):
        summary = _summarise(group, view, [month for run in runs for month in run], needed)
        if summary is None:
            return Suppressed("small_group")
        both.append(((runs[0][0], runs[-1][-1]), summary))
    (earlier_months, one), (later_months, other) = both
    difference = None
    if isinstance(one.score, Estimate) and isinstance(other.score, Estimate):
        difference = difference_of_means(other.score, one.score)
    return Periods(earlier_months, one, later_months, other, difference)


def _summarise(group: TalliedGroup, view: View, months: Sequence[int], needed: float) -> GroupSummary | None:
    """The summary of whole runs of months in the mode of the view; None without responses."""
    cells = [cell for cell in group.tallies if cell[0] in months and view.mode in (ALL_MODES, cell[1])]
    if not cells:
        return None
    return summarise_group(add_tallies(view.instrument, (group.tallies[cell] for cell in cells)), needed)


def _index(month: int) -> int:
    return month // 100 * 12 + month % 100 - 1


def _months_before(month: int, count: int) -> int:
    index = _index(month) - count
    return index // 12 * 100 + index % 12 + 1
