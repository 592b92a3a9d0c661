"""The units by name with their adjusted and raw means: which differ from the program, and which only seem to."""

from typing import Any, Final

import altair as alt

from analysis.charts.figure import Figure, Table, inline_data, layered, tooltips
from analysis.charts.theme import GREY, OTHERS, OWN
from analysis.language import say
from analysis.program_wording import SHORT, SIGNS, VERDICTS, say_points, say_reliability
from analysis.report.program import ProgramReport, Standing

# Shape and fill tell what colour tells.
SHAPES: Final = {
    "above": "triangle-up",
    "below": "triangle-down",
    "seems_above": "triangle-up",
    "seems_below": "triangle-down",
    "alike": "circle",
    "unreliable": "square",
    "provisional": "diamond",
}
COLOURS: Final = {
    "above": OWN,
    "below": OTHERS,
    "seems_above": OWN,
    "seems_below": OTHERS,
    "alike": GREY,
    "unreliable": GREY,
    "provisional": GREY,
}
LINE: Final = "¦"
STEP: Final = 48
FILLED: Final = ("above", "below", "alike")


def draw_forest(report: ProgramReport) -> Figure:
    """Each shown unit's score with its interval, by name, beside the program's mean."""
    names = {unit.id: unit.name for unit in report.units}
    standings = report.standings
    rows = [_row(each, names[each.unit]) for each in sorted(standings.units, key=lambda each: names[each.unit])]
    # The verdict stands below the unit's name: nobody has to look it up in a legend.
    axis = alt.Axis(
        labelExpr=f"split(datum.label, '{LINE}')",
        labelLimit=150,
        labelFontSize=13,
        labelLineHeight=15,
        labelOffset=-7,
        grid=True,
    )
    y = alt.Y("label:N", sort=[row["label"] for row in rows], title=None, axis=axis)
    base = alt.Chart(alt.NamedData("rows")).encode(y=y)
    ends = [row[name] for row in rows for name in ("raw", "low", "high") if name in row]
    scale = alt.Scale(domain=[max(min(ends) - 1, 0), min(max(ends) + 1, 100)], nice=False, zero=False)
    title = say("Adjusted score, 0 to 100") if standings.adjusted else say("Score, 0 to 100")
    x = alt.X("low:Q", title=title, scale=scale)
    intervals = base.transform_filter("isValid(datum.low)").mark_rule(strokeWidth=4, opacity=0.75).encode(
        x=x, x2=alt.X2("high:Q"), color=alt.Color("verdict:N", scale=verdict_scale(COLOURS), legend=None)
    )  # fmt: skip
    raw = base.mark_tick(thickness=2, size=18, color=GREY).encode(x=alt.X("raw:Q", scale=scale))
    points = verdict_points(base.transform_filter("isValid(datum.score)")).encode(x=alt.X("score:Q", scale=scale))
    layers = [intervals, raw, points]
    if standings.mean is not None:
        line = alt.Chart(inline_data([{"mean": round(standings.mean, 1)}]))
        mark = line.mark_rule(color=GREY, strokeDash=[4, 3], strokeWidth=2)
        layers.insert(0, mark.encode(x=alt.X("mean:Q", scale=scale)))
    chart = layered(*layers, height=STEP * len(rows), rows=rows)
    return Figure(chart, _describe(report), list_standings(report), _reading(report))


def _describe(report: ProgramReport) -> str:
    """What the picture shows, for whoever does not see it."""
    standings = report.standings
    if standings.mean is None:
        return say("{count} units by name, with their scores and intervals.", count=len(standings.units))
    return say(
        "{count} units by name, with their scores and intervals beside the mean of the units compared, {mean:.1f}.",
        count=len(standings.units), mean=standings.mean,
    )  # fmt: skip


def _row(standing: Standing, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {
        "unit": name,
        "label": f"{name}{LINE}{SIGNS[standing.verdict]} {say(SHORT[standing.verdict])}",
        "raw": round(standing.raw, 1),
        "n": standing.n,
        "verdict": say(VERDICTS[standing.verdict]),
        "filled": standing.verdict in FILLED,
    }
    if standing.score is not None:
        row |= {"score": round(standing.score.value, 1)}
        row |= {"low": round(standing.score.low, 1), "high": round(standing.score.high, 1)}
    return row


def verdict_scale(values: dict[str, str]) -> alt.Scale:
    """A scale that gives each verdict, in words, its colour or shape."""
    return alt.Scale(domain=[say(VERDICTS[each]) for each in values], range=list(values.values()))


def verdict_points(base: alt.Chart) -> alt.Chart:
    """Points whose shape and fill tell the verdict."""
    points: alt.Chart = base.mark_point(size=150, strokeWidth=2, opacity=1).encode(
        shape=alt.Shape("verdict:N", scale=verdict_scale(SHAPES), legend=None),
        stroke=alt.Stroke("verdict:N", scale=verdict_scale(COLOURS), legend=None),
        fill=alt.Fill("verdict:N", scale=verdict_scale(COLOURS), legend=None),
        fillOpacity=alt.FillOpacity("filled:N", scale=alt.Scale(domain=[True, False], range=[1, 0]), legend=None),
        tooltip=tooltips("unit:N", "verdict:N", "score:Q", "raw:Q", "low:Q", "high:Q", "n:Q"),
    )
    return points


def list_standings(report: ProgramReport) -> Table:
    """Each shown unit beside the program in words and numbers, by name."""
    names = {unit.id: unit.name for unit in report.units}
    return [
        {
            say("unit"): names[each.unit],
            say("what it means"): say(VERDICTS[each.verdict]),
            say("n"): each.n,
            say("clinicians"): each.clinicians,
            say("score as it is"): round(each.raw, 1),
            say("adjusted score"): "" if each.score is None else f"{each.score.value:.1f}",
            say("95% interval"): "" if each.score is None else f"{each.score.low:.1f}–{each.score.high:.1f}",
            say("difference from the program"): "" if each.difference is None else say_points(each.difference),
            say("p, corrected"): "" if each.p_adjusted is None else f"{each.p_adjusted:.3f}",
            say("reliability"): say_reliability(each),
        }
        for each in sorted(report.standings.units, key=lambda each: names[each.unit])
    ]


def _reading(report: ProgramReport) -> str:
    adjusted = say(
        "The point is the score as it would be if every unit had the same patients; the small tick is the score as it "
        "is."
    )
    plain = say("The point is the score as it is; nothing could be adjusted.")
    return " ".join(
        (
            adjusted if report.standings.adjusted else plain,
            say(
                "The bar holds the true score in 95 of 100 such comparisons; it allows for patients of the same "
                "clinician being alike. The dashed line is the mean of the units compared."
            ),
            say(
                "A unit is called above or below only if the difference remains after correcting for the number of "
                "units (Benjamini–Hochberg) and its score is reliable (0.70 or more). A hollow sign means: do not act "
                "on it yet. The units stand in alphabetical order; this is no ranking."
            ),
        )
    )
