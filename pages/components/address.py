"""Choices that stand in the page's address, so that a view can be shared: as codes, the same in every language."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st


def choose_in_address(
    widget: Callable[..., str | None], label: str, options: Sequence[str], *, key: str, default: str, **how: Any
) -> str:
    """The option that is chosen in a Streamlit widget, or that the address asks for when it has changed.

    An address without the key, or with what is no option, means the default. Streamlit's own binding writes labels,
    which a reader of another language does not have.
    """
    wanted = st.query_params.get(key)
    asked = wanted if wanted in options else default
    seen = f"{key} in the address"
    if st.session_state.get(key) not in options or st.session_state.get(seen, asked) != asked:
        st.session_state[key] = asked
    chosen = widget(label, options, key=key, **how) or default
    st.session_state[seen] = chosen
    if chosen == default:
        st.query_params.pop(key, None)
    elif wanted != chosen:
        st.query_params[key] = chosen
    return chosen
