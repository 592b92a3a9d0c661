"""Statements given to the driver as they are behave as SQLAlchemy's do, on both databases."""

import threading
import time
from uuid import uuid4

import pytest
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from survey.store import StoreUnavailableError
from survey.store import connection as connections
from survey.store.prepared import Prepared, PreparedLookup
from survey.store.schema import erasure, tally_state

ERASE = Prepared(insert(erasure))
DIGESTS = PreparedLookup(
    lambda ids: select(erasure.c.response_id, erasure.c.payload_sha256).where(erasure.c.response_id.in_(ids)),
    erasure.c.response_id.type,
)


def erased(count):
    return [{"response_id": uuid4(), "payload_sha256": f"{place:064}", "erased_at": place} for place in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 256, 257, 600])
def test_what_was_inserted_is_found_by_any_number_of_keys(store, count):
    rows = erased(count)
    with store.writing() as connection:
        ERASE.run(connection, rows)
    with store.reading() as connection:
        found = DIGESTS.rows(connection, [row["response_id"] for row in rows] + [uuid4()])
    assert sorted(found) == sorted((row["response_id"], row["payload_sha256"]) for row in rows)


def test_what_a_statement_holds_itself_need_not_be_given(store):
    add = Prepared(
        update(tally_state)
        .where(tally_state.c.revision >= bindparam("least"))
        .values(revision=tally_state.c.revision + 5)
        .returning(tally_state.c.revision)
    )
    with store.writing() as connection:
        ((before,),) = connection.execute(select(tally_state.c.revision)).all()
        assert add.rows(connection, {"least": 0}) == [(before + 5,)]
        assert add.rows(connection, {"least": before + 6}) == []


def test_what_the_database_refuses_is_an_error_of_sqlalchemy_and_nothing_stays(store):
    rows = erased(3)
    with pytest.raises(IntegrityError), store.writing() as connection:
        ERASE.run(connection, [*rows, rows[0]])
    with store.reading() as connection:
        assert DIGESTS.rows(connection, [row["response_id"] for row in rows]) == []


def test_threads_take_turns_at_an_embedded_store_and_give_up_in_words(sqlite_store, monkeypatch):
    store = sqlite_store
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.2)
    inside, leave = threading.Event(), threading.Event()

    def hold():
        with store.writing():
            inside.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    inside.wait(10)
    with pytest.raises(StoreUnavailableError, match="another writer takes too long"), store.writing():
        pass
    threading.Thread(target=lambda: (time.sleep(0.05), leave.set())).start()
    with store.writing() as connection:
        ERASE.run(connection, erased(1))
    holder.join()
