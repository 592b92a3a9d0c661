"""The units' scores against their number of answers, with the limits that chance alone would keep to."""

import altair as alt
import numpy as np

from analysis.charts.figure import BELOW_LEGEND, TALL, Figure, Table, beside_points, inline_data, layered
from analysis.charts.program.forest import FILLED, verdict_points
from analysis.charts.theme import GREY
from analysis.language import say
from analysis.program_wording import VERDICTS
from analysis.report.program import FunnelReport, ProgramReport

CURVE_POINTS = 60
NAMED = 12


def draw_funnel(report: ProgramReport, funnel: FunnelReport) -> Figure:
    """Each unit at its number of scored answers; curves are the 95% and 99.8% limits."""
    rows = _rows(report, funnel)
    base = alt.Chart(alt.NamedData("rows"))
    points = verdict_points(base).encode(x=alt.X("n:Q"), y=alt.Y("score:Q"))
    target = (
        alt.Chart(inline_data([{"target": round(funnel.target, 1)}])).mark_rule(color=GREY).encode(y=alt.Y("target:Q"))
    )
    # Names only while there is room for them; the table has them all.
    named = base if len(rows) <= NAMED else base.transform_filter("datum.stands_out")
    labels = beside_points(named.encode(x=alt.X("n:Q"), y=alt.Y("score:Q")), "unit:N")
    chart = layered(_limits(funnel), target, points, *labels, height=TALL, curves=_curves(funnel), rows=rows)
    reading = say(
        "Units with few answers scatter by chance, so the limits are wide on the left and close in to the right. A "
        "unit beyond them is a question to ask, not a verdict: of 20 identical units one lies outside by chance. The "
        "signs are those of the comparison above, corrected for the number of units and with clinicians allowed for."
    )
    return Figure(chart, _words(funnel), _table(rows), reading, BELOW_LEGEND)


def _rows(report: ProgramReport, funnel: FunnelReport) -> Table:
    names = {unit.id: unit.name for unit in report.units}
    verdicts = {each.unit: each.verdict for each in report.standings.units}
    rows: Table = [
        {
            "unit": names[each.group],
            "n": each.n,
            "score": round(each.value, 1),
            "low": round(max(each.low95, 0), 1),
            "high": round(min(each.high95, 100), 1),
            "verdict": say(VERDICTS[verdicts[each.group]]),
            "filled": verdicts[each.group] in FILLED,
            "stands_out": each.flag is not None,
        }
        for each in sorted(funnel.groups, key=lambda each: names[each.group])
    ]
    # Above and below in turn, so that names of units of a size do not run into each other.
    for place, row in enumerate(sorted(rows, key=lambda row: row["n"])):
        row |= {"dx": 0, "dy": -18 if place % 2 else 18}
    return rows


def _limits(funnel: FunnelReport) -> alt.Chart:
    x = alt.X("n:Q", title=say("Scored answers"), scale=alt.Scale(type="log", nice=False, domain=_domain(funnel)))
    y = alt.Y("value:Q", title=say("Score, 0 to 100"), scale=alt.Scale(zero=False))
    dash = alt.StrokeDash(
        "limit:N",
        scale=alt.Scale(domain=[say("95% limits"), say("99.8% limits")], range=[[6, 4], [2, 2]]),
        legend=alt.Legend(orient="bottom", title=None, symbolType="stroke", symbolSize=600),
    )
    lines = alt.Chart(alt.NamedData("curves")).mark_line(color=GREY)
    found: alt.Chart = lines.encode(x=x, y=y, strokeDash=dash, detail=alt.Detail("side:N"))
    return found


def _words(funnel: FunnelReport) -> str:
    count = len(funnel.groups)
    words = say(
        "{beyond} of {count} units lie beyond the 95% limits; as many units that are all alike would put about "
        "{expected:.1f} there by chance.",
        beyond=funnel.beyond, count=count, expected=0.05 * count,
    )  # fmt: skip
    if funnel.phi > 1 and funnel.widened:
        words += " " + say(
            "The limits are widened {times:.1f}-fold, because units differ by more than single answers would "
            "(over-dispersion).",
            times=funnel.phi**0.5,
        )
    return words


def _table(rows: Table) -> Table:
    return [
        {
            say("unit"): row["unit"],
            say("scored answers"): row["n"],
            say("score"): row["score"],
            say("95% limits"): f"{row['low']}–{row['high']}",
            say("what it means"): row["verdict"],
        }
        for row in rows
    ]


def _domain(funnel: FunnelReport) -> list[float]:
    sizes = [each.n for each in funnel.groups]
    return [min(sizes) / 1.4, max(sizes) * 1.8]


def _curves(funnel: FunnelReport) -> Table:
    """The limits at sizes between the smallest and the largest unit; they narrow with the root of n."""
    sizes = np.geomspace(min(each.n for each in funnel.groups), max(each.n for each in funnel.groups), CURVE_POINTS)
    rows = []
    for reach, name in ((funnel.reach95, say("95% limits")), (funnel.reach998, say("99.8% limits"))):
        for sign, side in ((-1, "low"), (1, "high")):
            for size in sizes.tolist():
                value = min(max(funnel.target + sign * reach / size**0.5, 0), 100)
                rows.append({"n": round(size, 1), "value": round(value, 2), "limit": name, "side": f"{side} {name}"})
    return rows
