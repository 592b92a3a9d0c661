"""Google's own client library against the loopback server, and the number formats that its cells are shown in."""

import httplib2
import httpx
import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from tests.sheets_server import LoopbackSheets

BOOK = "/v4/spreadsheets/book-1"


@pytest.fixture(scope="module")
def server():
    with LoopbackSheets() as sheets:
        yield sheets


@pytest.fixture(scope="module")
def google(server):
    """The spreadsheets resource of google-api-python-client."""
    options = {"api_endpoint": server.url}
    return build("sheets", "v4", http=httplib2.Http(), static_discovery=True, client_options=options).spreadsheets()


def test_googles_own_client_reads_and_writes(google):
    made = google.create(body={"properties": {"title": "Made"}}, fields="spreadsheetId,sheets.properties").execute()
    book = {"spreadsheetId": made["spreadsheetId"]}
    assert made["sheets"][0]["properties"]["title"] == "Sheet1"
    adding = {"requests": [{"addSheet": {"properties": {"title": "a/b: c"}}}]}
    assert google.batchUpdate(**book, body=adding).execute()["replies"][0]["addSheet"]["properties"]["index"] == 1
    writing = {"range": "'a/b: c'!A1", "valueInputOption": "USER_ENTERED", "body": {"values": [["=1+1", "x"]]}}
    assert google.values().update(**book, **writing).execute()["updatedRange"] == "'a/b: c'!A1:B1"
    assert google.values().get(**book, range="'a/b: c'!A1:B1").execute()["values"] == [["2", "x"]]
    assert google.values().clear(**book, range="'a/b: c'!B:B").execute()["clearedRange"] == "'a/b: c'!B1:B1000"
    ranges = [f"'a/b: c'!A{row}" for row in range(1, 200)]  # too long for an address
    assert len(google.values().batchGet(**book, ranges=ranges).execute()["valueRanges"]) == 199


def test_googles_own_client_understands_the_errors(google):
    with pytest.raises(HttpError) as caught:
        google.values().get(spreadsheetId="book-1", range="Nowhere!A1").execute()
    assert (caught.value.status_code, caught.value.reason) == (400, "Unable to parse range: Nowhere!A1")
    with pytest.raises(HttpError) as caught:
        google.batchUpdate(spreadsheetId="book-1", body={"requests": [{"addSheets": {}}]}).execute()
    assert caught.value.error_details[0]["fieldViolations"][0]["field"] == "requests[0]"


def test_what_another_owns_is_forbidden(server, google):
    server.books["private"] = type(server.book)("private", "Private")
    server.books["private"].owner = "another@example.org"
    with pytest.raises(HttpError, match="The caller does not have permission") as caught:
        google.get(spreadsheetId="private").execute()
    assert caught.value.status_code == 403


@pytest.mark.parametrize(
    ("kind", "pattern", "number", "shown"),
    [
        ("NUMBER", "", 1234.5, "1,234.50"), ("NUMBER", "0.000", 1 / 3, "0.333"),
        ("NUMBER", "#,##0", 1234567.5, "1,234,568"),
        ("NUMBER", "00000", 42, "00042"),
        ("NUMBER", "#,##0.00;(#,##0.00)", -5, "(5.00)"), ("NUMBER", "0.##", 5.25, "5.25"),
        ("NUMBER", '0.0" kg"', 2, "2.0 kg"), ("PERCENT", "0.0%", 0.1234, "12.3%"), ("CURRENCY", "", -2, "-$2.00"),
        ("SCIENTIFIC", "0.00E+00", 0.00012, "1.20E-04"), ("DATE", "yyyy-mm-dd", 45322, "2024-01-31"),
        ("DATE", "dddd, mmmm d", 45322, "Wednesday, January 31"), ("DATE", "mmm yy", 45322, "Jan 24"),
        ("DATE_TIME", "yyyy-mm-dd hh:mm:ss", 45322.5, "2024-01-31 12:00:00"), ("TIME", "h:mm am/pm", 0.75, "6:00 PM"),
        ("TIME", "[h]:mm", 1.5, "36:00"), ("TEXT", "@", 7, "7"),
    ],
)  # fmt: skip
def test_a_number_is_shown_in_its_format(server, kind, pattern, number, shown):
    style = {"numberFormat": {"type": kind, "pattern": pattern}}
    cell = {"userEnteredValue": {"numberValue": number}, "userEnteredFormat": style}
    change = {"updateCells": {"rows": [{"values": [cell]}], "start": {}, "fields": "*"}}
    httpx.post(f"{server.url}{BOOK}:batchUpdate", json={"requests": [change]}).raise_for_status()
    assert httpx.get(f"{server.url}{BOOK}/values/A1").json()["values"] == [[shown]]


def test_what_is_typed_into_a_text_cell_stays_text(server):
    style = {"userEnteredFormat": {"numberFormat": {"type": "TEXT"}}}
    area = {"startRowIndex": 8, "endRowIndex": 9}
    change = {"repeatCell": {"range": area, "cell": style, "fields": "userEnteredFormat.numberFormat"}}
    httpx.post(f"{server.url}{BOOK}:batchUpdate", json={"requests": [change]}).raise_for_status()
    query = {"valueInputOption": "USER_ENTERED", "includeValuesInResponse": True}
    query |= {"responseValueRenderOption": "UNFORMATTED_VALUE"}
    answer = httpx.put(f"{server.url}{BOOK}/values/A9", params=query, json={"values": [["007", "=1+1"]]}).json()
    assert answer["updatedData"]["values"] == [["007", "=1+1"]]
