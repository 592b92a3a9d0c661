"""The script that `st.App` runs: navigation by role, on every run, before anything could stop it."""

from pathlib import Path

import streamlit as st

from pages.components.services import services
from pages.components.viewer import arrives, current_viewer, leave
from survey.access import Viewer
from survey.settings import ROOT

HERE = Path(__file__).parent


def pages_for(viewer: Viewer | None) -> dict[str, list[st.Page]]:
    """The pages in this viewer's navigation. Every page guards itself as well: this is order, not access."""
    roles = viewer.roles if viewer else frozenset()
    sections: dict[str, list[st.Page]] = {}
    if "clinician" in roles:
        sections["For you"] = [
            st.Page(HERE / "clinician/my_feedback.py", title="My feedback", icon=":material/favorite:")
        ]
    if "lead" in roles:
        sections["Program"] = [
            st.Page(HERE / "program/compare_units.py", title="Compare units", icon=":material/compare_arrows:")
        ]
    if "administrator" in roles:
        sections["Set-up"] = [st.Page(HERE / "setup/overview.py", title="Overview", icon=":material/settings:")]
    sections["Compati"] = [
        st.Page(HERE / "setup/welcome.py", title="Welcome", icon=":material/waving_hand:", default=not roles),
        st.Page(HERE / "patient/kiosk.py", title="Kiosk", icon=":material/tablet:"),
    ]
    return sections


st.set_page_config(page_title="Compati", page_icon=str(ROOT / "survey" / "kiosk" / "icon.svg"), layout="wide")
viewer = current_viewer()
sections = pages_for(viewer)
page = st.navigation(sections)
if arrives():
    st.switch_page(next(iter(sections.values()))[0])
if services().store.is_demo():
    st.warning("Synthetic demo data: invented by a program, about nobody.", icon=":material/science:")
if viewer:
    with st.sidebar:
        st.caption(f"Signed in as **{viewer.name}**")
        st.button("Leave", on_click=leave, icon=":material/logout:")
page.run()
