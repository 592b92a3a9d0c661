"""Responses restored from the mirror into an empty store."""

import json
import subprocess
import sys

import pytest

from survey.sheets.client import MirrorError, SheetsClient
from survey.sheets.layout import tab_title
from survey.sheets.mirror import Mirror
from survey.sheets.restore import restore
from survey.sheets.verify import verify
from survey.store import Outcome, Store, StoreError
from survey.store.erasure import erase_responses
from survey.store.rebuild import check_tallies
from survey.store.responses import find_responses
from tests.samples import response, small_roster
from tests.survey.sheets.disturbances import Person

TAB = tab_title("compassion-5", "2019", 2026)


def stored(store, values):
    with store.reading() as connection:
        found = {each.id: each for each in find_responses(connection, [each.id for each in values], store.catalogue)}
    return [found.get(value.id) for value in values]


@pytest.fixture
def values(sqlite_store, catalogue, client, monkeypatch):
    """Mirrored responses of two years, in several parts, one of them erased."""
    monkeypatch.setattr("survey.sheets.parts.ROWS_PER_PART", 8)
    old = {"started_at": "2025-05-05T09:00:00Z", "finished_at": "2025-05-05T09:01:00Z"}
    about = {"age_band": "45-54"}
    values = [response(catalogue, answers={"q1": 1 + n % 4, "q2": "skipped"}, about=about) for n in range(20)]
    values += [response(catalogue, clinician=None, **old) for _ in range(3)]
    for future in [sqlite_store.submit(each, "{}") for each in values]:
        future.result(timeout=30)
    with sqlite_store.writing() as connection:
        erase_responses(connection, [values[4].id], catalogue, 0)
    mirror = Mirror(sqlite_store, client, "worker-1")
    while mirror.round():
        pass
    mirror.turn.end()
    return values


@pytest.fixture
def empty(store_url, catalogue):
    store = Store(store_url + ("2" if store_url.startswith("sqlite") else ""), catalogue).open()
    small_roster(store)
    yield store
    store.close()


def test_what_the_mirror_holds_is_restored_and_nothing_is_made_up(empty, client, connection, values, sheets):
    report = restore(client, empty, now=1_000)
    assert (report.responses, report.erased, dict(report.left_out)) == (22, 1, {})
    for value, found in zip(values, stored(empty, values), strict=True):
        if value is values[4]:
            assert found is None
            continue
        for kept in ("id", "instrument", "version", "language", "mode", "respondent", "unit_id", "clinician_id"):
            assert getattr(found, kept) == getattr(value, kept)
        assert (found.answers, dict(found.about), found.month) == (value.answers, dict(value.about), value.month)
        assert (found.comment, found.device_id, found.day.day) == (None, "restored", 1)
    with empty.reading() as transaction:
        assert not list(check_tallies(transaction, empty.catalogue))
    # The mirror goes on in the same rows: nothing is written again.
    sheets.log.clear()
    mirror = Mirror(empty, SheetsClient(connection, wait=lambda _: None, pace_seconds=0), "worker-2")
    assert mirror.round() == 0
    assert verify(mirror).clean
    assert sheets.requests["write"] == 0


def test_a_device_that_sends_again_is_told_that_it_is_known(empty, client, values):
    restore(client, empty, now=1_000)
    assert empty.submit(values[0], "{}").result(timeout=30) is Outcome.SAME
    assert empty.submit(values[4], "{}").result(timeout=30) is Outcome.SAME


def test_a_dry_run_changes_nothing(empty, client, values):
    assert restore(client, empty, dry_run=True).responses == 22
    assert restore(client, empty).responses == 22


def test_a_store_with_responses_is_not_restored_into(sqlite_store, client, values):
    with pytest.raises(StoreError, match="empty store only"):
        restore(client, sqlite_store)


def test_changed_doubled_and_foreign_rows_are_left_out_and_listed(empty, client, values, sheets):
    tab = Person(sheets, TAB).tab
    tab.update([[4]], "L2")
    tab.insert_rows([tab.row_values(4, value_render_option="UNFORMATTED_VALUE"), ["note"]], row=6)
    dry = restore(client, empty, accept_changed=True, dry_run=True)
    assert dict(dry.left_out) == {"stands twice": 1, "is no response": 1}
    report = restore(client, empty)
    assert dict(report.left_out) == {"was changed after it was written": 1, "stands twice": 1, "is no response": 1}
    assert f"{TAB}, row 2: was changed after it was written." in report.problems
    assert stored(empty, values)[0] is None


def test_people_may_have_moved_rows_and_columns_and_renamed_the_tab(empty, client, values, sheets):
    person = Person(sheets, TAB)
    person.sort(column=3)
    person.tab.insert_cols([["mine"]], col=3)
    person.tab.update_title("Mine")
    assert restore(client, empty).responses == 22


def test_a_spreadsheet_that_is_no_mirror_is_told(empty, client, sheets):
    with pytest.raises(MirrorError, match="it is no mirror"):
        restore(client, empty)


def test_the_command_restores_and_says_what_it_left_out(tmp_path, catalogue, sheets, values, monkeypatch):
    for name, value in (("DATA", str(tmp_path / "new")), ("SECRETS", str(tmp_path / "none.toml")),
                        ("SHEETS__SPREADSHEET", "book-1"), ("SHEETS__API_BASE", sheets.url)):  # fmt: skip
        monkeypatch.setenv(f"COMPATI_{name}", value)

    def restore_it(*arguments):
        command = [sys.executable, "-m", "survey", "import", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert "Traceback" not in done.stderr
        return done

    assert json.loads(restore_it("--from-sheet", "--dry-run", "--json").stdout)["responses"] == 22
    done = restore_it("--from-sheet")
    assert (done.returncode, "Restored 22 responses and 1 tombstones" in done.stdout) == (0, True)
    assert "does not hold: comments" in done.stdout
    again = restore_it("--from-sheet")
    assert again.returncode != 0
    assert "empty store only" in again.stderr
