"""Where a unit's answers come from: its tablets, posters and batches of links, and how to make more of them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from analysis.language import say, sayable
from pages.components.services import services
from pages.components.show import show_rows
from pages.components.units import choose_unit
from pages.components.viewer import guard
from survey.kiosk import LANGUAGES
from survey.own_phone import (
    PAPERS,
    AddressError,
    Poster,
    enrolment_address,
    link_table,
    print_poster,
    printable_languages,
    qr_svg,
    visit_address,
)
from survey.store import StoreError
from survey.store.audit import record_audit
from survey.store.devices import Device, add_device, list_devices, revoke_device
from survey.store.enrolments import MINUTES, make_code
from survey.store.links import LONGEST_DAYS, MOST_LINKS, LinkCounts, count_links, make_links
from survey.store.roster import Unit

KIND_NAMES = {
    "kiosk": sayable("Tablet"),
    "poster": sayable("Poster"),
    "letters": sayable("Links"),
}


def choose_server() -> str:
    """The server's address as phones and tablets reach it."""
    seen = st.context.url or ""
    origin = "/".join(seen.split("/")[:3])
    server = st.text_input(say("Address of this server, as phones reach it"), services().settings.address or origin)
    if "://localhost" in server or "://127." in server:
        st.warning(say("Phones and tablets cannot reach this address: it is good for a trial on this machine only."))
    return server


def show_devices(unit: Unit) -> None:
    """What is registered at this unit, and the way to end it."""
    with services().store.reading() as connection:
        found = [each for each in list_devices(connection) if each.unit_id == unit.id]
        counts = count_links(connection)
    if not found:
        st.info(say("Nothing is registered here yet. Begin with a tablet, a poster or links below."))
        return
    show_rows([tell(device, counts.get(device.id)) for device in found])
    current = [device for device in found if device.revoked_at is None]
    if not current:
        return
    with st.popover(say("End one …"), icon=":material/block:"):
        chosen = st.selectbox(
            say("Which one?"), current, format_func=lambda device: f"{device.name} · {say(KIND_NAMES[device.kind])}"
        )
        st.caption(say("It cannot send any more, at once and for good. Answers that it sent stay."))
        st.button(say("End it"), on_click=partial(end, chosen))


def tell(device: Device, counts: LinkCounts | None) -> dict[str, str]:
    """One line of the table."""
    made = f"{datetime.fromtimestamp(device.created_at, UTC):%Y-%m-%d}"
    state = say("ended") if device.revoked_at else say("in use")
    if counts:
        state = say("{answered} of {made} answered", answered=counts.answered, made=counts.made) + f", {state}"
    return {
        say("Name"): device.name,
        say("Kind"): say(KIND_NAMES[device.kind]),
        say("Made"): made,
        say("State"): state,
        say("Id"): device.id,
    }


def end(device: Device) -> None:
    """Revoke a device."""
    with services().store.writing() as connection:
        revoke_device(connection, device.id)
        record_audit(connection, actor=viewer.email, action="revoke device", subject=device.id)


def attempt(make: Callable[[], None]) -> None:
    """Make something new and show it, or say in words why not."""
    try:
        make()
    except (StoreError, AddressError) as error:
        st.error(str(error))
    else:
        st.rerun()


def register_tablet(unit: Unit, server: str) -> None:
    """A code to type or scan on the tablet."""
    st.markdown(say("On the tablet open `/kiosk/` at this address and type the code, or scan the square."))
    with st.form(f"tablet_{unit.id}", border=False):
        name = st.text_input(say("What do you call it?"), placeholder=say("Front desk"), max_chars=100)
        if st.form_submit_button(say("Make a code"), icon=":material/qr_code:"):
            attempt(partial(keep_code, unit, name, server))
    code, of, address = st.session_state.get("made_code", (None, None, None))
    if code and of == unit.id:
        left, right = st.columns([1, 2])
        left.image(qr_svg(address), width=240, alt=say("The code as a square to scan"))
        right.markdown(f"## `{code}`")
        right.markdown(say("It registers one tablet, within {minutes} minutes.", minutes=MINUTES))


