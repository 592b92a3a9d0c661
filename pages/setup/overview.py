"""The administrator's overview: is all of it in order?"""

from dataclasses import asdict

import streamlit as st

from pages.components.services import services
from pages.components.viewer import guard
from survey.store.devices import list_devices
from survey.store.roster import list_units
from survey.store.status import read_status

guard("administrator")
st.title("Set-up")

with services().store.reading() as connection:
    status = read_status(connection)
    devices = list_devices(connection)
    units = {unit.id: unit.name for unit in list_units(connection)}

if status.responses != status.tallies_n:
    st.error(f"The tallies count {status.tallies_n} responses, the store has {status.responses}.")
st.subheader("Store")
st.dataframe({"What": list(asdict(status)), "How many": list(asdict(status).values())}, hide_index=True)

st.subheader("Devices")
st.dataframe(
    [
        {
            "Device": device.name,
            "Unit": units.get(device.unit_id, device.unit_id),
            "Id": device.id,
            "Revoked": device.revoked_at is not None,
        }
        for device in devices
    ],
    hide_index=True,
)

st.subheader("Instruments")
for instrument in services().catalogue:
    with st.expander(f"{instrument.title} ({instrument.id} {instrument.version})"):
        st.markdown(f"{instrument.source.citation}\n\nLicence: {instrument.source.licence}")
        if not instrument.source.licence_verified:
            st.warning("The licence was not seen in the original: check it before you rely on it.")
        if instrument.source.permission:
            st.info(instrument.source.permission)
        for language, wording in instrument.wording.items():
            kind = "validated" if wording.validated else "translation not validated"
            checked = "compared with the original" if wording.verified else "not yet compared with the original"
            st.markdown(f"Wording **{language}**: {kind}, {checked}. {wording.source}")
