"""What every chart is made of: a figure with its words and numbers, the colours, points with intervals.

Channels are given as objects, `alt.X("score:Q")` and never `x="score:Q"`: for each text Altair looks for its class by
hashing the whole schema, which takes longer than the rest of a chart.
"""

from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from textwrap import wrap
from typing import Any, Final

import altair as alt
from altair.utils.schemapi import disable_debug_mode

from analysis.charts.theme import CONFIG, OWN, PAGE
from analysis.estimate import NotEstimable
from analysis.group import GroupSummary
from analysis.language import say

# Otherwise every part of a chart is checked against Vega-Lite's schema when it is made; the tests check whole charts.
disable_debug_mode()

ROW: Final = 36
TALL: Final = 340
# What an axis with its title takes below a plot, and what a legend or slanted labels take in its place.
BELOW: Final = 76
BELOW_LEGEND: Final = 132
BELOW_LEGEND_OF_TWO: Final = 160
BELOW_SLANTED: Final = 120
LABEL_WIDTH: Final = 24
LINE: Final = 14

# No more of them than fit a phone.
TICKS: Final = alt.Axis(tickCount=6)

AT_TOP: Final = alt.YValue(0)  # type: ignore[no-untyped-call]

Table = list[dict[str, Any]]


@dataclass(frozen=True)
class Layers:
    """Charts drawn over each other, as wide as their place; `rows` are the tables of their `alt.NamedData`.

    Not Altair's LayerChart: that copies each layer four times, which was a fifth of the time of a page.
    """

    layers: tuple[alt.Chart, ...]
    height: int
    rows: dict[str, Table]

    @property
    def spec(self) -> dict[str, Any]:
        """The chart in Vega-Lite. Not checked against its schema: the tests do that."""
        datasets = dict(self.rows)
        drawn: list[dict[str, Any]] = []
        for layer in self.layers:
            if isinstance(layer.data, alt.InlineData):
                held = layer.data.values
                # Layers of one base share their rows.
                name = next((name for name, rows in datasets.items() if rows is held.rows), f"layer {len(drawn)}")
                datasets[name] = held.rows
            else:
                name = layer.data.name
            drawn.append(_in_vega(layer) | {"data": {"name": name}})
        return {
            "$schema": alt.SCHEMA_URL, "layer": drawn, "height": self.height, "width": "container",
            "datasets": datasets, "config": deepcopy(CONFIG),
        }  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A chart with what it says in words, its numbers, and how to read it.

    below: pixels for the axis and the legend under the plot.
    """

    chart: Layers
    summary: str
    table: Table
    reading: str = ""
    below: int = BELOW

    @property
    def height(self) -> int:
        """The pixels it needs, known before it is drawn, so that a page keeps its place free and nothing jumps."""
        return self.chart.height + self.below

    @property
    def spec(self) -> dict[str, Any]:
        """The chart in Vega-Lite, in the program's theme."""
        return self.chart.spec


class _Rows:
    """Rows that Altair passes on as they are: it copies those of a list with each step and looks at every cell."""

    def __init__(self, rows: Table) -> None:
        self.rows = rows


def _in_vega(part: Any) -> Any:
    """A chart in Vega-Lite, without its data. Altair asks of each leaf whether it is an array, a date or a map."""
    if isinstance(part, alt.SchemaBase):
        held = part._kwds if not part._args else part._args[0]
        if not isinstance(held, dict):
            return _in_vega(held)
        told = {
            key: _in_vega(value) for key, value in held.items() if value is not alt.Undefined and key not in _NOT_TOLD
        }
        field = _parse_field(held["shorthand"]) if isinstance(held.get("shorthand"), str) else {}
        # A second position has no type of its own.
        return {key: value for key, value in field.items() if key in held} | told
    if isinstance(part, dict):
        return {key: _in_vega(value) for key, value in part.items() if value is not alt.Undefined}
    return [_in_vega(each) for each in part] if isinstance(part, list | tuple) else part


