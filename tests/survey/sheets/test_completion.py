"""A store put back from a backup, beside a mirror that went on: neither loses nor doubles a row."""

import random
from contextlib import closing
from sqlite3 import connect

import pytest

from survey.sheets.client import SheetsClient
from survey.sheets.completion import complete_from_mirror
from survey.sheets.layout import tab_title
from survey.sheets.mirror import Mirror
from survey.sheets.verify import verify
from survey.store import Store
from survey.store.backup import write_backup
from survey.store.erasure import Erasure, erase_responses, replay_erasures
from survey.store.rebuild import check_tallies
from survey.store.replacement import part_with_past
from survey.store.responses import iterate_responses
from tests.samples import response
from tests.sheets_server.client import loopback_client
from tests.survey.sheets.disturbances import Person

TAB = tab_title("compassion-5", "2019", 2026)


@pytest.fixture
def fresh(connection):
    """Another worker's view of the spreadsheet."""
    return lambda: SheetsClient(connection, wait=lambda _: None, pace_seconds=0)


def give(store, values):
    for future in [store.submit(each, "{}") for each in values]:
        future.result(timeout=30)


def mirror_all(store, client, name):
    mirror = Mirror(store, client, name)
    while mirror.round():
        pass
    mirror.turn.end()


def complete(store, client):
    with store.writing() as connection:
        done = complete_from_mirror(client, connection, store.catalogue, accept_changed=False, now=1_000)
        part_with_past(connection)
    return done


def ids(store):
    with store.reading() as connection:
        assert not check_tallies(connection, store.catalogue)
        return {each.id for each in iterate_responses(connection, store.catalogue)}


def sheet_ids(sheets, title):
    return Person(sheets, title).tab.col_values(1)[1:]


def titles(sheets):
    found = [tab.title for tab in loopback_client(sheets.url).open_by_key("book-1").worksheets()]
    return [each for each in found if each.startswith("compassion-5")]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sorted_by_hand", [False, True])
def test_a_restored_store_and_a_younger_mirror_come_to_one_state(
    sqlite_store, catalogue, sheets, fresh, tmp_path, monkeypatch, seed, sorted_by_hand
):
    monkeypatch.setattr("survey.sheets.parts.ROWS_PER_PART", 12)
    chance = random.Random(seed)
    early = [response(catalogue) for _ in range(chance.randint(1, 20))]
    waiting = [response(catalogue) for _ in range(chance.randint(0, 5))]
    give(sqlite_store, early)
    mirror_all(sqlite_store, fresh(), "worker-1")
    give(sqlite_store, waiting)  # due when the backup is made
    write_backup(tmp_path / "compati.db", tmp_path / "a.db", wording=tmp_path)
    late = [response(catalogue) for _ in range(chance.randint(0, 20))]
    last_year = {"started_at": "2025-05-05T09:00:00Z", "finished_at": "2025-05-05T09:01:00Z"}
    late += [response(catalogue, **last_year) for _ in range(chance.randint(0, 3))]
    give(sqlite_store, late)
    gone = chance.sample([*early, *late], 1)[0]
    with sqlite_store.writing() as transaction:
        erase_responses(transaction, [gone.id], catalogue, 1)
    mirror_all(sqlite_store, fresh(), "worker-1")
    unmirrored = response(catalogue)
    give(sqlite_store, [unmirrored])  # neither in the backup nor in the mirror: it is lost, and only it
    if sorted_by_hand:
        Person(sheets, TAB).sort(column=1)
    with closing(connect(tmp_path / "a.db")) as database:
        database.execute("PRAGMA journal_mode=WAL")
    restored = Store(f"sqlite:///{tmp_path / 'a.db'}", catalogue).open()
    try:
        done = complete(restored, fresh())
        wanted = {each.id for each in [*early, *waiting, *late]} - {gone.id}
        assert ids(restored) == wanted
        assert done.responses == len(late) - (gone in late)
        assert done.erased == (gone in early)
        after = [response(catalogue) for _ in range(3)]
        give(restored, after)
        assert restored.submit(gone, "{}").result(timeout=30).value == "same"
        mirror_all(restored, fresh(), "worker-2")
        found = verify(Mirror(restored, fresh(), "worker-2"))
        assert found.clean, found.findings
        assert found.waiting == 0
        stands = [each for title in titles(sheets) for each in sheet_ids(sheets, title) if each]
        assert sorted(stands) == sorted(str(each) for each in wanted | {gone.id} | {each.id for each in after})
        assert complete(restored, fresh()).responses == 0
    finally:
        restored.close()


def test_rows_that_the_mirror_lost_are_written_again(sqlite_store, catalogue, sheets, fresh):
    values = [response(catalogue) for _ in range(6)]
    give(sqlite_store, values)
    mirror_all(sqlite_store, fresh(), "worker-1")
    Person(sheets, TAB).tab.delete_rows(3, 4)
    done = complete(sqlite_store, fresh())
    assert (done.responses, done.rewritten) == (0, 2)
    mirror_all(sqlite_store, fresh(), "worker-1")
    assert sorted(sheet_ids(sheets, TAB)) == sorted(str(each.id) for each in values)


def test_an_erased_answer_is_not_taken_from_a_mirror_that_still_has_it(
    sqlite_store, catalogue, sheets, fresh, tmp_path
):
    give(sqlite_store, [response(catalogue)])
    write_backup(tmp_path / "compati.db", tmp_path / "a.db", wording=tmp_path)
    erased = response(catalogue)
    give(sqlite_store, [erased])
    mirror_all(sqlite_store, fresh(), "worker-1")
    restored = Store(f"sqlite:///{tmp_path / 'a.db'}", catalogue).open()
    try:
        with restored.writing() as connection:
            replay_erasures(connection, [Erasure(erased.id, erased.payload_sha256, 1)], catalogue, 1)
        assert complete(restored, fresh()).responses == 0
        mirror_all(restored, fresh(), "worker-2")
        assert verify(Mirror(restored, fresh(), "worker-2")).clean
        assert Person(sheets, TAB).tab.cell(3, 2).value == "erased"
    finally:
        restored.close()


def test_a_new_spreadsheet_is_left_to_be_filled(sqlite_store, catalogue, sheets, fresh):
    give(sqlite_store, [response(catalogue)])
    assert complete(sqlite_store, fresh()).responses == 0
    mirror_all(sqlite_store, fresh(), "worker-1")
    assert len(sheet_ids(sheets, TAB)) == 1
