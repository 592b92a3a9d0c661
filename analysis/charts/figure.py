"""What every chart is made of: a figure with its words and numbers, the colours, points with intervals."""

from dataclasses import dataclass
from typing import Any, Final

import altair as alt

from analysis.estimate import NotEstimable
from analysis.group import GroupSummary

OWN: Final = "#2f7fb8"
OTHERS: Final = "#b36a12"
LEVELS: Final = ("#b3446c", "#d9a05b", "#7fb2cf", "#2f7fb8")
ROW: Final = 36
TALL: Final = 340

Table = list[dict[str, Any]]


@dataclass(frozen=True)
class Figure:
    """A chart with what it says in words, its numbers, and how to read it."""

    chart: alt.LayerChart | alt.Chart
    summary: str
    table: Table
    reading: str = ""


def inline_data(rows: Table) -> alt.InlineData:
    """Rows as the data of a chart; the whole of it travels to the browser."""
    return alt.InlineData(values=rows)


def summary_row(summary: GroupSummary) -> dict[str, Any]:
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


def points_with_intervals(
    rows: Table, position: alt.X | alt.Y, *, horizontal: bool, height: int | alt.Step
) -> alt.LayerChart:
    """Points with their intervals; hollow diamonds are provisional."""
    base = alt.Chart(inline_data(rows)).encode(tooltip=[alt.Tooltip(f"{key}:N") for key in rows[0]])
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
