"""The loopback server answers gspread's reading and writing of values as Google does."""

import gspread
import pytest
from gspread.exceptions import APIError

from tests.sheets_server import loopback_client
from tests.sheets_server.a1 import Area, column_letters, column_number, format_a1, parse_a1


@pytest.fixture
def sheet(loopback) -> gspread.Worksheet:
    """An empty tab of 20 rows and 10 columns in a spreadsheet of its own."""
    spreadsheet = loopback_client(loopback.url).create("Values")
    tab = spreadsheet.sheet1
    tab.resize(rows=20, cols=10)
    return tab


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("Tab", Area("Tab")),
        ("Tab!A1", Area("Tab", 0, 0, 1, 1)),
        ("'My ''tab'!B2:D5", Area("My 'tab", 1, 1, 5, 4)),
        ("'My ''tab'", Area("My 'tab")),
        ("Tab!A:C", Area("Tab", 0, 0, None, 3)),
        ("Tab!2:7", Area("Tab", 1, 0, 7, None)),
        ("Tab!A2:2", Area("Tab", 1, 0, 2, None)),
        ("Tab!B3:B", Area("Tab", 2, 1, None, 2)),
        ("Tab!D5:B2", Area("Tab", 1, 1, 5, 4)),
        ("$A$1:$B$2", Area("Tab", 0, 0, 2, 2)),
        ("Tab!AA10", Area("Tab", 9, 26, 10, 27)),
        ("'B2'", Area("B2")),
        ("'B2'!A1", Area("B2", 0, 0, 1, 1)),
        ("B2", Area("Tab", 1, 1, 2, 2)),
    ],
)
def test_a1_ranges_in_all_forms(text, area):
    assert parse_a1(text, ["Tab", "My 'tab", "B2"]) == area


