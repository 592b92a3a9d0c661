"""Where rows go when a tab or a spreadsheet is full, and what becomes of a row that Google does not take."""

from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import select

from survey.sheets.client import MirrorError, SheetsClient
from survey.sheets.layout import REFUSED, header, mirrored_row, tab_title
from survey.sheets.mirror import Mirror
from survey.sheets.opening import INDEX_TITLE
from survey.sheets.repair import SET_ASIDE_TITLE, MisalignedError
from survey.sheets.verify import verify
from survey.store.mirror_parts import list_parts
from survey.store.schema import outbox
from tests.samples import response
from tests.sheets_server.book import Spreadsheet
from tests.survey.sheets.disturbances import Person

TAB = tab_title("compassion-5", "2019", 2026)


def fill(store, catalogue, count):
    values = [response(catalogue, answers={"q1": 1 + number % 4}) for number in range(count)]
    for future in [store.submit(each, "{}") for each in values]:
        future.result(timeout=30)
    return values


def mirror_to(store, connection, **changes):
    client = SheetsClient(replace(connection, **changes), wait=lambda _: None, pace_seconds=0)
    return Mirror(store, client, "worker-1")


def run(mirror):
    while mirror.round():
        pass


def rows_of(book, title):
    return book.sheet(title).values(book.area(f"'{title}'"), "FORMULA")


def all_ids(sheets, parts):
    found = []
    for part in parts:
        book = sheets.books[part.spreadsheet]
        title = next(sheet.title for sheet in book.sheets if sheet.id == part.sheet_id)
        found += [row[0] for row in rows_of(book, title)[1:]]
    return found


def parts_of(store):
    with store.reading() as connection:
        return list_parts(connection)


def test_a_full_tab_is_followed_by_another_and_both_are_on_the_index(
    sqlite_store, catalogue, connection, sheets, monkeypatch
):
    monkeypatch.setattr("survey.sheets.parts.ROWS_PER_PART", 30)
    values = fill(sqlite_store, catalogue, 75)
    mirror = mirror_to(sqlite_store, connection)
    run(mirror)
    assert [sheet.title for sheet in sheets.book.sheets] == ["Sheet1", TAB, INDEX_TITLE, f"{TAB} (2)", f"{TAB} (3)"]
    assert all_ids(sheets, parts_of(sqlite_store)) == [str(value.id) for value in values]
    index = rows_of(sheets.book, INDEX_TITLE)
    assert [row[0] for row in index] == ["Tab", TAB, f"{TAB} (2)", f"{TAB} (3)"]
    assert index[1][-1].startswith("https://docs.google.com/spreadsheets/d/book-1/edit#gid=")
    assert verify(mirror).clean
    # A person sorts the second part; only that one is put right.
    Person(sheets, f"{TAB} (2)").tab.delete_rows(4, 6)
    assert mirror.inspect() == 1
    run(mirror)
    assert verify(mirror).clean


def test_a_full_spreadsheet_is_followed_by_the_next_one_in_the_settings(
    sqlite_store, catalogue, connection, sheets, monkeypatch
):
    sheets.books["book-2"] = Spreadsheet("book-2", "More")
    values = fill(sqlite_store, catalogue, 1_200)
    width = len(header(catalogue.default))
    # Room for the first tab and the index, not for more rows.
    room = sum(sheet.rows * sheet.columns for sheet in sheets.book.sheets) + 1_000 * width + 200 * 6
    monkeypatch.setattr("survey.sheets.mirror.CELLS_PER_SPREADSHEET", (room + 10) / 0.9)
    monkeypatch.setattr("survey.sheets.opening.CELLS_PER_SPREADSHEET", room * 2)
    mirror = mirror_to(sqlite_store, connection, further=("https://docs.google.com/spreadsheets/d/book-2/edit",))
    run(mirror)
    assert [(part.spreadsheet, part.first_seq) for part in parts_of(sqlite_store)] == [("book-1", 1), ("book-2", 1000)]
    assert all_ids(sheets, parts_of(sqlite_store)) == [str(value.id) for value in values]
    assert verify(mirror).clean


def test_without_another_spreadsheet_one_is_made_and_shared_or_it_says_what_to_do(
    sqlite_store, catalogue, connection, sheets, monkeypatch
):
    monkeypatch.setattr("survey.sheets.opening.FULL_SHARE", 0.0001)
    values = fill(sqlite_store, catalogue, 5)
    with pytest.raises(MirrorError, match="The spreadsheet is full: put the address of another"):
        mirror_to(sqlite_store, connection).round()
    monkeypatch.setattr("survey.sheets.opening.FULL_SHARE", 0.004)
    run(mirror_to(sqlite_store, connection, share_with=("lead@clinic.example",)))
    (part,) = parts_of(sqlite_store)
    assert part.spreadsheet != "book-1"
    assert all_ids(sheets, [part]) == [str(value.id) for value in values]