def keep_code(unit: Unit, name: str, server: str) -> None:
    """Make a code and show it until the page is left."""
    with services().store.writing() as connection:
        code = make_code(connection, unit.id, name, int(time.time()))
        address = enrolment_address(server, code)
        record_audit(connection, actor=viewer.email, action="make device code", subject=unit.id, detail=name)
    st.session_state["made_code"] = (code, unit.id, address)


def make_poster(unit: Unit, server: str) -> None:
    """A poster to print and hang."""
    st.markdown(say("People scan it with their own phones. Anybody who stands before it can answer, also twice."))
    with st.form(f"poster_{unit.id}", border=False):
        name = st.text_input(say("Where will it hang?"), placeholder=say("Ward door"), max_chars=100)
        languages = st.multiselect(
            say("Languages, the first one largest"),
            printable_languages(),
            default=["en"],
            format_func=LANGUAGES.__getitem__,
        )
        if st.form_submit_button(say("Make a poster"), icon=":material/print:"):
            attempt(partial(keep_poster, unit, name, server, languages or ["en"]))
    of, poster = st.session_state.get("made_poster", (None, None))
    if poster is None or of != unit.id:
        return
    st.success(say("The poster “{name}” is made. Take it now: it cannot be made again.", name=poster.name))
    for paper, words in PAPERS.items():
        st.download_button(
            f"PDF, {words}",
            partial(print_poster, poster, paper=paper),
            file_name=f"poster-{paper}.pdf",
            mime="application/pdf",
            on_click="ignore",
        )
    st.download_button(
        "PNG", partial(print_poster, poster, format="png"), file_name="poster.png", mime="image/png", on_click="ignore"
    )


def keep_poster(unit: Unit, name: str, server: str, languages: list[str]) -> None:
    """Register a poster and keep what stands on it until the page is left."""
    with services().store.writing() as connection:
        device, token = add_device(connection, unit.id, name, "poster")
        poster = Poster(unit.name, f"{device.name} · {device.id}", visit_address(server, token), languages)
        record_audit(connection, actor=viewer.email, action="make poster", subject=device.id, detail=unit.id)
    st.session_state["made_poster"] = (unit.id, poster)


def make_batch(unit: Unit, server: str) -> None:
    """Links for letters and messages."""
    st.markdown(say("For letters and messages: each link lets one person answer once, on any phone or computer."))
    with st.form(f"links_{unit.id}", border=False):
        name = st.text_input(say("What do you call the batch?"), placeholder=say("Letters of May"), max_chars=100)
        count = st.number_input(say("How many links?"), 1, MOST_LINKS, 100)
        days = st.number_input(say("For how many days?"), 1, LONGEST_DAYS, 30)
        if st.form_submit_button(say("Make links"), icon=":material/link:"):
            attempt(partial(keep_links, unit, name, server, int(count), int(days)))
    of, made, table = st.session_state.get("made_links", (None, None, None))
    if table is None or of != unit.id:
        return
    st.success(say("The links “{name}” are made. Take them now: they cannot be made again.", name=made))
    st.caption(say("Whoever has the file can answer. Do not keep it beside the list of people you send the links to."))
    st.download_button("CSV", table, file_name="links.csv", mime="text/csv", on_click="ignore")


def keep_links(unit: Unit, name: str, server: str, count: int, days: int) -> None:
    """Make a batch of links and keep its file until the page is left."""
    now = int(time.time())
    with services().store.writing() as connection:
        batch, links = make_links(connection, unit.id, name, count=count, days=days, now=now)
        table = link_table(server, links, now + days * 86_400)
        record_audit(connection, actor=viewer.email, action="make links", subject=batch.id, detail=f"{unit.id} {count}")
    st.session_state["made_links"] = (unit.id, batch.name, table)


viewer = guard("administrator")
st.title(say("Tablets, posters and links"))
unit = choose_unit()
server = choose_server()
show_devices(unit)
tablet, poster, links = st.tabs([say("A tablet"), say("A poster"), say("Links for letters")])
with tablet:
    register_tablet(unit, server)
with poster:
    make_poster(unit, server)
with links:
    make_batch(unit, server)
