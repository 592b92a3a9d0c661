"""Every unit's course over time in one picture: small charts below each other on the same scale."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from analysis.charts.figure import Figure, Table, inline_data, layered, tooltips
from analysis.charts.theme import GREY, OTHERS, OWN
from analysis.language import say, sayable
from analysis.program_wording import say_points
from analysis.report.program import CoursePoint, UnitChange, UnitCourse
from analysis.wording import say_months

BAND: Final = 74
# Of 100 charts of units where nothing changes about 25 show some signal in two years (docs/methods.md).
CHANCE_SIGNALS: Final = 0.25
SIGNALS: Final = {
    "outside": sayable("outside the limits"),
    "shift": sayable("seven in a row on one side"),
    "trend": sayable("seven in a row rising or falling"),
    "near_limit": sayable("two of three near a limit"),
}


def draw_courses(courses: Sequence[UnitCourse], names: Mapping[str, str]) -> Figure:
    """One band for each unit, by name: its points, its centre and its limits."""
    shown = sorted((each for each in courses if each.points), key=lambda each: names[each.unit])
    low, high = _scale(shown)
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("month:T", title=None, axis=alt.Axis(format="%Y-%m", labelAngle=0, tickCount=4, labelOverlap=True))
    )
    y = _band_axis([names[course.unit] for course in shown])
    each_band = alt.Detail("band:N")
    told = tooltips("unit:N", "months:N", "score:Q", "n:Q", "signal:N")
    band = base.mark_area(opacity=0.18, color=GREY).encode(
        y=alt.Y("lower:Q", title=None, scale=alt.Scale(domain=[len(shown), 0])), y2=alt.Y2("upper:Q"), detail=each_band
    )
    center = base.mark_line(color=GREY, strokeDash=[4, 3]).encode(y=alt.Y("center:Q"), detail=each_band)
    line = base.mark_line(color=OWN, strokeWidth=2).encode(y=y, detail=each_band)
    points = base.mark_point(filled=True, size=36, color=OWN, opacity=1).encode(y=y, tooltip=told)
    signals = (
        base.transform_filter("datum.signal != ''")
        .mark_point(shape="diamond", size=130, color=OTHERS, strokeWidth=2, filled=False, opacity=1)
        .encode(y=y, tooltip=told)
    )
    rows = _rows(shown, names, low, high)
    chart = layered(band, center, line, points, signals, height=BAND * max(len(shown), 1), rows=rows)
    return Figure(chart, _words(shown, names), _table(shown, names), _reading(low, high))


def _band_axis(units: Sequence[str]) -> alt.Y:
    return alt.Y(
        "y:Q",
        title=None,
        scale=alt.Scale(domain=[len(units), 0], nice=False),
        axis=alt.Axis(
            values=[band + 0.5 for band in range(len(units))],
            labelExpr=f"{json.dumps(units)}[floor(datum.value)]",
            labelLimit=130,
            labelFontSize=13,
            grid=False,
            ticks=False,
        ),
    )


def _rows(courses: Sequence[UnitCourse], names: Mapping[str, str], low: float, high: float) -> Table:
    return [
        {
            "band": band,
            "unit": names[course.unit],
            "month": f"{point.first // 100}-{point.first % 100:02d}-01",
            "months": say_months(point.first, point.last),
            "score": round(point.score, 1),
            "n": point.n,
            "signal": _say_signals(point),
            "y": _place(band, point.score, low, high),
            "center": None if course.center is None else _place(band, course.center, low, high),
            "lower": None if point.lower is None else _place(band, max(point.lower, low), low, high),
            "upper": None if point.upper is None else _place(band, min(point.upper, high), low, high),
        }
        for band, course in enumerate(courses)
        for point in course.points
    ]


def _scale(courses: Sequence[UnitCourse]) -> tuple[float, float]:
    values = [point.score for course in courses for point in course.points]
    values += [each for course in courses for point in course.points for each in (point.lower, point.upper) if each]
    low, high = max(min(values), 0.0), min(max(values), 100.0)
    return (low, high) if high > low else (low - 1, high + 1)


def _place(band: int, score: float, low: float, high: float) -> float:
    """Where a score is in its unit's band: 0.9 of it is used, from the top down."""
    return round(band + 0.05 + 0.9 * (high - score) / (high - low), 4)


