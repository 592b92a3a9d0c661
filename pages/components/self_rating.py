"""The short form in which clinicians and leads say what they expect their patients to feel."""

from datetime import date

import streamlit as st

from analysis.gap_wording import form_language
from analysis.language import say
from pages.components.services import services
from survey.access import Viewer
from survey.instrument import Instrument
from survey.store.audit import record_audit
from survey.store.self_ratings import Rater, keep_self_rating


def ask_expectation(viewer: Viewer, rater: Rater, instrument: Instrument, today: date) -> None:
    """The form: every question with the labelled levels, none chosen before, each may be left out."""
    language = form_language(instrument)
    if language is None:
        return
    form, wording = instrument.self_rating[language], instrument.wording[language]
    levels = instrument.scale.values
    threshold = services().settings.small_group
    st.caption(
        say(
            "Say it before you look at what patients answered. Nobody else sees your answers; leads see only what "
            "{threshold} or more people say, together, when the month is over. Saying it again in the same month "
            "replaces it. The form is this program's own adaptation of the questions; nobody has validated it.",
            threshold=threshold,
        )
    )
    with st.form(f"expect-{rater.role}", border=False, clear_on_submit=True):
        st.markdown(f"**{form.clinician_stem if rater.role == 'clinician' else form.lead_stem}**")
        chosen = [
            st.segmented_control(
                f"… {form.items[item]}",
                levels,
                format_func=wording.levels.__getitem__,
                key=f"expect-{rater.role}-{item}",
                width="stretch",
            )
            for item in instrument.item_ids
        ]
        if st.form_submit_button(say("Save what I expect")):
            if all(level is None for level in chosen):
                st.warning(say("Choose an answer to one question at least; the others may stay empty."))
                return
            with services().store.writing() as connection:
                keep_self_rating(connection, instrument, rater, chosen, language, today)
                record_audit(connection, actor=viewer.email, action="rate own care", subject=rater.person_id)
            st.rerun()
