"""The panels of the comparison: each asks for its own numbers only and places them."""

import streamlit as st

from analysis.charts.program import draw_forest, draw_funnel, draw_heat_map, draw_impacts, list_effects
from analysis.estimate import Suppressed
from analysis.language import say, sayable
from analysis.program_wording import say_not_adjusted
from analysis.report.program import (
    CaseMixReport,
    ProgramLook,
    ProgramReport,
    report_case_mix,
    report_funnel,
    report_units,
)
from analysis.wording import say_hidden, say_summary
from pages.components.show import show_figure


def show_glance(look: ProgramLook) -> None:
    """Which units differ and which only seem to."""
    report = report_units(look)
    _show_total(report)
    show_figure(draw_forest(report), say("Units beside the program"))
    if not isinstance(report.case_mix, CaseMixReport):
        st.caption(say_not_adjusted(report.case_mix))
    _list_hidden(look)
    funnel = report_funnel(look, report)
    if funnel is not None:
        show_figure(draw_funnel(report, funnel), say("Funnel: what chance alone would do"))


def show_items(look: ProgramLook) -> None:
    """Items by unit."""
    report = report_units(look)
    show_figure(draw_heat_map(report), say("Items by unit"))
    _list_hidden(look)


def show_case_mix(look: ProgramLook) -> None:
    """What was adjusted, and how much it mattered."""
    case_mix = report_case_mix(look)
    if not isinstance(case_mix, CaseMixReport):
        st.info(say_not_adjusted(case_mix), icon=":material/balance:")
        return
    show_figure(draw_impacts(case_mix), say("What was adjusted for"))
    with st.expander(say("How each answer goes with the score: table")):
        st.table(list_effects(case_mix))


def _show_total(report: ProgramReport) -> None:
    if not isinstance(report.total, Suppressed):
        st.markdown(f"**{say_summary(report.total)}**")


def _list_hidden(look: ProgramLook) -> None:
    for unit in look.units:
        reason = look.shown[unit.id]
        if isinstance(reason, Suppressed):
            st.caption(f"{unit.name}: {say_hidden(reason, look.threshold)}")


PANELS = {
    "glance": (sayable("At a glance"), show_glance),
    "items": (sayable("Items"), show_items),
    "fair": (sayable("Fair comparison"), show_case_mix),
}
