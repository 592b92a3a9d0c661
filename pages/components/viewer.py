"""Who is looking: the signed-in person, or in a demo store the persona they chose."""

import streamlit as st

from pages.components.services import services
from survey.access import AccessDeniedError, Role, Viewer, find_viewer, list_personas, require_role
from survey.store.audit import record_audit

_PERSONA = "demo_persona"
_ARRIVES = "demo_persona_arrives"


def sign_in_configured() -> bool:
    """Whether `[auth]` is in the settings."""
    return services().settings.auth is not None


def current_viewer() -> Viewer | None:
    """The viewer of this session, or None before sign-in. Roles come from the roster, on every run."""
    email = _signed_in_email()
    if email is None and services().store.is_demo():
        email = st.session_state.get(_PERSONA)
    if email is None:
        return None
    with services().store.reading() as connection:
        return find_viewer(connection, email)


def _signed_in_email() -> str | None:
    if not sign_in_configured() or not st.user.is_logged_in:
        return None
    # An address that the provider has not verified could be anyone's.
    if st.user.get("email_verified") is False:
        return None
    return st.user.get("email")


def choose_persona(email: str) -> None:
    """Be this persona from the next run on; AccessDeniedError unless it is one of a demo store's."""
    with services().store.reading() as connection:
        if email not in {persona.email for persona in list_personas(connection)}:
            raise AccessDeniedError("There is no such persona in this store.")
    st.session_state[_PERSONA] = email
    st.session_state[_ARRIVES] = True


def arrives() -> bool:
    """Whether somebody has just put a persona on, and should now see that persona's first page; true once."""
    return bool(st.session_state.pop(_ARRIVES, False))


def leave() -> None:
    """Sign out, or put the persona down."""
    st.session_state.pop(_PERSONA, None)
    if sign_in_configured() and st.user.is_logged_in:
        st.logout()


def guard(*roles: Role) -> Viewer:
    """The viewer, if they have one of these roles; otherwise say why and stop. First call of every page."""
    viewer = current_viewer()
    try:
        if viewer is None:
            raise AccessDeniedError("Please sign in first.")
        require_role(viewer, *roles)
    except AccessDeniedError as error:
        st.error(str(error), icon=":material/lock:")
        st.stop()
    return viewer


def note_look(viewer: Viewer, subject: str, action: str = "look at results") -> None:
    """Note in the audit log, once a session, that the viewer looks at a person's results or at a comment."""
    seen: set[str] = st.session_state.setdefault("looked_at", set())
    if subject not in seen:
        with services().store.writing() as connection:
            record_audit(connection, actor=viewer.email, action=action, subject=subject)
        seen.add(subject)
