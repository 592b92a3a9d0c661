"""Every public method of gspread's Client, Spreadsheet and Cell against the loopback server."""

import inspect
import io
import re
from pathlib import Path

import gspread
import openpyxl
import pytest
from gspread import Cell
from gspread.exceptions import APIError, WorksheetNotFound
from gspread.utils import ExportFormat

from tests.sheets_server import loopback_client
from tests.sheets_server.book import Spreadsheet


@pytest.fixture
def server(loopback):
    return loopback


@pytest.fixture
def client(server):
    return loopback_client(server.url)


@pytest.fixture
def book(client):
    return client.create("A book")


def test_files_are_made_listed_and_opened(client, book):
    assert re.fullmatch(r"[\w-]{44}", book.id)
    for found in (client.open("A book"), client.open_by_key(book.id), client.open_by_url(book.url)):
        assert (found.id, found.title, found.locale, found.timezone) == (book.id, "A book", "en_US", "Etc/GMT")
    assert {each.title for each in client.openall()} == {"Compati", "A book"}
    assert [each.id for each in client.openall("A book")] == [book.id]
    (file,) = client.list_spreadsheet_files("A book")
    assert file.keys() == {"id", "name", "createdTime", "modifiedTime"}
    assert client.get_file_drive_metadata(book.id)["createdTime"] == book.creationTime
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open("No such title")
    with pytest.raises(gspread.SpreadsheetNotFound):
        client.open_by_key("test")


def test_names_with_quotes_are_found_and_folders_kept(client):
    client.create("It's \\ so", folder_id="folder-1")
    (file,) = client.list_spreadsheet_files(folder_id="folder-1")
    assert file["name"] == "It's \\ so"
    assert client.list_spreadsheet_files(folder_id="folder-2") == []


def test_more_files_than_a_page_holds_are_all_listed(client, server):
    server.books |= {f"many-{number}": Spreadsheet(f"many-{number}", "Many") for number in range(1_050)}
    assert len(client.list_spreadsheet_files("Many")) == 1_050
    assert server.requests["drive"] == 2


def test_a_spreadsheet_is_copied_with_its_permissions_and_filled_and_deleted(client, book):
    book.sheet1.update([["kept"]], "A1")
    book.share("someone@example.org", perm_type="user", role="writer", notify=False)
    copied = client.copy(book.id, "The copy", copy_permissions=True, folder_id="elsewhere")
    assert copied.sheet1.acell("A1").value == "kept"
    assert copied.fetch_sheet_metadata()["sheets"] == book.fetch_sheet_metadata()["sheets"]
    assert "someone@example.org" in {each.get("emailAddress") for each in copied.list_permissions()}
    assert client.copy(book.id).title == "Copy of A book"
    answer = client.import_csv(book.id, 'a,"b, c"\n1,2024-01-31\n')
    assert client.open_by_key(book.id).sheet1.get_all_values() == [["a", "b, c"], ["1", "2024-01-31"]]
    # It is converted anew: one tab with an id of its own that is called like the file, in Google's own time zone.
    (tab,) = client.open_by_key(book.id).worksheets()
    assert tab.title == "A book"
    assert tab.id
    assert (answer["title"], answer["userPermission"]["role"]) == ("A book", "owner")
    assert client.open_by_key(book.id).timezone == "America/Los_Angeles"
    client.del_spreadsheet(book.id)
    with pytest.raises(APIError) as caught:
        client.del_spreadsheet(book.id)
    assert caught.value.error["errors"][0]["reason"] == "notFound"


