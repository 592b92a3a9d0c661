"""One unit's clinicians by name, with their scores: those only who have enough answers."""

import altair as alt

from analysis.charts.figure import ROW, TICKS, Figure, Table, inline_data, layered, tooltips
from analysis.charts.theme import GREY, OWN
from analysis.language import say
from analysis.report.program import UnitClinicians


def draw_clinicians(report: UnitClinicians, unit: str) -> Figure:
    """Each clinician's score with its interval, in the order of names, beside the unit's own score."""
    rows: Table = [
        {
            "clinician": each.name,
            "score": round(each.score.value, 1),
            "low": round(each.score.low, 1),
            "high": round(each.score.high, 1),
            "n": each.n,
        }
        for each in report.shown
    ]
    y = alt.Y("clinician:N", sort=[row["clinician"] for row in rows], title=None, axis=alt.Axis(labelLimit=150))
    base = alt.Chart(inline_data(rows)).encode(y=y, tooltip=tooltips(*(f"{name}:N" for name in rows[0])))
    x = alt.X("low:Q", title=say("Score, 0 to 100"), scale=alt.Scale(zero=False, nice=True), axis=TICKS)
    intervals = base.mark_rule(color=OWN, strokeWidth=3, opacity=0.7).encode(x=x, x2=alt.X2("high:Q"))
    points = base.mark_point(filled=True, size=110, color=OWN, opacity=1).encode(x=alt.X("score:Q"))
    middle = alt.Chart(inline_data([{"score": round(report.mean, 1)}]))
    line = middle.mark_rule(color=GREY, strokeDash=[4, 3], strokeWidth=2).encode(x=alt.X("score:Q"))
    words = say(
        "{count} clinicians of {unit} by name, with their scores and intervals beside the unit's, {mean:.1f}.",
        count=len(rows), unit=unit, mean=report.mean,
    )  # fmt: skip
    table: Table = [
        {
            say("clinician"): each.name,
            say("n"): each.n,
            say("score"): f"{each.score.value:.1f}",
            say("95% interval"): f"{each.score.low:.1f}–{each.score.high:.1f}",
            say("reliability"): f"{each.reliability:.2f}",
        }
        for each in report.shown
    ]
    reading = say(
        "Each point is the score of one clinician's patients in this unit over all months and ways of answering, as it "
        "is, with its 95% interval; the dashed line is the unit's. Names are in alphabetical order and this is no "
        "ranking: where two intervals overlap, the two clinicians may well be alike. A clinician is shown from about "
        "{needed} scored answers on, from which a score tells clinicians of one unit apart reliably (0.70). Use it for "
        "a talk, not for pay or blame; the clinician sees them as well, and that you looked is recorded.",
        needed=report.needed,
    )
    return Figure(layered(line, intervals, points, height=ROW * len(rows)), words, table, reading)
