import tomllib

import pytest

from pages.components.mirror_state import secrets_for
from pages.components.services import Services, provide
from survey.settings import Settings
from survey.sheets import MirrorWorker, connection_of
from tests.pages.conftest import text_of
from tests.sheets_server import Fault

ADMINISTRATOR = "admin@example.org"


@pytest.fixture
def sheets(loopback):
    return loopback


@pytest.fixture
def open_sheet_page(open_page, sqlite_store, sheets):
    settings = Settings(
        auth={"client_id": "tests"}, sheets={"spreadsheet": "book-1", "api_base": sheets.url, "timeout_seconds": 5}
    )
    provide(Services(sqlite_store, settings, MirrorWorker(sqlite_store, connection_of(settings))))
    return open_page


def press(app, label):
    (button,) = [button for button in app.button if button.label == label]
    return button.click().run()


def go(app):
    return app.switch_page("setup/google_sheet.py").run()


def test_without_a_spreadsheet_it_says_so_and_how_to_connect_one(open_page):
    app = go(open_page(ADMINISTRATOR))
    assert not app.exception
    assert "No spreadsheet is connected" in text_of(app)
    assert "service account" in text_of(app)


def test_a_test_row_is_sent_and_told_step_by_step(open_sheet_page, sheets):
    app = press(go(open_sheet_page(ADMINISTRATOR)), "Send a test row")
    assert not app.exception
    assert [element.value for element in app.success][-1].startswith("The same row came back")
    assert "Compati test" in [sheet.title for sheet in sheets.book.sheets]


def test_a_test_row_that_fails_says_what_is_wrong(open_sheet_page, sheets):
    app = go(open_sheet_page(ADMINISTRATOR))
    sheets.faults.append(Fault(403))
    app = press(app, "Send a test row")
    assert "not shared with the service account" in app.error[0].value


def test_only_administrators_see_it(open_page):
    app = open_page("c1@example.org", "setup/google_sheet.py")
    assert "needs the role administrator" in app.error[0].value or "sign in" in app.error[0].value


def test_the_settings_to_paste_are_toml_with_the_same_key():
    account = {"type": "service_account", "client_email": "a@b", "private_key": '-----BEGIN\nabc\\n"x"\n'}
    assert tomllib.loads(secrets_for("https://docs.google.com/x", account)) == {
        "sheets": {"spreadsheet": "https://docs.google.com/x"}, "gcp_service_account": account
    }  # fmt: skip
