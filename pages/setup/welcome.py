"""The first page: what Compati is, and the way to sign in, or what an administrator must configure first."""

import streamlit as st

from analysis.language import say, sayable
from pages.components.services import services
from pages.components.viewer import choose_persona, current_viewer, sign_in_configured
from survey.access import list_personas

CONFIGURE = sayable("""
**Nobody can sign in here yet.** Configure your OpenID Connect provider (Google, Entra, Okta …) under `[auth]` in
`.streamlit/secrets.toml`, import a roster with `python -m survey roster import FILE.csv`, and start again.
The pages for staff show nothing until then. To look around with synthetic data, run `python -m survey demo`
on an empty store.
""")

ROLE_NAMES = {
    "clinician": sayable("Clinician"),
    "lead": sayable("Lead"),
    "moderator": sayable("Moderator"),
    "administrator": sayable("Administrator"),
}


def personas_by_place() -> dict[str, str]:
    """The label of each persona to choose from, by e-mail address."""
    with services().store.reading() as connection:
        personas = list_personas(connection)
    return {
        persona.email: " · ".join(filter(None, (say(ROLE_NAMES[persona.role]), persona.name, persona.place)))
        for persona in personas
    }


st.title("Compati")
st.markdown(
    say("Did patients feel compassion in the care they got? Their answers, honestly, to those who can change it.")
)
viewer = current_viewer()
if viewer and not viewer.roles:
    st.info(
        say(
            "You are signed in as {email}, who is not in the roster. Ask an administrator to add you.",
            email=viewer.email,
        )
    )
elif viewer:
    st.success(say("You are signed in as {name}. Your pages are in the menu.", name=viewer.name))
if sign_in_configured() and not viewer:
    st.button(say("Sign in"), on_click=st.login, type="primary", icon=":material/login:")
if services().store.is_demo():
    labels = personas_by_place()
    with st.form("persona", border=True):
        st.subheader(say("Look around as …"))
        email = st.selectbox(say("Persona of the demo"), list(labels), format_func=labels.__getitem__)
        if st.form_submit_button(say("Be this persona"), type="primary"):
            choose_persona(email)
            st.rerun()
elif not sign_in_configured():
    st.markdown(say(CONFIGURE))
