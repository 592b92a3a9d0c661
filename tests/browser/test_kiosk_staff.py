"""What staff do at a kiosk, and what somebody does on their own phone: codes, the PIN, the queue, links."""

import hashlib
import json

from playwright.sync_api import expect

from tests.browser.patient import Kiosk, ready
from tests.browser.test_kiosk_notice import with_settings
from tests.samples import document

ENROLMENTS = "**/api/enrolments"
RESPONSES = "**/api/responses/*"
ITERATIONS = 1_000
PIN = {
    "salt": "0011223344556677",
    "iterations": ITERATIONS,
    "sha256": hashlib.pbkdf2_hmac("sha256", b"2468", bytes.fromhex("0011223344556677"), ITERATIONS).hex(),
}


def enter(kiosk, pin):
    kiosk.card.get_by_label("PIN for staff").fill(pin)
    kiosk.tap("Open")


def test_a_one_time_code_in_the_address_registers_and_is_gone_from_it(page, installation):
    sent = []

    def answer(route):
        sent.append(json.loads(route.request.post_data))
        route.fulfill(status=201, json={"token": installation.token})

    page.route(ENROLMENTS, answer)
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto(f"{installation.url}/kiosk/#enrol=7k3m-q9td")
    kiosk = Kiosk(page, installation.url)
    expect(kiosk.title).to_have_text("How were you treated?")
    assert sent == [{"code": "7K3M-Q9TD"}]
    assert page.url == f"{installation.url}/kiosk/"
    assert "7k3m" not in " ".join(requested).lower()


def test_a_code_that_does_not_work_says_why(page, installation):
    why = {404: "is not known", 410: "was used or has expired", 429: "wait 90 seconds", 500: "server"}
    statuses = iter(why)
    page.route(ENROLMENTS, lambda route: route.fulfill(status=next(statuses), json={}, headers={"Retry-After": "90"}))
    kiosk = Kiosk(page, installation.url).open()
    for said in why.values():
        kiosk.card.get_by_label("Code", exact=True).fill("7K3M-Q9TD")
        kiosk.card.locator("form button").first.click()
        expect(kiosk.card.get_by_role("alert")).to_contain_text(said)


def test_without_a_pin_the_menu_shows_only_what_is_harmless(page, installation):
    kiosk = ready(page, installation).tap("Staff")
    expect(kiosk.card).to_contain_text("No PIN is set")
    expect(kiosk.card.get_by_role("button", name="Save the queue as a file")).to_have_count(0)
    expect(kiosk.card.get_by_role("button", name="Remove this device")).to_have_count(0)
    assert page.locator("a").count() == 0


def test_wrong_pins_make_one_wait_and_a_reload_does_not_help(page, installation):
    with_settings(page, pin=PIN)
    kiosk = ready(page, installation).tap("Staff")
    for _ in range(2):
        enter(kiosk, "0000")
        expect(kiosk.card.get_by_role("alert")).to_have_text("This PIN is not right.")
    enter(kiosk, "0000")
    expect(kiosk.card.get_by_role("alert")).to_contain_text("Too many tries")
    page.reload()
    kiosk.tap("Staff")
    enter(kiosk, "2468")
    expect(kiosk.card.get_by_role("alert")).to_contain_text("Too many tries")
    expect(kiosk.card.locator(".facts")).to_have_count(0)


def test_the_state_is_printed_without_what_only_a_screen_needs(page, installation):
    with_settings(page, pin=PIN)
    page.add_init_script("globalThis.printed = 0; globalThis.print = () => { printed += 1; };")
    kiosk = ready(page, installation).tap("Staff")
    enter(kiosk, "2468")
    kiosk.card.get_by_role("button", name="Print this page").click()
    assert page.evaluate("printed") == 1
    page.emulate_media(media="print")
    for fact in ("Unit", "Waiting to be sent", "Version"):
        expect(kiosk.card.locator(".facts dt", has_text=fact).first).to_be_visible()
    expect(kiosk.card.get_by_role("button")).to_have_count(0)


def test_the_queue_is_saved_as_a_file_and_taken_in_again(page, installation):
    with_settings(page, pin=PIN)
    page.route(RESPONSES, lambda route: route.abort())
    kiosk = ready(page, installation).visit().tap("Send my answers", "Done", "Staff")
    enter(kiosk, "2468")
    expect(kiosk.card.locator(".facts")).to_contain_text("Waiting to be sent1")
    with page.expect_download() as saving:
        kiosk.tap("Save the queue as a file")
    file = saving.value.path()
    page.evaluate("new Promise((done) => { indexedDB.deleteDatabase('compati').onsuccess = done; })")
    page.unroute(RESPONSES)
    kiosk.card.get_by_label("Take a saved queue in").set_input_files(file)
    expect(kiosk.card.get_by_role("alert")).to_have_text("Taken in: 1")
    assert len(installation.wait_for_stored(1)) == 1
    kiosk.card.get_by_label("Take a saved queue in").set_input_files(
        {"name": "x.json", "mimeType": "application/json", "buffer": json.dumps(document()).encode()}
    )
    expect(kiosk.card.get_by_role("alert")).to_contain_text("not a queue")


def test_staff_choose_the_first_language_and_remove_the_device(page, installation):
    with_settings(page, pin=PIN)
    kiosk = ready(page, installation).tap("Staff")
    enter(kiosk, "2468")
    kiosk.card.get_by_label("First language").select_option("es")
    kiosk.tap("Close")
    expect(kiosk.title).to_have_text("¿Cómo le han tratado?")
    kiosk.tap("Personal")
    kiosk.card.get_by_label("PIN del personal").fill("2468")
    kiosk.tap("Abrir", "Quitar este dispositivo del kiosco", "Sí, quitarlo: habrá que registrarlo de nuevo")
    expect(kiosk.card.locator("#code")).to_be_visible()
    assert page.evaluate("localStorage.getItem('compati.token')") is None
