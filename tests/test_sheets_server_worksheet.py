"""Every public method of gspread's Worksheet against the loopback server, as the real one answers it."""

import re

import pytest
from gspread import Cell
from gspread.exceptions import APIError, GSpreadException
from gspread.utils import (
    DateTimeOption,
    Dimension,
    ExportFormat,
    GridRangeType,
    InsertDataOption,
    MergeType,
    PasteOrientation,
    PasteType,
    TableDirection,
    ValidationConditionType,
    ValueInputOption,
    ValueRenderOption,
)

from tests.sheets_server import loopback_client

ROWS = [["A1", "B1", "", "D1"], ["", "b2", "", ""], ["", "", "", ""], ["A4", "B4", "", "D4"]]


@pytest.fixture
def book(loopback):
    return loopback_client(loopback.url).create("Worksheet")


@pytest.fixture
def sheet(book):
    return book.sheet1


def entry(sheet):
    """The tab as spreadsheets.get tells it now."""
    found = sheet.spreadsheet.fetch_sheet_metadata()["sheets"]
    return next(each for each in found if each["properties"]["sheetId"] == sheet.id)


def test_a_tab_tells_its_properties(book, sheet):
    assert (sheet.id, sheet.title, sheet.index) == (0, "Sheet1", 0)
    assert (sheet.row_count, sheet.col_count, sheet.column_count) == (1_000, 26, 26)
    assert (sheet.frozen_row_count, sheet.frozen_col_count) == (0, 0)
    assert (sheet.isSheetHidden, sheet.is_gridlines_hidden, sheet.tab_color) == (False, False, None)
    assert sheet.url.endswith(f"{book.id}#gid=0")
    assert sheet.spreadsheet.id == book.id


def test_single_cells_are_read_and_written(sheet):
    assert sheet.acell("A1") == Cell(1, 1, None)
    assert sheet.cell(1, 1).value is None
    sheet.update_acell("A2", "typed")
    sheet.update_cell(1, 2, "0042")
    assert (sheet.acell("A2").value, sheet.cell(1, 2).value) == ("typed", "42")
    for value, shown in (
        (42.01, "42.01"),
        ("Артур", "Артур"),
        ("one\ntwo", "one\ntwo"),
        ("= 1 / 1024", "0.0009765625"),
    ):
        sheet.update_cell(1, 2, value)
        assert sheet.cell(1, 2).value == shown
    assert sheet.cell(1, 2).numeric_value == 1 / 1024
    sheet.update_acell("C1", "2,000,000.01")
    assert (sheet.acell("C1").value, sheet.acell("C1").numeric_value) == ("2,000,000.01", 2_000_000.01)


def test_ranges_of_cells_are_read_and_written(sheet):
    cells = sheet.range("A1:D4")
    assert [(cell.row, cell.col) for cell in cells] == [(row, col) for row in range(1, 5) for col in range(1, 5)]
    assert [cell.address for cell in sheet.range("D4:A1")] == [cell.address for cell in cells]
    for cell, value in zip(cells, (value for row in ROWS for value in row), strict=True):
        cell.value = value
    sheet.update_cells(cells)
    sheet.update_cells([Cell(6, 2, "=1+1"), Cell(7, 1, "x")], value_input_option=ValueInputOption.user_entered)
    assert sheet.get("A6:B7") == [["", "2"], ["x"]]
    sheet.resize(7, 4)
    assert [cell.value for cell in sheet.range()] == [cell.value for cell in sheet.get_all_cells()]
    assert len(sheet.range("A1:C")) == 21
    assert sheet.range(1, 1, 1, 2)[1].value == "B1"


