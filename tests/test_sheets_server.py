"""The loopback server answers gspread as Google does."""

import gspread
import pytest
import requests
from gspread.exceptions import APIError

from survey.sheets.client import GOOGLE, _OtherHost
from tests.sheets_server import Fault, LoopbackSheets
from tests.sheets_server.a1 import Area, column_letters, column_number, format_a1, parse_a1


@pytest.fixture
def sheets():
    with LoopbackSheets() as server:
        yield server


@pytest.fixture
def spreadsheet(sheets):
    session = requests.Session()
    session.mount(GOOGLE, _OtherHost(sheets.url))
    return gspread.Client(auth=None, session=session).open_by_key("book-1")


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("Tab", Area("Tab")),
        ("Tab!A1", Area("Tab", 0, 0, 1, 1)),
        ("'My ''tab'!B2:D5", Area("My 'tab", 1, 1, 5, 4)),
        ("Tab!A:C", Area("Tab", 0, 0, None, 3)),
        ("Tab!2:7", Area("Tab", 1, 0, 7, None)),
        ("Tab!B3:B", Area("Tab", 2, 1, None, 2)),
        ("$A$1:$B$2", Area("Tab", 0, 0, 2, 2)),
        ("Tab!AA10", Area("Tab", 9, 26, 10, 27)),
    ],
)
def test_a1_ranges_in_all_forms(text, area):
    assert parse_a1(text, ["Tab", "My 'tab"]) == area


@pytest.mark.parametrize("text", ["Nowhere!A1", "Tab!", "Tab!1A", "Tab!A0", "Tab!A"])
def test_what_is_no_range_is_refused(text):
    with pytest.raises(ValueError, match="Unable to parse range"):
        parse_a1(text, ["Tab"])


def test_columns_have_letters():
    assert [column_letters(number) for number in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert all(column_number(column_letters(number)) == number for number in range(2_000))
    assert format_a1("My tab", 0, 0, 2, 3) == "'My tab'!A1:C2"


def test_values_come_back_with_trailing_empties_trimmed(spreadsheet):
    sheet = spreadsheet.sheet1
    sheet.update([["a", 1, ""], ["", "", ""], ["b", 2.5, True], ["", "", ""]], "A1")
    assert sheet.get_all_values() == [["a", "1", ""], ["", "", ""], ["b", "2.5", "TRUE"]]
    assert sheet.get("A1:C3", value_render_option="UNFORMATTED_VALUE") == [["a", 1], [], ["b", 2.5, True]]
    assert sheet.get("A1:C3", major_dimension="COLUMNS")[0] == ["a", "", "b"]


def test_raw_stays_text_and_user_entered_runs(spreadsheet):
    sheet = spreadsheet.sheet1
    sheet.update([["=1+1"]], "A1", raw=True)
    sheet.update([["=1+1", "7"]], "A2", raw=False)
    assert sheet.get("A1:B2", value_render_option="FORMULA") == [["=1+1"], ["=1+1", 7]]
    assert sheet.acell("A1").value == "=1+1"
    assert sheet.acell("A2").value != "=1+1"


def test_append_adds_below_the_last_row_and_says_where(spreadsheet):
    sheet = spreadsheet.sheet1
    first = sheet.append_row(["a", "b"])
    second = sheet.append_rows([["c"], ["d"]])
    assert first["updates"]["updatedRange"] == "Sheet1!A1:B1"
    assert (second["updates"]["updatedRange"], second["updates"]["updatedRows"]) == ("Sheet1!A2:A3", 2)


def test_a_write_outside_the_grid_is_refused_as_a_whole(spreadsheet):
    sheet = spreadsheet.sheet1
    with pytest.raises(APIError, match="exceeds grid limits") as caught:
        sheet.update([["x"]], "A1001")
    assert caught.value.response.json()["error"]["status"] == "INVALID_ARGUMENT"
    body = {
        "requests": [
            {"addSheet": {"properties": {"title": "New"}}},
            {"updateCells": {"start": {"sheetId": 0, "rowIndex": 5_000}, "rows": [{}], "fields": "userEnteredValue"}},
        ]
    }
    with pytest.raises(APIError, match="beyond the last"):
        spreadsheet.batch_update(body)
    assert [each.title for each in spreadsheet.worksheets()] == ["Sheet1"]


def test_tabs_are_added_once(spreadsheet):
    added = spreadsheet.add_worksheet("New tab", rows=5, cols=3)
    assert (added.row_count, added.col_count) == (5, 3)
    added.add_rows(2)
    assert spreadsheet.worksheet("New tab").row_count == 7
    with pytest.raises(APIError, match="already exists"):
        spreadsheet.add_worksheet("New tab", rows=5, cols=3)


def test_a_body_that_google_does_not_know_is_refused(spreadsheet):
    with pytest.raises(APIError, match="Unknown name"):
        spreadsheet.batch_update({"requests": [{"addSheet": {"properties": {"colour": "red"}}}]})
    with pytest.raises(APIError, match="Invalid value"):
        spreadsheet.batch_update({"requests": [{"addSheet": {"properties": {"title": 5}}}]})


def test_an_unknown_spreadsheet_is_404(sheets):
    answer = requests.get(f"{sheets.url}/v4/spreadsheets/nothing", timeout=5)
    assert answer.json() == {
        "error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}
    }


def test_planned_faults_happen_once_each(spreadsheet, sheets):
    sheets.faults.extend([Fault(429, retry_after=3), Fault(reset="after"), Fault(reset="before")])
    with pytest.raises(APIError) as caught:
        spreadsheet.sheet1.append_row(["a"])
    assert (caught.value.response.status_code, caught.value.response.headers["Retry-After"]) == (429, "3")


def test_a_reset_after_the_change_leaves_it_applied(spreadsheet, sheets):
    sheet = spreadsheet.sheet1
    for reset in ("before", "after"):
        sheets.faults.append(Fault(reset=reset))
        with pytest.raises(requests.ConnectionError):
            sheet.append_row([reset])
    assert sheets.rows("Sheet1") == [["after"]]


def test_the_quota_is_kept_per_minute():
    with LoopbackSheets(per_minute=2) as sheets:
        statuses = [requests.get(f"{sheets.url}/v4/spreadsheets/book-1", timeout=5).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
