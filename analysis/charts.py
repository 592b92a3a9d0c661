"""Reports drawn with Altair. Each figure carries its picture, a summary in words, and its numbers as a table.

Colour never says anything alone: points have shapes, cells and bars have their numbers. The colours keep 3:1 contrast
on a white and on a dark page and are told apart by people who are colour-blind (after Okabe & Ito 2008).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.group import BINS, Distribution, GroupSummary, ItemSummary
from analysis.report import ProgramReport, TrendPoint
from analysis.wording import say_hidden, say_months, say_score, say_share, say_summary

OWN: Final = "#2f7fb8"
OTHERS: Final = "#b36a12"
LEVELS: Final = ("#b3446c", "#d9a05b", "#7fb2cf", "#2f7fb8")
ROW: Final = 36
TALL: Final = 340

Table = list[dict[str, Any]]


@dataclass(frozen=True)
class Figure:
    """A chart with what it says in words and its numbers."""

    chart: alt.LayerChart | alt.Chart
    summary: str
    table: Table


def _data(rows: Table) -> alt.InlineData:
    return alt.InlineData(values=rows)


def _row(summary: GroupSummary) -> dict[str, Any]:
    """The numbers of a group for a chart's data and its table."""
    if isinstance(summary.score, NotEstimable):
        return {"n": summary.n}
    score = summary.score
    return {
        "n": summary.n,
        "score": round(score.value, 1),
        "low": round(score.low, 1),
        "high": round(score.high, 1),
        "state": "provisional" if summary.provisional else "enough answers",
    }


def _with_interval(rows: Table, position: alt.X | alt.Y, *, horizontal: bool, height: int | alt.Step) -> alt.LayerChart:
    """Points with their intervals; hollow diamonds are provisional."""
    base = alt.Chart(_data(rows)).encode(tooltip=[alt.Tooltip(f"{key}:N") for key in rows[0]])
    score, low, high = ("x", "x", "x2") if horizontal else ("y", "y", "y2")
    axis = (alt.X if horizontal else alt.Y)("low:Q", title="Score, 0 to 100", scale=alt.Scale(zero=False, nice=True))
    place = {"y" if horizontal else "x": position}
    rules = base.mark_rule(color=OWN, strokeWidth=3, opacity=0.6).encode(
        **{low: axis, high: (alt.X2 if horizontal else alt.Y2)("high:Q")}, **place
    )
    points = base.mark_point(size=110, filled=True, color=OWN, opacity=1).encode(
        **{score: (alt.X if horizontal else alt.Y)("score:Q")},
        **place,
        shape=alt.Shape(
            "state:N",
            scale=alt.Scale(domain=["enough answers", "provisional"], range=["circle", "diamond"]),
            legend=alt.Legend(orient="bottom", title=None),
        ),
        fillOpacity=alt.condition("datum.state == 'provisional'", alt.value(0), alt.value(1)),
        stroke=alt.value(OWN),
    )
    chart: alt.LayerChart = (rules + points).properties(height=height, width="container")
    return chart


def draw_trend(points: Sequence[TrendPoint]) -> Figure:
    """The score by month, or by the run of months that is large enough to be shown."""
    rows = [{"months": say_months(point.first, point.last)} | _row(point.summary) for point in points]
    drawn = [row for row in rows if "score" in row]
    chart = _with_interval(drawn, alt.X("months:O", title=None), horizontal=False, height=TALL)
    first, last = drawn[0], drawn[-1]
    summary = (
        f"Score over {len(drawn)} periods: {first['score']} in {first['months']} "
        f"(95% interval {first['low']} to {first['high']}), {last['score']} in {last['months']} "
        f"({last['low']} to {last['high']}). Intervals that overlap may be the same score."
    )
    return Figure(chart, summary, rows)


def draw_items(items: Sequence[ItemSummary | Suppressed], levels: Sequence[str]) -> Figure:
    """How the answers to each item spread over the levels."""
    shown = [item for item in items if isinstance(item, ItemSummary)]
    rows = [
        {"item": item.topic, "level": level, "order": order, "share": round(share, 4)}
        for item in shown
        for order, (level, share) in enumerate(zip(levels, item.shares, strict=True))
    ]
    topics = [item.topic for item in shown]
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("item:N", sort=topics, title=None, axis=alt.Axis(labelLimit=160)),
        x=alt.X("share:Q", stack="normalize", title="Share of answers", axis=alt.Axis(format="%")),
        order=alt.Order("order:O"),
        tooltip=["item:N", "level:N", alt.Tooltip("share:Q", format=".0%")],
    )
    colours = [LEVELS[round(place * (len(LEVELS) - 1) / max(len(levels) - 1, 1))] for place in range(len(levels))]
    bars = base.mark_bar(stroke="white", strokeWidth=1).encode(
        color=alt.Color(
            "level:N",
            scale=alt.Scale(domain=list(levels), range=colours),
            legend=alt.Legend(orient="bottom", title=None, columns=2),  # four in a row are cut off on a phone
        )
    )
    labels = base.transform_filter("datum.share >= 0.08").mark_text(fontWeight="bold", color="black").encode(
        text=alt.Text("share:Q", format=".0%"), x=alt.X("share:Q", stack="normalize", bandPosition=0.5)
    )  # fmt: skip
    ranked = sorted((item for item in shown if isinstance(item.score, Estimate)), key=lambda item: _value(item.score))
    words = "No item has enough answers to be shown."
    if ranked:
        words = (
            f"Felt most: {ranked[-1].topic}, {say_score(ranked[-1].score)}. "
            f"Felt least: {ranked[0].topic}, {say_score(ranked[0].score)}."
        )
    table: Table = [
        {
            "item": item.topic,
            "score": say_score(item.score),
            "top box": say_share(item.top_box),
            **{f"{way.replace('_', ' ')}": count for way, count in item.missing.items()},
        }
        for item in shown
    ]
    return Figure((bars + labels).properties(height=alt.Step(ROW), width="container"), words, table)


