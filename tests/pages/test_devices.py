import csv
import io

import pytest

from survey.store.devices import add_device, find_device, list_devices
from survey.store.links import count_links
from survey.store.schema import audit
from survey.store.unit_settings import read_unit_settings
from tests.pages.conftest import text_of

ADMINISTRATOR = "admin@example.org"
PAGE, ASKING = "setup/devices.py", "setup/asking.py"


def press(app, label):
    [button] = [button for button in app.button if button.label == label]
    return button.click().run()


def write(app, label, text):
    [field] = [field for field in app.text_input if field.label == label]
    field.input(text)
    return app


@pytest.fixture
def devices_page(open_page):
    app = open_page(ADMINISTRATOR).switch_page(PAGE).run()
    return write(app, "Address of this server, as phones reach it", "https://compati.example.org").run()


def actions(store):
    with store.reading() as connection:
        return connection.execute(audit.select()).mappings().all()


def test_a_code_for_a_tablet_is_shown_as_text_and_square(devices_page, sqlite_store):
    app = press(write(devices_page, "What do you call it?", "Front desk"), "Make a code")
    assert not app.exception
    said = text_of(app)
    assert "It registers one tablet" in said
    assert "The code as a square to scan" in said
    assert [each["action"] for each in actions(sqlite_store)] == ["make device code"]


def test_a_poster_is_made_to_be_taken(devices_page, sqlite_store):
    app = press(write(devices_page, "Where will it hang?", "Ward door"), "Make a poster")
    assert not app.exception
    _unit, poster = app.session_state["made_poster"]
    token = poster.address.rpartition("=")[2]
    with sqlite_store.reading() as connection:
        assert find_device(connection, token).kind == "poster"
    assert token not in text_of(app)
    assert "it cannot be made again" in text_of(app)


def test_links_are_made_to_be_taken_and_counted(devices_page, sqlite_store):
    app = press(write(devices_page, "What do you call the batch?", "Letters of May"), "Make links")
    assert not app.exception
    _unit, _name, table = app.session_state["made_links"]
    assert len(list(csv.DictReader(io.StringIO(table.decode())))) == 100
    with sqlite_store.reading() as connection:
        [counts] = count_links(connection).values()
    assert (counts.made, counts.answered) == (100, 0)
    assert "0 of 100 answered" in app.table[0].value.to_string()


def test_what_cannot_be_made_is_said(devices_page, sqlite_store):
    app = press(devices_page, "Make a poster")
    assert "1 to 100 printable characters" in app.error[0].value
    app = write(app, "Address of this server, as phones reach it", "nowhere").run()
    app = press(write(app, "Where will it hang?", "Ward door"), "Make a poster")
    assert "no server's address" in app.error[0].value
    with sqlite_store.reading() as connection:
        assert list_devices(connection) == []


def test_a_device_is_ended_at_once(open_page, sqlite_store):
    with sqlite_store.writing() as connection:
        _device, token = add_device(connection, "u-1", "Front desk")
    app = open_page(ADMINISTRATOR).switch_page(PAGE).run()
    app = press(app, "End it")
    assert not app.exception
    assert "ended" in app.table[0].value.to_string()
    with sqlite_store.reading() as connection:
        assert find_device(connection, token) is None


def test_a_unit_is_told_how_to_ask(open_page, sqlite_store):
    app = open_page(ADMINISTRATOR).switch_page(ASKING).run()
    app.toggle[0].set_value(True)
    app.number_input[0].set_value(90)
    app = press(
        write(write(app, "English", " Call 555 0100 "), "New PIN of the staff menu, 4 to 12 digits", "2468"), "Save"
    )
    assert not app.exception
    with sqlite_store.reading() as connection:
        found = read_unit_settings(connection, "u-1")
    assert (found.paused, found.idle_seconds, found.help_line) == (True, 90, {"en": "Call 555 0100"})
    assert found.pin is not None
    before = found.pin
    app = press(app, "Save")
    with sqlite_store.reading() as connection:
        assert read_unit_settings(connection, "u-1").pin == before
    assert [each["action"] for each in actions(sqlite_store)] == ["change unit settings"]


def test_a_pin_that_is_none_changes_nothing(open_page, sqlite_store):
    app = open_page(ADMINISTRATOR).switch_page(ASKING).run()
    app = press(write(app, "New PIN of the staff menu, 4 to 12 digits", "ward"), "Save")
    assert "4 to 12 digits" in app.error[0].value
    with sqlite_store.reading() as connection:
        assert read_unit_settings(connection, "u-1").pin is None


@pytest.mark.parametrize("page", [PAGE, ASKING])
def test_only_administrators_see_it(open_page, page):
    app = open_page("c1@example.org", page)
    assert "needs the role administrator" in app.error[0].value
