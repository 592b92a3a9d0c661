import time
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

from survey.settings import Settings
from survey.sheets import MirrorWorker, connection_of, sync
from survey.sheets import worker as worker_module
from survey.sheets.client import AccessLostError, SheetsConnection
from survey.sheets.layout import mirrored_row, row_hash, tab_title
from survey.sheets.summary import SUMMARY_TITLE
from survey.sheets.trial import TEST_TITLE, send_test_row
from survey.store import Store
from tests.samples import response, small_roster
from tests.sheets_server import Fault

TAB = tab_title("compassion-5", "2019", 2026)


def until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.05)


def test_the_worker_mirrors_what_comes_in_and_tells_how_it_stands(sqlite_store, catalogue, sheets, connection):
    worker = MirrorWorker(sqlite_store, connection)
    worker.start()
    try:
        sqlite_store.submit(response(catalogue), "{}").result(timeout=30)
        until(lambda: worker.health()["last_success"] and worker.health()["lag_rows"] == 0)
        assert worker.health()["state"] == "running"
        assert len(sheets.rows(TAB)) == 2
    finally:
        worker.stop()


def test_the_worker_gives_way_to_answers_that_pour_in_but_not_for_ever(
    sqlite_store, catalogue, sheets, connection, monkeypatch
):
    monkeypatch.setattr(worker_module, "GIVE_WAY_SECONDS", 2)
    pouring = count(10_000, 10_000)
    monkeypatch.setattr(Store, "answers_taken", property(lambda _store: next(pouring)))
    sqlite_store.submit(response(catalogue), "{}").result(timeout=30)
    worker = MirrorWorker(sqlite_store, connection)
    started = time.monotonic()
    worker.start()
    try:
        until(lambda: worker.health()["lag_rows"] == 0)
        assert time.monotonic() - started >= 2
        assert len(sheets.rows(TAB)) == 2
    finally:
        worker.stop()


def test_lost_access_is_told_in_plain_words(sqlite_store, catalogue, sheets, connection):
    sheets.faults.append(Fault(403))
    worker = MirrorWorker(sqlite_store, connection)
    sqlite_store.submit(response(catalogue), "{}").result(timeout=30)
    worker.start()
    try:
        until(lambda: worker.health()["state"] == "no access")
        assert "not shared with the service account" in worker.health()["last_error"]
        assert worker.health()["lag_rows"] == 1
    finally:
        worker.stop()


def test_without_a_spreadsheet_it_is_off(sqlite_store):
    worker = MirrorWorker(sqlite_store, None)
    worker.start()
    assert worker.health()["state"] == "off"
    worker.stop()


def test_a_worker_that_ends_gives_its_lease_back(sqlite_store, catalogue, sheets, connection):
    for _ in range(2):
        worker = MirrorWorker(sqlite_store, connection)
        sqlite_store.submit(response(catalogue), "{}").result(timeout=30)
        worker.start()
        until(lambda: worker.health()["lag_rows"] == 0)  # noqa: B023
        worker.stop()
    assert len(sheets.rows(TAB)) == 3


def test_sync_writes_what_is_due(tmp_path, catalogue, sheets, connection):
    store = Store(f"sqlite:///{tmp_path / 'compati.db'}", catalogue).open()
    small_roster(store)
    for _ in range(3):
        store.submit(response(catalogue), "{}").result(timeout=30)
    assert sync(store, connection) == 3
    assert sync(store, connection) == 0
    store.close()


def test_the_settings_name_the_spreadsheet():
    assert connection_of(Settings(sheets=None)) is None
    address = "https://docs.google.com/spreadsheets/d/abc-DEF_123/edit#gid=0"
    found = connection_of(Settings(sheets={"spreadsheet": address}, gcp_service_account={"type": "service_account"}))
    assert found.spreadsheet_id == "abc-DEF_123"
    assert SheetsConnection("abc").spreadsheet_id == "abc"


def test_a_row_carries_months_not_days_and_a_hash_of_its_cells(catalogue):
    value = response(catalogue, comment="secret")
    row = mirrored_row(value, catalogue.default)
    assert row[:7] == [str(value.id), "2026-11", "u-1", "c-1", "en", "kiosk", "patient"]
    assert row[-1] == row_hash(row[:-1])
    assert "2026-11-20" not in row
    assert row[-7:-2] == [4, "not_applicable", 3, 4, "skipped"]
    assert "secret" not in str(row)