def test_values_are_read_in_every_form(sheet):
    sheet.resize(4, 4)
    sheet.update(ROWS, "A1:D4")
    assert sheet.get_all_values() == ROWS
    assert sheet.get_values("A1:B2") == [["A1", "B1"], ["", "b2"]]
    assert sheet.get("A1:D4") == [["A1", "B1", "", "D1"], ["", "b2"], [], ["A4", "B4", "", "D4"]]
    assert sheet.get("A1:D2", maintain_size=True, return_type=GridRangeType.ListOfLists) == ROWS[:2]
    assert sheet.get_values("A1:D2", major_dimension=Dimension.cols) == [["A1", ""], ["B1", "b2"], ["", ""], ["D1", ""]]
    assert sheet.row_values(1) == ["A1", "B1", "", "D1"]
    assert (sheet.row_values(3), sheet.col_values(3)) == ([], [])
    assert sheet.col_values(2) == ["B1", "b2", "", "B4"]
    first, second = sheet.batch_get(["A1:B1", "B4:D4"])
    assert (first, second, first.range, first.major_dimension) == (
        [["A1", "B1"]],
        [["B4", "", "D4"]],
        "Sheet1!A1:B1",
        "ROWS",
    )
    assert second.first() == "B4"
    assert sheet.expand("A1", TableDirection.right) == [["A1", "B1"]]
    assert sheet.expand("B1", TableDirection.down) == [["B1"], ["b2"]]
    assert sheet.expand("A1") == [["A1", "B1"]]


def test_records_are_read_by_their_header(sheet):
    sheet.update([["a", "b", "", "d"], [1, "x", 1.45, ""], [], ["y", 0.4, "", 4]], "A1")
    first, second, third = sheet.get_all_records()
    assert first == {"a": 1, "b": "x", "": 1.45, "d": ""}
    assert set(second.values()) == {""}
    assert third == {"a": "y", "b": 0.4, "": "", "d": 4}
    assert sheet.get_all_records(empty2zero=True)[1]["a"] == 0
    assert sheet.get_all_records(head=2) == [
        {"1": "", "x": "", "1.45": "", "": ""},
        {"1": "y", "x": 0.4, "1.45": "", "": 4},
    ]
    with pytest.raises(GSpreadException, match="unknown headers"):
        sheet.get_all_records(expected_headers=["z"])
    sheet.update([["a", "a"]], "A1")
    with pytest.raises(GSpreadException, match="duplicates"):
        sheet.get_all_records()


def test_formulas_and_dates_are_rendered_as_asked(sheet):
    sheet.resize(2, 4)
    rows = [["=4/2", "2020-01-01", "string", 53], ["=3/2", 0.12, "1999-01-02", "3_2_1"]]
    sheet.update(rows, "A1", value_input_option=ValueInputOption.user_entered)
    assert sheet.get() == [["2", "2020-01-01", "string", "53"], ["1.5", "0.12", "1999-01-02", "3_2_1"]]
    unformatted = [[2, 43831, "string", 53], [1.5, 0.12, 36162, "3_2_1"]]
    assert sheet.get(value_render_option=ValueRenderOption.unformatted) == unformatted
    formulas = [["=4/2", 43831, "string", 53], ["=3/2", 0.12, 36162, "3_2_1"]]
    assert sheet.get(value_render_option=ValueRenderOption.formula) == formulas
    shown = sheet.get(
        "B1", value_render_option=ValueRenderOption.unformatted, date_time_render_option=DateTimeOption.formatted_string
    )
    assert shown == [["2020-01-01"]]


def test_updates_are_made_singly_and_in_batches(sheet):
    answer = sheet.update([["a", 1], ["b", 2]], "A1:B2", include_values_in_response=True)
    assert answer["updatedData"] == {
        "range": "Sheet1!A1:B2", "majorDimension": "ROWS", "values": [["a", "1"], ["b", "2"]],
    }  # fmt: skip
    answer = sheet.batch_update(
        [{"range": "A3:B3", "values": [["c", "=1+2"]]}, {"range": "D1", "values": [["x"]]}],
        value_input_option=ValueInputOption.user_entered,
        include_values_in_response=True,
        response_value_render_option=ValueRenderOption.unformatted,
    )
    assert answer["responses"][0]["updatedData"]["values"] == [["c", 3]]
    assert (answer["totalUpdatedCells"], answer["totalUpdatedSheets"]) == (3, 1)
    assert sheet.batch_clear(["A1:B1", "D:D"])["clearedRanges"] == ["Sheet1!A1:B1", "Sheet1!D1:D1000"]
    assert sheet.clear()["clearedRange"] == "Sheet1!A1:Z1000"
    assert sheet.get_all_values() == [[]]


