"""The outbox: dense numbers in each tab, what is due and what is delivered, on both databases."""

import pytest

from survey.store.outbox import Tab, due_entries, due_tabs, mark_delivered, read_lag, response_at
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


def due(store, catalogue, tab, limit=100):
    with store.reading() as connection:
        return due_entries(connection, tab, limit, len(catalogue.default.items))


def test_due_responses_come_in_their_order_up_to_the_limit(store, catalogue, tab):
    assert (tab.instrument, tab.version, tab.year) == ("compassion-5", "2019", 2026)
    assert [entry.seq for entry in due(store, catalogue, tab)] == list(range(1, 11))
    assert [entry.seq for entry in due(store, catalogue, tab, limit=3)] == [1, 2, 3]


def test_an_entry_holds_the_response_that_was_stored_there(store, catalogue, tab):
    with store.reading() as connection:
        for entry in due(store, catalogue, tab):
            assert response_at(connection, tab, entry.seq) == entry.response.id
        assert response_at(connection, tab, 0) is None
        assert response_at(connection, tab, 11) is None


def test_only_what_was_delivered_is_no_longer_due(store, catalogue, tab):
    with store.writing() as connection:
        mark_delivered(connection, tab, [1, 2, 5])
    assert [entry.seq for entry in due(store, catalogue, tab)] == [3, 4, 6, 7, 8, 9, 10]
    with store.writing() as connection:
        mark_delivered(connection, tab, range(1, 11))
    with store.reading() as connection:
        assert due_tabs(connection) == []


def test_the_lag_is_the_rows_due_and_the_age_of_the_oldest(store, tab):
    with store.writing() as connection:
        connection.execute(outbox.update().where(outbox.c.seq == 4).values(queued_at=1_000))
        connection.execute(outbox.update().where(outbox.c.seq == 5).values(queued_at=1_500))
        assert (read_lag(connection, 1_700).rows, read_lag(connection, 1_700).seconds) == (10, 700)
        mark_delivered(connection, tab, [1, 2, 3, 4])
        assert (read_lag(connection, 1_700).rows, read_lag(connection, 1_700).seconds) == (6, 200)
        mark_delivered(connection, tab, range(1, 11))
        assert (read_lag(connection, 1_700).rows, read_lag(connection, 1_700).seconds) == (0, 0)


def test_another_tab_has_numbers_and_marks_of_its_own(store, catalogue, tab):
    year = {"started_at": "2025-05-05T09:00:00Z", "finished_at": "2025-05-05T09:01:00Z"}
    store.submit(response(catalogue, **year), "{}").result(timeout=30)
    with store.writing() as connection:
        first, second = due_tabs(connection)
        mark_delivered(connection, first, [1])
        assert response_at(connection, second, 1) != response_at(connection, first, 1)
    assert [entry.seq for entry in due(store, catalogue, second)] == [1]
