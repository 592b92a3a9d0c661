"""My feedback: how a clinician's patients feel they are treated, and how sure that is."""

from datetime import UTC, datetime

import streamlit as st

from analysis.language import say
from analysis.report import report_clinician
from analysis.report.espoused import report_expectation
from analysis.take_away import Document, document_clinician
from pages.clinician.expectation import ask_first
from pages.clinician.marked_month import choose_marked, offer_marking
from pages.clinician.panels import show_report, show_since
from pages.components.services import services
from pages.components.show import choose_instrument, choose_view, place_title
from pages.components.take_away import offer_document
from pages.components.viewer import guard, note_look


def make_document() -> Document:
    """What the viewer takes away."""
    with services().store.reading() as connection:
        expectation = report_expectation(connection, viewer, report)
    threshold, synthetic = services().settings.small_group, services().store.is_demo()
    return document_clinician(report, expectation, made=today, threshold=threshold, synthetic=synthetic)


viewer = guard("clinician")
note_look(viewer, viewer.clinician_id)
places = place_title(say("My feedback"))
instrument = choose_instrument()
if instrument is None:
    st.info(say("No patient has answered yet. Your results appear here once enough patients have."))
    st.stop()
today = datetime.now(UTC).date()
ask_first(viewer, instrument, today)
view = choose_view(instrument, *places)
# The marked month is chosen below the panels that do not depend on it, but the report needs it first.
panels = st.container()
st.header(say("Did what I changed help?"), anchor=False)
marked = choose_marked(viewer)
with services().store.reading() as connection:
    report = report_clinician(
        connection,
        services().store.cube(connection, instrument),
        viewer,
        viewer.clinician_id,
        view,
        today=today,
        threshold=services().settings.small_group,
        marked=marked,
    )
with panels:
    version = say("{title}, version {version}", title=instrument.title, version=instrument.version)
    st.caption(f"{report.clinician}, {report.unit} · {version}")
    show_report(report, viewer, today)
if report.since is not None:
    show_since(report.since)
elif marked is None:
    st.caption(say("Mark the month in which you changed something, and the months before and after are compared here."))
offer_marking(viewer, today)
offer_document(
    viewer,
    viewer.clinician_id,
    f"my-feedback-{today}",
    make_document,
)
