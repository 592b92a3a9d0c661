"""A program's units drawn side by side, by name."""

import altair as alt

from analysis.charts.figure import ROW, Figure, Table, inline_data, points_with_intervals, summary_row
from analysis.estimate import Estimate, Suppressed
from analysis.group import ItemSummary
from analysis.report import ProgramReport
from analysis.wording import say_hidden, say_summary


def draw_units(report: ProgramReport, threshold: int) -> Figure:
    """Each unit's score with its interval, by name."""
    rows = []
    for unit in report.units:
        hidden = isinstance(unit.summary, Suppressed)
        numbers = {"note": say_hidden(unit.summary, threshold)} if hidden else summary_row(unit.summary)  # type: ignore[arg-type]
        rows.append({"unit": unit.name} | numbers)
    drawn = [row for row in rows if "score" in row]
    names = [row["unit"] for row in drawn]
    position = alt.Y("unit:N", sort=names, title=None, axis=alt.Axis(labelLimit=180))
    chart = points_with_intervals(drawn, position, horizontal=True, height=alt.Step(ROW))
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
    base = alt.Chart(inline_data(rows)).encode(
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