def test_a_row_that_google_refuses_is_found_told_and_the_rest_goes_on(
    sqlite_store, catalogue, connection, sheets, monkeypatch
):
    values = fill(sqlite_store, catalogue, 40)
    bad = values[17]
    true_row = mirrored_row

    def too_long(value, instrument):
        cells = true_row(value, instrument)
        return [*cells[:2], "x" * 50_001, *cells[3:]] if value.id == bad.id else cells

    monkeypatch.setattr("survey.sheets.layout.mirrored_row", too_long)
    mirror = mirror_to(sqlite_store, connection)
    run(mirror)
    rows = sheets.rows(TAB)[1:]
    assert [row[0] for row in rows] == [str(value.id) for value in values]
    assert rows[17][1] == REFUSED
    with sqlite_store.reading() as transaction:
        problems = transaction.execute(
            select(outbox.c.response_id, outbox.c.problem).where(outbox.c.state == "refused")
        )
        ((which, problem),) = problems
    assert which == bad.id
    assert "50000 characters" in problem
    found = verify(mirror)
    assert (found.clean, found.refused) == (True, 1)
    monkeypatch.setattr("survey.sheets.layout.mirrored_row", true_row)
    verify(mirror, repair=True)
    assert sheets.rows(TAB)[18] == mirrored_row(bad, catalogue.default)
    assert verify(mirror).refused == 0


def test_another_spreadsheet_in_the_settings_is_filled_from_the_start(sqlite_store, catalogue, connection, sheets):
    sheets.books["book-2"] = Spreadsheet("book-2", "New home")
    values = fill(sqlite_store, catalogue, 5)
    run(mirror_to(sqlite_store, connection))
    run(mirror_to(sqlite_store, connection, spreadsheet="book-2"))
    assert all_ids(sheets, parts_of(sqlite_store)) == [str(value.id) for value in values]
    assert {part.spreadsheet for part in parts_of(sqlite_store)} == {"book-2"}


def test_a_tab_of_ours_from_before_is_taken_up(sqlite_store, catalogue, connection, sheets):
    """As after an upgrade, or a backup that was put back: the store does not know of the tab."""
    fill(sqlite_store, catalogue, 5)
    run(mirror_to(sqlite_store, connection))
    with sqlite_store.writing() as transaction:
        transaction.exec_driver_sql("DELETE FROM mirror_part")
        transaction.exec_driver_sql("DELETE FROM store_fact")
    fill(sqlite_store, catalogue, 2)
    mirror = mirror_to(sqlite_store, connection)
    run(mirror)
    assert [sheet.title for sheet in sheets.book.sheets] == ["Sheet1", TAB, INDEX_TITLE]
    assert len(sheets.rows(TAB)) == 8
    assert verify(mirror).clean


@pytest.mark.parametrize("deed", ["sort", "delete", "copy"])
def test_rows_are_put_back_also_where_there_is_no_room_for_a_column(
    sqlite_store, catalogue, connection, sheets, monkeypatch, deed
):
    values = fill(sqlite_store, catalogue, 30)
    mirror = mirror_to(sqlite_store, connection)
    run(mirror)
    tab = Person(sheets, TAB).tab
    if deed == "sort":
        tab.sort((3, "des"), (12, "asc"), range="A2:Q31")
    elif deed == "delete":
        tab.delete_rows(4, 6)
    else:
        tab.insert_row(tab.row_values(4, value_render_option="UNFORMATTED_VALUE"), 9)
    used = sum(sheet.rows * sheet.columns for sheet in sheets.book.sheets)
    monkeypatch.setattr("tests.sheets_server.book.CELL_LIMIT", used)
    assert mirror.inspect() == (0 if deed == "sort" and sheets.rows(TAB)[1][0] == str(values[0].id) else 1)
    run(mirror)
    assert sheets.rows(TAB)[1:] == [mirrored_row(value, catalogue.default) for value in values]
    assert verify(mirror).clean


def test_a_tab_without_room_to_be_put_right_says_what_to_do_and_holds_up_no_other(
    sqlite_store, catalogue, connection, sheets, monkeypatch
):
    def give(count):
        """Answers of two years: of two tabs."""
        values = [*fill(sqlite_store, catalogue, count)]
        earlier = [replace(each, id=uuid4(), day=each.day.replace(year=2025)) for each in values]
        for future in [sqlite_store.submit(each, "{}") for each in earlier]:
            future.result(timeout=30)

    give(5)
    mirror = mirror_to(sqlite_store, connection)
    run(mirror)
    person = Person(sheets, TAB)
    person.tab.insert_rows([["my own words"]], row=3)
    used = sum(sheet.rows * sheet.columns for sheet in sheets.book.sheets)
    monkeypatch.setattr("tests.sheets_server.book.CELL_LIMIT", used)
    give(2)
    with pytest.raises(MisalignedError, match="too full to put it right: delete tabs, rows or columns of your own"):
        run(mirror)
    with pytest.raises(MisalignedError, match="too full to put it right"):
        mirror.inspect()
    assert len(sheets.rows(tab_title("compassion-5", "2019", 2025))) == 1 + 7
    Person(sheets, "Sheet1").tab.resize(rows=1, cols=1)
    run(mirror)
    assert verify(mirror).clean
    assert len(sheets.rows(TAB)) == 1 + 7
    assert "my own words" in str(sheets.rows(SET_ASIDE_TITLE))
