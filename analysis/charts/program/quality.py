"""What the answers are like: missing items by unit, and the mix of modes and respondents."""

import altair as alt

from analysis.charts.figure import BELOW_SLANTED, ROW, Figure, Table, inline_data, layered
from analysis.charts.theme import PAGE
from analysis.language import say, sayable
from analysis.program_wording import say_level
from analysis.report.program import DataQualityReport

WAYS = {
    "skipped": sayable("skipped"),
    "not_applicable": sayable("does not apply"),
    "prefer_not": sayable("prefers not to say"),
    "not_reached": sayable("not reached"),
}


def draw_missing(report: DataQualityReport) -> Figure:
    """The share of responses without an answer, by item and unit."""
    rows: Table = [
        {"unit": each.unit, "item": each.topic, "share": round(each.share, 3), "n": each.n} for each in report.items
    ]
    topics = list(dict.fromkeys(row["item"] for row in rows))
    # Twice the largest share, so that black numbers can be read on the darkest cell.
    top = 2 * max([0.05, *(row["share"] for row in rows)])
    base = alt.Chart(inline_data(rows)).encode(
        x=alt.X("item:N", sort=topics, title=None, axis=alt.Axis(labelAngle=-45, labelLimit=120, labelOverlap=False)),
        y=alt.Y("unit:N", title=None, axis=alt.Axis(labelLimit=140)),
        tooltip=[
            alt.Tooltip("unit:N"),
            alt.Tooltip("item:N"),
            alt.Tooltip("share:Q", format=".0%"),
            alt.Tooltip("n:Q"),
        ],
    )
    cells = base.mark_rect(stroke=PAGE, strokeWidth=1).encode(
        color=alt.Color("share:Q", scale=alt.Scale(scheme="oranges", domain=[0, top]), legend=None)
    )
    text = base.mark_text(fontWeight="bold", color="black").encode(text=alt.Text("share:Q", format=".0%"))
    words = say("Nothing is known of single items: too few answers.")
    if rows:
        worst = max(rows, key=lambda row: row["share"])
        words = say(
            "Most often left out: {item} in {unit}, {share:.0%} of responses.",
            item=worst["item"], unit=worst["unit"], share=worst["share"],
        )  # fmt: skip
    table: Table = [
        {
            say("unit"): each.unit,
            say("item"): each.topic,
            say("n"): each.n,
            **{say(name): f"{each.ways[way]:.0%}" for way, name in WAYS.items()},
        }
        for each in report.items
    ]
    reading = say(
        "The share of responses without an answer to the item, for whatever reason; the table says for which. Items "
        "that often do not apply may be wrong for the unit; items not reached mean that people stop early."
    )
    height = ROW * max(len({row["unit"] for row in rows}), 1)
    return Figure(layered(cells, text, height=height), words, table, reading, BELOW_SLANTED)


def list_quality(report: DataQualityReport) -> Table:
    """Each unit's responses: how many could be scored, by whom and how they came, doubtful deliveries.

    Its columns have short names, for all of them to stand side by side.
    """
    columns = list(dict.fromkeys(column for unit in report.units for column in unit.mix))
    return [
        {
            say("unit"): each.unit,
            say("n"): each.n,
            say("could be scored"): f"{each.scored:.0%}",
            **{
                say_level(column[1]): f"{each.mix[column]:.0%}" if column in each.mix else say("too few")
                for column in columns
            },
            say("too fast"): each.flags["too_fast"],
            say("three alike"): each.flags["repeated"],
            say("sent twice"): each.conflicts,
        }
        for each in report.units
    ]
