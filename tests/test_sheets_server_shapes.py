"""The loopback server's answers to plain HTTP requests, in the shapes that Google documents and sends."""

import gzip
import json

import httpx
import pytest

from tests.sheets_server import LoopbackSheets

BOOK = "/v4/spreadsheets/book-1"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@pytest.fixture
def server(loopback):
    return loopback


@pytest.fixture
def http(server):
    with httpx.Client(base_url=server.url, timeout=10) as client:
        yield client


def change(http, *requests, **headers):
    return http.post(f"{BOOK}:batchUpdate", json={"requests": list(requests)}, headers=headers)


def enter(http, place, values, option="USER_ENTERED", **query):
    return http.put(f"{BOOK}/values/{place}", params={"valueInputOption": option} | query, json={"values": values})


def area(row, end_row, column, end_column):
    names = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
    return dict(zip(names, (row, end_row, column, end_column), strict=True))


def refused(answer, code=400, status="INVALID_ARGUMENT"):
    """The sentence of an error, after its shape is checked."""
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["status"]) == (code, code, status)
    assert answer.headers["content-type"] == "application/json; charset=UTF-8"
    return error["message"]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("A1", "Sheet1!A1"), ("a1:b2", "Sheet1!A1:B2"), ("B2:A1", "Sheet1!A1:B2"), ("$A$1:$B$2", "Sheet1!A1:B2"),
        ("A:C", "Sheet1!A1:C1000"), ("1:3", "Sheet1!A1:Z3"), ("A5:C", "Sheet1!A5:C1000"), ("A5:7", "Sheet1!A5:Z7"),
        ("A:C7", "Sheet1!A7:C1000"), ("R2C3", "Sheet1!C2"), ("R2C3:R4C5", "Sheet1!C2:E4"),
        ("Sheet1", "Sheet1!A1:Z1000"),
        ("sheet1!a1", "Sheet1!A1"), ("'sheet1'!A1", "Sheet1!A1"), ("Y999:AB2000", "Sheet1!Y999:Z1000"),
        ("It's a tab!B2", "'It''s a tab'!B2"), ("'It''s a tab'!B2", "'It''s a tab'!B2"), ("'A1'!B2", "'A1'!B2"),
        ("'A1'", "'A1'!A1:Z1000"), ("the_name", "Sheet1!B2:C3"), ("THE_NAME", "Sheet1!B2:C3"),
    ],
)  # fmt: skip
def test_a_range_comes_back_as_google_writes_it(http, asked, told):
    tabs = [{"addSheet": {"properties": {"title": title}}} for title in ("It's a tab", "A1")]
    change(http, *tabs, {"addNamedRange": {"namedRange": {"name": "the_name", "range": area(1, 3, 1, 3)}}})
    assert http.get(f"{BOOK}/values/{asked}").json() == {"range": told, "majorDimension": "ROWS"}


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("Nowhere!A1", "Unable to parse range: Nowhere!A1"),
        ("A0", "Unable to parse range: A0"),
        ("A1:", "Unable to parse range: A1:"),
        ("AAAA1", "Unable to parse range: AAAA1"),
        ("A1001", "Range (Sheet1!A1001) exceeds grid limits. Max rows: 1000, max columns: 26"),
        ("'Sheet1'!A1001:B", "Range (Sheet1!A1001:B) exceeds grid limits. Max rows: 1000, max columns: 26"),
        ("AA:AB", "Range (Sheet1!AA:AB) exceeds grid limits. Max rows: 1000, max columns: 26"),
    ],
)
def test_a_range_that_is_none_is_refused(http, asked, message):
    assert refused(http.get(f"{BOOK}/values/{asked}")) == message


