"""What the loopback server refuses, in the words that Google's answers are known by, and what it takes instead."""

import re

import gspread
import pytest
from gspread.exceptions import APIError

from tests.sheets_server import loopback_client


@pytest.fixture
def book(loopback):
    return loopback_client(loopback.url).create("Refusals")


@pytest.fixture
def tab(book) -> gspread.Worksheet:
    """Four rows and three columns."""
    book.sheet1.resize(rows=4, cols=3)
    return book.sheet1


def change(book, *requests):
    return book.batch_update({"requests": list(requests)})


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"deleteSheet": {"sheetId": 9}}, "No sheet with id: 9"),
        ({"duplicateSheet": {"sourceSheetId": 9}}, "No sheet with id: 9"),
        ({"updateSheetProperties": {"properties": {"sheetId": 9}, "fields": "title"}}, "No sheet with id: 9"),
        ({"repeatCell": {"range": {"sheetId": 9}, "fields": "note"}}, "No grid with id: 9"),
        ({"deleteDimension": {"range": {"dimension": "ROWS", "startIndex": 4, "endIndex": 5}}},
         "Cannot delete a row that doesn't exist. Tried to delete row index 4 but there are only 4 rows."),
        ({"deleteDimension": {"range": {"dimension": "COLUMNS", "startIndex": 2, "endIndex": 9}}},
         "Cannot delete a column that doesn't exist. Tried to delete column index 3 but there are only 3 columns."),
        ({"insertDimension": {"range": {"dimension": "ROWS", "startIndex": -1, "endIndex": 1}}},
         "DimensionRange indexes must be >= 0"),
        ({"addProtectedRange": {"protectedRange": {"range": {}, "warningOnly": True, "editors": {"users": ["a@b.c"]}}}},
         "ProtectedRange is warningOnly. Editors cannot be set on it."),
        ({"updateSpreadsheetProperties": {"properties": {"timeZone": "Mars/Olympus"}, "fields": "timeZone"}},
         "Invalid time zone: Mars/Olympus"),
        ({"updateSpreadsheetProperties": {"properties": {"locale": "English"}, "fields": "locale"}},
         "Unsupported locale: English"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_is_refused(book, tab, request_, message):
    before = book.fetch_sheet_metadata()
    with pytest.raises(APIError) as caught:
        change(book, request_)
    assert caught.value.error == {
        "code": 400,
        "message": f"Invalid requests[0].{next(iter(request_))}: {message}",
        "status": "INVALID_ARGUMENT",
    }
    assert book.fetch_sheet_metadata() == before


def test_time_zones_may_be_an_offset_and_locales_a_language(book):
    book.update_timezone("GMT-07:00")
    book.update_locale("fr")
    assert (book.timezone, book.locale) == ("GMT-07:00", "fr")


def test_appended_cells_add_rows_and_never_columns(book, tab):
    def appended(width):
        row = {"values": [{"userEnteredValue": {"stringValue": "x"}}] * width}
        change(book, {"appendCells": {"sheetId": tab.id, "rows": [row] * 5, "fields": "userEnteredValue"}})

    appended(3)
    assert book.sheet1.row_count == 5
    with pytest.raises(APIError, match="Attempting to write column: 3, beyond the last requested column of: 2"):
        appended(4)
    assert (book.sheet1.row_count, book.sheet1.col_count) == (5, 3)


def test_a_tab_is_protected_as_a_whole_once(book, tab):
    whole = {"addProtectedRange": {"protectedRange": {"range": {"sheetId": tab.id}}}}
    change(book, whole)
    with pytest.raises(APIError, match='Sheet "Sheet1" already has sheet protection'):
        change(book, whole)
    tab.add_protected_range("A1:B2")
    assert len(book.list_protected_ranges(tab.id)) == 2


def test_a_name_is_given_once(tab):
    tab.define_named_range("A1", "taken")
    message = "Cannot add named range with name Taken, a named range with that name already exists."
    with pytest.raises(APIError, match=message):
        tab.define_named_range("B1", "Taken")


def test_merges_do_not_cross_what_is_frozen_or_filtered(tab):
    tab.freeze(rows=1, cols=1)
    for crossing, what in (("A1:A2", "rows"), ("A3:B3", "columns")):
        with pytest.raises(APIError, match=f"You can't merge frozen and non-frozen {what}."):
            tab.merge_cells(crossing)
    tab.set_basic_filter("B2:C3")
    with pytest.raises(APIError, match="You can't merge cells that cross the borders of an existing filter"):
        tab.merge_cells("B3:B4")
    tab.merge_cells("B2:C2")
    tab.merge_cells("B4:C4")
    assert len(tab._get_sheet_property("merges", [])) == 2


@pytest.mark.parametrize(("frozen", "what"), [({"rows": 2}, "rows"), ({"cols": 2}, "columns")])
def test_nothing_is_frozen_through_a_merge(tab, frozen, what):
    tab.merge_cells("B2:C3")
    with pytest.raises(APIError, match=f"you can't freeze {what} which contain only part of a merged cell"):
        tab.freeze(**frozen)
    tab.freeze(rows=1, cols=1)


def test_a_size_of_zero_is_the_usual_size(book):
    """Google's reader cannot tell a number that is 0 from one that is not there."""
    tab = book.add_worksheet("zero", rows=0, cols=2)
    assert (tab.row_count, tab.col_count) == (1_000, 2)
    with pytest.raises(APIError, match="rowCount must be greater than 0, found -1"):
        book.add_worksheet("less", rows=-1, cols=2)


def test_a_list_in_a_cell_is_told_as_a_protocol_buffer(book, tab):
    with pytest.raises(APIError) as caught:
        tab.update([["x"], ["x", [1, "a"]]], "A1")
    assert caught.value.error["message"] == (
        'Invalid values[1][1]: list_value {\n  values {\n    number_value: 1\n  }\n  values {\n    string_value: "a"\n'
        "  }\n}\n"
    )
    assert tab.get_all_values() == [[]]


@pytest.mark.parametrize(
    ("typed", "shown", "number"),
    [
        ("Jan 2020", "Jan 2020", 43_831), ("January 2020", "January 2020", 43_831),
        ("5-Jan-2020", "5-Jan-2020", 43_835), ("5 Jan 2020", "5 Jan 2020", 43_835),
        ("January 5, 2020", "January 5, 2020", 43_835), ("Marching 5, 2020", "Marching 5, 2020", "Marching 5, 2020"),
        ("1e400", "1e400", "1e400"), ("48:30", "48:30:00", 2 + 0.5 / 24), ("100:00:30", "100:00:30", 360_030 / 86_400),
        ("=DATE(2020,1,1)", "1/1/2020", 43_831), ("=date(2020, 1, 1) + 1", "1/2/2020", 43_832),
        ("=TIME(13,5,0)", "1:05:00 PM", 785 / 1_440), ("=DATE(2020,1,1)*1", "43831", 43_831),
    ],
)  # fmt: skip
def test_months_durations_and_dates_of_functions_are_shown_as_such(tab, typed, shown, number):
    tab.update([[typed]], "A1", raw=False)
    found = tab.acell("A1", value_render_option="UNFORMATTED_VALUE").value
    assert found == (pytest.approx(number) if isinstance(number, float) else number)
    assert tab.acell("A1").value == shown


def test_a_date_of_a_function_has_its_format_where_cells_are_read(book, tab):
    tab.update([["=DATE(2020,1,1)"]], "A1", raw=False)
    data = book.fetch_sheet_metadata({"ranges": "Sheet1!A1", "includeGridData": True})["sheets"][0]["data"][0]
    (cell,) = data["rowData"][0]["values"]
    assert cell["effectiveFormat"]["numberFormat"] == {"type": "DATE", "pattern": "m/d/yyyy"}
    assert "userEnteredFormat" not in cell
    assert book.values_get(
        "A1", {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "FORMATTED_STRING"}
    )["values"] == [["1/1/2020"]]


def test_a_day_without_a_year_is_one_of_this_year(tab):
    tab.update([["5-Jan", "Jan 5", "1/5"]], "A1", raw=False)
    assert tab.row_values(1) == ["5-Jan", "Jan 5", "1/5"]
    assert len(set(tab.row_values(1, value_render_option="UNFORMATTED_VALUE"))) == 1


def test_an_address_that_is_none_gets_no_permission(book):
    message = "The specified emailAddress is invalid or not applicable for the given permission type."
    with pytest.raises(APIError, match=re.escape(message)) as caught:
        book.share("nobody", perm_type="user", role="reader")
    assert caught.value.error["errors"][0]["location"] == "permission.emailAddress"
    assert len(book.list_permissions()) == 1