@pytest.mark.parametrize("text", ["Nowhere!A1", "Tab!", "Tab!1A", "Tab!A0", "Tab!A", "Tab!A1:", "Other"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(ValueError, match="Unable to parse range"):
        parse_a1(text, ["Tab"])


def test_columns_have_letters_and_titles_are_quoted_where_they_must_be():
    assert [column_letters(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(column_number(column_letters(number)) == number for number in range(2_000))
    assert format_a1("My tab", 0, 0, 2, 3) == "'My tab'!A1:C2"
    assert format_a1("Sheet1", 0, 0, 1, 1) == "Sheet1!A1"
    assert format_a1("AB12", 0, 0, 1, 1) == "'AB12'!A1"


def test_trailing_empty_rows_and_cells_are_trimmed(sheet):
    sheet.update([["a", 1, ""], ["", "", ""], ["b", 2.5, True], ["", "", ""]], "A1")
    assert sheet.get("A1:C4", value_render_option="UNFORMATTED_VALUE") == [["a", 1], [], ["b", 2.5, True]]
    assert sheet.get_all_values() == [["a", "1", ""], ["", "", ""], ["b", "2.5", "TRUE"]]
    assert sheet.get("A1:C3", major_dimension="COLUMNS") == [["a", "", "b"], ["1", "", "2.5"], ["", "", "TRUE"]]
    assert sheet.spreadsheet.values_get("Sheet1!E1:F2") == {"range": "Sheet1!E1:F2", "majorDimension": "ROWS"}


def test_a_range_is_cut_to_the_grid_and_refused_outside(sheet):
    assert sheet.spreadsheet.values_get("Sheet1")["range"] == "Sheet1!A1:J20"
    assert sheet.spreadsheet.values_get("Sheet1!B2:2")["range"] == "Sheet1!B2:J2"
    assert sheet.spreadsheet.values_get("Sheet1!C:C")["range"] == "Sheet1!C1:C20"
    assert sheet.spreadsheet.values_get("Sheet1!A5:Z99")["range"] == "Sheet1!A5:J20"
    with pytest.raises(APIError, match=r"Range \(Sheet1!A21:B22\) exceeds grid limits. Max rows: 20, max columns: 10"):
        sheet.spreadsheet.values_get("Sheet1!A21:B22")


def test_raw_stays_text_and_user_entered_is_read(sheet):
    sheet.update([["=1+1", "7", "TRUE"]], "A1", raw=True)
    sheet.update([["=1+1", "7", "TRUE", "12.5%", "'7", "1,250", "x"]], "A2", raw=False)
    assert sheet.get("A1:C1", value_render_option="UNFORMATTED_VALUE") == [["=1+1", "7", "TRUE"]]
    assert sheet.get("A2:G2", value_render_option="UNFORMATTED_VALUE") == [[2, 7, True, 0.125, "7", 1250, "x"]]
    assert sheet.acell("A2", value_render_option="FORMULA").value == "=1+1"
    sheet.update([["=1/0", "=SUM(A1)"]], "A3", raw=False)
    assert sheet.get("A3:B3") == [["#DIV/0!", "0"]]


def test_an_update_says_what_it_changed(sheet):
    answer = sheet.update([["a", "b"], ["c"]], "B2", include_values_in_response=True)
    assert {name: answer[name] for name in answer if name not in ("spreadsheetId", "updatedData")} == {
        "updatedRange": "Sheet1!B2:C3", "updatedRows": 2, "updatedColumns": 2, "updatedCells": 3,
    }  # fmt: skip
    assert answer["updatedData"]["values"] == [["a", "b"], ["c"]]
    assert "updatedCells" not in sheet.update([[]], "A1")


def test_null_leaves_a_cell_and_empty_text_empties_it(sheet):
    sheet.update([["a", "b", "c"]], "A1")
    sheet.update([[None, "", "C"]], "A1")
    assert sheet.get("A1:C1") == [["a", "", "C"]]


def test_columns_can_be_written(sheet):
    sheet.update([["a", "b"], ["c", "d"]], "A1", major_dimension="COLUMNS")
    assert sheet.get("A1:B2") == [["a", "c"], ["b", "d"]]


@pytest.mark.parametrize(
    ("where", "values", "message"),
    [
        ("A21", [["x"]], r"Range \(Sheet1!A21\) exceeds grid limits. Max rows: 20, max columns: 10"),
        ("J20", [["x", "y"]], r"within range \['Sheet1'!J20\], but tried writing to column \[K\]"),
        ("A1:K1", [["x"] * 11], "exceeds grid limits"),
        ("A1:B1", [["x", "y", "z"]], r"within range \['Sheet1'!A1:B1\], but tried writing to column \[C\]"),
        ("A1:B1", [["x"], ["y"]], r"within range \['Sheet1'!A1:B1\], but tried writing to row \[2\]"),
        ("A:B", [["x"]] * 21, r"tried writing to row \[21\]"),
        ("A1", [["x" * 50_001]], "maximum of 50000 characters in a single cell"),
        ("A1", [[{"a": 1}]], "Invalid values"),
    ],
)
def test_what_does_not_fit_is_refused_as_a_whole(sheet, where, values, message):
    sheet.update([["before"]], "A1")
    with pytest.raises(APIError, match=message) as caught:
        sheet.update(values, where)
    assert caught.value.response.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert sheet.get_all_values() == [["before"]]


def test_append_goes_below_the_table_and_says_where(sheet):
    first = sheet.append_row(["a", "", "c"])
    assert first["updates"] | {"spreadsheetId": ""} == {
        "spreadsheetId": "", "updatedRange": "Sheet1!A1:C1", "updatedRows": 1, "updatedColumns": 3, "updatedCells": 3,
    }  # fmt: skip
    assert "tableRange" not in first
    # An empty cell parts the row into two tables: the last one is appended to.
    second = sheet.append_rows([["d"], ["e"]])
    assert (second["tableRange"], second["updates"]["updatedRange"]) == ("Sheet1!C1", "Sheet1!C2:C3")
    third = sheet.append_row(["f"], table_range="A1")
    assert (third["tableRange"], third["updates"]["updatedRange"]) == ("Sheet1!A1", "Sheet1!A2")


def two_tables(sheet):
    """Tables in A1:C2 and B4:D6, as in Google's guide to appending."""
    sheet.batch_update([{"range": "A1:C2", "values": [["x"] * 3] * 2}, {"range": "B4:D6", "values": [["y"] * 3] * 3}])


@pytest.mark.parametrize(
    ("searched", "written"),
    [
        (None, "Sheet1!B7"), ("B4", "Sheet1!B7"), ("C5:D5", "Sheet1!B7"), ("B2:D4", "Sheet1!B7"),
        ("A3:G10", "Sheet1!B7"), ("A1", "Sheet1!A3"), ("E4", "Sheet1!E4"), ("A4", "Sheet1!A4"),
    ],
)  # fmt: skip
def test_append_finds_the_table_as_googles_guide_says(sheet, searched, written):
    two_tables(sheet)
    assert sheet.append_row(["new"], table_range=searched)["updates"]["updatedRange"] == written


def test_append_grows_the_grid_and_can_insert_rows(sheet):
    two_tables(sheet)
    sheet.append_row(["new"], table_range="A1", insert_data_option="INSERT_ROWS")
    assert sheet.row_values(3) == ["new"]
    assert sheet.row_values(5) == ["", "y", "y", "y"]
    sheet.append_rows([["z"]] * 30)
    assert sheet.spreadsheet.sheet1.row_count == 37


def test_batches_read_write_and_clear(sheet):
    answer = sheet.batch_update([{"range": "A1:B1", "values": [[1, 2]]}, {"range": "A2", "values": [[3]]}])
    totals = {name: answer[name] for name in answer if name.startswith("total")}
    assert totals == {
        "totalUpdatedRows": 2, "totalUpdatedColumns": 2, "totalUpdatedCells": 3, "totalUpdatedSheets": 1,
    }  # fmt: skip
    assert [each["updatedRange"] for each in answer["responses"]] == ["Sheet1!A1:B1", "Sheet1!A2"]
    assert sheet.batch_get(["A1:B1", "A2"]) == [[["1", "2"]], [["3"]]]
    assert sheet.batch_clear(["A1", "B1:B99"])["clearedRanges"] == ["Sheet1!A1", "Sheet1!B1:B20"]
    assert sheet.get_all_values() == [[""], ["3"]]
    assert sheet.clear()["clearedRange"] == "Sheet1!A1:J20"
    assert sheet.get_all_values() == [[]]


def test_a_batch_with_one_bad_range_changes_nothing(sheet):
    with pytest.raises(APIError, match=r"Invalid data\[1\]: Range"):
        sheet.batch_update([{"range": "A1", "values": [[1]]}, {"range": "A99", "values": [[3]]}])
    assert sheet.get_all_values() == [[]]
