"""A view's address: codes that any language understands, and an address that changes changes the view."""

import pytest

from tests.pages.conftest import give

LEAD = "lead@example.org"


@pytest.fixture(autouse=True)
def answers(sqlite_store):
    give(sqlite_store, 40)


def choice(app, key):
    [found] = [each for each in (*app.selectbox, *app.get("button_group")) if each.key == key]
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_an_address_means_the_same_in_every_language(open_page, language):
    app = open_page(LEAD, panel="time", period="3", mode="kiosk", language=language)
    assert not app.exception
    chosen = [choice(app, key).value for key in ("panel", "period", "mode", "language")]
    assert chosen == ["time", "3", "kiosk", language]
    assert [app.query_params[key] for key in ("panel", "period", "mode")] == ["time", "3", "kiosk"]


def test_a_choice_gets_into_the_address_and_a_default_out_of_it(open_page):
    app = open_page(LEAD, period="3")
    choice(app, "mode").set_value("kiosk")
    choice(app, "period").set_value("all")
    app.run()
    assert not app.exception
    assert "period" not in app.query_params
    assert app.query_params["mode"] == "kiosk"


def test_an_address_that_changes_changes_the_view(open_page):
    app = open_page(LEAD, period="3")
    app.query_params["period"] = "12"
    assert choice(app.run(), "period").value == "12"
    del app.query_params["period"]
    assert choice(app.run(), "period").value == "all"


def test_a_press_counts_though_the_browser_still_has_the_address_from_before_the_last_one(open_page):
    app = open_page(LEAD)
    choice(app, "period").set_value("12")
    app.run()
    # The next press leaves the browser before the address of this one has come back.
    del app.query_params["period"]
    choice(app, "period").set_value("3")
    assert choice(app.run(), "period").value == "3"
    del app.query_params["period"]
    choice(app, "mode").set_value("kiosk")
    app.run()
    assert [choice(app, key).value for key in ("period", "mode")] == ["3", "kiosk"]
    assert dict(app.query_params) == {"period": "3", "mode": "kiosk"}


@pytest.mark.parametrize("wrong", ["12 months", "../x", "<b>"])
def test_an_address_that_asks_for_nothing_there_is_shows_the_default(open_page, wrong):
    app = open_page(LEAD, period=wrong, mode=wrong, panel=wrong, language=wrong)
    assert not app.exception
    assert [choice(app, key).value for key in ("panel", "period", "mode", "language")] == ["glance", "all", "all", "en"]
    assert not set(app.query_params) & {"panel", "period", "mode", "language"}