def test_a_spreadsheet_is_exported(client, book):
    book.sheet1.update([["a1", "B2"], [1.5, "x"]], "A1")
    assert book.export(ExportFormat.CSV) == b"a1,B2\r\n1.5,x"
    assert client.export(book.id, ExportFormat.TSV) == b"a1\tB2\r\n1.5\tx"
    workbook = openpyxl.load_workbook(io.BytesIO(book.export(ExportFormat.EXCEL)))
    assert [[cell.value for cell in row] for row in workbook["Sheet1"]] == [["a1", "B2"], [1.5, "x"]]
    assert book.export().startswith(b"%PDF")
    url = f"https://www.googleapis.com/drive/v3/files/{book.id}"
    csv = client.http_client.request("get", f"{url}/export", params={"mimeType": "text/csv"})
    assert (csv.headers["content-type"], csv.headers["content-disposition"]) == ("text/csv", "attachment")
    assert client.http_client.request("delete", url).headers["content-type"] == "text/html"


def test_permissions_are_given_listed_and_taken(client, book):
    book.share("someone@example.org", perm_type="user", role="reader", email_message="Hello")
    client.insert_permission(book.id, "example.org", perm_type="domain", role="reader")
    client.insert_permission(book.id, None, perm_type="anyone", role="reader", with_link=True)
    found = client.list_permissions(book.id)
    assert [each["type"] for each in found] == ["user", "user", "domain", "anyone"]
    assert found[3]["id"] == "anyoneWithLink"
    assert book.remove_permissions("someone@example.org", role="reader") == [found[1]["id"]]
    client.remove_permission(book.id, "anyoneWithLink")
    assert [each["role"] for each in book.list_permissions()] == ["owner", "reader"]
    with pytest.raises(APIError, match="transferOwnership"):
        book.share("new@example.org", perm_type="user", role="owner")
    book.share("new@example.org", perm_type="user", role="writer")
    new = book.list_permissions()[-1]["id"]
    assert book.transfer_ownership(new).json()["pendingOwner"] is True
    book.accept_ownership(new)
    assert {each["id"]: each["role"] for each in book.list_permissions()}[new] == "owner"


def test_what_is_not_shared_is_forbidden_and_what_is_read_only_cannot_be_changed(server, book):
    other = loopback_client(server.url)
    other.http_client.session.headers["Authorization"] = "Bearer reader@example.org"
    with pytest.raises(PermissionError):
        other.open_by_key(book.id)
    assert other.list_spreadsheet_files() == []
    book.share("reader@example.org", perm_type="user", role="reader")
    shared = other.open("A book")
    assert shared.sheet1.get_all_values() == [[]]
    with pytest.raises(APIError, match="The caller does not have permission") as caught:
        shared.sheet1.append_row(["x"])
    assert (caught.value.code, caught.value.error["status"]) == (403, "PERMISSION_DENIED")


def test_tabs_are_found_added_ordered_and_deleted(book):
    assert [tab.title for tab in book] == ["Sheet1"]
    first = book.sheet1
    second = book.add_worksheet("Second", 10, 5, index=0)
    third = book.duplicate_sheet(first.id, insert_sheet_index=2, new_sheet_name="Third")
    assert [tab.id for tab in book.worksheets()] == [second.id, first.id, third.id]
    assert (book.get_worksheet(1).id, book.get_worksheet_by_id(str(second.id)).title) == (first.id, "Second")
    assert book.worksheet("Third").id == third.id
    book.reorder_worksheets([third, second])
    assert [tab.title for tab in book.worksheets()] == ["Third", "Second", "Sheet1"]
    second.hide()
    assert [tab.title for tab in book.worksheets(exclude_hidden=True)] == ["Third", "Sheet1"]
    book.del_worksheet(second)
    book.del_worksheet_by_id(third.id)
    for missing in (
        lambda: book.worksheet("Second"),
        lambda: book.get_worksheet(9),
        lambda: book.get_worksheet_by_id(9),
    ):
        with pytest.raises(WorksheetNotFound):
            missing()
    with pytest.raises(APIError, match="You can't remove all the sheets in a document"):
        book.del_worksheet(first)
    assert repr(book) == f"<Spreadsheet 'A book' id:{book.id}>"


