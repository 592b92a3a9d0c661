"""Comments: a moderator decides of each whether its clinician may read it, and takes out what gives somebody away."""

import time

import streamlit as st

from analysis.language import say
from pages.components.services import services
from pages.components.viewer import guard, note_look
from survey.access import Viewer
from survey.store import StoreError
from survey.store.audit import record_audit
from survey.store.comments import (
    Decision,
    WaitingComment,
    count_waiting_comments,
    list_waiting_comments,
    review_comment,
)


def decide(viewer: Viewer, comment: WaitingComment, decision: Decision, text: str | None, thanks: bool) -> None:
    """Store a decision and note it in the audit log."""
    with services().store.writing() as connection:
        review_comment(
            connection,
            comment.response_id,
            decision,
            text=text,
            thanks=thanks,
            reviewer=viewer.email,
            now=int(time.time()),
        )
        subject = str(comment.response_id)
        record_audit(connection, actor=viewer.email, action="review comment", subject=subject, detail=decision)


def show_comment(viewer: Viewer, comment: WaitingComment) -> None:
    """One comment, which may be edited before it is passed on."""
    note_look(viewer, str(comment.response_id), action="look at comment")
    key = str(comment.response_id)
    with st.form(key):
        text = st.text_area(
            say("Comment ({language}): take out what gives somebody away", language=comment.language),
            comment.text,
            key=f"text-{key}",
        )
        thanks = st.checkbox(say("This is a thank-you"), key=f"thanks-{key}")
        yes, no = st.columns(2)
        passed = yes.form_submit_button(say("Pass on"), icon=":material/check:", width="stretch", key=f"pass-{key}")
        rejected = no.form_submit_button(
            say("Do not pass on"), icon=":material/block:", width="stretch", key=f"reject-{key}"
        )
    edited = text.strip() != comment.text.strip()
    try:
        if passed and not text.strip():
            st.warning(say("Nothing is left of it. Choose not to pass it on instead."))
        elif passed:
            decide(viewer, comment, "redacted" if edited else "approved", text if edited else None, thanks)
            st.rerun()
        elif rejected:
            decide(viewer, comment, "rejected", None, False)
            st.rerun()
    except StoreError:
        st.warning(say("This comment is gone: it was erased."))


viewer = guard("moderator")
st.title(say("Comments"))
with services().store.reading() as connection:
    waiting = list_waiting_comments(connection, not_about=viewer.clinician_id)
    count = count_waiting_comments(connection, not_about=viewer.clinician_id)
st.markdown(
    say(
        "Take out names of patients, dates, illnesses and whatever else tells who wrote. Leave criticism in: it is why "
        "people write. Clinicians see what you pass on later, in batches and without dates. Every look is recorded."
    )
)
if not waiting:
    st.info(say("No comment is waiting. New ones appear here when patients write them."))
else:
    st.caption(say("{count} waiting, the oldest first.", count=count))
    for each in waiting:
        show_comment(viewer, each)
