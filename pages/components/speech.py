"""Which language the staff pages speak: the one in the address, or the browser's, or English."""

import streamlit as st

from analysis.language import LANGUAGES, speak
from pages.components.address import choose_in_address


def choose_language() -> None:
    """Offer the languages in the sidebar and speak the chosen one for the rest of this run."""
    preferred = (st.context.locale or "en").split("-")[0]
    chosen = choose_in_address(
        st.sidebar.selectbox,
        "Language · Idioma",
        list(LANGUAGES),
        key="language",
        default=preferred if preferred in LANGUAGES else "en",
        format_func=LANGUAGES.__getitem__,
    )
    speak(chosen)
