"""The kiosk's page in Streamlit: who may register the browser, and what they are told."""

from survey.store.devices import list_devices
from tests.pages.conftest import text_of

ADMINISTRATOR = "admin@example.org"
PAGE = "patient/kiosk.py"


def test_an_administrator_registers_the_browser_and_is_told_to_leave_first(open_page, sqlite_store):
    app = open_page(ADMINISTRATOR).switch_page(PAGE).run()
    assert "still signed in" not in text_of(app)
    [button] = [button for button in app.button if button.label == "Register this browser"]
    app = button.click().run()
    assert not app.exception
    assert "You are still signed in here" in text_of(app)
    with sqlite_store.reading() as connection:
        [device] = list_devices(connection)
    assert device.name == "Browser at Cardiology"
    assert "still signed in" in text_of(app.run())


def test_others_are_offered_nothing_but_the_card(open_page):
    for email in (None, "lead@example.org"):
        app = open_page(email).switch_page(PAGE).run()
        assert not app.exception
        assert "register this browser" not in text_of(app)
