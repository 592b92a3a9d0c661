"""The server is killed in the middle of a visit and stays dead: in both hosts the patient notices nothing but a
sentence, and after the restart the visit is stored exactly once.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.patient import HOSTS, KEPT, Installation, Kiosk, ready

OUTAGE = 30_000
# The longest that the kiosk waits between two attempts, and time for a slow machine.
DELIVERY = 120_000
WAITING = "1 waiting to be sent"


@pytest.fixture
def killable(server):
    """A server of the test's own, with its device."""
    store = server.open_store()
    yield Installation(server.url, store, server.device_id, server.token)
    store.close()


@pytest.mark.parametrize("host", HOSTS)
def test_a_visit_survives_a_server_that_is_killed_in_its_middle(page, server, killable, host):
    kiosk = ready(page, killable, host).tap("Start", "Clinician 1", "Always")
    server.kill()
    page.wait_for_timeout(OUTAGE / 2)
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
    page.wait_for_timeout(OUTAGE / 2)
    expect(page.get_by_text("Connection error")).to_have_count(0)

    server.start()
    expect(kiosk.counter).to_be_hidden(timeout=DELIVERY)
    [response] = killable.stored()
    assert [int(each) for each in response.answers] == [4, 1, 1, 4, 0]
    assert response.comment == "Typed while the server was dead."
    assert kiosk.queue() == []

    kiosk.visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text("Your answers have been sent.")
    assert len(killable.stored()) == 2


def test_the_page_opens_and_takes_visits_without_its_server(page, server, killable):
    kiosk = ready(page, killable)
    page.wait_for_function("() => navigator.serviceWorker.controller")
    # Asked again and again from here: a waiting function that returns a promise counts as true at once.
    while not page.evaluate("caches.match('/kiosk/complete').then(Boolean)"):
        page.wait_for_timeout(100)
    server.kill()
    page.reload()
    expect(kiosk.title).to_have_text("How were you treated?")
    for comment in ("The first.", "The second."):
        kiosk.visit()
        kiosk.card.get_by_role("textbox").fill(comment)
        kiosk.tap("Send my answers")
        expect(kiosk.outcome).to_have_text(KEPT)
        kiosk.tap("Done")
    page.reload()
    expect(kiosk.counter).to_have_text("2 waiting to be sent")
    server.start()
    expect(kiosk.counter).to_be_hidden(timeout=DELIVERY)
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