def test_rows_are_appended_and_inserted(sheet):
    sheet.append_row(["a", "", "c"])
    sheet.append_row(["a", "", "c"])
    assert sheet.row_values(2) == ["", "", "a", "", "c"]
    sheet.append_row(["n"], table_range="A1", insert_data_option=InsertDataOption.insert_rows)
    assert sheet.get("A1:E3") == [["a", "", "c"], ["n"], ["", "", "a", "", "c"]]
    sheet.clear()
    sheet.append_rows([["1", "=1+1"]], value_input_option=ValueInputOption.user_entered)
    sheet.insert_row(["top"], 1)
    sheet.insert_rows([["x"], ["y"]], 2, inherit_from_before=True)
    assert sheet.get_all_values() == [["top", ""], ["x", ""], ["y", ""], ["1", "2"]]
    sheet.insert_cols([["p", "q"], ["r"]], 2)
    assert sheet.get("A1:D2") == [["top", "p", "r"], ["x", "q"]]
    assert entry(sheet)["properties"]["gridProperties"] == {"rowCount": 1_004, "columnCount": 28}
    with pytest.raises(GSpreadException):
        sheet.insert_row(["x"], 1, inherit_from_before=True)


def test_rows_and_columns_go(sheet):
    sheet.update([[n, n * 10] for n in range(1, 6)], "A1")
    sheet.delete_rows(1)
    sheet.delete_rows(2, 3)
    assert sheet.get_all_values() == [["2", "20"], ["5", "50"]]
    sheet.delete_columns(1)
    assert sheet.get_all_values() == [["20"], ["50"]]
    sheet.delete_dimension(Dimension.cols, 1, 24)
    with pytest.raises(APIError, match="You can't delete all the columns on the sheet"):
        sheet.delete_dimension(Dimension.cols, 1)
    with pytest.raises(APIError, match=r"deleteDimension: Cannot delete a row that doesn't exist\."):
        sheet.delete_rows(5_000)


def test_the_grid_grows_shrinks_and_freezes(sheet):
    sheet.add_rows(5)
    sheet.add_cols(2)
    assert entry(sheet)["properties"]["gridProperties"] == {"rowCount": 1_005, "columnCount": 28}
    sheet.resize(10, 5)
    sheet.freeze(2, 1)
    found = entry(sheet)["properties"]["gridProperties"]
    assert found == {"rowCount": 10, "columnCount": 5, "frozenRowCount": 2, "frozenColumnCount": 1}
    sheet.freeze(0, 0)
    assert entry(sheet)["properties"]["gridProperties"] == {"rowCount": 10, "columnCount": 5}
    sheet.freeze(rows=2)
    with pytest.raises(APIError, match="not possible to delete all non-frozen rows"):
        sheet.delete_rows(3, 10)
    sheet.delete_rows(1)
    assert entry(sheet)["properties"]["gridProperties"]["frozenRowCount"] == 1


def test_rows_are_sorted(sheet):
    rows = [["Apple", "2012", "4"], ["Banana", "2013", "3"], ["Fox", "2013", "1"]]
    sheet.resize(3, 3)
    sheet.update(rows, "A1")
    sheet.sort((3, "asc"))
    assert sheet.get_all_values() == [rows[2], rows[1], rows[0]]
    sheet.sort((2, "des"), (3, "des"), range="A1:C3")
    assert sheet.get_all_values() == [rows[1], rows[2], rows[0]]
    sheet.freeze(rows=1)
    sheet.sort((1, "asc"))
    assert sheet.col_values(1) == ["Banana", "Apple", "Fox"]


def test_cells_are_found(sheet):
    sheet.update([["x", "Camel"], ["camel", "x"]], "A1")
    assert sheet.find("x").address == "A1"
    assert [cell.address for cell in sheet.findall("x")] == ["A1", "B2"]
    assert sheet.find("camel", case_sensitive=False).address == "B1"
    assert sheet.find(re.compile("^ca"), in_column=1).address == "A2"
    assert sheet.find("nowhere") is None


