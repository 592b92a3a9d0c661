import pytest
from sqlalchemy import func, select

from survey.store import StoreError
from survey.store.comments import (
    count_waiting_comments,
    list_comments_about,
    list_waiting_comments,
    review_comment,
)
from survey.store.erasure import erase_responses
from survey.store.marked_changes import MarkedChange, list_changes, mark_change, unmark_change
from survey.store.schema import comment_review
from tests.samples import response


def write(store, catalogue, comment, **changes):
    value = response(catalogue, comment=comment, **changes)
    store.submit(value, "{}").result(timeout=30)
    return value.id


def review(store, response_id, decision, text=None, thanks=False):
    with store.writing() as connection:
        review_comment(
            connection, response_id, decision, text=text, thanks=thanks, reviewer="moderator@example.org", now=1
        )


def about(store, catalogue, clinician="c-1"):
    with store.reading() as connection:
        return list_comments_about(connection, clinician, catalogue.default)


def test_a_comment_waits_until_somebody_decides(store, catalogue):
    kind = write(store, catalogue, "Thank you, Ann.")
    write(store, catalogue, None)
    late = write(store, catalogue, "Too short.", finished_at="2026-11-21T09:00:00Z")
    with store.reading() as connection:
        assert [each.response_id for each in list_waiting_comments(connection)] == [kind, late]
    assert {(each.text, each.decided) for each in about(store, catalogue)} == {(None, False)}
    review(store, kind, "redacted", "Thank you, […].", thanks=True)
    review(store, late, "rejected")
    with store.reading() as connection:
        assert list_waiting_comments(connection) == []
        assert count_waiting_comments(connection) == 0
    found = {each.response_id: (each.text, each.thanks, each.decided) for each in about(store, catalogue)}
    assert found == {kind: ("Thank you, […].", True, True), late: (None, False, True)}


def test_a_decision_may_be_replaced(store, catalogue):
    written = write(store, catalogue, "Well done.")
    review(store, written, "rejected", thanks=True)
    assert about(store, catalogue)[0].text is None
    assert not about(store, catalogue)[0].thanks
    review(store, written, "approved")
    assert about(store, catalogue)[0].text == "Well done."


def test_a_moderator_does_not_read_comments_about_themselves(store, catalogue):
    write(store, catalogue, "About one", clinician="c-1")
    write(store, catalogue, "About another", clinician="c-2")
    write(store, catalogue, "About nobody", clinician=None)
    with store.reading() as connection:
        texts = {each.text for each in list_waiting_comments(connection, not_about="c-1")}
        assert count_waiting_comments(connection, not_about="c-1") == 2
    assert texts == {"About another", "About nobody"}


def test_only_a_redacted_comment_has_a_text_of_its_own(store, catalogue):
    written = write(store, catalogue, "Well done.")
    for decision, text in (("redacted", None), ("redacted", " "), ("approved", "Better")):
        with pytest.raises(ValueError, match="redacted"):
            review(store, written, decision, text)


def test_an_erased_response_takes_its_comment_and_the_decision_along(store, catalogue):
    written = write(store, catalogue, "Call me on 555 0100.")
    review(store, written, "redacted", "Call me.")
    with store.writing() as connection:
        erase_responses(connection, [written], catalogue, now=1)
        assert connection.execute(select(func.count()).select_from(comment_review)).scalar_one() == 0
    assert about(store, catalogue) == []
    with pytest.raises(StoreError, match="erased"):
        review(store, written, "approved")


def test_months_are_marked_once_and_kept_apart_by_clinician(store):
    with store.writing() as connection:
        mark_change(connection, "c-1", MarkedChange(202605, "Sat down"), 1)
        mark_change(connection, "c-1", MarkedChange(202605, " Sat down with everyone "), 2)
        mark_change(connection, "c-1", MarkedChange(202608, "x" * 300), 3)
        mark_change(connection, "c-2", MarkedChange(202601, ""), 3)
        assert list_changes(connection, "c-1") == [
            MarkedChange(202608, "x" * 120),
            MarkedChange(202605, "Sat down with everyone"),
        ]
        unmark_change(connection, "c-1", 202608)
        assert [each.month for each in list_changes(connection, "c-1")] == [202605]
        assert [each.month for each in list_changes(connection, "c-2")] == [202601]
