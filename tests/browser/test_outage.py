"""The server is killed in the middle of a visit and stays dead: in both hosts the patient notices nothing but a
sentence, and after the restart the visit is stored exactly once.
"""

import pytest
from playwright.sync_api import expect

from survey.store.devices import add_device
from tests.browser.patient import HOSTS, KEPT, Installation, Kiosk, ready
from tests.server_process import ServerProcess

# Streamlit notices after two to three seconds that its server is gone, and lays a dialog over the page.
NOTICED = 5_000
WAITING = "1 waiting to be sent"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server that these tests kill and start again, one after the other."""
    process = ServerProcess(tmp_path_factory.mktemp("outage"))
    process.prepare()
    process.start()
    yield process
    process.kill()


@pytest.fixture
def killable(server):
    """That server, with a device of the test's own."""
    store = server.open_store()
    with store.writing() as connection:
        device, token = add_device(connection, "u-1", "Front desk")
    yield Installation(server.url, store, device.id, token)
    store.close()


@pytest.mark.parametrize("host", HOSTS)
def test_a_visit_survives_a_server_that_is_killed_in_its_middle(page, server, killable, host):
    kiosk = ready(page, killable, host).tap("Start", "Clinician 1", "Always")
    server.kill()
    page.wait_for_timeout(NOTICED)
    kiosk.tap("Usually", "Back", "Never", "Does not apply", "Always")
    kiosk.tap("Skip this question", "Continue")
    kiosk.card.get_by_role("textbox").press_sequentially("Typed while the server was dead.", delay=30)
    kiosk.tap("Send my answers")
    expect(kiosk.title).to_have_text("Thank you")
    expect(kiosk.outcome).to_have_text(KEPT)
    assert len(kiosk.queue()) == 1
    kiosk.tap("Done")
    expect(kiosk.title).to_have_text("How were you treated?")
    expect(kiosk.counter).to_have_text(WAITING)
    expect(page.get_by_text("Connection error")).to_have_count(0)

    server.start()
    expect(kiosk.counter).to_be_hidden(timeout=60_000)
    [response] = killable.stored()
    assert [int(each) for each in response.answers] == [4, 1, 1, 4, 0]
    assert response.comment == "Typed while the server was dead."
    assert kiosk.queue() == []

    # A connection that Streamlit resumes brings nothing of that visit back.
    kiosk.press("Start")
    expect(kiosk.card.locator(".stage [aria-pressed=true]")).to_have_count(0)
    kiosk.press("Back").visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text("Your answers have been sent.")
    assert len(killable.stored()) == 2


def test_the_page_opens_and_takes_visits_without_its_server(page, server, killable):
    page.clock.install()
    kiosk = ready(page, killable)
    page.wait_for_function("() => navigator.serviceWorker.controller")
    # Asked again and again from here: a waiting function that returns a promise counts as true at once.
    while not page.evaluate("caches.match('/kiosk/complete').then(Boolean)"):
        page.wait_for_timeout(100)
    server.kill()
    page.reload()
    for comment in ("The first.", "The second."):
        kiosk.visit()
        kiosk.card.get_by_role("textbox").fill(comment)
        kiosk.tap("Send my answers")
        expect(kiosk.outcome).to_have_text(KEPT)
        kiosk.tap("Done")
    page.reload()
    expect(kiosk.counter).to_have_text("2 waiting to be sent")
    server.start()
    # The longest that it waits between two attempts.
    page.clock.fast_forward(60_000)
    expect(kiosk.counter).to_be_hidden()
    assert sorted(response.comment for response in killable.stored()) == ["The first.", "The second."]


def test_a_visit_finished_elsewhere_on_the_device_is_sent_by_the_other_host(page, server, killable):
    kiosk = ready(page, killable, "streamlit").visit()
    server.kill()
    kiosk.tap("Send my answers")
    expect(kiosk.outcome).to_have_text(KEPT)
    server.start()
    kiosk = Kiosk(page, killable.url).open("page")
    expect(kiosk.title).to_have_text("How were you treated?")
    assert len(killable.wait_for_stored(1)) == 1
    expect(kiosk.counter).to_be_hidden()