@pytest.mark.parametrize(
    ("typed", "shown", "value"),
    [
        ("7", "7", 7), ("0042", "42", 42), ("-1.50", "-1.5", -1.5), ("+5", "5", 5), (".5", "0.5", 0.5),
        ("1,234", "1,234", 1234), ("1,234.5", "1,234.50", 1234.5), ("1,23", "1,23", "1,23"), ("1e3", "1.00E+03", 1000),
        ("50%", "50%", 0.5), ("12.5%", "12.50%", 0.125), ("$5", "$5", 5), ("-$1,234.5", "-$1,234.50", -1234.5),
        ("TRUE", "TRUE", True), ("false", "FALSE", False), ("'7", "7", "7"), ("'=1+1", "=1+1", "=1+1"),
        ("2024-01-31", "2024-01-31", 45322), ("1/31/2024", "1/31/2024", 45322), ("Jan 31, 2024", "Jan 31, 2024", 45322),
        ("2024-02-30", "2024-02-30", "2024-02-30"), ("12:30", "12:30", 0.5208333333333334),
        ("6:00 PM", "6:00 PM", 0.75), ("2024-01-31 18:00:00", "2024-01-31 18:00:00", 45322.75),
        ("12/31/1899", "12/31/1899", 1), ("text", "text", "text"), (" spaced ", " spaced ", " spaced "),
        ("=1+2*3", "7", 7), ("=2^3^1", "8", 8), ("=-2^2", "4", 4), ("=10%", "0.1", 0.1), ('="a"&1', "a1", "a1"),
        ("=1<2", "TRUE", True), ('=IF(1>2,"y","n")', "n", "n"), ("=SUM(1,2,3)", "6", 6),
        ("=1/3", "0.3333333333", 1 / 3),
        ("=1/0", "#DIV/0!", "#DIV/0!"), ("=NOSUCH(1)", "#NAME?", "#NAME?"), ("=1+", "#ERROR!", "#ERROR!"),
        ('=1+"x"', "#VALUE!", "#VALUE!"), ("=Nowhere!A1", "#REF!", "#REF!"), ("=A1", "#REF!", "#REF!"),
        ('=IFERROR(1/0,"none")', "none", "none"), ("=ROUND(2.5)", "3", 3), ("=AVERAGE(B1:B9)", "#DIV/0!", "#DIV/0!"),
    ],
)  # fmt: skip
def test_what_is_typed_is_read_as_in_the_program(http, typed, shown, value):
    enter(http, "A1", [[typed]])
    assert http.get(f"{BOOK}/values/A1").json()["values"] == [[shown]]
    query = {"valueRenderOption": "UNFORMATTED_VALUE"}
    assert http.get(f"{BOOK}/values/A1", params=query).json()["values"] == [[value]]
    enter(http, "A2", [[typed]], "RAW")
    assert http.get(f"{BOOK}/values/A2", params=query).json()["values"] == [[typed]]


def test_formulas_see_other_cells_tabs_and_names_and_follow_them(http):
    change(http, {"addSheet": {"properties": {"title": "My tab"}}})
    enter(http, "A1", [[1, "x"], [2], [3, "=SUM(A1:A3)*'My tab'!A1"], ['=COUNTIF(A1:A3,">1")', '=SUMIF(A1:A3,">1")']])
    enter(http, "'My tab'!A1", [["=Sheet1!A3+1"]])
    assert http.get(f"{BOOK}/values/A3:B4").json()["values"] == [["3", "24"], ["2", "5"]]
    change(http, {"insertDimension": {"range": {"dimension": "ROWS", "startIndex": 1, "endIndex": 3}}})
    query = {"valueRenderOption": "FORMULA", "ranges": ["B5", "'My tab'!A1"]}
    found = http.get(f"{BOOK}/values:batchGet", params=query).json()["valueRanges"]
    assert [each["values"] for each in found] == [[["=SUM(A1:A5)*'My tab'!A1"]], [["=Sheet1!A5+1"]]]
    change(http, {"deleteDimension": {"range": {"dimension": "ROWS", "startIndex": 4, "endIndex": 5}}})
    assert http.get(f"{BOOK}/values/'My tab'!A1").json()["values"] == [["#REF!"]]


def test_values_are_read_by_columns_and_dates_as_text(http):
    enter(http, "A1", [["a", "2024-01-31"], ["", 2]])
    query = {"majorDimension": "COLUMNS", "valueRenderOption": "UNFORMATTED_VALUE"}
    answer = http.get(f"{BOOK}/values/A1:C3", params=query | {"dateTimeRenderOption": "FORMATTED_STRING"}).json()
    assert answer == {"range": "Sheet1!A1:C3", "majorDimension": "COLUMNS", "values": [["a"], ["2024-01-31", 2]]}
    assert http.get(f"{BOOK}/values:batchGet").json() == {"spreadsheetId": "book-1"}


