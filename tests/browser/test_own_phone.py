"""Somebody's own phone, through a poster on the wall or a link in a letter, on the real routes."""

import io
import json
import time

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from survey.own_phone import Poster, print_poster, visit_address
from survey.store.declines import read_declines
from survey.store.devices import add_device, revoke_device
from survey.store.enrolments import make_code
from survey.store.links import make_links
from tests.browser.patient import SENT, Installation, Kiosk

RESPONSES = "**/api/responses/*"
USED = "Thank you: these answers are already with us"


@pytest.fixture
def phone(new_page):
    return new_page(viewport={"width": 320, "height": 640}, has_touch=True)


def add_link(installation, days=30, now=None):
    """A batch of one link, as an installation whose device is the batch."""
    with installation.store.writing() as connection:
        made = int(time.time()) if now is None else now
        batch, [link] = make_links(connection, "u-1", "Letters", count=1, days=days, now=made)
    return Installation(installation.url, installation.store, batch.id, link)


def scan(phone, installation):
    """Open what the code or link says."""
    phone.goto(visit_address(installation.url, installation.token))
    return Kiosk(phone, installation.url)


def test_a_visit_by_a_link_is_stored_and_leaves_nothing_on_the_phone(phone, installation):
    letters = add_link(installation)
    kiosk = scan(phone, letters)
    expect(kiosk.title).to_have_text("How were you treated?")
    assert "#" not in phone.url
    kiosk.title.click(click_count=3)
    assert "How were you treated?" in phone.evaluate("String(getSelection())")
    kiosk.visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    expect(kiosk.card).to_contain_text("You can close this page now.")
    kept = json.dumps(phone.evaluate("[{ ...localStorage }, { ...sessionStorage }]"))
    assert letters.token not in kept
    assert phone.evaluate("indexedDB.databases().then((all) => all.length)") in (0, 1)
    [stored] = letters.stored()
    assert (stored.mode, stored.unit_id) == ("own_device", "u-1")
    phone.reload()
    expect(kiosk.title).to_have_text(USED)


def test_a_link_used_again_is_kindly_refused_before_and_after_the_questions(new_page, phone, installation):
    letters = add_link(installation)
    first, second = scan(phone, letters), scan(new_page(), letters)
    for kiosk in (first, second):
        kiosk.visit().tap("Send my answers")
    expect(first.outcome).to_have_text(SENT)
    expect(second.title).to_have_text(USED)
    third = scan(new_page(), letters)
    expect(third.title).to_have_text(USED)
    expect(third.card.locator("form")).to_have_count(0)
    assert len(letters.stored()) == 1


def test_a_link_whose_time_is_over_says_so(phone, installation):
    expired = add_link(installation, days=1, now=int(time.time()) - 3 * 86_400)
    kiosk = scan(phone, expired)
    expect(kiosk.title).to_have_text("This link has expired")


def test_answers_that_the_network_held_up_are_sent_after_a_reload_of_the_phone(phone, installation):
    letters = add_link(installation)
    kiosk = scan(phone, letters)
    phone.route(RESPONSES, lambda route: route.abort())
    kiosk.visit().tap("Send my answers")
    expect(kiosk.title).to_contain_text("could not be saved yet")
    phone.unroute(RESPONSES)
    phone.reload()
    expect(kiosk.title).to_have_text("Thank you", timeout=9_000)
    assert len(letters.stored()) == 1


def test_a_batch_that_is_revoked_in_the_middle_of_a_visit_says_so(phone, installation):
    letters = add_link(installation)
    kiosk = scan(phone, letters).visit()
    with installation.store.writing() as connection:
        revoke_device(connection, letters.device_id)
    kiosk.tap("Send my answers")
    expect(kiosk.title).to_have_text("This link has expired")


def test_a_printed_poster_is_scanned_by_many_and_a_decline_is_counted(new_page, installation):
    with installation.store.writing() as connection:
        poster, token = add_device(connection, "u-2", "Ward door", "poster")
    address = visit_address(installation.url, token)
    printed = print_poster(Poster("Unit 2", "Ward door", address, ("en", "es")), format="png")
    [code] = zxingcpp.read_barcodes(Image.open(io.BytesIO(printed)))
    wall = Installation(installation.url, installation.store, poster.id, code.text.rpartition("=")[2])
    assert wall.token == token
    for _ in range(2):
        kiosk = scan(new_page(viewport={"width": 320, "height": 640}), wall)
        kiosk.visit(clinician="I am not sure who it was").tap("Send my answers")
        expect(kiosk.outcome).to_have_text(SENT)
    assert [each.mode for each in wall.stored()] == ["own_device", "own_device"]
    scan(new_page(), wall).tap("I would rather not answer")
    deadline = time.monotonic() + 10
    declines = {}
    while not declines and time.monotonic() < deadline:
        with installation.store.reading() as connection:
            every = read_declines(connection, "compassion-5", "2019")
        declines = {key: count for key, count in every.items() if key[0] == "u-2" and key[2] == "own_device"}
    assert list(declines.values()) == [1]


def test_a_real_code_registers_a_tablet_and_works_once(page, new_page, installation):
    with installation.store.writing() as connection:
        code = make_code(connection, "u-1", "Ward tablet", int(time.time()))
    page.goto(f"{installation.url}/kiosk/#enrol={code}")
    kiosk = Kiosk(page, installation.url)
    expect(kiosk.title).to_have_text("How were you treated?")
    kiosk.visit().tap("Send my answers")
    expect(kiosk.outcome).to_have_text(SENT)
    again = new_page()
    again.goto(f"{installation.url}/kiosk/#enrol={code}")
    expect(again.get_by_role("alert")).to_contain_text("was used or has expired")
