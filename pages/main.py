"""The script that `st.App` runs: navigation by role, on every run, before anything could stop it."""

from pathlib import Path

import streamlit as st

from analysis.language import say
from pages.components.services import services
from pages.components.speech import choose_language
from pages.components.viewer import arrives, current_viewer, leave
from survey.access import Viewer
from survey.settings import ROOT

HERE = Path(__file__).parent


def pages_for(viewer: Viewer | None) -> dict[str, list[st.Page]]:
    """The pages in this viewer's navigation. Every page guards itself as well: this is order, not access."""
    roles = viewer.roles if viewer else frozenset()
    sections: dict[str, list[st.Page]] = {}
    if "clinician" in roles:
        sections[say("For you")] = [
            st.Page(HERE / "clinician/my_feedback.py", title=say("My feedback"), icon=":material/favorite:")
        ]
    if "lead" in roles:
        sections[say("Program")] = [
            st.Page(HERE / "program/compare_units.py", title=say("Compare units"), icon=":material/compare_arrows:")
        ]
    if "moderator" in roles:
        sections[say("Moderation")] = [
            st.Page(HERE / "moderator/comments.py", title=say("Comments"), icon=":material/rate_review:")
        ]
    if "administrator" in roles:
        sections[say("Set-up")] = [
            st.Page(HERE / "setup/overview.py", title=say("Overview"), icon=":material/settings:"),
            st.Page(HERE / "setup/devices.py", title=say("Tablets, posters and links"), icon=":material/qr_code_2:"),
            st.Page(HERE / "setup/asking.py", title=say("How units ask"), icon=":material/tune:"),
            st.Page(HERE / "setup/google_sheet.py", title=say("Google Sheet"), icon=":material/table:"),
        ]
    sections["Compati"] = [
        st.Page(HERE / "setup/welcome.py", title=say("Welcome"), icon=":material/waving_hand:", default=not roles),
        st.Page(HERE / "patient/kiosk.py", title=say("Kiosk"), icon=":material/tablet:"),
    ]
    return sections


# Streamlit leaves so much room around a page that the answer would stand below the fold, and writes white on the light
# blue of the dark theme's buttons.
FRAME = """<style>
[data-testid="stMainBlockContainer"] { padding: 3.75rem clamp(1rem, 2.5vw, 5rem) 4rem; }
[data-testid^="stBaseButton-primary"] { color: light-dark(#fff, #0b1a26) !important; }
</style>"""

SIDEBAR = 240

st.set_page_config(
    page_title="Compati",
    page_icon=str(ROOT / "survey" / "kiosk" / "icon.svg"),
    layout="wide",
    initial_sidebar_state=SIDEBAR,
)
st.html(FRAME)
viewer = current_viewer()
choose_language()
sections = pages_for(viewer)
page = st.navigation(sections)
if arrives():
    st.switch_page(next(iter(sections.values()))[0])
if services().store.is_demo():
    note = say("Synthetic demo data: invented by a program, about nobody.")
    st.caption(f":material/science: **{note}**")
if viewer:
    with st.sidebar:
        st.caption(say("Signed in as **{name}**", name=viewer.name))
        st.button(say("Leave"), on_click=leave, icon=":material/logout:")
page.run()
