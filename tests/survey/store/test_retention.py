from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from survey.store import Outcome, Store
from survey.store.comments import review_comment
from survey.store.erasure import erase_responses
from survey.store.rebuild import check_tallies
from survey.store.responses import iterate_responses
from survey.store.retention import (
    Overdue,
    Retention,
    count_overdue,
    delete_overdue_texts,
    first_kept,
    list_overdue_responses,
)
from survey.store.schema import comment_review, response_conflict
from survey.store.status import read_status
from tests.samples import response

TODAY = date(2026, 11, 27)
WORDS = {
    "2026-03-31": "written in the first quarter",
    "2026-04-01": "written in the second quarter",
    "2026-11-20": "written last week",
}


def store_comments(store: Store, catalogue, texts=WORDS) -> dict[str, UUID]:
    ids = {}
    for day, text in texts.items():
        value = response(catalogue, comment=text, started_at=f"{day}T09:00:00Z", finished_at=f"{day}T09:01:00Z")
        assert store.submit(value, "{}").result(10) is Outcome.STORED
        ids[day] = value.id
    return ids


def comments_left(store: Store) -> set[str | None]:
    with store.reading() as connection:
        return {each.comment for each in iterate_responses(connection, store.catalogue)}


@pytest.mark.parametrize(
    ("today", "months", "first"),
    [
        (date(2026, 11, 27), 0, date(2026, 11, 1)),
        (date(2026, 11, 1), 11, date(2025, 12, 1)),
        (date(2026, 3, 31), 27, date(2023, 12, 1)),
    ],
)
def test_months_are_counted_back_over_years(today, months, first):
    assert first_kept(today, months) == first


def test_what_is_kept_for_ever_is_never_overdue(store, catalogue):
    store_comments(store, catalogue)
    with store.writing() as connection:
        assert count_overdue(connection, Retention(), TODAY) == Overdue(0, 0, 0)
        delete_overdue_texts(connection, Retention(), TODAY)
        assert list_overdue_responses(connection, Retention(), TODAY) == []
    assert comments_left(store) == set(WORDS.values())


def test_comments_go_by_whole_quarters_and_their_answers_stay(store, catalogue):
    ids = store_comments(store, catalogue)
    # Six months before November begin in May; the quarter that May is in is kept whole.
    retention = Retention(comments=6)
    with store.writing() as connection:
        for each in ids.values():
            review_comment(connection, each, "redacted", text="…", thanks=False, reviewer="m-1", now=1)
        assert count_overdue(connection, retention, TODAY) == Overdue(1, 0, 0)
        delete_overdue_texts(connection, retention, TODAY)
    assert comments_left(store) == {None, WORDS["2026-04-01"], WORDS["2026-11-20"]}
    with store.reading() as connection:
        reviewed = set(connection.scalars(select(comment_review.c.response_id)))
        assert reviewed == {ids["2026-04-01"], ids["2026-11-20"]}
        assert read_status(connection).responses == 3
        assert check_tallies(connection, catalogue) == []
        assert count_overdue(connection, retention, TODAY) == Overdue(0, 0, 0)


def test_a_visit_whose_comment_is_gone_is_still_known(store, catalogue):
    ids = store_comments(store, catalogue)
    with store.writing() as connection:
        delete_overdue_texts(connection, Retention(comments=3), TODAY)
    day = "2026-03-31"
    again = response(
        catalogue, uuid=ids[day], comment=WORDS[day],
        started_at=f"{day}T09:00:00Z", finished_at=f"{day}T09:01:00Z",
    )  # fmt: skip
    assert store.submit(again, "{}").result(10) is Outcome.SAME


def test_payloads_kept_aside_go_by_when_they_came(store, catalogue):
    first = response(catalogue)
    for value in (first, response(catalogue, uuid=first.id, language="es")):
        store.submit(value, '{"comment": "a second one"}').result(10)
    with store.writing() as connection:
        received = connection.scalar(select(response_conflict.c.received_at))
        month = datetime.fromtimestamp(received, UTC).date()
        assert count_overdue(connection, Retention(conflicts=1), month).conflicts == 0
        later = date(month.year + 1, month.month, 1)
        delete_overdue_texts(connection, Retention(conflicts=12), later)
        assert connection.scalar(select(response_conflict.c.received_at)) == received
        delete_overdue_texts(connection, Retention(conflicts=11), later)
        assert connection.scalar(select(response_conflict.c.received_at)) is None


def test_old_responses_are_listed_for_erasure_and_leave_the_tallies(store, catalogue):
    ids = store_comments(store, catalogue)
    with store.writing() as connection:
        overdue = list_overdue_responses(connection, Retention(responses=7), TODAY)
        assert overdue == [ids["2026-03-31"]]
        erase_responses(connection, overdue, catalogue, now=1)
        assert list_overdue_responses(connection, Retention(responses=7), TODAY) == []
        assert check_tallies(connection, catalogue) == []


def test_a_long_comment_that_went_is_nowhere_in_an_embedded_store(sqlite_store, catalogue, tmp_path: Path):
    texts = {day: "é" * 3_000 + text for day, text in WORDS.items()}  # too long for one page of the file
    store_comments(sqlite_store, catalogue, texts)
    with sqlite_store.writing() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete=OFF")  # some systems switch it on for all programs
        delete_overdue_texts(connection, Retention(comments=6), TODAY)
    sqlite_store.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert WORDS["2026-03-31"].encode() not in stored
    assert WORDS["2026-04-01"].encode() in stored