def _words(courses: Sequence[UnitCourse], names: Mapping[str, str]) -> str:
    signalled = [names[each.unit] for each in courses if any(point.signals for point in each.points)]
    rising = [names[each.unit] for each in courses if each.rises > 0]
    falling = [names[each.unit] for each in courses if each.rises < 0]
    words = []
    if rising:
        words.append(say("Rising, after correction for the number of units: {units}.", units=", ".join(rising)))
    if falling:
        words.append(say("Falling, after correction for the number of units: {units}.", units=", ".join(falling)))
    if not rising and not falling:
        words.append(say("No unit rises or falls by more than chance and the number of units explain."))
    charted = sum(each.center is not None for each in courses)
    if charted:
        words.append(
            say(
                "{count} of {charted} charts show a signal; of as many where nothing changes about {expected:.0f} "
                "would.",
                count=len(signalled),
                charted=charted,
                expected=CHANCE_SIGNALS * charted,
            )
        )
    else:
        words.append(say("Limits are drawn from eight periods on."))
    return " ".join(words)


def _table(courses: Sequence[UnitCourse], names: Mapping[str, str]) -> Table:
    unit, months, score, n, limits, signals = (
        say("unit"), say("months"), say("score"), say("n"), say("limits"), say("signals")
    )  # fmt: skip
    return [
        {
            unit: names[course.unit],
            months: say_months(point.first, point.last),
            score: round(point.score, 1),
            n: point.n,
            limits: "" if point.lower is None or point.upper is None else f"{point.lower:.1f}–{point.upper:.1f}",
            signals: _say_signals(point),
        }
        for course in courses
        for point in course.points
    ]


def _say_signals(point: CoursePoint) -> str:
    return ", ".join(say(SIGNALS[each]) for each in point.signals)


def _reading(low: float, high: float) -> str:
    return say(
        "One band for each unit, in alphabetical order and all on the same scale, from {low:.0f} at the bottom to "
        "{high:.0f} at the top. The dashed line is the unit's own mean, the grey band what chance alone keeps to. A "
        "diamond marks a signal: a point outside the band, seven in a row on one side, seven in a row rising or "
        "falling, or two of three near a limit. A signal says that something changed, not what. Small months are "
        "joined so that nobody is given away.",
        low=low, high=high,
    )  # fmt: skip


def draw_changes(changes: Sequence[UnitChange], names: Mapping[str, str]) -> Figure:
    """How each unit changed since the period before."""
    ordered = sorted(changes, key=lambda each: names[each.unit])
    rows: list[dict[str, Any]] = [
        {
            "unit": names[each.unit],
            "change": round(each.change.value, 1),
            "low": round(each.change.low, 1),
            "high": round(each.change.high, 1),
            "verdict": _changed(each),
        }
        for each in ordered
    ]
    base = alt.Chart(inline_data(rows)).encode(
        y=alt.Y("unit:N", sort=[row["unit"] for row in rows], title=None, axis=alt.Axis(labelLimit=150))
    )
    x = alt.X("low:Q", title=say("Change in points since the period before"))
    rules = base.mark_rule(color=GREY, strokeWidth=3).encode(x=x, x2=alt.X2("high:Q"))
    points = base.mark_point(filled=True, size=120, color=OWN, opacity=1).encode(
        x=alt.X("change:Q"),
        tooltip=tooltips("unit:N", "change:Q", "low:Q", "high:Q", "verdict:N"),
    )
    zero = alt.Chart(inline_data([{"zero": 0}])).mark_rule(color=GREY, strokeDash=[4, 3]).encode(x=alt.X("zero:Q"))
    chart = layered(zero, rules, points, height=36 * len(rows))
    changed = [f"{row['unit']} ({row['verdict']})" for each, row in zip(ordered, rows, strict=True) if _differs(each)]
    words = say("No unit changed by more than chance and the number of units explain.")
    if changed:
        words = say("Changed, after correction for the number of units: {units}.", units=", ".join(changed))
    table: Table = [
        {
            say("unit"): names[each.unit],
            say("scored answers before"): each.n_before,
            say("scored answers now"): each.n,
            say("change"): say_points(each.change),
            say("p, corrected"): f"{each.p_adjusted:.3f}",
            say("what it means"): _changed(each),
        }
        for each in ordered
    ]
    reading = say(
        "The score now less the score in the period before, as it is, not adjusted. The bar holds the true change in "
        "95 of 100 such comparisons and allows for clinicians; a bar across the dashed line may be no change at all."
    )
    return Figure(chart, words, table, reading)


def _differs(change: UnitChange) -> bool:
    return change.p_adjusted < 0.05


def _changed(change: UnitChange) -> str:
    if not _differs(change):
        return say("no change seen")
    return say("higher than before") if change.change.value > 0 else say("lower than before")