def test_an_update_and_an_append_count_what_they_wrote(http):
    answer = enter(http, "B2", [["a", None], ["b"]], "RAW", includeValuesInResponse="true").json()
    assert answer == {
        "spreadsheetId": "book-1", "updatedRange": "Sheet1!B2:C3", "updatedRows": 2, "updatedColumns": 2,
        "updatedCells": 2,
        "updatedData": {"range": "Sheet1!B2:C3", "majorDimension": "ROWS", "values": [["a"], ["b"]]},
    }  # fmt: skip
    query = {"valueInputOption": "USER_ENTERED", "includeValuesInResponse": True}
    query |= {"responseValueRenderOption": "UNFORMATTED_VALUE"}
    answer = http.post(f"{BOOK}/values/Sheet1:append", params=query, json={"values": [["=1+1"]]}).json()
    assert answer == {
        "spreadsheetId": "book-1", "tableRange": "Sheet1!B2:B3",
        "updates": {
            "spreadsheetId": "book-1", "updatedRange": "Sheet1!B4", "updatedRows": 1, "updatedColumns": 1,
            "updatedCells": 1, "updatedData": {"range": "Sheet1!B4", "majorDimension": "ROWS", "values": [[2]]},
        },
    }  # fmt: skip
    answer = http.post(f"{BOOK}/values/B2:B4:clear").json()
    assert answer == {"spreadsheetId": "book-1", "clearedRange": "Sheet1!B2:B4"}


@pytest.mark.parametrize(
    ("path", "body", "field", "message"),
    [
        ("/values/A1", {"values": "X"}, "data.values",
         "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), \"X\""),
        ("/values/A1", {"values": [1]}, "data.values[0]",
         "Invalid value at 'data.values[0]' (type.googleapis.com/google.protobuf.ListValue), 1"),
        ("/values/A1", {"value": [[1]]}, "data",
         "Invalid JSON payload received. Unknown name \"value\" at 'data': Cannot find field."),
        (":batchUpdate", {"request": []}, None,
         'Invalid JSON payload received. Unknown name "request": Cannot find field.'),
        (":batchUpdate", {"requests": [{"addSheet": {"properties": {"title": 5}}}]},
         "requests[0].add_sheet.properties.title",
         "Invalid value at 'requests[0].add_sheet.properties.title' (TYPE_STRING), 5"),
    ],
)  # fmt: skip
def test_a_body_that_is_not_as_documented_is_refused_with_its_field(http, path, body, field, message):
    method = "PUT" if path.startswith("/values/") else "POST"
    answer = http.request(method, BOOK + path, params={"valueInputOption": "RAW"} if method == "PUT" else {}, json=body)
    assert refused(answer) == message
    violation = {"field": field, "description": message} if field else {"description": message}
    assert answer.json()["error"]["details"] == [{"@type": BAD_REQUEST, "fieldViolations": [violation]}]


