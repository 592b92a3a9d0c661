"""The administrator's overview: is all of it in order?"""

from dataclasses import asdict

import streamlit as st

from pages.components.mirror_state import say_state
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
counts = {name.replace("_", " "): count for name, count in asdict(status).items()}
st.dataframe({"What": list(counts), "How many": list(counts.values())}, hide_index=True)

st.subheader("Google Sheet")
mirror = services().mirror.health()
st.markdown(say_state(mirror["state"]))
if mirror["last_error"]:
    st.warning(mirror["last_error"])

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
        doi = f" doi:{instrument.source.doi}" if instrument.source.doi else ""
        st.markdown(f"{instrument.source.citation}{doi}\n\nLicence: {instrument.source.licence}")
        st.markdown(f"Scoring: {instrument.scoring.rule_source}")
        for found in instrument.reliability:
            st.markdown(f"- {found.statistic} {found.value}: {found.population} ({found.source})")
        if not instrument.source.licence_verified:
            st.warning("The licence was not seen in the original: check it before you rely on it.")
        if instrument.source.permission:
            st.info(instrument.source.permission)
        for language, wording in instrument.wording.items():
            kind = "validated" if wording.validated else "translation not validated"
            checked = "compared with the original" if wording.verified else "not yet compared with the original"
            st.markdown(f"Wording **{language}**: {kind}, {checked}. {wording.source}")
