"""Compare units: which units of a program differ, and which only seem to. Never ranked."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from analysis.estimate import Suppressed
from analysis.language import say
from analysis.report.program import ProgramLook, look_at_program, report_rates, report_units
from analysis.take_away import Document, document_program
from analysis.view_wording import say_strata
from analysis.wording import say_hidden
from pages.components.address import choose_in_address, keep_choices
from pages.components.services import services
from pages.components.show import choose_instrument, choose_view, place_title, show_hidden
from pages.components.take_away import offer_document
from pages.components.viewer import guard
from pages.program.panels import PANELS, TOPICS
from survey.access import Viewer
from survey.store.roster import list_programs

THRESHOLD = services().settings.small_group


def choose_program(viewer: Viewer) -> str:
    """The program to look at: the viewer's only one, or their choice."""
    with services().store.reading() as connection:
        names = {each.id: each.name for each in list_programs(connection) if each.id in viewer.leads}
    if len(names) == 1:
        return next(iter(names))
    return choose_in_address(
        st.selectbox, say("Program"), list(names), key="program", default=min(names), format_func=names.__getitem__
    )


def offer_panels(label: str, _panels: Sequence[str], *, key: str, **how: Any) -> str | None:
    """The topics, and below them the panels of the topic that the chosen panel belongs to."""
    chosen = st.session_state[key]
    st.session_state["topic"] = next(topic for topic, (_, panels) in TOPICS.items() if chosen in panels)

    def open_topic() -> None:
        st.session_state[key] = TOPICS[st.session_state["topic"]][1][0]
        keep_choices()

    with st.container(gap="xsmall"):
        topic = st.segmented_control(
            say("Topic"),
            list(TOPICS),
            key="topic",
            format_func=lambda each: say(TOPICS[each][0]),
            required=True,
            on_change=open_topic,
            label_visibility="collapsed",
        )
        return st.pills(label, TOPICS[topic or "units"][1], key=key, **how)


def choose_panel() -> str:
    """The panel to look at; only its numbers are computed."""
    return choose_in_address(
        offer_panels,
        say("What to look at"),
        list(PANELS),
        key="panel",
        default="glance",
        format_func=lambda panel: say(PANELS[panel][0]),
        required=True,
        label_visibility="collapsed",
    )


def show_panel(look: ProgramLook, panel: str) -> None:
    """The chosen panel, or why nothing can be shown."""
    if not look.units:
        st.info(say("This program has no unit yet: ask an administrator to add its units to the roster."))
        return
    if not look.visible:
        reasons = [reason for reason in look.shown.values() if isinstance(reason, Suppressed)]
        show_hidden(look.choices, say_hidden(reasons[0], THRESHOLD), look.view)
        return
    PANELS[panel][1](look)


def make_document() -> Document:
    """What the viewer takes away."""
    with services().store.reading() as connection:
        rates = report_rates(connection, look, report_units(look, items=False))
    return document_program(look, rates, synthetic=services().store.is_demo())


viewer = guard("lead")
places = place_title(say("Compare units"))
instrument = choose_instrument()
if instrument is None:
    st.info(
        say(
            "No patient has answered yet. Units appear here once enough patients have: register a kiosk for each unit, "
            "or print its QR code."
        )
    )
    st.stop()
program_id = choose_program(viewer)
view = choose_view(instrument, *places)
panel = choose_panel()
with services().store.reading() as connection:
    cube, today = services().store.cube(connection, instrument), datetime.now(UTC).date()
    look = look_at_program(connection, cube, viewer, program_id, view, today=today, threshold=THRESHOLD)
about = say(
    "{program} · {instrument}, version {version}",
    program=look.program,
    instrument=instrument.title,
    version=instrument.version,
)
st.caption(f"{about} · {say_strata(look.view)}")
show_panel(look, panel)
offer_document(
    viewer,
    program_id,
    f"compare-units-{program_id}-{today}",
    make_document,
)
