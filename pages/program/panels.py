"""The panels of the comparison: each asks for its own numbers only and places them."""

import streamlit as st

from analysis.charts.program import (
    draw_changes,
    draw_clinicians,
    draw_courses,
    draw_fairness,
    draw_forest,
    draw_funnel,
    draw_heat_map,
    draw_impacts,
    draw_missing,
    draw_stages,
    list_effects,
    list_quality,
    list_standings,
)
from analysis.estimate import NotEstimable, Suppressed
from analysis.language import say, sayable
from analysis.program_wording import group_standings, list_rates, say_not_adjusted, say_rates, say_standings
from analysis.report.program import (
    CaseMixReport,
    ProgramLook,
    report_case_mix,
    report_changes,
    report_clinicians,
    report_courses,
    report_data_quality,
    report_fairness,
    report_funnel,
    report_rates,
    report_stages,
    report_units,
    write_csv,
)
from analysis.wording import say_hidden, say_summary
from pages.components.address import choose_in_address
from pages.components.services import services
from pages.components.show import show_figure, show_rows, side_by_side
from pages.components.viewer import note_look
from pages.program.expectation import show_espoused


def show_glance(look: ProgramLook) -> None:
    """Which units differ and which only seem to."""
    report = report_units(look, items=False)
    st.header(say_standings(report.standings, look.names), anchor=False)
    boxes = st.grid(4, min_column_width=170)
    for count, statement, units in group_standings(report.standings, look.names):
        with boxes.container(border=True, height="stretch", gap="xsmall"):
            st.markdown(f"**{count}** {statement}")
            st.markdown(units)
    charts = side_by_side()
    with charts.cell():
        show_figure(draw_forest(report), say("Units beside the program"))
        if not isinstance(report.total, Suppressed):
            st.caption(say("All together: {summary}", summary=say_summary(report.total)))
        if not isinstance(report.case_mix, CaseMixReport):
            st.caption(say_not_adjusted(report.case_mix))
        list_hidden(look)
    funnel = report_funnel(look, report)
    if funnel is not None:
        with charts.cell():
            show_figure(draw_funnel(report, funnel), say("Funnel: what chance alone would do"))


def show_items(look: ProgramLook) -> None:
    """Items by unit."""
    show_figure(draw_heat_map(report_units(look)), say("Items by unit"), alone=True)
    list_hidden(look)


def show_courses(look: ProgramLook) -> None:
    """Every unit over time, and since the period before."""
    changes = report_changes(look)
    if changes:
        show_figure(draw_changes(changes, look.names), say("Since the period before"), alone=True)
    else:
        st.caption(say("Choose a period of 12, 6 or 3 months to compare it with the one before."))
    courses = [each for each in report_courses(look) if each.points]
    if courses:
        show_figure(draw_courses(courses, look.names), say("Units over time"), alone=True)
    list_hidden(look)


def show_case_mix(look: ProgramLook) -> None:
    """What was adjusted, and how much it mattered."""
    case_mix = report_case_mix(look)
    if not isinstance(case_mix, CaseMixReport):
        st.info(say_not_adjusted(case_mix), icon=":material/balance:")
        return
    show_figure(draw_impacts(case_mix), say("What was adjusted for"), alone=True)
    with st.expander(say("How each answer goes with the score: table")):
        show_rows(list_effects(case_mix))


def show_fairness(look: ProgramLook) -> None:
    """Whether groups of patients are treated alike."""
    report = report_fairness(look)
    if isinstance(report, Suppressed):
        st.info(say("Groups of patients are counted for all modes together only. Choose all modes."))
    elif not any(each.gap for each in report.levels):
        st.info(
            say(
                "Too few people in each unit said their age, language and so on to compare them. Choose a longer "
                "period, or ask these questions on the kiosk."
            )
        )
    else:
        show_figure(draw_fairness(report), say("Groups of patients"), alone=True)


def show_stages(look: ProgramLook) -> None:
    """The score over training."""
    report = report_stages(look)
    if isinstance(report, Suppressed):
        st.info(
            say(
                "Stages of training cannot be shown here without telling single clinicians apart. They need at least "
                "two stages with three clinicians each: give clinicians their stage in the roster."
            )
        )
        return
    show_figure(draw_stages(report), say("Stages of training"), alone=True)
    st.caption(say("{n} scored answers are in no stage that can be shown.", n=report.left_out))