def test_all_that_is_wrong_with_a_body_is_told_at_once(http):
    answer = change(http, {"addSheet": {"properties": {"colour": 1, "index": "x"}}})
    first, second = refused(answer).split("\n")
    assert first.endswith("Unknown name \"colour\" at 'requests[0].add_sheet.properties': Cannot find field.")
    assert second == "Invalid value at 'requests[0].add_sheet.properties.index' (TYPE_INT32), \"x\""
    assert 'Unknown name "": Root element must be a message' in refused(http.post(f"{BOOK}:batchUpdate", json=[]))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({}, "'valueInputOption' is required but not specified"),
        ({"valueInputOption": "TYPED"}, "Invalid value at 'value_input_option'"),
        ({"valueInputOption": "RAW", "colour": "red"}, 'Unknown name "colour": Cannot bind query parameter.'),
        ({"valueInputOption": "RAW", "includeValuesInResponse": "maybe"}, "(TYPE_BOOL)"),
        ({"valueInputOption": "RAW", "fields": "updatedRow"}, "Request contains an invalid argument."),
    ],
)
def test_parameters_are_held_to_the_document(http, query, message):
    assert message in refused(http.put(f"{BOOK}/values/A1", params=query, json={"values": [[1]]}))


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"addSheet": {"properties": {"title": "SHEET1"}}},
         'addSheet: A sheet with the name "SHEET1" already exists. Please enter another name.'),
        ({"addSheet": {"properties": {"sheetId": 0}}}, "addSheet: Sheet with id 0 already exists."),
        ({"addSheet": {"properties": {"gridProperties": {"rowCount": 400_000}}}},
         "addSheet: This action would increase the number of cells in the workbook above the limit of 10000000 cells."),
        ({"deleteSheet": {"sheetId": 9}}, "deleteSheet: No sheet with id: 9"),
        ({"deleteSheet": {}}, "deleteSheet: You can't remove all the sheets in a document."),
        ({"repeatCell": {"range": {"startRowIndex": 1_000, "endColumnIndex": 2}, "fields": "note"}},
         "repeatCell: Range (Sheet1!A1001:B) exceeds grid limits. Max rows: 1000, max columns: 26"),
        ({"insertDimension": {"range": {"dimension": "ROWS", "startIndex": 1_000, "endIndex": 1_001}}},
         "insertDimension: range.startIndex must be less than the grid size (1000) if inheritFromBefore is false."),
        ({"deleteDimension": {"range": {"dimension": "ROWS", "startIndex": 0, "endIndex": 1_000}}},
         "deleteDimension: You can't delete all the rows on the sheet."),
        ({"updateCells": {"rows": [], "start": {}}}, "updateCells: At least one field must be listed in 'fields'."),
        ({"updateCells": {"rows": [], "start": {}, "fields": "colour"}}, "updateCells: Invalid field: colour"),
        ({"updateSheetProperties": {"properties": {"hidden": True}, "fields": "hidden"}},
         "updateSheetProperties: You can't hide all the sheets in a document."),
        ({"addNamedRange": {"namedRange": {"name": "A1", "range": {}}}}, "addNamedRange: Invalid name: A1"),
    ],
)  # fmt: skip
def test_a_change_is_refused_by_its_place_and_kind_and_none_is_made(http, request_, message):
    before = http.get(BOOK).json()
    first = {"updateSpreadsheetProperties": {"properties": {"title": "x"}, "fields": "title"}}
    assert refused(change(http, first, request_)).startswith(f"Invalid requests[1].{message}")
    assert http.get(BOOK).json() == before


def test_no_request_is_no_change_and_every_change_has_a_reply(http):
    assert refused(change(http)) == "Must specify at least one request."
    answer = change(http, {"addSheet": {}}, {"clearBasicFilter": {}}, {"findReplace": {"find": "x", "allSheets": True}})
    assert answer.json()["replies"][1:] == [{}, {"findReplace": {}}]
    assert answer.json()["replies"][0]["addSheet"]["properties"]["gridProperties"] == {
        "rowCount": 1000,
        "columnCount": 26,
    }


def test_what_is_attached_moves_with_its_rows(http):
    span = {"dimension": "ROWS", "startIndex": 1, "endIndex": 3}
    rule = {"ranges": [area(1, 3, 0, 2)], "booleanRule": {"condition": {"type": "NOT_BLANK"}, "format": {}}}
    change(
        http,
        {"mergeCells": {"range": area(1, 3, 0, 2), "mergeType": "MERGE_ALL"}},
        {"addNamedRange": {"namedRange": {"name": "moved", "range": area(1, 3, 0, 2)}}},
        {"addProtectedRange": {"protectedRange": {"range": area(1, 3, 0, 2), "warningOnly": True}}},
        {"setBasicFilter": {"filter": {"range": area(1, 3, 0, 2)}}},
        {"addConditionalFormatRule": {"rule": rule, "index": 0}},
        {"addDimensionGroup": {"range": span}},
        {"updateDimensionProperties": {"range": span, "properties": {"pixelSize": 50}, "fields": "pixelSize"}},
    )

    def found():
        answer = http.get(BOOK, params={"includeGridData": True}).json()
        (tab,) = answer["sheets"]
        kept = [tab[name][0]["range"] for name in ("protectedRanges", "rowGroups") if name in tab]
        kept += [*tab.get("merges", []), *(each["range"] for each in answer.get("namedRanges", []))]
        kept += [tab["basicFilter"]["range"]] if "basicFilter" in tab else []
        kept += [area for each in tab.get("conditionalFormats", []) for area in each["ranges"]]
        spans = {
            (each.get("startRowIndex", each.get("startIndex")), each.get("endRowIndex", each.get("endIndex")))
            for each in kept
        }
        rows = tab["data"][0]["rowMetadata"]
        return spans, len(kept), [place for place, each in enumerate(rows) if each["pixelSize"] == 50]

    assert found() == ({(1, 3)}, 6, [1, 2])
    change(http, {"insertDimension": {"range": {"dimension": "ROWS", "startIndex": 1, "endIndex": 2}}})
    assert found() == ({(2, 4)}, 6, [2, 3])
    change(http, {"insertDimension": {"range": {"dimension": "ROWS", "startIndex": 3, "endIndex": 5}}})
    assert found()[0] == {(2, 6)}
    change(http, {"deleteDimension": {"range": {"dimension": "ROWS", "startIndex": 0, "endIndex": 4}}})
    assert found()[0] == {(0, 2)}
    change(
        http,
        {"moveDimension": {"source": {"dimension": "ROWS", "startIndex": 0, "endIndex": 2}, "destinationIndex": 9}},
    )
    assert found()[0] == {(7, 9)}
    change(http, {"deleteDimension": {"range": {"dimension": "ROWS", "startIndex": 5, "endIndex": 12}}})
    assert found() == (set(), 0, [])


