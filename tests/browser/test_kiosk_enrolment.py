"""Registering a browser as a kiosk from the Streamlit page: at once in a demo, not at all for a stranger."""

import pytest
from playwright.sync_api import expect

from survey.store.devices import list_devices
from tests.browser.patient import SENT, Kiosk
from tests.server_process import ServerProcess


@pytest.fixture
def demo(tmp_path):
    process = ServerProcess(tmp_path)
    assert process.cli("demo", "--responses", "100").returncode == 0
    process.start()
    yield process
    process.kill()


def test_a_visitor_of_the_demo_registers_the_browser_and_answers(page, demo):
    kiosk = Kiosk(page, demo.url).open("streamlit")
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.get_by_text("For staff: register this browser").click()
    page.get_by_role("button", name="Register this browser").click()
    expect(kiosk.title).to_have_text("How were you treated?")
    expect(kiosk.card).to_contain_text("Demo: all data here are synthetic.")
    token = page.evaluate("localStorage.getItem('compati.token')")
    assert token not in page.url + " ".join(requested) + demo.log.read_text()
    kiosk.visit(clinician="I am not sure who it was").tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    store = demo.open_store()
    with store.reading() as connection:
        devices = list_devices(connection)
    store.close()
    assert any(device.name.startswith("Browser at") for device in devices)


def test_a_stranger_cannot_register_a_browser(page, installation):
    kiosk = Kiosk(page, installation.url).open("streamlit")
    expect(kiosk.title).to_have_text("For staff: register this device")
    expect(page.get_by_role("button", name="Register this browser")).to_have_count(0)
