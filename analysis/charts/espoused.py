"""What is said beside what is felt: one person's expectation, a round's gaps by item, and how far the two agree."""

from typing import Any, Final

import altair as alt

from analysis.charts.figure import (
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
    inline_data,
    layered,
    tooltips,
)
from analysis.charts.placing import place_numbers
from analysis.charts.theme import OTHERS, OWN, QUIET
from analysis.gap_wording import differs, say_clear, say_expectation, say_gaps
from analysis.language import say
from analysis.program_wording import say_points
from analysis.report.espoused import Expectation
from analysis.report.program import RoundGaps, SaidAndFelt
from analysis.wording import say_item, say_levels, say_score
from survey.instrument import Instrument
from survey.store.self_ratings import RaterRole

_SIZE: Final = 90


def draw_expectation(expectation: Expectation, instrument: Instrument) -> Figure:
    """What one person expected of each item, beside patients' mean with its interval."""
    felt, expected = say("patients felt"), say("you expected")
    items = [(each, broken_label(say_item(instrument, each.item))) for each in expectation.items]
    rows: list[dict[str, Any]] = [
        {"item": name, "what": what, "score": round(score, 1)} | limits
        for each, name in items
        for what, score, limits in (
            (felt, each.felt.value, {"low": round(each.felt.low, 1), "high": round(each.felt.high, 1)}),
            (expected, each.expected, {}),
        )
    ]
    base = alt.Chart(inline_data(rows)).encode(
        y=alt.Y("item:N", sort=[name for _, name in items], title=None, axis=BREAK_LINES)
    )
    lowest = min((min(each.felt.low, each.expected) for each in expectation.items), default=0)
    scale = alt.Scale(domain=[max(lowest - 3, 0), 100], nice=False, zero=False)
    title = say("Score, 0 to 100")
    rules = base.transform_filter("isValid(datum.low)").mark_rule(color=OWN, strokeWidth=4, opacity=0.6)
    rules = rules.encode(x=alt.X("low:Q", title=title, scale=scale, axis=TICKS), x2=alt.X2("high:Q"))
    points = _two_kinds(base, (felt, expected)).encode(
        x=alt.X("score:Q", scale=scale), tooltip=tooltips("item:N", "what:N", "score:Q")
    )
    levels = say_levels(instrument)
    table: Table = [
        {
            say("item"): say_item(instrument, each.item),
            expected: f"{levels[each.level - instrument.scale.values[0]]} ({each.expected:.0f})",
            felt: say_score(each.felt),
            say("expected less felt"): say_points(each.gap),
            say("what it means"): say_clear(each),
        }
        for each in expectation.items
    ]
    return Figure(
        layered(rules, points, height=_height([name for _, name in items])),
        say_expectation(expectation, instrument),
        table,
        _how_expectation(),
        BELOW_LEGEND_OF_TWO,
    )


def _how_expectation() -> str:
    return say(
        "The diamond is what you expected, the circle what patients felt on average; the bar holds the true average in "
        "95 of 100 such cases. Your one answer stands for all patients and the levels are coarse, so the two are said "
        "to differ only if another answer would clearly have been nearer, all questions taken together. Whoever has "
        "seen their results before is no longer guessing. The form is this program's own adaptation of the questions, "
        "nobody has validated it. A gap says that something was not as expected, not why."
    )


def draw_gaps(of: RoundGaps, role: RaterRole, instrument: Instrument) -> Figure:
    """Said less felt for each item, with its interval."""
    shown = _numbered(of, instrument)
    real, chance = say("a real difference"), say("may be chance")
    rows: list[dict[str, Any]] = [
        {
            "item": broken_label(name),
            "gap": round(each.gap.value, 1),
            "low": round(each.gap.low, 1),
            "high": round(each.gap.high, 1),
            "state": real if differs(each) else chance,
        }
        for name, each in shown
        if each.gap is not None
    ]
    names = [row["item"] for row in rows]
    base = alt.Chart(inline_data(rows)).encode(y=alt.Y("item:N", sort=names, title=None, axis=BREAK_LINES))
    title = say("Points: said less felt")
    rules = base.mark_rule(color=QUIET, strokeWidth=3).encode(
        x=alt.X("low:Q", title=title, axis=TICKS), x2=alt.X2("high:Q")
    )
    points = _two_kinds(base, (chance, real), "state").encode(
        x=alt.X("gap:Q"), tooltip=tooltips("item:N", "gap:Q", "low:Q", "high:Q", "state:N")
    )
    zero = alt.Chart(inline_data([{"zero": 0}])).mark_rule(color=QUIET, strokeDash=[4, 3]).encode(x=alt.X("zero:Q"))
    chart = layered(zero, rules, points, height=_height(names))
    return Figure(chart, say_gaps(of, role, instrument), _gap_table(shown), _how_gaps(), BELOW_LEGEND_OF_TWO)


def _gap_table(shown: list[tuple[str, SaidAndFelt]]) -> Table:
    return [
        {
            say("item"): name,
            say("said"): say_score(each.said),
            say("who said"): each.said.n,
            say("felt"): say_score(each.felt),
            say("patients' answers"): each.felt.n,
            say("said less felt"): "–" if each.gap is None else say_points(each.gap),
            say("p, corrected"): "–" if each.p_adjusted is None else f"{each.p_adjusted:.3f}",
        }
        for name, each in shown
    ]


