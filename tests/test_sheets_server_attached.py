"""Copies of tabs and cells, and what is attached to a tab, as the real gspread asks for them."""

import gspread
import pytest
from gspread.exceptions import APIError
from gspread.utils import ValidationConditionType

from tests.sheets_server import loopback_client


@pytest.fixture
def book(loopback):
    return loopback_client(loopback.url).create("Attached")


@pytest.fixture
def tab(book):
    book.sheet1.update([["a", "b"], ["c", "d"]], "A1")
    return book.sheet1


def test_a_tab_is_duplicated_and_copied_to_another_spreadsheet(loopback, book, tab):
    assert tab.duplicate(new_sheet_name="Twin").get_all_values() == [["a", "b"], ["c", "d"]]
    with pytest.raises(APIError, match="already exists"):
        tab.duplicate(new_sheet_name="twin")
    other = loopback_client(loopback.url).create("Other")
    assert tab.copy_to(other.id)["title"] == "Copy of Sheet1"
    assert other.worksheet("Copy of Sheet1").acell("B2").value == "d"


def test_a_named_range_is_read_by_its_name_and_deleted(book, tab):
    tab.define_named_range("A2:B2", "second")
    assert tab.get("second") == [["c", "d"]]
    assert book.values_get("second")["range"] == "Sheet1!A2:B2"
    (named,) = book.list_named_ranges()
    tab.delete_named_range(named["namedRangeId"])
    assert book.list_named_ranges() == []
    with pytest.raises(APIError, match="Unable to parse range"):
        book.values_get("second")


def test_a_protected_range_is_deleted_once(book, tab):
    tab.add_protected_range("A1:B1", [])
    (protected,) = book.list_protected_ranges(tab.id)
    tab.delete_protected_range(protected["protectedRangeId"])
    assert book.list_protected_ranges(tab.id) == []
    with pytest.raises(APIError, match="No protected range"):
        tab.delete_protected_range(protected["protectedRangeId"])


def test_merged_cells_keep_the_first_value(book, tab):
    tab.merge_cells("A1:B2")
    assert book.values_get("Sheet1")["values"] == [["a"]]
    merges = book.fetch_sheet_metadata()["sheets"][0]["merges"]
    # The number 0 of the first tab is left out, as every zero of Google's is.
    assert merges == [{"startRowIndex": 0, "startColumnIndex": 0, "endRowIndex": 2, "endColumnIndex": 2}]
    tab.unmerge_cells("A1:B2")
    assert "merges" not in book.fetch_sheet_metadata()["sheets"][0]


def test_filters_and_groups_come_and_go(book, tab):
    tab.set_basic_filter("A1:B2")
    assert "basicFilter" in book.fetch_sheet_metadata()["sheets"][0]
    tab.clear_basic_filter()
    assert "basicFilter" not in book.fetch_sheet_metadata()["sheets"][0]
    tab.add_dimension_group_rows(1, 3)
    assert [group["depth"] for group in tab.list_dimension_group_rows()] == [1]
    tab.delete_dimension_group_rows(1, 3)
    assert tab.list_dimension_group_rows() == []


def test_ranges_are_copied_and_cut(tab):
    tab.copy_range("A1:B1", "D1:E1")
    tab.cut_range("A2:B2", "D3")
    assert tab.get("D1:E3") == [["a", "b"], [], ["c", "d"]]
    assert tab.get("A2:B2") == [[]]


def test_a_validation_leaves_the_values(tab):
    tab.add_validation("A1:A2", ValidationConditionType.one_of_list, ["a", "c"])
    assert tab.get("A1:A2") == [["a"], ["c"]]


def test_cells_and_metadata_and_replacements_are_answered_in_order(book, tab):
    metadata = {
        "metadataKey": "key",
        "metadataValue": "value",
        "visibility": "DOCUMENT",
        "location": {"sheetId": tab.id},
    }
    replies = book.batch_update(
        {
            "requests": [
                {"appendCells": {
                    "sheetId": tab.id, "fields": "*",
                    "rows": [{"values": [{"userEnteredValue": {"stringValue": "end"}}]}],
                }},
                {"createDeveloperMetadata": {"developerMetadata": metadata}},
                {"findReplace": {"find": "A", "replacement": "z", "sheetId": tab.id}},
            ]
        }
    )["replies"]  # fmt: skip
    assert replies[0] == {}
    assert replies[1]["createDeveloperMetadata"]["developerMetadata"]["metadataKey"] == "key"
    assert replies[2]["findReplace"] == {
        "valuesChanged": 1, "rowsChanged": 1, "sheetsChanged": 1, "occurrencesChanged": 1,
    }  # fmt: skip
    assert tab.get_all_values() == [["z", "b"], ["c", "d"], ["end", ""]]


def test_what_is_attached_goes_back_with_a_refused_batch(book, tab):
    area = {"sheetId": tab.id, "startRowIndex": 0, "endRowIndex": 1}
    named = {"addNamedRange": {"namedRange": {"name": "kept", "range": area}}}
    with pytest.raises(gspread.exceptions.APIError):
        book.batch_update({"requests": [named, {"mergeCells": {"range": area}}, {"deleteSheet": {"sheetId": 99}}]})
    assert book.list_named_ranges() == []
    assert "merges" not in book.fetch_sheet_metadata()["sheets"][0]


def formulas(tab, place):
    return tab.get(place, value_render_option="FORMULA")


def test_formulas_follow_a_renamed_tab(book, tab):
    other = book.add_worksheet("Other", 2, 5)
    other.update(
        [["=Sheet1!A1", "='Sheet1'!A1:B1", '="Sheet1!A1"', "=MySheet1!A1", "=sheet1!$B$2&Sheet1!A2"]], "A1", raw=False
    )
    tab.update_title("It's new")
    assert formulas(other, "A1:E1") == [
        ["='It''s new'!A1", "='It''s new'!A1:B1", '="Sheet1!A1"', "=MySheet1!A1", "='It''s new'!$B$2&'It''s new'!A2"]
    ]
    assert other.acell("E1").value == "dc"
    book.worksheet("It's new").update_title("Plain")
    assert formulas(other, "A1") == [["=Plain!A1"]]


def test_formulas_follow_cells_that_are_cut_and_pasted(book, tab):
    other = book.add_worksheet("Other", 2, 2)
    tab.update([["=A1&$B$2", "=COUNTA(A1:B2)", "=A1:A5", "=A9"]], "D1", raw=False)
    other.update([["=Sheet1!A2", "=A2"]], "A1", raw=False)
    tab.cut_range("A1:B2", "A4")
    assert formulas(tab, "D1:G1") == [["=A4&$B$5", "=COUNTA(A4:B5)", "=A1:A5", "=A9"]]
    assert formulas(other, "A1:B1") == [["=Sheet1!A5", "=A2"]]
    assert tab.get("D1:E1") == [["ad", "4"]]
    tab.cut_range("D1:E1", "D2")
    assert formulas(tab, "D2:E2") == [["=A4&$B$5", "=COUNTA(A4:B5)"]]
