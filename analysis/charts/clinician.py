"""A clinician's results drawn: over time, by item, beside the rest of the unit."""

from collections.abc import Sequence

import altair as alt

from analysis.charts.figure import (
    LEVELS,
    OTHERS,
    OWN,
    ROW,
    TALL,
    Figure,
    Table,
    inline_data,
    points_with_intervals,
    summary_row,
)
from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.group import BINS, Distribution, ItemSummary
from analysis.report import TrendPoint
from analysis.wording import say_months, say_score, say_share


def draw_trend(points: Sequence[TrendPoint]) -> Figure:
    """The score by month, or by the run of months that is large enough to be shown."""
    rows = [{"months": say_months(point.first, point.last)} | summary_row(point.summary) for point in points]
    drawn = [row for row in rows if "score" in row]
    chart = points_with_intervals(drawn, alt.X("months:O", title=None), horizontal=False, height=TALL)
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
    base = alt.Chart(inline_data(rows)).encode(
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
        alt.Chart(inline_data(rows))
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
