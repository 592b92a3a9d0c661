"""Setting kiosks up in the app: registering a browser, in a demo at once, not at all for a stranger; set-up pages."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from survey.store.devices import list_devices
from tests.browser.patient import SENT, Kiosk
from tests.server_process import ServerProcess


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    process = ServerProcess(tmp_path_factory.mktemp("demo"))
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


def test_the_pages_of_set_up_are_readable_in_both_schemes(page, demo):
    page.emulate_media(color_scheme="dark")
    page.goto(demo.url)
    page.get_by_role("combobox", name="Persona of the demo").click(timeout=30_000)
    page.keyboard.type("Administrator")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Be this persona").click()
    found = {}
    for name, last in (("Tablets, posters and links", "Make a code"), ("How units ask", "Save")):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("button", name=last)).to_be_visible(timeout=30_000)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            violations = Axe().run(page, context="[data-testid=stMain]").response["violations"]
            found[name, scheme] = [(each["id"], [node["html"] for node in each["nodes"]]) for each in violations]
    assert {place: problems for place, problems in found.items() if problems} == {}