def _how_gaps() -> str:
    return say(
        "Each line is a question. Right of zero, those asked expect more than the patients of the units shown felt; "
        "left of it, patients felt more than was expected. The bar holds the true gap in 95 of 100 such comparisons; "
        "it allows for few who said, and for patients of the same clinician being alike. A diamond is a gap that "
        "remains after correcting for the number of questions. The latest months in which enough people said what they "
        "expect stand together, with each one's latest answer, and do not change any more; so nobody's own answer can "
        "be told. The form is this program's own adaptation of the questions, nobody has validated it, and one answer "
        "for all patients is coarser than many patients' answers: a gap is a reason to talk, not a verdict."
    )


def draw_agreement(of: RoundGaps, instrument: Instrument) -> Figure:
    """Each item where what is said and what is felt meet; on the diagonal they agree."""
    shown = _numbered(of, instrument)
    rows: list[dict[str, Any]] = [
        {
            "item": name,
            "number": name.split(".", maxsplit=1)[0],
            "said": round(each.said.value, 1),
            "said_low": round(each.said.low, 1),
            "said_high": round(each.said.high, 1),
            "felt": round(each.felt.value, 1),
            "felt_low": round(each.felt.low, 1),
            "felt_high": round(each.felt.high, 1),
        }
        for name, each in shown
    ]
    ends = [row[end] for row in rows for end in ("said_low", "said_high", "felt_low", "felt_high")]
    domain = [max(min(ends, default=0) - 2, 0), min(max(ends, default=100) + 2, 100)]
    room = place_numbers([(row["felt"], row["said"]) for row in rows], [(end, end) for end in domain])
    for row, (dx, dy) in zip(rows, room, strict=True):
        row |= {"dx": dx, "dy": dy}
    scale = alt.Scale(domain=domain, nice=False, zero=False)
    base = alt.Chart(inline_data(rows)).encode(
        tooltip=tooltips("item:N", "felt:Q", "felt_low:Q", "felt_high:Q", "said:Q", "said_low:Q", "said_high:Q")
    )
    x = alt.X("felt:Q", title=say("Felt, 0 to 100"), scale=scale, axis=TICKS)
    y = alt.Y("said:Q", title=say("Said, 0 to 100"), scale=scale, axis=TICKS)
    same = alt.Chart(inline_data([{"felt": end, "said": end} for end in domain]))
    agree = same.mark_line(color=QUIET, strokeDash=[4, 3], strokeWidth=2).encode(x=x, y=y)
    upright = base.mark_rule(color=OWN, opacity=0.5, strokeWidth=2).encode(
        x=x, y=alt.Y("said_low:Q", scale=scale), y2=alt.Y2("said_high:Q")
    )
    level = base.mark_rule(color=OWN, opacity=0.5, strokeWidth=2).encode(
        x=alt.X("felt_low:Q", scale=scale), x2=alt.X2("felt_high:Q"), y=y
    )
    points = base.mark_point(filled=True, size=_SIZE, color=OWN, opacity=1).encode(x=x, y=y)
    numbers = beside_points(base.encode(x=x, y=y), "number:N", **NUMBER)
    table: Table = [
        {say("item"): name, say("felt"): say_score(each.felt), say("said"): say_score(each.said)}
        for name, each in shown
    ]
    words = say("{n} questions by what patients felt and what was said: {items}.", n=len(shown), items=_list(shown))
    how = say(
        "Each number is a question, as in the chart above. On the dashed line what is said and what is felt agree; "
        "above it more is said, below it more is felt. The bars are the 95% intervals of both."
    )
    return Figure(layered(agree, upright, level, points, *numbers, height=TALL), words, table, how)


def _list(shown: list[tuple[str, SaidAndFelt]]) -> str:
    return "; ".join(
        say("{item}, felt {felt:.0f}, said {said:.0f}", item=name, felt=each.felt.value, said=each.said.value)
        for name, each in shown
    )


def _numbered(of: RoundGaps, instrument: Instrument) -> list[tuple[str, SaidAndFelt]]:
    return [
        (f"{number}. {say_item(instrument, each.item)}", each)
        for number, each in enumerate(of.items, start=1)
        if isinstance(each, SaidAndFelt)
    ]


def _two_kinds(base: alt.Chart, kinds: tuple[str, str], field: str = "what") -> alt.Chart:
    """Points of two kinds, told apart by shape as well as by colour, with their legend."""
    legend = alt.Legend(orient="bottom", title=None, columns=1)  # two in a row are cut off on a phone
    points: alt.Chart = base.mark_point(filled=True, size=_SIZE, opacity=1).encode(
        shape=alt.Shape(f"{field}:N", scale=alt.Scale(domain=kinds, range=["circle", "diamond"]), legend=legend),
        color=alt.Color(f"{field}:N", scale=alt.Scale(domain=kinds, range=[OWN, OTHERS]), legend=legend),
    )
    return points


def _height(names: list[str]) -> int:
    lines = max((name.count("\n") + 1 for name in names), default=1)
    return max(ROW, LINE * lines + 8) * max(len(names), 1)
