"""The outbox: dense numbers in each tab, what is due and what is delivered, on both databases."""

import pytest

from survey.store.outbox import (
    Tab,
    due_entries,
    due_tabs,
    entries_between,
    mark_delivered,
    mark_due,
    mark_refused,
    places_between,
    read_lag,
)
from survey.store.schema import outbox
from tests.samples import response


@pytest.fixture
def tab(store, catalogue) -> Tab:
    """The tab of ten responses that are due."""
    for future in [store.submit(response(catalogue), "{}") for _ in range(10)]:
        future.result(timeout=30)
    with store.reading() as connection:
        (found,) = due_tabs(connection)
    return found


def due(store, catalogue, tab, limit=100, reach=1_000):
    with store.reading() as connection:
        return due_entries(connection, tab, len(catalogue.default.items), limit=limit, reach=reach)


def test_due_responses_come_in_their_order_up_to_the_limit(store, catalogue, tab):
    assert (tab.instrument, tab.version, tab.year) == ("compassion-5", "2019", 2026)
    assert [entry.seq for entry in due(store, catalogue, tab)] == list(range(1, 11))
    assert [entry.seq for entry in due(store, catalogue, tab, limit=3)] == [1, 2, 3]
    assert [entry.seq for entry in due(store, catalogue, tab, reach=4)] == [1, 2, 3, 4]


def test_an_entry_holds_the_response_that_was_stored_there(store, catalogue, tab):
    with store.reading() as connection:
        found = [(entry.seq, str(entry.response.id), "due") for entry in due(store, catalogue, tab)]
        assert places_between(connection, tab, 0) == found
        assert places_between(connection, tab, 3, 5) == found[2:5]
        assert entries_between(connection, tab, 5, 3, 5) == due(store, catalogue, tab)[2:5]


def test_only_what_was_delivered_is_no_longer_due(store, catalogue, tab):
    entries = due(store, catalogue, tab)
    with store.writing() as connection:
        mark_delivered(connection, tab, [entries[place] for place in (0, 1, 4)])
    assert [entry.seq for entry in due(store, catalogue, tab)] == [3, 4, 6, 7, 8, 9, 10]
    with store.writing() as connection:
        mark_delivered(connection, tab, entries)
    with store.reading() as connection:
        assert due_tabs(connection) == []


def test_the_lag_is_the_rows_due_and_the_age_of_the_oldest(store, catalogue, tab):
    entries = due(store, catalogue, tab)
    with store.writing() as connection:
        connection.execute(outbox.update().where(outbox.c.seq == 4).values(queued_at=1_000))
        connection.execute(outbox.update().where(outbox.c.seq == 5).values(queued_at=1_500))
        assert (read_lag(connection, 1_700).rows, read_lag(connection, 1_700).seconds) == (10, 700)
        mark_delivered(connection, tab, entries[:4])
        assert (read_lag(connection, 1_700).rows, read_lag(connection, 1_700).seconds) == (6, 200)
        mark_delivered(connection, tab, entries)
        assert (read_lag(connection, 1_700).rows, read_lag(connection, 1_700).seconds) == (0, 0)


def test_another_tab_has_numbers_and_marks_of_its_own(store, catalogue, tab):
    year = {"started_at": "2025-05-05T09:00:00Z", "finished_at": "2025-05-05T09:01:00Z"}
    store.submit(response(catalogue, **year), "{}").result(timeout=30)
    entries = due(store, catalogue, tab)
    with store.writing() as connection:
        first, second = due_tabs(connection)
        mark_delivered(connection, first, entries[:1])
        assert places_between(connection, second, 1, 1)[0][1] != places_between(connection, first, 1, 1)[0][1]
    assert [entry.seq for entry in due(store, catalogue, second)] == [1]


def test_what_became_due_anew_while_it_was_written_stays_due(store, catalogue, tab):
    entries = due(store, catalogue, tab)
    with store.writing() as connection:
        mark_due(connection, tab, [2, 3], 1_000)
        mark_delivered(connection, tab, entries)
    assert [entry.seq for entry in due(store, catalogue, tab)] == [2, 3]
    with store.writing() as connection:
        mark_delivered(connection, tab, due(store, catalogue, tab))
        assert due_tabs(connection) == []


def test_a_refused_row_is_not_due_and_is_told_until_it_is_due_again(store, catalogue, tab):
    entry = due(store, catalogue, tab)[3]
    with store.writing() as connection:
        mark_refused(connection, tab, entry, "too long")
        assert (read_lag(connection, 0).rows, read_lag(connection, 0).refused) == (9, 1)
        mark_due(connection, tab, None, 1_000)
        assert (read_lag(connection, 0).rows, read_lag(connection, 0).refused) == (10, 0)
