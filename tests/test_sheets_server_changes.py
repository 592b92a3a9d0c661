"""The loopback server answers spreadsheets.batchUpdate, create and get as Google does."""

import gspread
import pytest
import requests
from gspread.exceptions import APIError
from gspread.utils import ValueRenderOption

from tests.sheets_server import loopback_client


@pytest.fixture
def spreadsheet(loopback) -> gspread.Spreadsheet:
    return loopback_client(loopback.url).create("Changes")


@pytest.fixture
def sheet(spreadsheet) -> gspread.Worksheet:
    tab = spreadsheet.sheet1
    tab.update([["b", 2], ["a", 10], ["", 1], ["c", True]], "A1")
    return tab


def change(spreadsheet, *changes):
    return spreadsheet.batch_update({"requests": list(changes)})["replies"]


def test_tabs_are_added_moved_renamed_and_deleted(spreadsheet):
    added = spreadsheet.add_worksheet("New tab", rows=5, cols=3)
    assert (added.row_count, added.col_count, added.index) == (5, 3, 1)
    with pytest.raises(APIError, match=r'requests\[0\].addSheet: A sheet with the name "New tab" already exists'):
        spreadsheet.add_worksheet("New tab", rows=5, cols=3)
    added.update_title("Renamed")
    spreadsheet.reorder_worksheets([added, spreadsheet.sheet1])
    assert [tab.title for tab in spreadsheet.worksheets()] == ["Renamed", "Sheet1"]
    spreadsheet.del_worksheet(added)
    with pytest.raises(APIError, match="You can't remove all the sheets in a document"):
        spreadsheet.del_worksheet(spreadsheet.sheet1)


def test_a_sheets_properties_change_only_where_the_mask_says(spreadsheet, sheet):
    sheet.freeze(rows=1)
    sheet.resize(rows=7)
    sheet.update_tab_color("#ff0000")
    with pytest.raises(APIError, match="You can't hide all the sheets in a document"):
        sheet.hide()
    (properties,) = [entry["properties"] for entry in spreadsheet.fetch_sheet_metadata()["sheets"]]
    assert properties["gridProperties"] == {"rowCount": 7, "columnCount": 26, "frozenRowCount": 1}
    assert "hidden" not in properties
    assert properties["title"] == "Sheet1"
    with pytest.raises(APIError, match="freeze all"):
        sheet.freeze(rows=7)
    with pytest.raises(APIError, match="At least one field"):
        change(spreadsheet, {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "x"}, "fields": ""}})


def test_rows_and_columns_are_inserted_appended_and_deleted(sheet):
    sheet.insert_row(["new", 0], 2)
    assert sheet.col_values(1) == ["b", "new", "a", "", "c"]
    sheet.delete_rows(1, 2)
    sheet.insert_cols([["left"]], 1)
    assert sheet.get("A1:C3") == [["left", "a", "10"], ["", "", "1"], ["", "c", "TRUE"]]
    sheet.delete_columns(1)
    sheet.add_rows(3)
    sheet.add_cols(2)
    found = sheet.spreadsheet.sheet1
    assert (found.row_count, found.col_count) == (1_002, 28)
    with pytest.raises(APIError, match="deleteDimension"):
        sheet.delete_rows(1_003)
    with pytest.raises(APIError, match="all the rows"):
        sheet.delete_rows(1, 1_002)


def test_a_range_is_sorted_numbers_before_text_and_empty_last(sheet):
    sheet.sort((1, "asc"), range="A1:B4")
    assert sheet.col_values(1) == ["a", "b", "c"]
    sheet.sort((2, "des"), range="A1:B4")
    assert sheet.get("B1:B4", value_render_option=ValueRenderOption.unformatted) == [[True], [10], [2], [1]]


def test_cells_are_written_with_their_kind_and_formats_stay(spreadsheet, sheet):
    sheet.format("A1:B1", {"textFormat": {"bold": True}})
    rows = [{"values": [{"userEnteredValue": {"stringValue": "=1+1"}}, {"userEnteredValue": {"numberValue": 3}}]}]
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}
    change(spreadsheet, {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}})
    assert sheet.get("A1:B1", value_render_option="UNFORMATTED_VALUE") == [["=1+1", 3]]
    data = spreadsheet.fetch_sheet_metadata({"includeGridData": True, "ranges": "Sheet1!A1:B1"})
    first = data["sheets"][0]["data"][0]["rowData"][0]["values"][0]
    assert first["userEnteredFormat"] == {"textFormat": {"bold": True}}
    assert (first["effectiveValue"], first["formattedValue"]) == ({"stringValue": "=1+1"}, "=1+1")
    sheet.update_note("A1", "a note")
    assert sheet.get_note("A1") == "a note"
    area = {"sheetId": 0, "endRowIndex": 1, "endColumnIndex": 1}
    change(spreadsheet, {"updateCells": {"range": area, "fields": "*"}})
    assert sheet.get("A1:B1") == [["", "3"]]
    assert sheet.get_note("A1") == ""


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (999, 0, "Attempting to write row: 1000, beyond the last requested row of: 999"),
        (0, 25, "Attempting to write column: 26, beyond the last requested column of: 25"),
        (1_000, 0, r"GridCoordinate.rowIndex\[1000\] is after last row in grid\[0\]"),
        (0, 26, r"GridCoordinate.columnIndex\[26\] is after last column in grid\[0\]"),
    ],
)
def test_a_batch_is_applied_as_a_whole_or_not_at_all(spreadsheet, row, column, message):
    start = {"sheetId": 0, "rowIndex": row, "columnIndex": column}
    rows = [{"values": [{"userEnteredValue": {"stringValue": "x"}}] * 2}] * 2
    with pytest.raises(APIError, match=r"Invalid requests\[1\].updateCells: " + message):
        change(
            spreadsheet,
            {"addSheet": {"properties": {"title": "New"}}},
            {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}},
        )
    assert [each.title for each in spreadsheet.worksheets()] == ["Sheet1"]