def test_a_tab_is_renamed_coloured_moved_hidden(book, sheet):
    other = book.add_worksheet("Other", 2, 2)
    sheet.update_title("Renamed")
    sheet.update_tab_color("#ff8000")
    assert entry(sheet)["properties"]["tabColorStyle"]["rgbColor"].keys() == {"red", "green"}
    assert entry(sheet)["properties"]["tabColor"] == entry(sheet)["properties"]["tabColorStyle"]["rgbColor"]
    assert book.worksheet("Renamed").get_tab_color() == "#FF8000"
    sheet.update_tab_color("#ff007f")
    assert entry(sheet)["properties"]["tabColor"] == {"red": 1, "blue": 0.49803922}  # of 256 shades
    sheet.clear_tab_color()
    assert book.worksheet("Renamed").tab_color is None
    other.update_index(0)
    assert [tab.title for tab in book.worksheets()] == ["Other", "Renamed"]
    sheet.hide()
    assert entry(sheet)["properties"]["hidden"] is True
    with pytest.raises(APIError, match=r"Invalid requests\[0\].updateSheetProperties: You can't hide all the sheets"):
        other.hide()
    with pytest.raises(APIError, match="You can't remove all the visible sheets in a document"):
        book.del_worksheet(other)
    sheet.show()
    assert "hidden" not in entry(sheet)["properties"]
    sheet.hide_gridlines()
    assert entry(sheet)["properties"]["gridProperties"]["hideGridlines"] is True
    sheet.show_gridlines()
    assert "hideGridlines" not in entry(sheet)["properties"]["gridProperties"]


def test_a_format_is_told_with_both_forms_of_its_colours(book, sheet):
    style = {
        "backgroundColor": {"green": 1, "blue": 1},
        "horizontalAlignment": "CENTER",
        "textFormat": {"foregroundColor": {"red": 1, "green": 1}, "fontSize": 12, "bold": True},
    }
    sheet.format(["A2:B2", "D5"], style)
    sheet.batch_format([{"range": "C1", "format": {"textFormat": {"italic": True}}}])
    query = {"ranges": ["Sheet1!A2"], "fields": "sheets.data.rowData.values.userEnteredFormat"}
    found = book.fetch_sheet_metadata(query)["sheets"][0]["data"][0]["rowData"][0]["values"][0]["userEnteredFormat"]
    assert found.pop("backgroundColorStyle") == {"rgbColor": style["backgroundColor"]}
    assert found["textFormat"].pop("foregroundColorStyle") == {"rgbColor": {"red": 1, "green": 1}}
    assert found == style


def test_notes_are_written_read_and_cleared(sheet):
    assert sheet.get_note("A1") == ""
    sheet.insert_note("A1", "one")
    sheet.update_note("A1", "two")
    assert sheet.get_note("A1") == "two"
    sheet.insert_notes({"B2": "b"})
    sheet.update_notes({"C3": "c"})
    assert sheet.get_notes() == [["two"], ["", "b"], ["", "", "c"]]
    assert sheet.get_notes(grid_range="B2:C3") == [["b"], ["", "c"]]
    sheet.clear_note("A1")
    sheet.clear_notes(["B2", "C3"])
    assert sheet.get_notes() in ([], [[]])
    with pytest.raises(TypeError):
        sheet.insert_note("A1", 42)


def test_ranges_are_protected_named_filtered(book, sheet):
    sheet.resize(20, 20)
    sheet.add_protected_range("A1:B2", ["someone@example.org"])
    (protected,) = entry(sheet)["protectedRanges"]
    assert protected["range"] == {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}
    assert protected["requestingUserCanEdit"] is True
    assert "warningOnly" not in protected
    assert "someone@example.org" in protected["editors"]["users"]
    sheet.delete_protected_range(protected["protectedRangeId"])
    assert "protectedRanges" not in entry(sheet)
    answer = sheet.define_named_range("A1:B2", "the_name")
    named = answer["replies"][0]["addNamedRange"]["namedRange"]
    assert named["range"] == {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}
    sheet.delete_named_range(named["namedRangeId"])
    assert book.fetch_sheet_metadata({"fields": "namedRanges"}) == {}
    sheet.set_basic_filter()
    whole = {"startRowIndex": 0, "endRowIndex": 20, "startColumnIndex": 0, "endColumnIndex": 20}
    assert entry(sheet)["basicFilter"]["range"] == whole
    sheet.set_basic_filter("B1:C2")
    assert entry(sheet)["basicFilter"]["range"] == {
        "startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 1, "endColumnIndex": 3,
    }  # fmt: skip
    sheet.clear_basic_filter()
    assert "basicFilter" not in entry(sheet)