def test_values_are_read_and_written_below_the_worksheets(book):
    tab = book.add_worksheet("🌵 1", 10, 10)
    values = [["🍇", "🍉", "🍋"], ["🍐", "🍎", "🍓"]]
    book.values_update("🌵 1!A1", params={"valueInputOption": "RAW"}, body={"values": values})
    assert book.values_get("🌵 1") == {"range": "'🌵 1'!A1:J10", "majorDimension": "ROWS", "values": values}
    found = book.values_batch_get([f"🌵 1!{column}:{column}" for column in "ABC"])["valueRanges"]
    assert [each["values"] for each in found] == [[["🍇"], ["🍐"]], [["🍉"], ["🍎"]], [["🍋"], ["🍓"]]]
    book.values_append("🌵 1", {"valueInputOption": "RAW"}, {"values": [["new"]]})
    book.values_batch_update({"valueInputOption": "RAW", "data": [{"range": "🌵 1!B3", "values": [["b3"]]}]})
    assert tab.row_values(3) == ["new", "b3"]
    book.values_clear("'🌵 1'!A3")
    book.values_batch_clear(body={"ranges": ["'🌵 1'!1:1"]})
    assert tab.get_all_values() == [["", "", ""], ["🍐", "🍎", "🍓"], ["", "b3", ""]]


def test_a_spreadsheets_own_properties_change(client, book):
    book.update_title("🎊 Updated Title #123 🎉")
    book.update_timezone("Europe/Paris")
    book.update_locale("fr_FR")
    found = book.fetch_sheet_metadata()["properties"]
    assert (found["title"], found["timeZone"], found["locale"]) == ("🎊 Updated Title #123 🎉", "Europe/Paris", "fr_FR")
    assert found["defaultFormat"]["textFormat"]["fontFamily"] == "arial,sans,sans-serif"
    assert found["spreadsheetTheme"]["themeColors"][3]["color"]["rgbColor"]["red"] == 0.91764706
    before = book.get_lastUpdateTime()
    book.sheet1.update([["x"]], "A1")
    assert book.get_lastUpdateTime() > before
    book.update_drive_metadata()
    with pytest.warns(DeprecationWarning):
        assert book.lastUpdateTime == book.get_lastUpdateTime()
    answer = book.batch_update({"requests": [{"addSheet": {}}], "includeSpreadsheetInResponse": True})
    assert answer["replies"][0]["addSheet"]["properties"]["title"] == "Sheet2"
    assert len(answer["updatedSpreadsheet"]["sheets"]) == 2


def test_ranges_are_named_and_protected_in_a_spreadsheet(book):
    book.sheet1.update([["1", "2"]], "B2")
    book.sheet1.define_named_range("B2:C2", "pair")
    assert [cell.value for cell in book.named_range("pair")] == ["1", "2"]
    assert [each["name"] for each in book.list_named_ranges()] == ["pair"]
    book.sheet1.add_protected_range("A1", warning_only=True)
    (protected,) = book.list_protected_ranges(0)
    assert protected["warningOnly"] is True
    with pytest.raises(WorksheetNotFound):
        book.list_protected_ranges(99)


def test_cells_know_their_place_and_number(book):
    book.sheet1.update([["1,000.50"]], "B1", raw=False)
    cell = book.sheet1.find("1,000.50")
    assert (cell.row, cell.col, cell.address, cell.value, cell.numeric_value) == (1, 2, "B1", "1,000.50", 1_000.5)
    assert Cell.from_address("B1", "1,000.50") == cell
    assert Cell(1, 2, "Non-numeric value").numeric_value is None


NOT_ON_THE_WIRE = {"set_timeout", "login", "request", "http_client", "client", "expiry"}


@pytest.mark.parametrize("kind", [gspread.Client, gspread.Spreadsheet, gspread.Worksheet, gspread.Cell])
def test_no_public_method_of_gspread_is_left_out(kind):
    """Each is called somewhere in these tests."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_sheets_server_*.py"))
    public = {name for name, _ in inspect.getmembers(kind) if not name.startswith("_")} - NOT_ON_THE_WIRE
    assert not {name for name in public if not re.search(rf"\.{name}\b", tests)}
