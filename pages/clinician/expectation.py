"""What a clinician expects of their patients: asked before they look, then set beside what patients felt."""

from datetime import date

import streamlit as st

from analysis.charts.espoused import draw_expectation
from analysis.gap_wording import form_language
from analysis.language import say
from analysis.report import ClinicianReport
from analysis.report.espoused import report_expectation
from pages.components.self_rating import ask_expectation
from pages.components.services import services
from pages.components.show import show_figure
from survey.access import Viewer, clinician_as_rater
from survey.instrument import Instrument
from survey.store.self_ratings import find_self_rating


def ask_first(viewer: Viewer, instrument: Instrument, today: date) -> None:
    """Above everything else: what do you expect? Until it was said once."""
    if form_language(instrument) is None:
        return
    with services().store.reading() as connection:
        rater = clinician_as_rater(connection, viewer)
        said = find_self_rating(connection, instrument, rater)
    if said is None:
        with st.expander(say("Before you look: what do you expect your patients to feel?")):
            ask_expectation(viewer, rater, instrument, today)


def show_expectation(viewer: Viewer, report: ClinicianReport, today: date) -> None:
    """What was expected and what patients felt, and the form to say it anew."""
    instrument = report.view.instrument
    if form_language(instrument) is None:
        return
    with services().store.reading() as connection:
        rater = clinician_as_rater(connection, viewer)
        expectation = report_expectation(connection, viewer, report)
    heading = say("What you expect and what your patients felt")
    if expectation is None:
        st.subheader(heading, anchor=False)
        st.caption(say("Say at the top of this page what you expect, and the two stand side by side here."))
        return
    if not expectation.items:
        st.subheader(heading, anchor=False)
        st.caption(say("No question that you answered has enough answers of patients to be shown here."))
    else:
        show_figure(draw_expectation(expectation, instrument), heading)
    with st.expander(say("Say anew what you expect")):
        ask_expectation(viewer, rater, instrument, today)
