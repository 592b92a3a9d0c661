"""The kiosk inside Streamlit: the same modules as on /kiosk/, for a first try, a preview and the enrolment of a device.

A visit lives in the browser alone; nothing that a patient taps comes back to this page.
"""

import streamlit as st

from analysis.language import say
from pages.components.services import services
from pages.components.viewer import current_viewer
from survey.store.audit import record_audit
from survey.store.devices import add_device
from survey.store.roster import list_units

HOST = """
export default function ({ data, parentElement }) {
  let leave = () => {};
  const gone = new Promise((resolve) => { leave = resolve; });
  const root = parentElement.querySelector("#kiosk");
  import(new URL("/kiosk/streamlit_host.js", location.origin).href).then(({ mountInStreamlit }) => {
    const unmount = mountInStreamlit(root, { token: data?.token ?? null });
    gone.then(unmount);
  });
  return leave;
}
"""

kiosk = st.components.v2.component("compati_kiosk", html='<div id="kiosk"></div>', js=HOST)


def enrol() -> None:
    """Register the browser at the chosen unit; the token goes to the component once, never into a URL or log."""
    unit = st.session_state["kiosk_unit"]
    with services().store.writing() as connection:
        device, st.session_state["kiosk_token"] = add_device(connection, unit.id, f"Browser at {unit.name}")
        actor = viewer.email if viewer else "visitor of the demo"
        record_audit(connection, actor=actor, action="add device", subject=device.id, detail=unit.id)


def offer_registration() -> None:
    """For who may register this browser: everybody in a demo, otherwise administrators."""
    with st.expander(say("For staff: register this browser as a kiosk"), icon=":material/tablet_mac:"):
        with services().store.reading() as connection:
            units = list_units(connection)
        st.selectbox(say("Unit"), units, format_func=lambda unit: unit.name, key="kiosk_unit")
        st.button(say("Register this browser"), on_click=enrol, disabled=not units)
        st.caption(
            say("Tablets that stay in the waiting room open **/kiosk/** instead: it also starts without a network.")
        )


viewer = current_viewer()
if services().store.is_demo() or (viewer and viewer.administers):
    offer_registration()
if "kiosk_token" in st.session_state:
    st.session_state["kiosk_registered"] = True
if viewer and "kiosk_registered" in st.session_state:
    # A patient who got away from the card would find the pages of whoever registered it.
    st.warning(
        say("You are still signed in here. Press **Leave** before patients use this device, then open **/kiosk/**."),
        icon=":material/logout:",
    )

kiosk(data={"token": st.session_state.pop("kiosk_token", None)}, key="kiosk")
