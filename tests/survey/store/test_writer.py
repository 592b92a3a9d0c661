from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, select, text

from survey.store import Outcome, Store, StoreError, StoreUnavailableError
from survey.store.connection import open_engine
from survey.store.reading import Selection, read_tallies
from survey.store.responses import iterate_responses, stored_digests
from survey.store.schema import outbox, response_conflict
from survey.store.status import read_status
from survey.tally import add_tallies, tally_response
from tests.samples import response, small_roster


def submit(store, *responses):
    return [future.result(timeout=30) for future in [store.submit(each, "{}") for each in responses]]


def test_a_response_is_stored_with_its_outbox_entry_and_its_tally(store, catalogue):
    value = response(catalogue, comment="  Thank you  ")
    assert submit(store, value) == [Outcome.STORED]
    with store.reading() as connection:
        assert list(iterate_responses(connection, catalogue)) == [value]
        status = read_status(connection)
        (entry,) = connection.execute(select(outbox)).all()
        tallies = read_tallies(connection, Selection(catalogue.default))
    assert (status.responses, status.outbox, status.outbox_due, status.tallies_n) == (1, 1, 1, 1)
    assert (entry.response_id, entry.seq, entry.state) == (value.id, 1, "due")
    assert tallies == {(): tally_response(value, catalogue.default)}


def test_the_same_payload_again_is_the_same_and_another_one_is_kept_aside(store, catalogue):
    value = response(catalogue)
    other = replace(response(catalogue, comment="other"), id=value.id)
    assert submit(store, value, value, other, other) == [
        Outcome.STORED,
        Outcome.SAME,
        Outcome.CONFLICT,
        Outcome.CONFLICT,
    ]
    assert submit(store, value, other) == [Outcome.SAME, Outcome.CONFLICT]
    with store.reading() as connection:
        assert list(iterate_responses(connection, catalogue)) == [value]
        kept = connection.execute(select(response_conflict.c.payload_sha256)).scalars().all()
        assert read_status(connection).tallies_n == 1
    assert kept == [other.payload_sha256]


def test_sequence_numbers_are_dense_within_each_instrument_version_and_year(store, catalogue):
    last_year = {"started_at": "2025-12-31T10:00:00Z", "finished_at": "2025-12-31T10:01:00Z"}
    values = [response(catalogue, **(last_year if number % 3 == 0 else {})) for number in range(30)]
    submit(store, *values)
    with store.reading() as connection:
        entries = connection.execute(select(outbox.c.tab_id, outbox.c.seq).order_by(outbox.c.seq)).all()
    by_tab = {tab: [entry.seq for entry in entries if entry.tab_id == tab] for tab in {each.tab_id for each in entries}}
    assert sorted(by_tab.values(), key=len) == [list(range(1, 11)), list(range(1, 21))]


