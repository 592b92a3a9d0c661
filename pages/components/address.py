"""Choices that stand in the page's address, so that a view can be shared: as codes, the same in every language."""

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

# In the session: every choice that was offered, with its default.
_OFFERED = "choices in the address"


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
    st.session_state.setdefault(_OFFERED, {})[key] = default
    chosen = widget(label, options, key=key, on_change=keep_choices, **how) or default
    st.session_state[seen] = chosen
    _write(key, chosen, default)
    return chosen


def keep_choices() -> None:
    """After a press: the address is what is chosen now.

    A press soon after another leaves the browser with the address from before both. Taken for a wish, that would undo
    them.
    """
    for key, default in st.session_state[_OFFERED].items():
        if key in st.session_state:
            chosen = st.session_state[key] or default
            st.session_state[f"{key} in the address"] = chosen
            _write(key, chosen, default)


def _write(key: str, chosen: str, default: str) -> None:
    if chosen == default:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != chosen:
        st.query_params[key] = chosen
