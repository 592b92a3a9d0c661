"""Each item's score in each unit."""

import altair as alt

from analysis.charts.figure import BELOW_SLANTED, ROW, Figure, Table, layered, tooltips
from analysis.charts.theme import PAGE
from analysis.estimate import Estimate
from analysis.group import ItemSummary
from analysis.language import say
from analysis.report.program import ProgramReport


def draw_heat_map(report: ProgramReport) -> Figure:
    """Each item's score in each unit, with the number in the cell; colour is the distance from the item's mean."""
    rows, reach = _cells(report)
    topics = [item.topic for item in report.view.instrument.items]
    base = alt.Chart(alt.NamedData("rows")).encode(
        x=alt.X("item:N", sort=topics, title=None, axis=alt.Axis(labelAngle=-45, labelLimit=120, labelOverlap=False)),
        y=alt.Y("unit:N", title=None, axis=alt.Axis(labelLimit=140)),
        tooltip=tooltips("unit:N", "item:N", "score:Q", "away:Q", "n:Q"),
    )
    colors = base.mark_rect(stroke=PAGE, strokeWidth=1).encode(
        color=alt.Color("away:Q", scale=alt.Scale(scheme="brownbluegreen", domain=[-reach, reach]), legend=None)
    )
    numbers = [
        base.transform_filter(f"datum.ink === '{ink}'")
        .mark_text(fontWeight="bold", color=ink)
        .encode(text=alt.Text("score:Q", format=".0f"))
        for ink in ("white", "black")
    ]
    table: Table = [
        {
            say("unit"): row["unit"],
            say("item"): row["item"],
            say("score"): row["score"],
            say("from the item's mean"): f"{row['away']:+.1f}",
            say("n"): row["n"],
        }
        for row in rows
    ]
    reading = say(
        "Each row is a unit, each column an item, each number the item's score there, 0 to 100. Green is above that "
        "item's mean over the units, brown below; pale is near it. Look for whole rows or columns, not for single "
        "cells."
    )
    height = ROW * max(len({row["unit"] for row in rows}), 1)
    chart = layered(colors, *numbers, height=height, rows=rows)
    return Figure(chart, _words(rows), table, reading, BELOW_SLANTED)


def _cells(report: ProgramReport) -> tuple[Table, float]:
    """The cells, and how far from an item's mean the darkest colours are."""
    rows: Table = [
        {"unit": unit.name, "item": item.topic, "score": round(item.score.value, 1), "n": item.score.n}
        for unit in report.units
        for item in unit.items
        if isinstance(item, ItemSummary) and isinstance(item.score, Estimate)
    ]
    by_item: dict[str, list[float]] = {}
    for row in rows:
        by_item.setdefault(row["item"], []).append(row["score"])
    for row in rows:
        row["away"] = round(row["score"] - sum(by_item[row["item"]]) / len(by_item[row["item"]]), 1)
    reach = max([5.0, *(abs(row["away"]) for row in rows)])
    for row in rows:
        row["ink"] = "white" if abs(row["away"]) > 0.55 * reach else "black"
    return rows, reach


def _words(rows: Table) -> str:
    if not rows:
        return say("No item has enough answers in any unit to be shown.")
    lowest, highest = min(rows, key=lambda row: row["away"]), max(rows, key=lambda row: row["away"])
    return say(
        "Farthest below its item's mean: {low_item} in {low_unit}, {low}. Farthest above: {high_item} in "
        "{high_unit}, {high}. Single cells differ by chance as well: one cell alone is no finding.",
        low_item=lowest["item"], low_unit=lowest["unit"], low=lowest["score"],
        high_item=highest["item"], high_unit=highest["unit"], high=highest["score"],
    )  # fmt: skip
