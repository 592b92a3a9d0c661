"""Gaps with their intervals, a line for each: groups of patients, and stages of training."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from analysis.charts.figure import (
    BELOW_LEGEND,
    BELOW_SLANTED,
    BREAK_LINES,
    Figure,
    Table,
    broken_label,
    inline_data,
    layered,
)
from analysis.charts.theme import GREY, OTHERS, OWN
from analysis.language import say
from analysis.program_wording import ADJUSTERS, say_level, say_points
from analysis.report.program import FairnessReport, LevelScore, StagesReport

STEP = 34
FALSE_ALARMS = 0.05


def draw_fairness(report: FairnessReport) -> Figure:
    """How differently the people with each answer rate their care from everybody else who said."""
    rows: list[dict[str, Any]] = [
        {
            "group": broken_label(f"{say(ADJUSTERS[each.adjuster])}: {say_level(each.level)}"),
            "gap": round(each.gap.value, 1),
            "low": round(each.gap.low, 1),
            "high": round(each.gap.high, 1),
            "state": say("a real difference") if _differs(each) else say("may be chance"),
            "n": each.n,
        }
        for each in report.levels
        if each.gap is not None
    ]
    y = alt.Y("group:N", sort=[row["group"] for row in rows], title=None, axis=BREAK_LINES)
    base = alt.Chart(inline_data(rows)).encode(y=y)
    x = alt.X("low:Q", title=say("Points above or below everybody else"))
    states = [say("a real difference"), say("may be chance")]
    rules = base.mark_rule(color=GREY, strokeWidth=3).encode(x=x, x2=alt.X2("high:Q"))
    points = base.mark_point(filled=True, size=110, opacity=1).encode(
        x=alt.X("gap:Q"),
        shape=alt.Shape(
            "state:N",
            scale=alt.Scale(domain=states, range=["diamond", "circle"]),
            legend=alt.Legend(orient="bottom", title=None),
        ),
        color=alt.Color("state:N", scale=alt.Scale(domain=states, range=[OTHERS, GREY]), legend=None),
        tooltip=[
            alt.Tooltip("group:N"),
            alt.Tooltip("gap:Q"),
            alt.Tooltip("low:Q"),
            alt.Tooltip("high:Q"),
            alt.Tooltip("n:Q"),
            alt.Tooltip("state:N"),
        ],
    )
    zero = alt.Chart(inline_data([{"zero": 0}])).mark_rule(color=GREY, strokeDash=[4, 3]).encode(x=alt.X("zero:Q"))
    chart = layered(zero, rules, points, height=STEP * len(rows))
    found = [
        f"{say(ADJUSTERS[each.adjuster])}: {say_level(each.level)}"
        for each in report.levels
        if each.gap is not None and _differs(each)
    ]
    words = say("No group answers differently by more than chance and the number of groups explain.")
    if found:
        words = say("Answer differently, after correction for the number of groups: {groups}.", groups="; ".join(found))
    reading = say(
        "Each line is a group of patients; the point is how far their score is from that of everybody else who "
        "answered the question, within the same units. The bar holds the true difference in 95 of 100 such "
        "comparisons; it takes answers as independent, so with few clinicians it is somewhat too narrow. A difference "
        "may come from the care, from the questionnaire or from how people answer. Groups with too few people in a "
        "unit are left out there."
    )
    return Figure(chart, words, _fairness_table(report.levels), reading, BELOW_LEGEND)


def _differs(each: LevelScore) -> bool:
    return each.p_adjusted is not None and each.p_adjusted < FALSE_ALARMS


def _fairness_table(levels: Sequence[LevelScore]) -> Table:
    return [
        {
            say("group"): say(ADJUSTERS[each.adjuster]),
            say("answer"): say_level(each.level),
            say("n"): each.n,
            say("score"): f"{each.score.value:.1f} ({each.score.low:.1f}–{each.score.high:.1f})",
            say("gap to everybody else"): "" if each.gap is None else say_points(each.gap),
            say("p, corrected"): "" if each.p_adjusted is None else f"{each.p_adjusted:.3f}",
        }
        for each in levels
    ]


def draw_stages(report: StagesReport) -> Figure:
    """The score by stage of training."""
    rows: list[dict[str, Any]] = [
        {
            "stage": each.stage,
            "score": round(each.score.value, 1),
            "low": round(each.score.low, 1),
            "high": round(each.score.high, 1),
            "clinicians": each.clinicians,
            "n": each.n,
        }
        for each in report.stages
    ]
    base = alt.Chart(inline_data(rows)).encode(
        x=alt.X(
            "stage:N", sort=[row["stage"] for row in rows], title=None, axis=alt.Axis(labelAngle=-45, labelLimit=120)
        )
    )
    y = alt.Y("low:Q", title=say("Score, 0 to 100"), scale=alt.Scale(zero=False))
    rules = base.mark_rule(color=OWN, strokeWidth=3, opacity=0.7).encode(y=y, y2=alt.Y2("high:Q"))
    points = base.mark_point(filled=True, size=130, color=OWN, opacity=1).encode(
        y=alt.Y("score:Q"),
        tooltip=[
            alt.Tooltip("stage:N"),
            alt.Tooltip("score:Q"),
            alt.Tooltip("low:Q"),
            alt.Tooltip("high:Q"),
            alt.Tooltip("clinicians:Q"),
            alt.Tooltip("n:Q"),
        ],
    )
    chart = layered(rules, points, height=300)
    return Figure(chart, _say_trend(report), _stage_table(report), _stage_reading(), BELOW_SLANTED)


def _say_trend(report: StagesReport) -> str:
    if report.contrast is None:
        return say("No trend is computed: the order of these stages is not known, or their clinicians are too few.")
    slope = report.contrast.slope
    if report.contrast.p >= FALSE_ALARMS:
        return say("No trend over the stages is seen: {slope} a stage.", slope=say_points(slope))
    if slope.value > 0:
        return say("The score rises over the stages: {slope} a stage.", slope=say_points(slope))
    return say("The score falls over the stages: {slope} a stage.", slope=say_points(slope))


def _stage_table(report: StagesReport) -> Table:
    return [
        {
            say("stage"): each.stage,
            say("clinicians"): each.clinicians,
            say("n"): each.n,
            say("score"): f"{each.score.value:.1f}",
            say("95% interval"): f"{each.score.low:.1f}–{each.score.high:.1f}",
        }
        for each in report.stages
    ]


def _stage_reading() -> str:
    return say(
        "Each point is the mean of all patients of clinicians at that stage, over all months and ways of answering, "
        "with an interval that allows for few clinicians. Stages compare different people: a trend may be people "
        "changing, or other people having come. "
        "Stages with fewer than three clinicians, or in which one could be told from the rest, are left out."
    )
