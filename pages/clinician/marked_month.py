"""The month in which a clinician changed something: choosing one, marking a new one, taking it away."""

import time
from datetime import date

import streamlit as st

from analysis.language import say
from analysis.report import Marked
from analysis.view import months_until
from analysis.wording import say_month
from pages.components.address import choose_in_address
from pages.components.services import services
from survey.access import Viewer
from survey.store.audit import record_audit
from survey.store.marked_changes import MAX_NOTE, MarkedChange, list_changes, mark_change, unmark_change

_MONTHS_BACK = 36


def choose_marked(viewer: Viewer) -> Marked | None:
    """The marked month to look at: the one in the address, or the latest; None while none is marked."""
    with services().store.reading() as connection:
        changes = {str(each.month): each for each in list_changes(connection, viewer.clinician_id)}
    if not changes:
        return None
    months = list(changes)
    # The address has the month only: the note is the clinician's own.
    chosen = choose_in_address(
        st.selectbox,
        say("Month in which you changed something"),
        months,
        key="since",
        default=months[0],
        format_func=lambda month: " · ".join(filter(None, (say_month(int(month)), changes[month].note))),
    )
    if st.button(say("Take this mark away"), icon=":material/delete:"):
        _store(viewer, "unmark month", changes[chosen])
        st.rerun()
    return Marked(changes[chosen].month, changes[chosen].note)


def offer_marking(viewer: Viewer, today: date) -> None:
    """A form to mark a month in which the clinician changed something."""
    with st.expander(say("Mark a month in which you changed something")), st.form("mark", border=False):
        month = st.selectbox(say("Month"), months_until(today, _MONTHS_BACK), format_func=say_month, key="new_mark")
        note = st.text_input(say("What you changed (for yourself only)"), max_chars=MAX_NOTE, key="new_note")
        if st.form_submit_button(say("Mark this month")):
            _store(viewer, "mark month", MarkedChange(month, note))
            st.rerun()


def _store(viewer: Viewer, action: str, change: MarkedChange) -> None:
    with services().store.writing() as connection:
        if action == "mark month":
            mark_change(connection, viewer.clinician_id, change, int(time.time()))
        else:
            unmark_change(connection, viewer.clinician_id, change.month)
        record_audit(connection, actor=viewer.email, action=action, subject=viewer.clinician_id)