def _value(score: Estimate | NotEstimable) -> float:
    return score.value if isinstance(score, Estimate) else 0.0


def draw_distributions(own: Distribution, others: Distribution | Suppressed) -> Figure:
    """Own scores beside those of the rest of the unit: nobody else can be told from it."""
    groups = {"mine": own} | ({"rest of my unit": others} if isinstance(others, Distribution) else {})
    width = 100 // BINS
    rows = [
        {"group": name, "score": f"{place * width}–{(place + 1) * width}", "share": round(share, 4)}
        for name, group in groups.items()
        for place, share in enumerate(group.shares)
    ]
    chart = (
        alt.Chart(_data(rows))
        .mark_bar()
        .encode(
            x=alt.X("score:O", sort=None, title="Score, 0 to 100"),
            xOffset=alt.XOffset("group:N", sort=list(groups)),
            y=alt.Y("share:Q", title="Share of responses", axis=alt.Axis(format="%")),
            color=alt.Color(
                "group:N",
                sort=list(groups),
                scale=alt.Scale(domain=list(groups), range=[OWN, OTHERS][: len(groups)]),
                legend=alt.Legend(orient="bottom", title=None),
            ),
            tooltip=["group:N", "score:O", alt.Tooltip("share:Q", format=".0%")],
        )
        .properties(height=TALL, width="container")
    )
    words = " ".join(f"{name.capitalize()}: {group.shares[-1]:.0%} score 90 or more." for name, group in groups.items())
    return Figure(chart, words, rows)


def draw_units(report: ProgramReport, threshold: int) -> Figure:
    """Each unit's score with its interval, by name."""
    rows = []
    for unit in report.units:
        hidden = isinstance(unit.summary, Suppressed)
        numbers = {"note": say_hidden(unit.summary, threshold)} if hidden else _row(unit.summary)  # type: ignore[arg-type]
        rows.append({"unit": unit.name} | numbers)
    drawn = [row for row in rows if "score" in row]
    names = [row["unit"] for row in drawn]
    position = alt.Y("unit:N", sort=names, title=None, axis=alt.Axis(labelLimit=180))
    chart = _with_interval(drawn, position, horizontal=True, height=alt.Step(ROW))
    words = f"{len(drawn)} units by name, {len(rows) - len(drawn)} hidden."
    if not isinstance(report.total, Suppressed):
        words += f" All shown together: {say_summary(report.total)}"
    return Figure(chart, words, rows)


def draw_heat_map(report: ProgramReport) -> Figure:
    """Each item's score in each unit, with the number in the cell."""
    rows: Table = [
        {"unit": unit.name, "item": item.topic, "score": round(item.score.value, 1), "n": item.score.n}
        for unit in report.units
        for item in unit.items
        if isinstance(item, ItemSummary) and isinstance(item.score, Estimate)
    ]
    topics = [item.topic for item in report.view.instrument.items]
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("item:N", sort=topics, title=None, axis=alt.Axis(labelAngle=-45, labelLimit=120, labelOverlap=False)),
        y=alt.Y("unit:N", title=None, axis=alt.Axis(labelLimit=140)),
        tooltip=["unit:N", "item:N", "score:Q", "n:Q"],
    )
    cells = base.mark_rect().encode(
        color=alt.Color(
            "score:Q",
            scale=alt.Scale(scheme="blues", domain=[min(row["score"] for row in rows) - 5, 100]),
            legend=None,
        )
    )
    middle = (min(row["score"] for row in rows) + 100) / 2
    text = base.mark_text(fontWeight="bold").encode(
        text=alt.Text("score:Q", format=".0f"),
        color=alt.condition(f"datum.score > {middle}", alt.value("white"), alt.value("black")),
    )
    lowest, highest = min(rows, key=lambda row: row["score"]), max(rows, key=lambda row: row["score"])
    words = (
        f"Lowest cell: {lowest['item']} in {lowest['unit']}, {lowest['score']}. "
        f"Highest: {highest['item']} in {highest['unit']}, {highest['score']}. "
        "Single cells differ by chance as well: one cell alone is no finding."
    )
    return Figure((cells + text).properties(height=alt.Step(ROW), width="container"), words, rows)
