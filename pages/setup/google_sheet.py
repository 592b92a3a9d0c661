"""The mirror, for administrators: how it stands, how to connect a spreadsheet, and a test row."""

import json
from datetime import UTC, datetime

import streamlit as st

from analysis.language import say
from pages.components.mirror_state import say_lag, say_state, secrets_for
from pages.components.services import services
from pages.components.viewer import guard
from survey.sheets import SheetsConnection, connection_of
from survey.sheets.trial import send_test_row
from survey.store.audit import record_audit


def show_state() -> None:
    """How the mirror stands, in plain words."""
    health = services().mirror.health()
    ok = health["state"] in ("running", "waiting")
    (st.success if ok else st.info if health["state"] == "off" else st.error)(say_state(health["state"]))
    if health["last_error"]:
        st.warning(health["last_error"])
    if health["state"] == "off":
        return
    waiting, refused, last = st.columns(3)
    waiting.metric(say("Rows to write"), health["lag_rows"], border=True)
    waiting.caption(say_lag(health["lag_seconds"]))
    refused.metric(say("Rows that Google refused"), health["refused_rows"], border=True)
    if health["refused_rows"]:
        refused.caption(say("`python -m survey verify` lists them; `--repair` tries again."))
    when = health["last_success"]
    moment = f"{datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M:%S} UTC" if when else say("not yet")
    last.metric(say("Last time without trouble"), moment, border=True)


def connect() -> None:
    """The steps to a spreadsheet of one's own; nothing typed here is kept."""
    st.markdown(
        say(
            "1. In the [Google Cloud console](https://console.cloud.google.com/) make a project, enable the **Google "
            "Sheets API** and the **Google Drive API**, make a **service account** and a JSON key for it.\n"
            "2. Make a spreadsheet and copy its address from the browser."
        )
    )
    address = st.text_input(say("Address of the spreadsheet"), placeholder="https://docs.google.com/spreadsheets/d/…")
    key = st.file_uploader(say("The key's JSON file (it is shown as settings below and not kept)"), type="json")
    if not (address and key):
        return
    try:
        account = json.loads(key.getvalue())
        email = account["client_email"]
    except (ValueError, KeyError, TypeError):
        st.error(say("This file is no service account's key: it has no `client_email`."))
        return
    st.markdown(say("3. In the spreadsheet press **Share** and add this address as an editor:"))
    st.code(email, language=None)
    st.markdown(say("4. Put this into `.streamlit/secrets.toml` on the server and start it again:"))
    st.code(secrets_for(address, account), language="toml")
    test(SheetsConnection(address, account), "typed")


def test(connection: SheetsConnection, key: str) -> None:
    """A test row, and what came of it."""
    if not st.button(say("Send a test row"), key=f"test_{key}", icon=":material/send:"):
        return
    with st.spinner(say("Asking Google …")):
        steps = send_test_row(connection, datetime.now(UTC))
    with services().store.writing() as transaction:
        passed = all(step.passed for step in steps)
        record_audit(
            transaction, actor=viewer.email, action="send test row", subject=connection.spreadsheet_id,
            detail="passed" if passed else steps[-1].name,
        )  # fmt: skip
    for step in steps:
        (st.success if step.passed else st.error)(step.words)


viewer = guard("administrator")
st.title(say("Google Sheet"))
show_state()
configured = connection_of(services().settings)
if configured is not None:
    st.subheader(say("Is the connection in order?"))
    if configured.account_email:
        st.markdown(
            say("The spreadsheet must be shared with {email} as an editor.", email=f"`{configured.account_email}`")
        )
    test(configured, "configured")
st.subheader(say("Connect a spreadsheet") if configured is None else say("Connect another spreadsheet"))
connect()
