"""People sort, delete, insert, copy and rename; the mirror puts right what is its own and keeps what is theirs."""

import pytest
from sqlalchemy import select

from survey.sheets.layout import header, mirrored_row, tab_title
from survey.sheets.mirror import Mirror
from survey.sheets.opening import INDEX_TITLE
from survey.sheets.repair import ORDER_TITLE, SET_ASIDE_TITLE
from survey.sheets.verify import verify
from survey.store.schema import audit
from tests.samples import response
from tests.sheets_server import Fault
from tests.survey.sheets.disturbances import Person

TAB = tab_title("compassion-5", "2019", 2026)


def fill(store, catalogue, count):
    values = [response(catalogue, answers={"q1": 1 + number % 4}) for number in range(count)]
    for future in [store.submit(each, "{}") for each in values]:
        future.result(timeout=30)
    return values


def run(mirror):
    while mirror.round():
        pass


@pytest.fixture
def values(sqlite_store, catalogue):
    return fill(sqlite_store, catalogue, 12)


@pytest.fixture
def mirror(sqlite_store, client, values):
    mirror = Mirror(sqlite_store, client, "worker-1")
    run(mirror)
    return mirror


@pytest.fixture
def person(mirror, sheets):
    return Person(sheets, TAB)


def ours(sheets, title=TAB):
    """Our columns as they stand."""
    width = len(header_of)
    return [row[:width] for row in sheets.rows(title)]


header_of: list[str] = []


@pytest.fixture(autouse=True)
def titles(catalogue):
    header_of[:] = header(catalogue.default)
    return header_of


def expected(values, catalogue):
    return [header(catalogue.default), *(mirrored_row(value, catalogue.default) for value in values)]


def more(store, catalogue, mirror, values):
    """The next answers come, and the mirror does its rounds."""
    values += fill(store, catalogue, 3)
    run(mirror)


def audited(store):
    with store.reading() as connection:
        return [row.detail for row in connection.execute(select(audit).where(audit.c.action == "repair mirror"))]


def test_sorted_rows_are_put_back_with_what_people_wrote_beside_them(
    sqlite_store, catalogue, mirror, person, sheets, values, titles
):
    person.tab.resize(cols=len(titles) + 2)
    beside = person.tab.cell(4, len(titles) + 1).address
    person.note(beside, "call her back")
    theirs = str(values[2].id)
    person.sort(column=titles.index("q1"))
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)
    (row,) = [row for row in sheets.rows(TAB) if len(row) > len(titles)]
    assert (row[0], row[-1]) == (theirs, "call her back")
    assert len(audited(sqlite_store)) == 1
    assert ORDER_TITLE not in str(sheets.rows(TAB)[0])


def test_deleted_rows_are_written_again(sqlite_store, catalogue, mirror, person, sheets, values):
    person.tab.delete_rows(5, 7)
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)
    assert "3 missing" in audited(sqlite_store)[-1]


def test_inserted_rows_are_set_aside_with_what_stands_in_them(sqlite_store, catalogue, mirror, person, sheets, values):
    person.tab.insert_rows([["my note", "on three"], []], row=3)
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)
    assert sheets.rows(SET_ASIDE_TITLE)[1:] == [[f"{TAB}, row 3", "my note", "on three"]]
    person.tab.insert_rows([["another"]], row=2)
    more(sqlite_store, catalogue, mirror, values)
    assert sheets.rows(SET_ASIDE_TITLE)[1] == [f"{TAB}, row 2", "another"]
    assert ours(sheets) == expected(values, catalogue)


def test_a_note_where_the_next_row_goes_is_not_written_over(sqlite_store, catalogue, mirror, person, sheets, values):
    person.note("A15", "total")
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)
    assert sheets.rows(SET_ASIDE_TITLE)[1:] == [[f"{TAB}, row 15", "total"]]


def test_a_copied_row_is_there_once(sqlite_store, catalogue, mirror, person, sheets, values):
    person.tab.insert_rows([person.tab.row_values(4, value_render_option="UNFORMATTED_VALUE")], row=9)
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)
    assert [sheet.title for sheet in sheets.book.sheets] == ["Sheet1", TAB, INDEX_TITLE]