_NOT_TOLD: Final = ("shorthand", "data", "_cached_hash")
_parse_field = cache(alt.utils.parse_shorthand)


def inline_data(rows: Table) -> alt.InlineData:
    """Rows as the data of a chart; the whole of it travels to the browser."""
    held: Any = _Rows(rows)
    return alt.InlineData(values=held)


def tooltips(*fields: str) -> list[alt.Tooltip]:
    """What is told of a mark that is pointed at."""
    return [alt.Tooltip(field) for field in fields]


def in_words(value: float | str | None, digits: int = 1) -> str:
    """A number as a table shows it, with as many digits as it carries; a dash where there is none."""
    if value is None:
        return "–"
    return f"{value:.{digits}f}" if isinstance(value, float) else str(value)


def layered(*layers: alt.Chart, height: int, **rows: Table) -> Layers:
    """Layers as one chart that is as wide as its place; `rows` by the names of the `alt.NamedData` that they share."""
    return Layers(layers, height, rows)


def broken_label(text: str) -> str:
    """A label cut into lines, for an axis with `BREAK_LINES`."""
    return "\n".join(wrap(text, LABEL_WIDTH))


# Its lines stand about the middle of their row: Vega would begin there.
_UP: Final[Any] = {"expr": f"{-LINE / 2} * (length(split(datum.label, '\\n')) - 1)"}
BREAK_LINES: Final = alt.Axis(
    labelExpr="split(datum.label, '\\n')", labelLimit=0, labelLineHeight=LINE, labelOffset=_UP
)


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
        "state": say("provisional") if summary.provisional else say("enough answers"),
    }


def beside_points(base: alt.Chart, text: str, **how: Any) -> tuple[alt.Chart, alt.Chart]:
    """A text beside each point, `dx` and `dy` of its row from it, edged with the page so that it reads on lines."""
    how = {"baseline": "middle", "dx": {"expr": "datum.dx"}, "dy": {"expr": "datum.dy"}} | how
    edge = base.mark_text(stroke=PAGE, strokeWidth=4, strokeJoin="round", **how).encode(text=alt.Text(text))
    return edge, base.mark_text(**how).encode(text=alt.Text(text))


NUMBER: Final = {"fontSize": 14, "fontWeight": "bold"}


def points_with_intervals(rows: Table, position: alt.X | alt.Y, *, horizontal: bool, height: int) -> Layers:
    """Points with their intervals; hollow diamonds are provisional."""
    states = [say("enough answers"), say("provisional")]
    base = alt.Chart(inline_data(rows)).encode(tooltip=tooltips(*(f"{key}:N" for key in rows[0])))
    score, low, high = ("x", "x", "x2") if horizontal else ("y", "y", "y2")
    title = say("Score, 0 to 100")
    axis = (alt.X if horizontal else alt.Y)("low:Q", title=title, scale=alt.Scale(zero=False, nice=True), axis=TICKS)
    place = {"y" if horizontal else "x": position}
    rules = base.mark_rule(color=OWN, strokeWidth=3, opacity=0.6).encode(
        **{low: axis, high: (alt.X2 if horizontal else alt.Y2)("high:Q")}, **place
    )
    # By one field, so that the legend's diamond is hollow too; without provisional points it would explain nothing.
    mixed = any(row.get("state") == states[1] for row in rows)
    legend = alt.Legend(orient="bottom", title=None) if mixed else None
    points = base.mark_point(size=110, strokeWidth=2, opacity=1).encode(
        **{score: (alt.X if horizontal else alt.Y)("score:Q")},
        **place,
        shape=alt.Shape("state:N", scale=alt.Scale(domain=states, range=["circle", "diamond"]), legend=legend),
        fill=alt.Fill("state:N", scale=alt.Scale(domain=states, range=[OWN, "transparent"]), legend=legend),
        stroke=alt.Stroke("state:N", scale=alt.Scale(domain=states, range=[OWN, OWN]), legend=legend),
    )
    return layered(rules, points, height=height)
