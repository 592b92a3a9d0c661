"""A roster kept in the spreadsheet: shown as a diff, applied when asked, and bad rows told by their row number."""

import json
import subprocess
import sys

import pytest

from survey.roster import RosterError
from survey.sheets.roster_tab import read_roster_tab
from survey.store import Store
from survey.store.roster import list_clinicians, list_programs
from tests.sheets_server.client import loopback_client

HEADER = ["kind", "id", "name", "parent", "email", "stage"]
GOOD = [
    HEADER,
    ["program", "p-1", "Medicine"],
    [],
    ["unit", 12, "Cardiology", "p-1"],
    ["clinician", "c-1", "Clinician 1", 12, "C1@example.org", "resident"],
    ["administrator", "a-1", "Admin", "", "admin@example.org"],
]


def write(sheets, rows, title="roster"):
    book = loopback_client(sheets.url).open_by_key("book-1")
    titles = [tab.title for tab in book.worksheets()]
    tab = book.worksheet(title) if title in titles else book.add_worksheet(title, 50, 8)
    tab.clear()
    tab.update(rows, "A1")


def test_a_tab_is_read_as_a_file_is(client, sheets):
    write(sheets, GOOD)
    rows = read_roster_tab(client, "Roster")
    assert [(row.number, row.kind, row.id, row.parent, row.email, row.stage) for row in rows] == [
        (2, "program", "p-1", "", "", ""), (4, "unit", "12", "p-1", "", ""),
        (5, "clinician", "c-1", "12", "c1@example.org", "resident"),
        (6, "administrator", "a-1", "", "admin@example.org", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([[*HEADER[:5], "level"], *GOOD[1:]], "Row 1: the header"),
        ([*GOOD, ["nurse", "n-1", "N"]], "Row 7: kind 'nurse'"),
        ([*GOOD, [], ["unit", "u 1", "U", "p-1"]], "Row 8: id 'u 1'"),
        ([HEADER], "no rows below"),
        ([], "header"),
    ],
)
def test_bad_rows_are_told_by_their_row_in_the_sheet(client, sheets, rows, words):
    write(sheets, rows or [[""]])
    with pytest.raises(RosterError, match=words):
        read_roster_tab(client, "roster")


def test_another_tab_can_be_named(client, sheets):
    with pytest.raises(RosterError, match="no tab 'people'"):
        read_roster_tab(client, "people")


def test_the_command_shows_what_would_change_and_applies_it_when_asked(tmp_path, catalogue, sheets, monkeypatch):
    monkeypatch.setenv("COMPATI_DATA", str(tmp_path))
    monkeypatch.setenv("COMPATI_SECRETS", str(tmp_path / "none.toml"))
    monkeypatch.setenv("COMPATI_SHEETS__SPREADSHEET", "book-1")
    monkeypatch.setenv("COMPATI_SHEETS__API_BASE", sheets.url)

    def pull(*arguments):
        command = [sys.executable, "-m", "survey", "roster", "pull", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert "Traceback" not in done.stderr
        return done

    def roster():
        store = Store(f"sqlite:///{tmp_path / 'compati.db'}", catalogue).open()
        with store.reading() as connection:
            found = list_programs(connection), [each.name for each in list_clinicians(connection)]
        store.close()
        return found

    write(sheets, GOOD)
    shown = pull()
    assert shown.returncode == 0
    assert "added" in shown.stdout
    assert roster() == ([], [])
    assert json.loads(pull("--yes", "--json").stdout)["applied"] is True
    assert roster()[1] == ["Clinician 1"]
    assert "nothing to change" in pull().stdout
    write(sheets, [*GOOD[:4], ["clinician", "c-1", "Clinician One", 12, "", ""]])
    (change,) = json.loads(pull("--json").stdout)["changes"]
    assert change["changes"]["name"] == ["Clinician 1", "Clinician One"]
    found = {(each["what"], each["id"]) for each in json.loads(pull("--replace", "--json").stdout)["changes"]}
    assert found == {("changed", "c-1"), ("retired", "a-1")}
    write(sheets, [*GOOD, ["unit", "u-9", "Ward", "p-9"]])
    bad = pull("--yes")
    assert bad.returncode != 0
    assert "Row 7" in bad.stderr
    assert roster()[1] == ["Clinician 1"]