def test_a_protected_range_keeps_others_out(http, server):
    server.book.roles["guest@example.org"] = server.book.roles["editor@example.org"] = "writer"
    protected = {"range": area(0, 2, 0, 2), "editors": {"users": ["editor@example.org"]}}
    change(http, {"addProtectedRange": {"protectedRange": protected}})

    def write(place, user):
        headers = {"Authorization": f"Bearer {user}"}
        return http.put(f"{BOOK}/values/{place}?valueInputOption=RAW", json={"values": [["x"]]}, headers=headers)

    assert refused(write("B2", "guest@example.org")).startswith("You are trying to edit a protected cell or object.")
    assert [write("C3", "guest@example.org").status_code, write("B2", "editor@example.org").status_code] == [200, 200]
    deleting = {"deleteDimension": {"range": {"dimension": "ROWS", "startIndex": 1, "endIndex": 2}}}
    assert "protected" in refused(change(http, deleting, Authorization="Bearer guest@example.org"))
    answer = http.get(BOOK, headers={"Authorization": "Bearer guest@example.org"}).json()
    assert answer["sheets"][0]["protectedRanges"][0]["requestingUserCanEdit"] is False
    stranger = http.get(BOOK, headers={"Authorization": "Bearer stranger@example.org"})
    assert refused(stranger, 403, "PERMISSION_DENIED") == "The caller does not have permission"


def test_cells_are_told_with_what_is_shown(http):
    enter(http, "B2", [["=1+1", "2024-01-31"]])
    query = {
        "ranges": "B2:D2",
        "fields": "sheets.data(startRow,startColumn,rowData.values(userEnteredValue,effectiveValue,formattedValue,"
        "userEnteredFormat.numberFormat))",
    }
    (data,) = http.get(BOOK, params=query).json()["sheets"][0]["data"]
    assert (data["startRow"], data["startColumn"]) == (1, 1)
    first, second = data["rowData"][0]["values"]
    assert first == {
        "userEnteredValue": {"formulaValue": "=1+1"}, "effectiveValue": {"numberValue": 2}, "formattedValue": "2",
    }  # fmt: skip
    assert second["userEnteredFormat"] == {"numberFormat": {"type": "DATE", "pattern": "yyyy-mm-dd"}}
    answer = http.get(BOOK, params={"ranges": "A1", "fields": "spreadsheetId,sheets/properties/title"}).json()
    assert answer == {"spreadsheetId": "book-1", "sheets": [{"properties": {"title": "Sheet1"}}]}


