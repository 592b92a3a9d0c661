"""A clinician's results drawn: over time, by item, beside the rest of the unit, by who answered, before and after."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from analysis.charts.figure import (
    AT_TOP,
    BELOW,
    BELOW_LEGEND,
    BELOW_LEGEND_OF_TWO,
    BREAK_LINES,
    LINE,
    NUMBER,
    ROW,
    TALL,
    TICKS,
    Figure,
    Table,
    beside_points,
    broken_label,
    in_words,
    inline_data,
    layered,
    points_with_intervals,
    summary_row,
    tooltips,
)
from analysis.charts.placing import place_numbers
from analysis.charts.theme import IMPROVEMENT, LEVELS, OTHERS, OWN, PAGE, QUIET
from analysis.estimate import Estimate, Suppressed
from analysis.feedback import (
    SIDES,
    explain_fair_estimate,
    phase_center,
    say_course,
    say_drivers,
    say_periods,
    signal_side,
)
from analysis.group import BINS, Distribution, GroupSummary, ItemSummary
from analysis.key_drivers import KeyDrivers
from analysis.language import say
from analysis.report.course import Course, Periods
from analysis.report.standing import Standing
from analysis.wording import WAYS_OF_NOT_ANSWERING, say_item, say_levels, say_months, say_score, say_share
from survey.instrument import Instrument


def draw_course(course: Course) -> Figure:
    """The score by month, or by the run of months that is large enough to be shown, with the chart's signals."""
    rows = [_course_row(course, place) for place in range(len(course.points))]
    drawn = [row for row in rows if "score" in row]
    months = [row["months"] for row in drawn]
    base = alt.Chart(inline_data(drawn)).encode(
        x=alt.X("months:N", sort=months, title=None, axis=alt.Axis(labelAngle=-45, labelOverlap=True))
    )
    scale = alt.Scale(zero=False, nice=True)
    title = say("Score, 0 to 100")
    intervals = base.mark_rule(color=OWN, strokeWidth=2, opacity=0.45).encode(
        y=alt.Y("low:Q", title=title, scale=scale), y2=alt.Y2("high:Q")
    )
    line = base.mark_line(color=OWN, strokeWidth=2).encode(y=alt.Y("score:Q"))
    center = base.mark_line(color=QUIET, strokeWidth=2).encode(y=alt.Y("center:Q"), detail=alt.Detail("phase:N"))
    limits = [
        base.mark_line(color=QUIET, strokeWidth=1.5, strokeDash=[5, 4]).encode(
            alt.Y(f"{limit}:Q"), alt.Detail("phase:N")
        )
        for limit in ("lower_limit", "upper_limit")
        if any(row.get(limit) is not None for row in drawn)
    ]
    signs = [say("as usual"), *(say(each) for each in SIDES.values())]
    legend = alt.Legend(orient="bottom", title=None, columns=2)  # three in a row are cut off on a phone
    points = base.mark_point(size=110, filled=True, opacity=1).encode(
        y=alt.Y("score:Q"),
        shape=alt.Shape(
            "signal:N", scale=alt.Scale(domain=signs, range=["circle", "triangle-up", "triangle-down"]), legend=legend
        ),
        color=alt.Color("signal:N", scale=alt.Scale(domain=signs, range=[OWN, IMPROVEMENT, OTHERS]), legend=legend),
        tooltip=tooltips("months:N", "n:Q", "score:Q", "low:Q", "high:Q", "signal:N"),
    )
    chart = layered(intervals, center, *limits, line, points, height=TALL)
    return Figure(chart, say_course(course), _course_table(rows), _how_course(course), BELOW_LEGEND)


def _course_row(course: Course, place: int) -> dict[str, Any]:
    point = course.points[place]
    row = {"months": say_months(point.first, point.last)} | summary_row(point.summary)
    row.pop("state", None)
    if course.chart is None:
        return row | {"signal": say("as usual"), "phase": 0}
    charted = course.chart.points[place]
    side = signal_side(course, place)
    center = phase_center(course, place)
    return row | {
        "signal": say(SIDES[side]) if side else say("as usual"),
        "center": None if center is None else round(center, 1),
        "lower_limit": None if charted.lower is None else round(max(charted.lower, 0.0), 1),
        "upper_limit": None if charted.upper is None else round(min(charted.upper, 100.0), 1),
        "phase": int(course.changed_at is not None and place >= course.changed_at),
    }


def _course_table(rows: Table) -> Table:
    titles = {
        "months": say("months"),
        "n": say("responses"),
        "score": say("score"),
        "low": say("from"),
        "high": say("to"),
        "center": say("usual level"),
        "lower_limit": say("lower limit"),
        "upper_limit": say("upper limit"),
        "signal": say("signal"),
    }
    return [{title: in_words(row.get(key)) for key, title in titles.items() if key in row} for row in rows]


