"""What becomes of a finished visit: sent, kept, or set aside for staff; never lost, never there twice."""

from dataclasses import replace
from uuid import uuid4

from playwright.sync_api import expect

from survey.store.devices import add_device, revoke_device
from tests.browser.patient import KEPT, SENT, ready
from tests.samples import document

RESPONSES = "**/api/responses/*"
BROKEN_STORAGE = "indexedDB.open = () => { throw new DOMException('The disk is broken.', 'UnknownError'); };"
SILENT_STORAGE = "indexedDB.open = () => ({});"


def put_in_queue(page, visit_id, payload):
    page.evaluate(
        "([id, payload]) => import('/kiosk/queue.js').then((queue) => queue.keepVisit(id, payload))",
        [str(visit_id), payload],
    )


def test_a_visit_that_the_server_finds_wrong_is_set_aside_and_stops_nobody(page, installation):
    kiosk = ready(page, installation)
    put_in_queue(page, "00000000-0000-4000-8000-000000000000", document(answers={"q1": 9}))
    kiosk.visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    expect(kiosk.counter).to_have_text("1 set aside for staff")
    [visit] = kiosk.queue()
    assert visit["state"] == "aside"
    assert "answers.q1" in visit["problem"]
    assert visit["payload"]["answers"] == {"q1": 9}
    assert len(installation.stored()) == 1
    page.reload()
    expect(kiosk.counter).to_have_text("1 set aside for staff")


def test_another_visit_under_a_stored_uuid_is_set_aside_and_the_first_one_stands(page, installation):
    kiosk = ready(page, installation).visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    [response] = installation.stored()
    put_in_queue(page, response.id, document(answers={"q1": 1}))
    kiosk.tap("Done")
    page.reload()
    expect(kiosk.counter).to_have_text("1 set aside for staff")
    assert installation.stored() == [response]


def test_a_visit_that_was_stored_but_whose_answer_got_lost_is_stored_once(page, installation):
    lost = []

    def lose_the_answer(route):
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    page.route(RESPONSES, lose_the_answer)
    kiosk = ready(page, installation).visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(KEPT)
    expect(kiosk.outcome).to_have_text(SENT, timeout=8_000)
    assert lost == [201]
    assert len(installation.stored()) == 1
    assert kiosk.queue() == []


NOT_OURS = {
    "sign-in page": {"status": 200, "content_type": "text/html", "body": "<h1>Sign in to the guest network</h1>"},
    "wrong server": {"status": 404, "content_type": "text/html", "body": "not here"},
    "gateway": {"status": 502, "body": ""},
    "retry at a date": {"status": 503, "json": {}, "headers": {"Retry-After": "Mon, 23 Nov 2026 09:00:00 GMT"}},
}


def test_what_does_not_come_from_our_server_deletes_nothing(page, installation):
    asked = []
    answers = iter(NOT_OURS.values())

    def answer(route):
        asked.append(1)
        route.fulfill(**next(answers, NOT_OURS["gateway"]))

    page.route(RESPONSES, answer)
    kiosk = ready(page, installation).visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(KEPT)
    while len(asked) < len(NOT_OURS):
        kiosk.send_now()
        page.wait_for_timeout(50)
    assert [visit["state"] for visit in kiosk.queue()] == ["due"]
    page.unroute(RESPONSES)
    kiosk.send_now()
    expect(kiosk.outcome).to_have_text(SENT)
    assert len(installation.stored()) == 1


def test_it_asks_again_and_again_but_does_not_hammer(page, installation):
    page.clock.install()
    asked = []
    page.route(RESPONSES, lambda route: (asked.append(1), route.fulfill(**NOT_OURS["gateway"])))
    ready(page, installation).visit().tap("Send my answers")
    for _ in range(120):
        page.clock.fast_forward(1_000)
        page.wait_for_timeout(5)
    # With waits of 1, 2, 4 … 60 seconds, each shortened by up to a half.
    assert 5 <= len(asked) <= 12