def show_clinicians(look: ProgramLook) -> None:
    """One unit's clinicians, as far as their scores are reliable and nobody else is told by them."""
    reports = report_clinicians(look)
    if isinstance(reports, Suppressed):
        st.info(
            say(
                "As a clinician you see your own answers, so you could subtract them: single clinicians are shown to "
                "leads who are none."
            ),
            icon=":material/visibility_off:",
        )
        return
    if isinstance(reports, NotEstimable) or not reports:
        st.info(
            say(
                "Clinicians of one unit do not differ here by more than chance, so no number of answers would tell "
                "them apart. Look at the units instead."
            ),
            icon=":material/visibility_off:",
        )
        return
    default = next((unit for unit, each in reports.items() if each.shown), next(iter(reports)))
    unit = choose_in_address(
        st.selectbox, say("Unit"), list(reports), key="unit", default=default, format_func=look.names.__getitem__
    )
    report = reports[unit]
    if report.shown:
        for each in report.shown:
            note_look(look.viewer, each.id)
        show_figure(draw_clinicians(report, look.names[unit]), say("Clinicians of the unit"), alone=True)
    else:
        st.info(say("Nobody in this unit can be shown yet."), icon=":material/hourglass_empty:")
    if report.unreliable:
        names = ", ".join(report.unreliable)
        st.caption(
            say("Not reliable yet, from about {needed} scored answers on: {names}.", needed=report.needed, names=names)
        )
    if report.kept_back:
        names = ", ".join(report.kept_back)
        st.caption(say("Not shown, for somebody else could be told from it: {names}.", names=names))


def show_rates(look: ProgramLook) -> None:
    """Who answers, of those who were asked."""
    with services().store.reading() as connection:
        rates = report_rates(connection, look, report_units(look, items=False))
    st.info(say_rates(rates), icon=":material/help:")
    show_rows(list_rates(rates))
    list_hidden(look)


def show_quality(look: ProgramLook) -> None:
    """What the answers are like."""
    with services().store.reading() as connection:
        report = report_data_quality(connection, look, report_units(look))
    show_figure(draw_missing(report), say("Items left out"), alone=True)
    st.header(say("How answers came"), anchor=False)
    st.dataframe(list_quality(report), hide_index=True)
    st.caption(
        say(
            "Too fast: faster than anybody reads. Three alike: the third alike from one device within a minute. Sent "
            "twice: the second time with other content. All are counted in all numbers: a flag is a doubt, no verdict. "
            "Many of them in one unit mean that somebody should look."
        )
    )


def show_table(look: ProgramLook) -> None:
    """All numbers of the comparison, to take away."""
    report = report_units(look, items=False)
    st.dataframe(list_standings(report), hide_index=True)
    list_hidden(look)
    st.download_button(
        say("Download as CSV"),
        write_csv(report),
        file_name="compare_units.csv",
        mime="text/csv",
        on_click="ignore",
        icon=":material/download:",
    )
    st.caption(say("Hidden units are in it by name only. The verdicts are corrected for the number of units."))


def list_hidden(look: ProgramLook) -> None:
    """The units that are not shown, and why."""
    for unit in look.units:
        reason = look.shown[unit.id]
        if isinstance(reason, Suppressed):
            st.caption(f"{unit.name}: {say_hidden(reason, look.threshold)}")


# Eleven panels side by side were a wall of buttons: four topics, each with the panels that answer it.
TOPICS = {
    "units": (sayable("Units"), ("glance", "items", "time", "table")),
    "fairness": (sayable("Fairness"), ("fair", "groups")),
    "team": (sayable("Team"), ("training", "clinicians", "gap")),
    "data": (sayable("Data"), ("rates", "quality")),
}
PANELS = {
    "glance": (sayable("At a glance"), show_glance),
    "items": (sayable("Items"), show_items),
    "time": (sayable("Over time"), show_courses),
    "fair": (sayable("Fair comparison"), show_case_mix),
    "groups": (sayable("Groups of patients"), show_fairness),
    "training": (sayable("Training"), show_stages),
    "clinicians": (sayable("Clinicians"), show_clinicians),
    "gap": (sayable("What we say, what patients feel"), show_espoused),
    "rates": (sayable("Who answers"), show_rates),
    "quality": (sayable("Data quality"), show_quality),
    "table": (sayable("Table"), show_table),
}