def _how_course(course: Course) -> str:
    words = say(
        "Each point is the score of one month, or of several where a month alone would be too small to show; its bar "
        "is the 95% interval. The grey line is your usual level. Points jump up and down by chance: only triangles are "
        "a sign that something changed, upward for an improvement and downward for a concern. They say that, not why."
    )
    if course.kind == "xmr":
        return f"{words} {say('Between the dashed lines lies what chance alone usually does (XmR chart).')}"
    later = say("Limits are drawn from 12 points on; until then rows of points on one side are looked for (run chart).")
    return f"{words} {later}"


def draw_items(items: Sequence[ItemSummary | Suppressed], instrument: Instrument) -> Figure:
    """How the answers to each item spread over the levels."""
    shown = [item for item in items if isinstance(item, ItemSummary)]
    levels = say_levels(instrument)
    names = {item.item: broken_label(say_item(instrument, item.item)) for item in shown}
    rows = [
        {"item": names[item.item], "level": level, "order": order, "share": round(share, 4)}
        for item in shown
        for order, (level, share) in enumerate(zip(levels, item.shares, strict=True))
    ]
    base = alt.Chart(inline_data(rows)).encode(
        y=alt.Y("item:N", sort=list(names.values()), title=None, axis=BREAK_LINES),
        x=alt.X("share:Q", stack="normalize", title=say("Share of answers"), axis=alt.Axis(format="%")),
        order=alt.Order("order:O"),
        tooltip=[*tooltips("item:N", "level:N"), alt.Tooltip("share:Q", format=".0%")],
    )
    colours = [LEVELS[round(place * (len(LEVELS) - 1) / max(len(levels) - 1, 1))] for place in range(len(levels))]
    bars = base.mark_bar(stroke=PAGE, strokeWidth=1).encode(
        color=alt.Color(
            "level:N",
            scale=alt.Scale(domain=levels, range=colours),
            legend=alt.Legend(orient="bottom", title=None, columns=2),  # four in a row are cut off on a phone
        )
    )
    labels = base.transform_filter("datum.share >= 0.08").mark_text(fontWeight="bold", color="black").encode(
        text=alt.Text("share:Q", format=".0%"), x=alt.X("share:Q", stack="normalize", bandPosition=0.5)
    )  # fmt: skip
    lines = max((name.count("\n") + 1 for name in names.values()), default=1)
    chart = layered(bars, labels, height=max(ROW, LINE * lines + 8) * max(len(shown), 1))
    table: Table = [
        {
            say("item"): say_item(instrument, item.item),
            say("score"): say_score(item.score),
            say("best answer"): say_share(item.top_box),
            **{say(WAYS_OF_NOT_ANSWERING[way]): count for way, count in item.missing.items()},
        }
        for item in shown
    ]
    how = say(
        "Each bar is one question, cut by how many gave each answer; the further the best answer reaches, the more "
        "often patients felt it. Who did not answer a question is not in its bar; the table counts them."
    )
    return Figure(chart, _say_items(shown, instrument), table, how, BELOW_LEGEND_OF_TWO)


def _say_items(shown: Sequence[ItemSummary], instrument: Instrument) -> str:
    scores = [(item.score.value, item) for item in shown if isinstance(item.score, Estimate)]
    if not scores:
        return say("No item has enough answers to be shown.")
    most, least = max(scores, key=lambda each: each[0])[1], min(scores, key=lambda each: each[0])[1]
    return say(
        "Felt most: {most}, {most_score}. Felt least: {least}, {least_score}.",
        most=say_item(instrument, most.item), most_score=say_score(most.score),
        least=say_item(instrument, least.item), least_score=say_score(least.score),
    )  # fmt: skip