def test_cells_are_merged_and_parted(sheet):
    sheet.update([[42, 43], [43, 44]], "A1:B2")
    sheet.merge_cells(1, 1, 2, 2, merge_type=MergeType.merge_rows)
    assert len(entry(sheet)["merges"]) == 2
    sheet.merge_cells("A1:B2")
    assert len(entry(sheet)["merges"]) == 1
    sheet.update_acell("C2", "x")
    filled = sheet.get("A1:C2", combine_merged_cells=True, pad_values=True)
    assert filled == [["42", "42", ""], ["42", "42", "x"]]
    with pytest.raises(APIError, match="You must select all cells in a merged range"):
        sheet.merge_cells("B2:C3")
    sheet.batch_merge([{"range": "D1:E1"}, {"range": "D2:D3", "mergeType": MergeType.merge_all}])
    assert len(entry(sheet)["merges"]) == 3
    sheet.unmerge_cells("A1:E3")
    assert "merges" not in entry(sheet)


def test_dimensions_are_grouped_hidden_and_fitted(book, sheet):
    sheet.add_dimension_group_columns(0, 2)
    sheet.add_dimension_group_rows(1, 3)
    column = {"range": {"dimension": "COLUMNS", "startIndex": 0, "endIndex": 2}, "depth": 1}
    assert sheet.list_dimension_group_columns() == [column]
    assert sheet.list_dimension_group_rows()[0]["range"]["dimension"] == "ROWS"
    sheet.delete_dimension_group_columns(0, 2)
    sheet.delete_dimension_group_rows(1, 3)
    assert (sheet.list_dimension_group_columns(), sheet.list_dimension_group_rows()) == ([], [])
    fields = {"fields": "sheets.data(columnMetadata,rowMetadata)"}
    sheet.hide_columns(0, 2)
    sheet.hide_rows(3, 4)
    data = book.fetch_sheet_metadata(fields)["sheets"][0]["data"][0]
    assert data["columnMetadata"][1:3] == [{"pixelSize": 100, "hiddenByUser": True}, {"pixelSize": 100}]
    assert data["rowMetadata"][3] == {"pixelSize": 21, "hiddenByUser": True}
    sheet.unhide_columns(0, 2)
    sheet.unhide_rows(3, 4)
    sheet.update_acell("A1", "A" * 1_024)
    sheet.columns_auto_resize(0, 1)
    sheet.rows_auto_resize(0, 1)
    data = book.fetch_sheet_metadata(fields)["sheets"][0]["data"][0]
    assert data["columnMetadata"][0]["pixelSize"] > 5_000
    assert data["columnMetadata"][1] == {"pixelSize": 100}
    assert len(data["rowMetadata"]) == 1_000


def test_ranges_are_copied_cut_validated_and_tabs_doubled(loopback, book, sheet):
    sheet.update([["A1", "=1+1"], ["A2"]], "A1", raw=False)
    sheet.copy_range("A1:A2", "C1:C2")
    sheet.copy_range("A1:B1", "E1", PasteType.values, PasteOrientation.transpose)
    assert sheet.get("C1:E2", value_render_option=ValueRenderOption.formula) == [["A1", "", "A1"], ["A2", "", 2]]
    sheet.cut_range("A1:A2", "G1")
    assert (sheet.get("A1:A2"), sheet.col_values(7)) == ([[]], ["A1", "A2"])
    sheet.add_validation("A1", ValidationConditionType.number_greater, ["10"], strict=True, inputMessage="over 10")
    assert sheet.duplicate(new_sheet_id=7, new_sheet_name="Twin", insert_sheet_index=1).id == 7
    other = loopback_client(loopback.url).create("Other")
    copied = sheet.copy_to(other.id)
    assert (copied["title"], copied["index"], copied["sheetType"]) == ("Copy of Sheet1", 1, "GRID")
    assert other.export(ExportFormat.CSV) == b""