@pytest.mark.parametrize("column", ["id", "month", "q1", "hash"])
def test_a_deleted_column_is_filled_again(sqlite_store, catalogue, mirror, person, sheets, values, titles, column):
    person.tab.delete_columns(titles.index(column) + 1)
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)


@pytest.mark.parametrize("place", [1, 4, 12])
def test_a_column_put_between_ours_is_moved_to_the_right(
    sqlite_store, catalogue, mirror, person, sheets, values, titles, place
):
    person.tab.insert_cols([["mine", *range(12)]], col=place)
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)
    assert [row[len(titles)] for row in sheets.rows(TAB)[:13]] == ["mine", *range(12)]


def test_a_changed_header_is_put_back(sqlite_store, catalogue, mirror, person, sheets, values):
    person.note("C1", "Ward")
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)


def test_a_renamed_tab_keeps_its_new_name(sqlite_store, catalogue, mirror, person, sheets, values):
    person.tab.update_title("Answers '26")
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets, "Answers '26") == expected(values, catalogue)
    assert TAB not in [sheet.title for sheet in sheets.book.sheets]


def test_a_deleted_tab_is_written_anew(sqlite_store, catalogue, client, mirror, person, sheets, values):
    person._book.del_worksheet(person.tab)
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)
    assert "gone" in audited(sqlite_store)[-1]


def test_a_tab_that_was_cut_is_filled_again(sqlite_store, catalogue, mirror, person, sheets, values):
    person.tab.resize(rows=4, cols=6)
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)


def test_an_inspection_finds_what_no_round_would_meet(sqlite_store, catalogue, mirror, person, sheets, values):
    assert mirror.inspect() == 0
    person.tab.delete_rows(2)
    person.tab.insert_rows([["stranger"]], row=2)
    assert mirror.inspect() == 1
    run(mirror)
    assert ours(sheets) == expected(values, catalogue)
    assert mirror.inspect() == 0


@pytest.mark.parametrize("place", range(8))
def test_a_repair_whose_answer_is_lost_is_done_once(sqlite_store, catalogue, mirror, person, sheets, values, place):
    person.tab.insert_rows([["note"]], row=5)
    person.sort(column=2)
    person.tab.delete_rows(2)
    kept = [row[0] for row in sheets.rows(TAB)[1:]]
    sheets.faults.extend([*[None] * place, Fault(reset="after"), Fault(cut="body")])
    more(sqlite_store, catalogue, mirror, values)
    assert ours(sheets) == expected(values, catalogue)
    if "note" in kept:
        assert [row[1] for row in sheets.rows(SET_ASIDE_TITLE)[1:]].count("note") == 1


def test_rows_that_lost_their_ids_are_known_by_their_hashes(
    sqlite_store, catalogue, mirror, person, sheets, values, titles
):
    person.tab.resize(cols=len(titles) + 1)
    person.note(person.tab.cell(4, len(titles) + 1).address, "call her back")
    person.sort(column=titles.index("q1"))
    person.tab.insert_rows([["", "a word of mine"], []], row=6)
    person.tab.delete_columns(1)
    assert mirror.inspect() == 1
    run(mirror)
    assert ours(sheets) == expected(values, catalogue)
    (row,) = [row for row in sheets.rows(TAB) if row[len(titles) :] == ["call her back"]]
    assert row[0] == str(values[2].id)
    assert sheets.rows(SET_ASIDE_TITLE)[1][2:] == ["a word of mine"]
    assert verify(mirror).clean


def test_emptied_ids_are_written_again_at_once(sqlite_store, catalogue, mirror, person, sheets, values):
    person.tab.batch_clear(["A3:A5", "A9"])
    assert mirror.inspect() == 1
    assert ours(sheets) == expected(values, catalogue)
    assert mirror.inspect() == 0


def test_what_stands_below_our_rows_without_an_id_is_set_aside(sqlite_store, catalogue, mirror, person, sheets, values):
    person.note("C20", "sum of it all")
    more(sqlite_store, catalogue, mirror, values)
    assert mirror.inspect() == 1
    assert sheets.rows(SET_ASIDE_TITLE)[1] == [f"{TAB}, row 20", "", "", "sum of it all"]
    assert verify(mirror).clean
