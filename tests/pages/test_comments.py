import pytest
from sqlalchemy import select

from survey.store.comments import list_comments_about
from survey.store.schema import audit
from tests.pages.conftest import bytes_of, give, text_of

PAGE = "moderator/comments.py"
MODERATOR, CLINICIAN = "moderator@example.org", "c1@example.org"
LONG_AGO = {"started_at": "2026-05-03T09:00:00Z", "finished_at": "2026-05-03T09:01:00Z"}


def write(store, *comments):
    for comment in comments:
        give(store, 1, comment=comment, **LONG_AGO)


def texts_about(store):
    with store.reading() as connection:
        return sorted(each.text or "" for each in list_comments_about(connection, "c-1", store.catalogue.default))


def actions(store):
    with store.reading() as connection:
        return list(connection.execute(select(audit.c.actor, audit.c.action).order_by(audit.c.id)).all())


def press(app, label, place=0):
    return [each for each in app.button if each.label == label][place].click().run()


def test_a_moderator_passes_on_takes_out_and_rejects(open_page, sqlite_store):
    write(sqlite_store, "Kind and calm.")
    app = open_page(MODERATOR)
    assert not app.exception
    assert app.title[0].value == "Comments"
    press(app, "Pass on")
    write(sqlite_store, "Thank you from Ann Example")
    app = open_page(MODERATOR)
    app.text_area[0].set_value("Thank you")
    app.checkbox[0].check()
    press(app, "Pass on")
    write(sqlite_store, "xxxx")
    press(open_page(MODERATOR), "Do not pass on")
    assert texts_about(sqlite_store) == ["", "Kind and calm.", "Thank you"]
    assert "No comment is waiting" in text_of(open_page(MODERATOR))


def test_every_look_and_every_decision_is_recorded(open_page, sqlite_store):
    write(sqlite_store, "Kind and calm.", "In a hurry.")
    app = open_page(MODERATOR)
    assert actions(sqlite_store) == [(MODERATOR, "look at comment")] * 2
    press(app, "Do not pass on")
    assert actions(sqlite_store)[2:] == [(MODERATOR, "review comment")]


def test_nothing_left_is_not_passed_on(open_page, sqlite_store):
    write(sqlite_store, "Ann Example")
    app = open_page(MODERATOR)
    app.text_area[0].set_value(" ")
    app = press(app, "Pass on")
    assert "Nothing is left of it" in text_of(app)
    assert texts_about(sqlite_store) == [""]


@pytest.mark.parametrize("email", ["lead@example.org", "admin@example.org", CLINICIAN, None])
def test_nobody_but_a_moderator_gets_the_page(open_page, sqlite_store, email):
    write(sqlite_store, "Kind and calm.")
    app = open_page(email, PAGE)
    assert not app.exception
    assert len(app.error) == len(app.main.children) == 1
    assert b"Kind and calm" not in bytes_of(app)


def test_a_clinician_reads_a_comment_only_after_moderation_and_in_a_batch(open_page, sqlite_store):
    give(sqlite_store, 40, **LONG_AGO)
    write(sqlite_store, "Kind and calm.", "Thank you!", "*In a hurry* ![](https://example.org/x.png)")
    assert b"Kind and calm" not in bytes_of(open_page(CLINICIAN))
    app = open_page(MODERATOR)
    app.checkbox[1].check()
    for _ in range(2):
        press(app, "Pass on")
        app = open_page(MODERATOR)
    assert b"Kind and calm" not in bytes_of(open_page(CLINICIAN))
    press(app, "Pass on")
    app = open_page(CLINICIAN)
    assert not app.exception
    # As text: nothing of what a stranger writes is markup.
    assert sorted(each.value for each in app.text) == [
        "“*In a hurry* ![](https://example.org/x.png)”",
        "“Kind and calm.”",
        "“Thank you!”",
    ]


@pytest.mark.parametrize("email", ["lead@example.org", "admin@example.org"])
def test_leads_and_administrators_see_no_comment(open_page, sqlite_store, email):
    give(sqlite_store, 40, **LONG_AGO)
    write(sqlite_store, "Kind and calm.")
    assert b"Kind and calm" not in bytes_of(open_page(email))