def test_ten_million_cells_are_the_limit(spreadsheet, sheet):
    with pytest.raises(APIError, match="above the limit of 10000000 cells"):
        sheet.resize(rows=400_000)
    assert spreadsheet.sheet1.row_count == 1_000


def test_ranges_are_protected_and_columns_sized(spreadsheet, sheet):
    sheet.add_protected_range("A1:B2", description="mirrored", warning_only=True)
    (protected,) = spreadsheet.list_protected_ranges(0)
    assert (protected["description"], protected["range"]["endRowIndex"]) == ("mirrored", 2)
    assert isinstance(protected["protectedRangeId"], int)
    sheet.columns_auto_resize(0, 2)
    sheet.hide_columns(0, 1)
    with pytest.raises(APIError, match="No grid with id: 77"):
        change(spreadsheet, {"autoResizeDimensions": {"dimensions": {"sheetId": 77, "dimension": "COLUMNS"}}})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"addSheet": {"properties": {"colour": "red"}}}, r"Unknown name \"colour\" at 'requests\[0\].add_sheet.prop"),
        ({"addSheet": {"properties": {"title": 5}}}, r"Invalid value at 'requests\[0\].add_sheet.properties.title'"),
        ({"appendDimension": {"dimension": "SIDEWAYS", "length": 1}}, "SIDEWAYS"),
        ({"appendDimension": {"dimension": "ROWS", "length": "many"}}, "TYPE_INT32"),
        ({"addSheets": {}}, "Unknown name"),
        ({}, "No request set"),
    ],
)
def test_a_body_that_google_does_not_know_is_refused(spreadsheet, body, message):
    with pytest.raises(APIError, match=message):
        change(spreadsheet, body)


def test_numbers_as_text_are_taken_for_whole_numbers(spreadsheet):
    assert spreadsheet.add_worksheet("Old style", rows="12", cols="3").row_count == 12


@pytest.mark.parametrize(
    ("path", "message"),
    [("?colour=red", 'Unknown name "colour"'), ("/values/A1?valueRenderOption=PRETTY", "ValueRenderOption")],
)
def test_a_parameter_that_google_does_not_know_is_refused(loopback, path, message):
    answer = requests.get(f"{loopback.url}/v4/spreadsheets/book-1{path}", timeout=5)
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]


def test_broken_json_is_refused(loopback):
    answer = requests.post(f"{loopback.url}/v4/spreadsheets/book-1:batchUpdate", data=b"{", timeout=5)
    assert answer.json()["error"]["message"].startswith("Invalid JSON payload received.")


def test_an_unknown_spreadsheet_is_404(loopback):
    answer = requests.get(f"{loopback.url}/v4/spreadsheets/nothing", timeout=5)
    assert answer.json() == {
        "error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}
    }


def test_a_field_mask_cuts_the_answer(loopback):
    query = {"fields": "sheets(properties/title,properties.index),spreadsheetId"}
    answer = requests.get(f"{loopback.url}/v4/spreadsheets/book-1", params=query, timeout=5).json()
    assert answer == {"spreadsheetId": "book-1", "sheets": [{"properties": {"title": "Sheet1", "index": 0}}]}


def test_a_spreadsheet_is_created_with_its_sheets(loopback):
    body = {"properties": {"title": "Made"}, "sheets": [{"properties": {"title": "One"}}]}
    made = requests.post(f"{loopback.url}/v4/spreadsheets", json=body, timeout=5).json()
    assert made["properties"]["title"] == "Made"
    assert [entry["properties"]["title"] for entry in made["sheets"]] == ["One"]
    assert loopback_client(loopback.url).open_by_key(made["spreadsheetId"]).title == "Made"


def test_files_are_made_found_copied_shared_and_deleted(loopback):
    client = loopback_client(loopback.url)
    made = client.create("A file")
    made.sheet1.update([["kept"]], "A1")
    copied = client.copy(made.id)
    assert copied.title == "Copy of A file"
    assert copied.sheet1.acell("A1").value == "kept"
    copied.sheet1.update([["other"]], "A1")
    assert client.open("A file").sheet1.acell("A1").value == "kept"
    made.share("someone@example.org", perm_type="user", role="reader")
    owner, permission = made.list_permissions()
    assert (owner["role"], permission["emailAddress"]) == ("owner", "someone@example.org")
    made.remove_permissions("someone@example.org", role="reader")
    assert made.list_permissions() == [owner]
    made.update_title("Another title")
    client.del_spreadsheet(made.id)
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open("Another title")
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open_by_key(made.id)
    with pytest.raises(APIError, match="File not found"):
        client.del_spreadsheet(made.id)
