"""How a unit asks: paused or not, the idle time, visits left half way, whom to call for help, and the staff's PIN."""

from dataclasses import replace

import streamlit as st

from analysis.language import say
from pages.components.services import services
from pages.components.units import choose_unit
from pages.components.viewer import guard
from survey.kiosk import LANGUAGES
from survey.store import StoreError
from survey.store.audit import record_audit
from survey.store.roster import Unit
from survey.store.unit_settings import UnitSettings, hash_pin, keep_unit_settings, read_unit_settings


def ask_settings(unit: Unit, now: UnitSettings) -> None:
    """The form; nothing changes before it is sent."""
    with st.form(f"asking_{unit.id}", border=False):
        paused = st.toggle(say("Do not ask anybody for now"), now.paused)
        st.caption(say("Tablets and phones then say that nobody is asked at the moment."))
        idle = st.number_input(
            say("Seconds without a touch until a tablet asks whether anybody is there"), 15, 600, now.idle_seconds
        )
        partial = st.toggle(say("Keep the answers of those who leave half way"), now.keep_partial)
        st.caption(say("The notice says so before the first question. A comment that was not sent is never kept."))
        st.markdown(
            say(
                "**Whom to call for help now**, in each language; shown in the notice, and before a comment that "
                "mentions harm is sent."
            )
        )
        lines = {
            code: st.text_input(name, now.help_line.get(code, ""), max_chars=300, key=f"help_{unit.id}_{code}")
            for code, name in LANGUAGES.items()
        }
        pin = st.text_input(
            say("New PIN of the staff menu, 4 to 12 digits"),
            type="password",
            max_chars=12,
            autocomplete="new-password",
            # Another field after each new PIN: it is not kept in the form.
            key=f"pin_{unit.id}_{now.pin.salt if now.pin else None}",
        )
        st.caption(
            say("A PIN is set. Leave it empty to keep it.")
            if now.pin
            else say("No PIN is set yet: the staff menu shows only the state.")
        )
        if st.form_submit_button(say("Save")):
            changed = replace(
                now, paused=paused, idle_seconds=int(idle), keep_partial=partial,
                help_line={code: line.strip() for code, line in lines.items() if line.strip()},
            )  # fmt: skip
            save(unit, now, changed, pin)


def save(unit: Unit, now: UnitSettings, changed: UnitSettings, pin: str) -> None:
    """Store the settings, or say in words why not."""
    try:
        if pin:
            changed = replace(changed, pin=hash_pin(pin))
        with services().store.writing() as connection:
            keep_unit_settings(connection, unit.id, changed)
            if changed != now:
                record_audit(connection, actor=viewer.email, action="change unit settings", subject=unit.id)
    except StoreError as error:
        st.error(str(error))
    else:
        st.session_state["asking_saved"] = True
        st.rerun()


viewer = guard("administrator")
st.title(say("How units ask"))
unit = choose_unit()
with services().store.reading() as connection:
    settings = read_unit_settings(connection, unit.id)
ask_settings(unit, settings)
if st.session_state.pop("asking_saved", False):
    st.success(say("Saved. Tablets hear of it before their next visit."))
