"""Which language the staff pages speak: the one in the address, or the browser's, or English."""

import streamlit as st

from analysis.language import LANGUAGES, speak

_KEY = "language"


def choose_language() -> None:
    """Offer the languages in the sidebar and speak the chosen one for the rest of this run."""
    preferred = (st.context.locale or "en").split("-")[0]
    chosen = st.sidebar.selectbox(
        "Language · Idioma",
        list(LANGUAGES),
        index=list(LANGUAGES).index(preferred) if preferred in LANGUAGES else 0,
        format_func=LANGUAGES.__getitem__,
        key=_KEY,
        bind="query-params",
    )
    speak(chosen)