def test_tallies_read_by_any_group_equal_those_of_the_rows(store, catalogue):
    months = ["2026-09-03", "2026-10-03", "2026-11-03"]
    values = []
    for number in range(60):
        day = months[number % 3]
        values.append(
            response(
                catalogue,
                unit=f"u-{1 + number % 2}",
                clinician=[None, "c-1", "c-2"][number % 3],
                mode=["kiosk", "own_device"][number % 2],
                respondent=["patient", "proxy"][number // 30],
                answers={f"q{item}": 1 + (number * item) % 4 for item in range(1, 2 + number % 5)},
                started_at=f"{day}T09:00:00Z",
                finished_at=f"{day}T09:01:00Z",
            )
        )
    submit(store, *values)

    def expected(by):
        groups = {}
        for value in values:
            groups.setdefault(tuple(by(value)), []).append(tally_response(value, catalogue.default))
        return {key: add_tallies(catalogue.default, tallies) for key, tallies in groups.items()}

    with store.reading() as connection:
        everything = Selection(catalogue.default)
        assert read_tallies(connection, everything) == expected(lambda _: ())
        assert read_tallies(connection, everything, by=("unit_id", "month")) == expected(lambda r: (r.unit_id, r.month))
        assert read_tallies(connection, everything, by=("clinician_id", "mode")) == expected(
            lambda r: (r.clinician_id or "", r.mode)
        )
        only = Selection(catalogue.default, unit_ids=frozenset({"u-1"}), clinician_id="c-1", months=(202610, 202611))
        chosen = [
            each for each in values if each.unit_id == "u-1" and each.clinician_id == "c-1" and each.month >= 202610
        ]
        assert read_tallies(connection, only).get((), None) == (
            add_tallies(catalogue.default, [tally_response(each, catalogue.default) for each in chosen])
            if chosen
            else None
        )
        scores = read_tallies(connection, everything, items=False)[()]
        assert scores.scores == expected(lambda _: ())[()].scores
        assert not scores.levels.any()


def test_two_hosts_on_one_database_store_each_uuid_once(store_url, store, catalogue):
    other = Store(store_url, catalogue).open()
    shared = [response(catalogue, uuid=uuid4()) for _ in range(100)]
    futures = [host.submit(each, "{}") for each in shared for host in (store, other)]
    outcomes = [future.result(timeout=60) for future in futures]
    other.close()
    assert sorted(each.value for each in outcomes) == ["same"] * 100 + ["stored"] * 100
    with store.reading() as connection:
        status = read_status(connection)
        sequence = connection.execute(select(outbox.c.seq).order_by(outbox.c.seq)).scalars().all()
    assert (status.responses, status.tallies_n, status.outbox) == (100, 100, 100)
    assert sequence == list(range(1, 101))


def test_what_another_host_stores_between_each_look_and_insert_is_the_same(store_url, store, catalogue, monkeypatch):
    shared = response(catalogue)
    other = Store(store_url, catalogue).open()
    assert submit(other, shared) == [Outcome.STORED]
    other.close()
    # The group's look and the one after it saw nothing yet, as when the other host commits just after each.
    looks = [lambda *_: {}, lambda *_: {}]
    look = "survey.store.committer.stored_digests"
    monkeypatch.setattr(look, lambda *asked: (looks.pop() if looks else stored_digests)(*asked))
    assert submit(store, shared) == [Outcome.SAME]
    assert not looks


def test_a_commit_that_fails_stores_nothing_of_its_group_and_says_so(sqlite_store, catalogue):
    # A trigger that refuses one of the tables written last stands for a full disk.
    with sqlite_store.writing() as connection:
        connection.execute(
            text("CREATE TRIGGER full BEFORE INSERT ON tally_item BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        )
    with pytest.raises(StoreUnavailableError):
        submit(sqlite_store, response(catalogue))
    with sqlite_store.writing() as connection:
        status = read_status(connection)
        connection.execute(text("DROP TRIGGER full"))
    assert (status.responses, status.outbox, status.tallies_n) == (0, 0, 0)
    assert submit(sqlite_store, response(catalogue)) == [Outcome.STORED]


def test_what_is_queued_at_the_end_is_committed(tmp_path, catalogue):
    store = Store(f"sqlite:///{tmp_path / 'compati.db'}", catalogue).open()
    small_roster(store)
    futures = [store.submit(response(catalogue), "{}") for _ in range(500)]
    store.close()
    assert {future.result(timeout=0) for future in futures} == {Outcome.STORED}


def test_a_response_that_the_database_refuses_does_not_hold_back_its_group(postgres_url, catalogue):
    store = Store(postgres_url, catalogue)
    store.prepare()
    small_roster(store)
    with store.writing() as connection:
        connection.execute(
            text("ALTER TABLE response ADD CHECK (1 / (CASE WHEN comment = 'refused' THEN 0 ELSE 1 END) = 1)")
        )
    comments = ["kind", "refused", "calm"]
    futures = [store.submit(response(catalogue, comment=comment), "{}") for comment in comments]
    store.start()
    assert [type(future.exception(timeout=10)).__name__ for future in futures] == [
        "NoneType", "StoreUnavailableError", "NoneType",
    ]  # fmt: skip
    store.close()


def test_postgresql_commits_to_disk_even_where_it_was_told_not_to(postgres_url, catalogue):
    name = make_url(postgres_url).database
    first = Store(postgres_url, catalogue)
    with first.writing() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    first.engine.dispose()
    store = Store(postgres_url, catalogue)
    with store.reading() as connection:
        assert connection.execute(text("SHOW synchronous_commit")).scalar_one() == "on"
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "10s"
    store.engine.dispose()


def test_a_database_in_another_encoding_is_refused(postgres, catalogue):
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(
            text("CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        )
    engine.dispose()
    store = Store(postgres.replace("/postgres?", "/latin?"), catalogue)
    with pytest.raises(StoreError, match="server_encoding = LATIN1"):
        store.prepare()
    store.engine.dispose()


def test_sqlite_is_durable(sqlite_store):
    with sqlite_store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2


def test_an_unknown_database_is_refused_in_a_sentence():
    with pytest.raises(Exception, match="use sqlite or postgresql"):
        open_engine("mysql://x")


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_in_memory_is_no_store(url):
    with pytest.raises(StoreError, match="must name a file"):
        open_engine(url)


def test_a_copy_restored_under_a_running_server_does_not_count_for_another_clinician(sqlite_store, catalogue):
    submit(sqlite_store, response(catalogue, clinician="c-2"))
    with sqlite_store.writing() as connection:
        # As after a restore: the cell that had this id is gone, and another clinician's took the id.
        connection.execute(text("UPDATE tally_cell SET clinician_id = 'c-1' WHERE clinician_id = 'c-2'"))
    submit(sqlite_store, response(catalogue, clinician="c-2"))
    with sqlite_store.reading() as connection:
        tallies = read_tallies(connection, Selection(catalogue.default), by=("clinician_id",))
    assert {key: tally.n for key, tally in tallies.items()} == {("c-1",): 1, ("c-2",): 1}
