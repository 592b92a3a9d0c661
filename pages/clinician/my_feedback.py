"""My feedback: how a clinician's patients feel they are treated, and how sure that is."""

from datetime import UTC, datetime

import streamlit as st

from analysis.charts import draw_distributions, draw_items, draw_trend
from analysis.estimate import Suppressed
from analysis.report import ClinicianReport, report_clinician
from analysis.wording import say_hidden, say_score, say_share, say_summary
from pages.components.services import services
from pages.components.show import choose_instrument, choose_view, say_modes, say_strata, show_figure, show_hidden
from pages.components.viewer import guard, note_look

THRESHOLD = services().settings.small_group


def show_report(report: ClinicianReport) -> None:
    """The report's panels, the score first."""
    if isinstance(report.summary, Suppressed):
        show_hidden(report.choices, say_hidden(report.summary, THRESHOLD))
        return
    score, top = st.columns(2)
    score.metric("Score, 0 to 100", say_score(report.summary.score).split(" ")[0], border=True)
    score.caption(say_score(report.summary.score))
    top.metric("Patients who gave the best score", say_share(report.summary.top_box).split(" ")[0], border=True)
    top.caption(say_share(report.summary.top_box))
    st.markdown(f"**{say_summary(report.summary)}**")
    st.caption(f"{say_strata(report.view)} How they answered: {say_modes(report.modes)}.")
    if report.trend:
        show_figure(draw_trend(report.trend), "Over time")
    levels = [level.replace("_", " ") for _, level in sorted(report.view.instrument.scale.levels.items())]
    show_figure(draw_items(report.items, levels), "What patients felt")
    if not isinstance(report.own_scores, Suppressed):
        show_figure(draw_distributions(report.own_scores, report.others_scores), "Beside my unit")
    if isinstance(report.others_scores, Suppressed):
        st.caption(f"Rest of my unit: {say_hidden(report.others_scores, THRESHOLD)}")


viewer = guard("clinician")
note_look(viewer, viewer.clinician_id)
st.title("My feedback")
instrument = choose_instrument()
if instrument is None:
    st.info("No patient has answered yet. Your results appear here once enough patients have.")
    st.stop()
view = choose_view(instrument)
with services().store.reading() as connection:
    report = report_clinician(
        connection, viewer, viewer.clinician_id, view, today=datetime.now(UTC).date(), threshold=THRESHOLD
    )
st.markdown(f"{report.clinician}, {report.unit} · {instrument.title}, version {instrument.version}")
show_report(report)