@pytest.mark.parametrize(("answers", "score"), [({"q1": 4, "q2": 4, "q3": 1}, 15), ({"q1": 4}, "")])
def test_a_row_carries_the_score_by_the_instruments_rule(catalogue, answers, score):
    assert mirrored_row(response(catalogue, answers=answers), catalogue.default)[-2] == score


def test_a_hash_knows_a_changed_cell_and_takes_4_for_4_point_0():
    assert row_hash(["a", 4]) == row_hash(["a", 4.0])
    assert len({row_hash(cells) for cells in (["a", 4], ["a", 5], ["b", 4], ["a", 4, ""], ["a4"])}) == 5


def test_text_over_the_limit_of_a_cell_is_cut_with_a_mark(catalogue):
    value = replace(response(catalogue), clinician_id="c" * 50_001)
    (cut,) = [cell for cell in mirrored_row(value, catalogue.default) if isinstance(cell, str) and len(cell) > 1_000]
    assert len(cut) == 50_000
    assert cut.endswith(" […cut]")


def test_a_service_account_that_is_not_complete_is_told(sqlite_store, catalogue):
    sqlite_store.submit(response(catalogue), "{}").result(timeout=30)
    for account, told in ((None, "No service account"), ({"type": "service_account"}, "is not complete")):
        with pytest.raises(AccessLostError, match=told):
            sync(sqlite_store, SheetsConnection("abc", service_account=account))


def test_the_worker_writes_the_summary_when_its_numbers_change(sqlite_store, catalogue, sheets, connection):
    sqlite_store.submit(response(catalogue), "{}").result(timeout=30)
    lines = [["Unit", "n"], ["Ward =1+1", 20], ["Clinic", 30.5]]
    worker = MirrorWorker(sqlite_store, connection, summary=lambda: lines)
    worker.start()
    until(lambda: SUMMARY_TITLE in [sheet.title for sheet in sheets.book.sheets])
    worker.stop()
    assert sheets.rows(SUMMARY_TITLE) == lines
    assert len(sheets.rows(TAB)) == 2
    lines[1:] = [["Ward", 21]]
    again = MirrorWorker(sqlite_store, connection, summary=lambda: lines)
    again.start()
    until(lambda: sheets.rows(SUMMARY_TITLE) == lines)
    again.stop()


def test_with_the_summary_only_no_response_leaves_the_store(sqlite_store, catalogue, sheets, connection):
    sqlite_store.submit(response(catalogue), "{}").result(timeout=30)
    worker = MirrorWorker(sqlite_store, connection, summary=lambda: [["Unit", "n"]], responses=False)
    worker.start()
    until(lambda: worker.health()["last_success"])
    worker.stop()
    assert [sheet.title for sheet in sheets.book.sheets] == ["Sheet1", SUMMARY_TITLE]
    assert (worker.health()["state"], worker.health()["lag_rows"]) == ("running", 0)


def test_a_test_row_tells_each_step(sheets, connection):
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for _ in range(2):
        assert [(step.name, step.passed) for step in send_test_row(connection, now)] == [
            ("key", True), ("spreadsheet", True), ("write", True), ("read", True)
        ]  # fmt: skip
    assert sheets.rows(TEST_TITLE) == [[], ["Test row of 2026-11-23 09:00:00 UTC"]]


@pytest.mark.parametrize(
    ("faults", "step", "words"),
    [
        ([Fault(403)], "spreadsheet", "not shared with the service account"),
        ([Fault(404)], "spreadsheet", "no spreadsheet at this address"),
        ([Fault(401)], "spreadsheet", "does not accept"),
        ([None, Fault(403)], "write", "not shared"),
        ([Fault(503)], "spreadsheet", "try again in a minute"),
        ([Fault(reset="before")], "spreadsheet", "try again in a minute"),
    ],
)
def test_a_test_row_says_exactly_what_is_wrong(sheets, connection, faults, step, words):
    sheets.faults.extend(faults)
    *passed, last = send_test_row(connection, datetime(2026, 11, 23, tzinfo=UTC))
    assert all(each.passed for each in passed)
    assert (last.name, last.passed) == (step, False)
    assert words in last.words


def test_a_test_row_names_the_address_to_share_with():
    account = {"type": "service_account", "client_email": "mirror@project.example"}
    (step,) = send_test_row(SheetsConnection("abc", account), datetime(2026, 11, 23, tzinfo=UTC))
    assert (step.name, step.passed) == ("key", False)
    assert "is not complete" in step.words
