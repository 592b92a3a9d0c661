"""The whole mirror compared with the store, and what differs written again."""

import json
import subprocess
import sys

import pytest

from survey.sheets.layout import header, mirrored_row, tab_title
from survey.sheets.mirror import Mirror
from survey.sheets.verify import verify
from survey.store import Store
from survey.store.erasure import erase_responses
from tests.samples import response, small_roster
from tests.survey.sheets.disturbances import Person

TAB = tab_title("compassion-5", "2019", 2026)


@pytest.fixture
def values(sqlite_store, catalogue):
    values = [response(catalogue, answers={"q1": 1 + number % 4}) for number in range(20)]
    for future in [sqlite_store.submit(each, "{}") for each in values]:
        future.result(timeout=30)
    return values


@pytest.fixture
def mirror(sqlite_store, client, values):
    mirror = Mirror(sqlite_store, client, "worker-1")
    while mirror.round():
        pass
    return mirror


@pytest.fixture
def person(mirror, sheets):
    return Person(sheets, TAB)


def differing(found):
    return {kind: count for kind, count in found.counts.items() if count}


def test_a_mirror_as_it_was_written_is_clean(mirror, sqlite_store, catalogue, values):
    with sqlite_store.writing() as connection:
        erase_responses(connection, [values[3].id], catalogue, 0)
    mirror.round()
    sqlite_store.submit(response(catalogue), "{}").result(timeout=30)
    found = verify(mirror)
    assert (found.clean, found.rows, found.waiting, found.findings) == (True, 20, 1, ())


@pytest.mark.parametrize(
    ("deed", "kinds"),
    [
        (lambda tab: tab.update([[3.5]], "L4"), {"changed": 1}),
        (lambda tab: tab.update([["3"]], "L4", raw=True), {"changed": 1}),
        (lambda tab: tab.update([["0" * 12]], "Q4"), {"changed": 1}),
        (lambda tab: tab.update([["x"]], "A4"), {"foreign": 1, "missing": 1}),
        (lambda tab: tab.delete_rows(20, 21), {"missing": 2}),
        (lambda tab: tab.delete_rows(2), {"missing": 1, "moved": 19}),
        (lambda tab: tab.insert_row(["a", "note"], 21), {"foreign": 1, "moved": 1}),
        (lambda tab: tab.insert_row(tab.row_values(4, value_render_option="UNFORMATTED_VALUE"), 22), {"doubled": 1}),
        (lambda tab: tab.delete_columns(3), {"columns": 1, "changed": 20}),
        (lambda tab: tab.spreadsheet.del_worksheet(tab), {"missing": 20}),
    ],
)
def test_each_difference_is_listed_and_put_right(mirror, person, sheets, catalogue, values, deed, kinds):
    deed(person.tab)
    found = verify(mirror)
    assert differing(found) == kinds
    assert len(found.findings) == sum(kinds.values())
    assert differing(verify(mirror, repair=True)) == kinds
    assert verify(mirror).clean
    width = len(header(catalogue.default))
    assert [row[:width] for row in sheets.rows(TAB)[1:]] == [mirrored_row(value, catalogue.default) for value in values]


def test_only_what_differs_is_written_again(mirror, person, sheets):
    person.tab.update([[3.5]], "L4")
    sheets.log.clear()
    verify(mirror, repair=True)
    assert sheets.requests["write"] == 1


def test_the_command_lists_differences_and_says_so_by_its_exit_code(tmp_path, catalogue, sheets, monkeypatch):
    monkeypatch.setenv("COMPATI_DATA", str(tmp_path))
    monkeypatch.setenv("COMPATI_SECRETS", str(tmp_path / "none.toml"))
    monkeypatch.setenv("COMPATI_SHEETS__SPREADSHEET", "book-1")
    monkeypatch.setenv("COMPATI_SHEETS__API_BASE", sheets.url)
    store = Store(f"sqlite:///{tmp_path / 'compati.db'}", catalogue).open()
    small_roster(store)
    for _ in range(3):
        store.submit(response(catalogue), "{}").result(timeout=30)
    store.close()

    def command(*arguments):
        done = subprocess.run(
            [sys.executable, "-m", "survey", *arguments], capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr
        return done

    assert command("sync").returncode == 0
    assert command("verify").returncode == 0
    Person(sheets, TAB).tab.delete_rows(3)
    broken = command("verify", "--json")
    assert broken.returncode == 1
    assert json.loads(broken.stdout)["counts"]["missing"] == 1
    assert command("verify", "--repair").returncode == 0
    assert json.loads(command("verify", "--json").stdout)["clean"] is True