def test_data_filters_and_metadata_find_ranges(http):
    enter(http, "A1", [["a", "b"], ["c", "d"]])
    location = {"dimensionRange": {"dimension": "ROWS", "startIndex": 1, "endIndex": 2}}
    metadata = {"metadataKey": "key", "visibility": "DOCUMENT", "location": location}
    made = change(http, {"createDeveloperMetadata": {"developerMetadata": metadata}}).json()["replies"][0]
    id = made["createDeveloperMetadata"]["developerMetadata"]["metadataId"]
    lookup = {"developerMetadataLookup": {"metadataKey": "key"}}
    assert http.get(f"{BOOK}/developerMetadata/{id}").json()["location"]["locationType"] == "ROW"
    refused(http.get(f"{BOOK}/developerMetadata/1"), 404, "NOT_FOUND")
    found = http.post(f"{BOOK}/developerMetadata:search", json={"dataFilters": [lookup]}).json()
    assert found["matchedDeveloperMetadata"][0]["developerMetadata"]["metadataId"] == id
    filters = {"dataFilters": [lookup, {"a1Range": "B:B"}, {"gridRange": area(0, 1, 0, 1)}]}
    found = http.post(f"{BOOK}/values:batchGetByDataFilter", json=filters).json()["valueRanges"]
    assert [each["valueRange"]["values"] for each in found] == [[["c", "d"]], [["b"], ["d"]], [["a"]]]
    data = [{"dataFilter": lookup, "values": [["C"]]}]
    answer = http.post(f"{BOOK}/values:batchUpdateByDataFilter", json={"valueInputOption": "RAW", "data": data}).json()
    assert (answer["totalUpdatedCells"], answer["responses"][0]["updatedRange"]) == (1, "Sheet1!A2")
    answer = http.post(f"{BOOK}/values:batchClearByDataFilter", json={"dataFilters": [lookup]}).json()
    assert answer["clearedRanges"] == ["Sheet1!A2:Z2"]
    assert len(http.post(f"{BOOK}:getByDataFilter", json={"dataFilters": [lookup]}).json()["sheets"]) == 1


def test_long_answers_are_compressed_and_compressed_requests_read(http):
    body = gzip.compress(json.dumps({"values": [["x" * 5_000]]}).encode())
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    http.put(f"{BOOK}/values/A1?valueInputOption=RAW", content=body, headers=headers).raise_for_status()
    answer = http.get(f"{BOOK}/values/A1", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.json()["values"] == [["x" * 5_000]]


def test_over_the_quota_the_answer_says_which():
    with LoopbackSheets(per_minute=1) as server, httpx.Client(base_url=server.url) as http:
        http.get(BOOK)
        answer = http.get(BOOK)
        assert "Quota exceeded for quota metric 'Read requests'" in refused(answer, 429, "RESOURCE_EXHAUSTED")
        facts = answer.json()["error"]["details"][0]
        assert (facts["reason"], facts["metadata"]["quota_limit_value"]) == ("RATE_LIMIT_EXCEEDED", "1")
        assert http.post(f"{BOOK}/values:batchGetByDataFilter", json={}).status_code == 429


def test_drive_answers_in_its_own_shapes(http):
    made = http.post("/drive/v3/files", json={"name": "It's", "parents": ["folder"]}).json()
    assert made.keys() == {"kind", "id", "name", "mimeType"}
    missing = http.get("/drive/v3/files/nothing")
    one = {"domain": "global", "reason": "notFound", "message": "File not found: nothing."}
    one |= {"locationType": "parameter", "location": "fileId"}
    assert missing.json() == {"error": {"errors": [one], "code": 404, "message": "File not found: nothing."}}

    def names(query, **more):
        return [each["name"] for each in http.get("/drive/v3/files", params={"q": query} | more).json()["files"]]

    assert names(r"name = 'It\'s' and mimeType = 'application/vnd.google-apps.spreadsheet' and trashed = false") == [
        "It's"
    ]
    assert names("'folder' in parents or name contains 'comp'", orderBy="name") == ["Compati", "It's"]
    assert names("not name = 'Compati'") == ["It's"]
    assert http.get("/drive/v3/files", params={"q": "nonsense"}).json()["error"]["errors"][0]["location"] == "q"
    page = http.get("/drive/v3/files", params={"pageSize": 1, "fields": "nextPageToken,files(id)"}).json()
    assert page["files"][0].keys() == {"id"}
    assert "nextPageToken" not in http.get("/drive/v3/files", params={"pageToken": page["nextPageToken"]}).json()
    path = f"/drive/v3/files/{made['id']}"
    query = {"addParents": "other", "removeParents": "folder", "fields": "name,parents,trashed"}
    moved = http.patch(path, params=query, json={"name": "New", "trashed": True}).json()
    assert moved == {"name": "New", "parents": ["other"], "trashed": True}
    assert names("trashed = true") == ["New"]
    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404