def draw_distributions(own: Distribution, others: Distribution | Suppressed, summary: GroupSummary) -> Figure:
    """Own scores beside those of the rest of the unit, with the own mean marked: nobody else can be told from it."""
    mine, rest = say("my patients"), say("rest of my unit")
    groups = {mine: own} | ({rest: others} if isinstance(others, Distribution) else {})
    width = 100 // BINS
    rows = [
        {"group": name, "score": f"{place * width}–{(place + 1) * width}", "share": round(share, 4)}
        for name, group in groups.items()
        for place, share in enumerate(group.shares)
    ]
    bars = (
        alt.Chart(inline_data(rows))
        .mark_bar()
        .encode(
            x=alt.X("score:O", sort=None, title=say("Score, 0 to 100"), axis=alt.Axis(labelAngle=-45)),
            xOffset=alt.XOffset("group:N", sort=list(groups)),
            y=alt.Y("share:Q", title=say("Share of responses"), axis=alt.Axis(format="%")),
            color=alt.Color(
                "group:N",
                sort=list(groups),
                scale=alt.Scale(domain=list(groups), range=[OWN, OTHERS][: len(groups)]),
                legend=alt.Legend(orient="bottom", title=None),
            ),
            tooltip=[*tooltips("group:N", "score:O"), alt.Tooltip("share:Q", format=".0%")],
        )
    )
    layers: list[alt.Chart] = [bars]
    if isinstance(summary.score, Estimate):
        place = min(int(summary.score.value // width), BINS - 1)
        here = {"score": f"{place * width}–{(place + 1) * width}", "label": say("▼ my score")}
        layers.append(
            alt.Chart(inline_data([here]))
            .mark_text(fontWeight="bold", dy=-4, baseline="bottom", align="right", dx=24)
            .encode(x=alt.X("score:O", sort=None), y=AT_TOP, text=alt.Text("label:N"))
        )
    words = " ".join(
        say("{group}: {share:.0%} of the scores are 90 or more.", group=name.capitalize(), share=group.shares[-1])
        for name, group in groups.items()
    )
    table: Table = [
        {say("score"): row["score"], say("group"): row["group"], say("share"): f"{row['share']:.0%}"} for row in rows
    ]
    how = say(
        "Scores of single answers in steps of ten, yours and those of all your colleagues in the unit together. It is "
        "no ranking, and nobody can be told from it. Most patients give high scores everywhere: look at the low "
        "end too."
    )
    return Figure(layered(*layers, height=TALL), words, table, how, BELOW_LEGEND)


def draw_standing(standing: Standing) -> Figure:
    """The own mean, the fair estimate with its interval, and the program's mean."""
    fair = standing.fair
    measured, best = say("as measured"), say("fair estimate")
    rows: Table = [
        {"what": measured, "score": round(fair.mean, 1)},
        {"what": best, "score": round(fair.estimate, 1), "low": round(fair.low, 1), "high": round(fair.high, 1)},
    ]
    y = alt.Y("what:N", sort=[measured, best], title=None)
    base = alt.Chart(inline_data(rows)).encode(y=y)
    title = say("Score, 0 to 100")
    interval = base.mark_rule(color=OWN, strokeWidth=3, opacity=0.6).encode(
        x=alt.X("low:Q", title=title, scale=alt.Scale(zero=False, nice=True), axis=TICKS), x2=alt.X2("high:Q")
    )
    points = base.mark_point(size=130, filled=True, color=OWN, opacity=1).encode(
        x=alt.X("score:Q"),
        shape=alt.Shape("what:N", scale=alt.Scale(domain=[measured, best], range=["circle", "square"]), legend=None),
        tooltip=tooltips("what:N", "score:Q", "low:Q", "high:Q"),
    )
    program = {"score": round(standing.mean, 1), "label": say("program: {mean:.1f}", mean=standing.mean)}
    line = (
        alt.Chart(inline_data([program]))
        .mark_rule(color=OTHERS, strokeDash=[6, 4], strokeWidth=2)
        .encode(alt.X("score:Q"))
    )
    label = alt.Chart(inline_data([program])).mark_text(align="left", dx=5, dy=-2, baseline="top").encode(
        x=alt.X("score:Q"), y=AT_TOP, text=alt.Text("label:N")
    )  # fmt: skip
    chart = layered(interval, line, label, points, height=(ROW + 12) * 2)
    table: Table = [
        {
            say("what"): row["what"],
            say("score"): in_words(row["score"]),
            say("from"): in_words(row.get("low")),
            say("to"): in_words(row.get("high")),
        }
        for row in [*rows, {"what": say("program"), "score": program["score"]}]
    ]
    how = say(
        "The circle is your average, the square the best guess once luck is allowed for, with the bar as its 95% "
        "interval; the dashed line is the average of your program. Over all months and ways of answering."
    )
    return Figure(chart, explain_fair_estimate(standing), table, how)


def draw_drivers(drivers: KeyDrivers, instrument: Instrument) -> Figure:
    """How well each item does, against how closely it goes with the others."""
    rows: Table = [
        {
            "number": str(number),
            "item": say_item(instrument, item.item),
            "score": round(item.performance.value, 1),
            "together": round(item.importance.value, 2),
            "low": round(item.importance.low, 2),
            "high": round(item.importance.high, 2),
            "score_low": round(item.performance.low, 1),
            "score_high": round(item.performance.high, 1),
        }
        for number, item in enumerate(drivers.items, start=1)
        if item.importance is not None
    ]
    ends = [(row[f"score_{end}"], row[end]) for row in rows for end in ("low", "high")]
    for row, (dx, dy) in zip(rows, place_numbers([(row["score"], row["together"]) for row in rows], ends), strict=True):
        row |= {"dx": dx, "dy": dy}
    base = alt.Chart(inline_data(rows))
    x = alt.X("score:Q", title=say("Score, 0 to 100"), scale=alt.Scale(zero=False, nice=True, padding=12), axis=TICKS)
    y = alt.Y("together:Q", title=say("Goes with the other items"), scale=alt.Scale(zero=False, nice=True, padding=12))
    across = base.mark_rule(color=OWN, opacity=0.35, strokeWidth=2).encode(
        alt.X("score_low:Q"), alt.X2("score_high:Q"), y
    )
    upright = base.mark_rule(color=OWN, opacity=0.35, strokeWidth=2).encode(x, alt.Y("low:Q"), alt.Y2("high:Q"))
    points = base.mark_point(size=110, filled=True, color=OWN, opacity=1).encode(
        x=x, y=y, tooltip=tooltips("item:N", "score:Q", "together:Q")
    )
    numbers = beside_points(base.encode(x=x, y=y), "number:N", **NUMBER)
    middle: Table = [{"score": drivers.performance, "together": drivers.importance}]
    lines = [
        alt.Chart(inline_data(middle)).mark_rule(color=QUIET, strokeDash=[5, 4]).encode(axis)
        for axis, field in ((alt.X("score:Q"), "score"), (alt.Y("together:Q"), "together"))
        if middle[0][field] is not None
    ]
    chart = layered(*lines, across, upright, points, *numbers, height=TALL + 40)
    table: Table = [
        {
            say("item"): f"{row['number']}. {row['item']}",
            say("score"): in_words(row["score"]),
            say("goes with the other items"): in_words(row["together"], 2),
            say("from"): in_words(row["low"], 2),
            say("to"): in_words(row["high"], 2),
        }
        for row in rows
    ]
    how = say(
        "To the right stands what patients felt more, to the left what they felt less. Higher up stands what goes more "
        "closely with all the rest: who missed that, missed more. Top left is where work pays most, but only where the "
        "words above name an item; bars are 95% intervals and often overlap. Over all months, of patients who answered "
        "every question."
    )
    named = "; ".join(f"{row['number']}. {row['item']}" for row in rows)
    return Figure(chart, f"{say_drivers(drivers, instrument)} {named}.", table, how)


def draw_strata(strata: Mapping[str, GroupSummary], names: Mapping[str, str]) -> Figure:
    """Scores by mode or by respondent, with their intervals."""
    rows = [{"who": broken_label(names[each])} | summary_row(summary) for each, summary in strata.items()]
    drawn = [row for row in rows if "score" in row]
    position = alt.Y("who:N", sort=[row["who"] for row in drawn], title=None, axis=BREAK_LINES)
    chart = points_with_intervals(drawn, position, horizontal=True, height=(ROW + 8) * len(drawn))
    words = " ".join(f"{names[each]}: {say_score(summary.score)}." for each, summary in strata.items())
    how = say(
        "People answer differently on a kiosk than at home, and relatives differently from patients; so these are "
        "shown apart. Bars are 95% intervals: where they overlap, the groups may well be alike."
    )
    return Figure(chart, words, _strata_table(rows), how, _below(drawn))


def _below(rows: Table) -> int:
    """Room for a legend, which `points_with_intervals` draws where some are provisional."""
    return BELOW_LEGEND if any(row["state"] == say("provisional") for row in rows) else BELOW


def _strata_table(rows: Table) -> Table:
    return [
        {
            say("answers"): row["who"].replace("\n", " "),
            say("responses"): in_words(row["n"]),
            say("score"): in_words(row.get("score")),
            say("from"): in_words(row.get("low")),
            say("to"): in_words(row.get("high")),
        }
        for row in rows
    ]


def draw_periods(periods: Periods) -> Figure:
    """Two periods one below the other, with their intervals."""
    both = {
        say_months(*periods.earlier_months): periods.earlier,
        say_months(*periods.later_months): periods.later,
    }
    rows = [{"who": months} | summary_row(summary) for months, summary in both.items()]
    drawn = [row for row in rows if "score" in row]
    position = alt.Y("who:N", sort=[row["who"] for row in drawn], title=None)
    chart = points_with_intervals(drawn or rows, position, horizontal=True, height=(ROW + 8) * len(rows))
    how = say(
        "The two points are the scores of the two periods, with 95% intervals. The sentence above says how far apart "
        "they are and how sure that is; two bars may overlap a little and the difference still be clear."
    )
    return Figure(chart, say_periods(periods), _strata_table(rows), how, _below(drawn))
