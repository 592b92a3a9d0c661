"""The administrator's overview: is all of it in order?"""

import streamlit as st

from analysis.language import say, sayable
from pages.components.mirror_state import say_state
from pages.components.services import services
from pages.components.show import show_rows
from pages.components.viewer import guard
from survey.instrument import Instrument
from survey.store.devices import list_devices
from survey.store.roster import list_units
from survey.store.status import read_status

COUNTS = {
    "responses": sayable("answers stored"),
    "conflicts": sayable("answers sent twice with other content"),
    "flagged_too_fast": sayable("answers faster than anybody reads"),
    "flagged_repeated": sayable("answers alike within a minute"),
    "outbox_due": sayable("answers that wait for the spreadsheet"),
    "programs": sayable("programs"),
    "units": sayable("units"),
    "clinicians": sayable("clinicians"),
    "devices": sayable("tablets, posters and links in use"),
    "devices_revoked": sayable("tablets, posters and links ended"),
}


def show_instrument(instrument: Instrument) -> None:
    """What is known of an instrument: its source, licence, scoring, reliability and wording."""
    with st.expander(f"{instrument.title} ({instrument.id} {instrument.version})"):
        doi = f" doi:{instrument.source.doi}" if instrument.source.doi else ""
        st.markdown(f"{instrument.source.citation}{doi}")
        st.markdown(say("Licence: {licence}", licence=instrument.source.licence))
        st.markdown(say("Scoring: {rule}", rule=instrument.scoring.rule_source))
        for found in instrument.reliability:
            st.markdown(f"- {found.statistic} {found.value}: {found.population} ({found.source})")
        if not instrument.source.licence_verified:
            st.warning(say("The licence was not seen in the original: check it before you rely on it."))
        if instrument.source.permission:
            st.info(instrument.source.permission)
        for language, wording in instrument.wording.items():
            kind = say("validated") if wording.validated else say("translation not validated")
            checked = (
                say("compared with the original") if wording.verified else say("not yet compared with the original")
            )
            about = say("Wording **{language}**: {kind}, {checked}.", language=language, kind=kind, checked=checked)
            st.markdown(f"{about} {wording.source}")


guard("administrator")
st.title(say("Set-up"), anchor=False)

with services().store.reading() as connection:
    status = read_status(connection)
    devices = list_devices(connection)
    units = {unit.id: unit.name for unit in list_units(connection)}

if status.responses != status.tallies_n:
    st.error(
        say(
            "The tallies count {tallied} answers, the store has {stored}: run `python -m survey tally rebuild`.",
            tallied=status.tallies_n,
            stored=status.responses,
        )
    )
if not units:
    st.info(say("There is no unit yet: import a roster with `python -m survey roster import FILE.csv`."))
elif not devices:
    st.info(
        say("Nothing collects answers yet: register a tablet or print a poster under “Tablets, posters and links”.")
    )
mirror = services().mirror.health()
# Without a spreadsheet nothing waits for it, though the store keeps in mind what one would be due.
counted = {name: words for name, words in COUNTS.items() if name != "outbox_due" or mirror["state"] != "off"}
st.subheader(say("Store"), anchor=False)
show_rows([{say("what"): say(words), say("how many"): getattr(status, name)} for name, words in counted.items()])

st.subheader(say("Google Sheet"), anchor=False)
st.markdown(say_state(mirror["state"]))
if mirror["last_error"]:
    st.warning(mirror["last_error"])

if devices:
    st.subheader(say("Tablets, posters and links"), anchor=False)
    st.dataframe(
        [
            {
                say("Name"): device.name,
                say("Unit"): units.get(device.unit_id, device.unit_id),
                say("Id"): device.id,
                say("State"): say("in use") if device.revoked_at is None else say("ended"),
            }
            for device in devices
        ],
        hide_index=True,
    )

st.subheader(say("Instruments"), anchor=False)
for each in services().catalogue:
    show_instrument(each)
