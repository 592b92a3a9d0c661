"""The first page: what Compati is, and the way to sign in, or what an administrator must configure first."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from analysis.language import say, sayable
from pages.components.services import services
from pages.components.viewer import choose_persona, current_viewer, sign_in_configured
from survey.access import Role, list_personas

CONFIGURE = sayable("""
**Nobody can sign in here yet.** Configure your OpenID Connect provider (Google, Entra, Okta …) under `[auth]` in
`.streamlit/secrets.toml`, import a roster with `python -m survey roster import FILE.csv`, and start again.
The pages for staff show nothing until then. To look around with synthetic data, run `python -m survey demo`
on an empty store.
""")


@dataclass(frozen=True)
class Part:
    """What one kind of people finds here; `role` is None for patients, who need none."""

    role: Role | None
    icon: str
    title: str
    question: str
    way_in: str


PARTS = (
    Part(
        None,
        ":material/tablet:",
        sayable("Patients answer"),
        sayable("In a minute, in their language, without being found out: on a tablet here or on their own phone."),
        sayable("Answer as a patient"),
    ),
    Part(
        "clinician",
        ":material/favorite:",
        sayable("Clinicians look"),
        sayable("How do my patients feel I treat them, how sure is that, and what should I work on?"),
        sayable("Look as a clinician"),
    ),
    Part(
        "lead",
        ":material/compare_arrows:",
        sayable("Leads compare"),
        sayable("Which units really differ, which only look as if they did, and did what we changed help?"),
        sayable("Compare as a lead"),
    ),
    Part(
        "administrator",
        ":material/settings:",
        sayable("Administrators set up"),
        sayable("Units, tablets, instruments and the Google Sheet: is all of it in order?"),
        sayable("Set up as an administrator"),
    ),
)
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


def show_parts(ways_in: bool) -> None:
    """A card for each kind of people; in a demo with a button that lets a visitor be one of them."""
    cards = st.grid(4, min_column_width=190)
    for part in PARTS:
        with cards.container(border=True, height="stretch", gap="small"):
            st.markdown(f"#### {part.icon} {say(part.title)}")
            st.markdown(say(part.question))
            if not ways_in:
                continue
            kind: Literal["primary", "secondary"] = "secondary" if part.role else "primary"
            if st.button(say(part.way_in), key=f"way in: {part.role}", type=kind, width="stretch"):
                enter(part.role)


def enter(role: Role | None) -> None:
    """Go to the kiosk, or be the first persona with this role."""
    if role is None:
        st.switch_page("patient/kiosk.py")
    with services().store.reading() as connection:
        choose_persona(next(persona.email for persona in list_personas(connection) if persona.role == role))
    st.rerun()


st.title("Compati", anchor=False)
st.markdown(
    say("Did patients feel compassion in the care they got? Their answers, honestly, to those who can change it.")
)
viewer = current_viewer()
show_parts(services().store.is_demo() and not viewer)
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
    st.button(say("Sign in"), on_click=st.login, icon=":material/login:")
if services().store.is_demo():
    labels = personas_by_place()
    with st.form("persona", border=True):
        st.markdown(say("Or look around as anybody else of the demo:"))
        email = st.selectbox(say("Persona of the demo"), list(labels), format_func=labels.__getitem__)
        if st.form_submit_button(say("Be this persona")):
            choose_persona(email)
            st.rerun()
elif not sign_in_configured():
    st.markdown(say(CONFIGURE))
