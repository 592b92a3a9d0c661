"""What we say, what patients feel: the lead's own expectation first, then what clinicians and leads say together."""

import streamlit as st

from analysis.charts.espoused import draw_agreement, draw_expectation, draw_gaps
from analysis.estimate import Suppressed
from analysis.gap_wording import NO_ROUND, form_language
from analysis.language import say
from analysis.report.program import ProgramLook, RoundGaps, report_espoused
from pages.components.self_rating import ask_expectation
from pages.components.services import services
from pages.components.show import show_figure, side_by_side
from survey.access import lead_as_rater
from survey.store.self_ratings import RaterRole


def show_espoused(look: ProgramLook) -> None:
    """Asks the lead what they expect, then shows where what is said and what is felt differ."""
    instrument = look.view.instrument
    if form_language(instrument) is None:
        st.info(say("This questionnaire has no form in which clinicians and leads could say what they expect."))
        return
    with services().store.reading() as connection:
        rater = lead_as_rater(connection, look.viewer, look.units[0].program_id)
        report = report_espoused(connection, look)
    own = report.own
    if own is None:
        with st.expander(say("Before you look: what do you expect patients of your program to feel?"), expanded=True):
            ask_expectation(look.viewer, rater, instrument, look.today)
        if not st.toggle(say("Look without saying what I expect")):
            return
    show_round(report.clinicians, "clinician", look)
    if own is not None:
        if own.items:
            show_figure(draw_expectation(own, instrument), say("What you expect of your program"), alone=True)
        with st.expander(say("Say anew what you expect")):
            ask_expectation(look.viewer, rater, instrument, look.today)
    show_round(report.leads, "lead", look)


def show_round(of: RoundGaps | Suppressed, role: RaterRole, look: ProgramLook) -> None:
    """The gaps of the latest round of clinicians or leads, or what it takes for there to be one."""
    by_role = {
        "clinician": (say("What clinicians say, what patients feel"), say("Do clinicians and patients agree?")),
        "lead": (say("What leads say, what patients feel"), say("Do leads and patients agree?")),
    }
    gaps, agreement = by_role[role]
    if isinstance(of, Suppressed):
        st.header(gaps, anchor=False)
        st.caption(say(NO_ROUND[role], threshold=look.threshold))
        return
    hidden = sum(isinstance(each, Suppressed) for each in of.items)
    if hidden < len(of.items):
        charts = side_by_side()
        with charts.cell():
            show_figure(draw_gaps(of, role, look.view.instrument), gaps, alone=True)
        with charts.cell():
            show_figure(draw_agreement(of, look.view.instrument), agreement, alone=True)
    if hidden:
        st.caption(say("{n} questions are not shown: too few people answered them.", n=hidden))
