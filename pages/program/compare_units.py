"""Compare units: a program's units with their intervals, never ranked."""

from datetime import UTC, datetime

import streamlit as st

from analysis.charts import draw_heat_map, draw_units
from analysis.estimate import Suppressed
from analysis.report import ProgramReport, report_program
from analysis.wording import say_hidden, say_summary
from pages.components.services import services
from pages.components.show import choose_instrument, choose_view, say_strata, show_figure, show_hidden
from pages.components.viewer import guard
from survey.access import Viewer
from survey.store.roster import list_programs

THRESHOLD = services().settings.small_group


def choose_program(viewer: Viewer) -> str:
    """The program to look at: the viewer's only one, or their choice."""
    with services().store.reading() as connection:
        names = {each.id: each.name for each in list_programs(connection) if each.id in viewer.leads}
    if len(names) == 1:
        return next(iter(names))
    return st.selectbox("Program", list(names), format_func=names.__getitem__, key="program", bind="query-params")


def show_report(report: ProgramReport) -> None:
    """The report's panels."""
    if isinstance(report.total, Suppressed):
        show_hidden(report.choices, say_hidden(report.total, THRESHOLD))
        return
    st.markdown(f"**{say_summary(report.total)}**")
    st.caption(
        "In alphabetical order. Units whose intervals overlap may well be the same; this is no ranking. "
        "The intervals allow for patients of the same clinician being alike."
    )
    st.caption(say_strata(report.view))
    show_figure(draw_units(report, THRESHOLD), "Units")
    for unit in report.units:
        if isinstance(unit.summary, Suppressed):
            st.caption(f"{unit.name}: {say_hidden(unit.summary, THRESHOLD)}")
    show_figure(draw_heat_map(report), "Items by unit")


viewer = guard("lead")
st.title("Compare units")
instrument = choose_instrument()
if instrument is None:
    st.info("No patient has answered yet. Units appear here once enough patients have.")
    st.stop()
program_id = choose_program(viewer)
view = choose_view(instrument)
with services().store.reading() as connection:
    cube, today = services().store.cube(connection, instrument), datetime.now(UTC).date()
    report = report_program(connection, cube, viewer, program_id, view, today=today, threshold=THRESHOLD)
st.markdown(f"{report.program} · {instrument.title}, version {instrument.version}")
show_report(report)
