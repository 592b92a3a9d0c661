"""What the comparison was adjusted for, and how far it moved the units."""

import altair as alt

from analysis.charts.figure import ROW, TICKS, Figure, Table, inline_data, layered
from analysis.charts.theme import OWN
from analysis.language import say
from analysis.program_wording import ADJUSTERS, say_level
from analysis.report.program import CaseMixReport


def draw_impacts(case_mix: CaseMixReport) -> Figure:
    """How far apart each adjuster moves the units."""
    rows: Table = [
        {
            "adjuster": say(ADJUSTERS[each.adjuster]),
            "impact": round(each.impact, 2),
            "p": None if each.test.p is None else round(each.test.p, 3),
            "folded": round(case_mix.folded[each.adjuster], 3),
        }
        for each in case_mix.adjusters
    ]
    order = [row["adjuster"] for row in rows]
    base = alt.Chart(inline_data(rows)).encode(
        y=alt.Y("adjuster:N", sort=order, title=None, axis=alt.Axis(labelLimit=150)),
        x=alt.X(
            "impact:Q",
            title=say("Points by which it moves units apart"),
            scale=alt.Scale(domain=[0, max(1.0, *(float(row["impact"] or 0) for row in rows))]),
            axis=TICKS,
        ),
    )
    text = base.mark_text(align="left", dx=4).encode(text=alt.Text("impact:Q", format=".2f"))
    chart = layered(base.mark_bar(color=OWN), text, height=ROW * len(rows))
    words = say(
        "Adjusting moved no unit by more than {points:.1f} points. Units and adjusters together explain "
        "{r2:.0%} of the differences between single answers.",
        points=case_mix.largest_move, r2=case_mix.r2,
    )  # fmt: skip
    table: Table = [
        {
            say("adjusted for"): row["adjuster"],
            say("moves units apart by, points"): f"{row['impact']:.2f}",
            say("p"): "" if row["p"] is None else f"{row['p']:.3f}",
            say("not said or too few to count"): f"{row['folded']:.0%}",
        }
        for row in rows
    ]
    reading = say(
        "Patients of different ages, languages or health answer differently, wherever they are treated. Each bar says "
        "how much that would have moved units apart had it not been taken out. Short bars: the units have alike "
        "patients, or these matter little. Adjustment takes away only what was asked."
    )
    return Figure(chart, words, table, reading)


def list_effects(case_mix: CaseMixReport) -> Table:
    """What each level does to a score, as a table."""
    return [
        {
            say("adjusted for"): say(ADJUSTERS[each.adjuster]),
            say("answer"): say_level(each.level),
            say("compared with"): say_level(each.reference),
            say("n"): each.n,
            say("difference, points"): "" if each.effect.estimate is None else f"{each.effect.estimate:+.1f}",
            say("standard error"): "" if each.effect.se is None else f"{each.effect.se:.1f}",
        }
        for each in case_mix.effects
    ]
