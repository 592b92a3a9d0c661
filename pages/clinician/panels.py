"""The panels of my feedback, each from the report: at a glance first, then as deep as one cares to go."""

from dataclasses import replace
from datetime import date

import streamlit as st

from analysis.charts import (
    draw_course,
    draw_distributions,
    draw_drivers,
    draw_items,
    draw_periods,
    draw_standing,
    draw_strata,
)
from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.feedback import explain_reliability, say_headline, say_since
from analysis.group import GroupSummary
from analysis.language import say
from analysis.report import ClinicianReport, Periods, SinceChange, Standing
from analysis.view_wording import MODE_NAMES, RESPONDENT_NAMES, say_strata
from analysis.wording import say_hidden, say_month, say_score, say_share
from pages.clinician.expectation import show_expectation
from pages.components.services import services
from pages.components.show import say_modes, show_figure, show_hidden, side_by_side
from survey.access import Viewer

THRESHOLD = services().settings.small_group
SHOWN_AT_ONCE = 4


def show_report(report: ClinicianReport, viewer: Viewer, today: date) -> None:
    """The report's panels."""
    if isinstance(report.summary, Suppressed):
        show_hidden(report.choices, say_hidden(report.summary, THRESHOLD), report.view)
        return
    show_score(report, report.summary)
    panels = side_by_side()
    if report.course.points:
        with panels.cell():
            show_figure(draw_course(report.course), say("Over time"))
    with panels.cell():
        show_figure(draw_items(report.items, report.view.instrument), say("What patients felt"))
    with panels.cell():
        show_expectation(viewer, report, today)
    for show in (show_comments, show_drivers, show_standing, show_own_scores, show_previous, show_who_answered):
        with panels.cell():
            show(report)


def show_score(report: ClinicianReport, summary: GroupSummary) -> None:
    """The score at a glance: the number, how sure it is, and when it may be compared."""
    st.header(say_headline(summary, report.standing), anchor=False)
    score, top = st.columns(2)
    score.metric(say("Score, 0 to 100"), _number(summary.score), border=True)
    score.caption(say_score(summary.score))
    top.metric(say("Patients who gave the best score"), say_share(summary.top_box).split(" (")[0], border=True)
    top.caption(say_share(summary.top_box))
    if summary.provisional:
        st.info(
            say("Provisional: a good mirror for yourself, not yet a score to be compared with others'."),
            icon=":material/hourglass_empty:",
        )
    answered = say("How they answered: {modes}.", modes=say_modes(report.modes))
    st.caption(f"{say_strata(report.view)} {answered}")
    with st.expander(say("When is a score reliable enough to compare?")):
        st.markdown(explain_reliability(report.standing))


def show_drivers(report: ClinicianReport) -> None:
    """What to work on, or why that cannot be told."""
    if isinstance(report.drivers, Suppressed):
        st.subheader(say("What to work on"), anchor=False)
        st.caption(
            say("Not shown yet: so few left a question out, or none of them, that they could be told from the others.")
        )
    elif isinstance(report.drivers, NotEstimable):
        st.subheader(say("What to work on"), anchor=False)
        st.caption(say("Patients' answers do not differ enough to tell what goes together."))
    else:
        show_figure(draw_drivers(report.drivers, report.view.instrument), say("What to work on"))


def show_standing(report: ClinicianReport) -> None:
    """The fair estimate, or why there is none."""
    if isinstance(report.standing, Standing):
        show_figure(draw_standing(report.standing), say("A fair estimate"))
    else:
        st.subheader(say("A fair estimate"), anchor=False)
        st.caption(explain_reliability(report.standing))


def show_own_scores(report: ClinicianReport) -> None:
    """The own scores beside the anonymous rest of the unit."""
    if not isinstance(report.own_scores, Suppressed) and not isinstance(report.summary, Suppressed):
        figure = draw_distributions(report.own_scores, report.others_scores, report.summary)
        show_figure(figure, say("Beside my unit"))
    if isinstance(report.others_scores, Suppressed):
        st.caption(say("Rest of my unit: {reason}", reason=say_hidden(report.others_scores, THRESHOLD)))


def show_previous(report: ClinicianReport) -> None:
    """The chosen period against the one before."""
    if isinstance(report.previous, Periods):
        show_figure(draw_periods(report.previous), say("Against the period before"))
        return
    st.subheader(say("Against the period before"), anchor=False)
    if report.previous is None:
        st.caption(say("Choose a period of 3, 6 or 12 months above to compare it with as many months before."))
    else:
        st.caption(say("The months before hold too few answers, or cannot be told apart from these."))


def show_since(since: SinceChange) -> None:
    """Before and after the month that the clinician marked."""
    heading = say("Since {month}", month=say_month(since.month))
    if isinstance(since.periods, Suppressed):
        st.caption(say_since(since))
    else:
        figure = draw_periods(since.periods)
        show_figure(replace(figure, summary=say_since(since)), heading)


def show_comments(report: ClinicianReport) -> None:
    """What patients wrote, thanks first, as text and never as markup: it is written by strangers."""
    st.subheader(say("In patients' own words"), anchor=False)
    if isinstance(report.comments, Suppressed):
        st.caption(
            say(
                "Nothing yet. What patients write appears here once a moderator has read it, a quarter is over, and so "
                "many answered in it that nobody can tell who wrote."
            )
        )
        return
    for heading, texts in ((say("Thanks"), report.comments.thanks), (say("Comments"), report.comments.others)):
        if texts:
            st.markdown(f"**{heading}** ({len(texts)})")
            for text in texts[:SHOWN_AT_ONCE]:
                st.text(f"“{text}”")
            if len(texts) > SHOWN_AT_ONCE:
                with st.expander(say("{heading}: {n} more", heading=heading, n=len(texts) - SHOWN_AT_ONCE)):
                    for text in texts[SHOWN_AT_ONCE:]:
                        st.text(f"“{text}”")
    st.caption(say("In no order, without dates, and for all months: so that a comment cannot be tied to a patient."))


def show_who_answered(report: ClinicianReport) -> None:
    """Scores by mode and by respondent, where there is more than one that may be shown."""
    if isinstance(report.modes, dict) and len(report.modes) > 1:
        names = {mode: say(name) for mode, name in MODE_NAMES.items()}
        show_figure(draw_strata(report.modes, names), say("By way of answering"))
    elif len(report.ever_modes) > 1:
        names = {mode: say(name) for mode, name in MODE_NAMES.items()}
        show_figure(draw_strata(report.ever_modes, names), say("By way of answering, over all months"))
    if isinstance(report.respondents, dict) and len(report.respondents) > 1:
        names = {who: say(name) for who, name in RESPONDENT_NAMES.items()}
        show_figure(draw_strata(report.respondents, names), say("By who answered, over all months"))
    elif isinstance(report.respondents, Suppressed):
        st.caption(say("By who answered: too few relatives or patients with help to be counted apart."))


def _number(score: Estimate | NotEstimable) -> str:
    return f"{score.value:.1f}" if isinstance(score, Estimate) else "–"