def test_it_waits_as_long_as_the_server_asks_but_sends_at_once_when_the_network_is_back(page, installation):
    page.clock.install()
    asked, answered = [], []
    busy = {"status": 503, "json": {"error": "later"}, "headers": {"Retry-After": "300"}}
    page.route(RESPONSES, lambda route: (asked.append(1), route.fulfill(**busy)))
    page.on("requestfinished", lambda request: answered.append(1) if request.method == "PUT" else None)
    kiosk = ready(page, installation).visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(KEPT)
    for _ in range(1_000):  # on a slow machine the kiosk says so before it has sent anything, or has heard the answer
        if not answered:
            page.wait_for_timeout(10)
    page.wait_for_timeout(200)
    page.clock.fast_forward(250_000)
    expect(kiosk.counter).to_have_text("1 waiting to be sent")
    assert len(asked) == 1
    page.unroute(RESPONSES)
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(kiosk.counter).to_be_hidden()
    assert len(installation.stored()) == 1


def test_a_revoked_device_keeps_its_visit_until_staff_register_it_again(page, installation):
    kiosk = ready(page, installation).visit("Always", "Never", "Usually", "Sometimes", "Always")
    with installation.store.writing() as connection:
        revoke_device(connection, installation.device_id)
    kiosk.tap("Send my answers")
    expect(kiosk.outcome).to_have_text(KEPT)
    kiosk.tap("Done")
    expect(kiosk.title).to_contain_text("This device is not registered any more")
    expect(kiosk.counter).to_have_text("1 waiting to be sent")
    with installation.store.writing() as connection:
        device, token = add_device(connection, "u-1", "Front desk, again")
    kiosk.tap("For staff: register this device")
    # What staff type is not wiped by the sender's news.
    kiosk.card.locator("summary").click()
    kiosk.card.get_by_label("Device token").fill("half a tok")
    kiosk.send_now()
    page.wait_for_timeout(300)
    expect(kiosk.card.get_by_label("Device token")).to_have_value("half a tok")
    kiosk.register(token)
    expect(kiosk.title).to_have_text("How were you treated?")
    expect(kiosk.counter).to_be_hidden()
    assert kiosk.queue() == []
    assert installation.stored() == []
    [response] = replace(installation, device_id=device.id).stored()
    assert response.answers == (4, 1, 3, 2, 4)


def test_a_storage_that_says_nothing_does_not_hold_the_patient(page, installation):
    page.clock.install()
    page.add_init_script(SILENT_STORAGE)
    kiosk = ready(page, installation).visit().tap("Send my answers")
    page.clock.fast_forward(10_000)
    expect(kiosk.outcome).to_have_text(SENT)
    assert len(installation.stored()) == 1


def test_without_storage_and_server_the_visit_in_hand_is_held_and_no_thanks_are_said(page, installation):
    page.clock.install()
    page.add_init_script(BROKEN_STORAGE)
    kiosk = ready(page, installation).visit()
    page.route(RESPONSES, lambda route: route.abort())
    kiosk.tap("Send my answers")
    expect(kiosk.title).to_contain_text("Your answers could not be saved yet")
    assert installation.stored() == []
    page.unroute(RESPONSES)
    page.clock.fast_forward(5_000)
    expect(kiosk.title).to_have_text("Thank you")
    expect(kiosk.outcome).to_have_text(SENT)
    assert len(installation.stored()) == 1


def test_thanks_wait_for_the_disk(page, installation):
    page.add_init_script("""
      const transaction = IDBDatabase.prototype.transaction;
      IDBDatabase.prototype.transaction = function (stores, mode, options) {
        if (mode === "readwrite") (globalThis.asked ??= []).push(options?.durability);
        return transaction.call(this, stores, mode, options);
      };""")
    page.route(RESPONSES, lambda route: route.abort())
    kiosk = ready(page, installation).visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(KEPT)
    assert page.evaluate("globalThis.asked") == ["strict"]


def test_a_queue_that_waited_long_is_sent_in_one_go(page, installation):
    kiosk = ready(page, installation)
    for _ in range(25):
        put_in_queue(page, uuid4(), document())
    page.reload()
    expect(kiosk.title).to_have_text("How were you treated?")
    assert len(installation.wait_for_stored(25)) == 25
    expect(kiosk.counter).to_be_hidden()
