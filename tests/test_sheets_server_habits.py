"""What clients other than gspread are used to from Google: how requests may be written, what comes back unasked."""

import httpx
import pytest

from tests.sheets_server import Fault


@pytest.fixture
def http(loopback):
    """A client of a spreadsheet of its own."""
    id = httpx.post(f"{loopback.url}/v4/spreadsheets", json={}).json()["spreadsheetId"]
    with httpx.Client(base_url=f"{loopback.url}/v4/spreadsheets/{id}", timeout=10) as client:
        yield client


def change(http, *requests):
    return http.post("/:batchUpdate", json={"requests": list(requests)})


def enter(http, place, values):
    query = {"valueInputOption": "USER_ENTERED"}
    return http.put(f"/values/{place}", params=query, json={"values": values}).raise_for_status()


def formulas(http, place):
    return http.get(f"/values/{place}", params={"valueRenderOption": "FORMULA"}).json()["values"]


def test_a_slash_before_the_method_and_at_the_end_is_passed_over(http):
    assert change(http, {"addSheet": {"properties": {"title": "New"}}}).status_code == 200
    found = http.get("/", params={"fields": "sheets.properties.title"})
    assert found.json() == {"sheets": [{"properties": {"title": title}} for title in ("Sheet1", "New")]}


def test_lists_in_a_list_of_requests_are_read_as_one(http):
    both = [[{"addSheet": {"properties": {"title": "One"}}}], [[{"addSheet": {"properties": {"title": "Two"}}}]]]
    assert len(change(http, *both).json()["replies"]) == 2


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (
            {"addSheet": {}, "deleteSheet": {"sheetId": 0}},
            "Invalid value at 'requests[0]' (oneof), oneof field 'kind' is already set. Cannot set 'deleteSheet'",
        ),
        (
            {"repeatCell": {"cell": {"userEnteredValue": {"stringValue": "x", "numberValue": 1}}, "fields": "*"}},
            "Invalid value at 'requests[0].repeat_cell.cell.user_entered_value' (oneof), oneof field 'value' is "
            "already set. Cannot set 'numberValue'",
        ),
    ],
)
def test_of_fields_that_exclude_each_other_one_may_be_set(http, request_, sentence):
    answer = change(http, request_)
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, sentence)


def test_the_range_of_the_body_must_be_that_of_the_address(http):
    body = {"range": "Sheet1!A1", "values": [["x"]]}
    answer = http.put("/values/A1", params={"valueInputOption": "RAW"}, json=body)
    assert answer.json()["error"]["message"] == "Request range[A1] does not match value's range[Sheet1!A1]"
    same = http.put("/values/Sheet1!A1", params={"valueInputOption": "RAW"}, json=body)
    assert same.json()["updatedRange"] == "Sheet1!A1"


def test_a_range_may_end_past_the_grid_where_the_values_do_not(http):
    assert enter(http, "Y999:AB2000", [["x", "y"]]).json()["updatedRange"] == "Sheet1!Y999:Z999"


def test_a_formula_that_is_repeated_copied_or_sorted_refers_to_what_is_as_far_from_it(http):
    cell, area = {"userEnteredValue": {"formulaValue": '=A1+$B$1&"A1"'}}, {"startRowIndex": 1, "endRowIndex": 3}
    where = area | {"startColumnIndex": 2, "endColumnIndex": 4}
    change(http, {"repeatCell": {"range": where, "cell": cell, "fields": "userEnteredValue"}}).raise_for_status()
    assert formulas(http, "C2:D3") == [['=A1+$B$1&"A1"', '=B1+$B$1&"A1"'], ['=A2+$B$1&"A1"', '=B2+$B$1&"A1"']]
    enter(http, "A10:B11", [[2, "=SUM(A10:A10)"], [1, "=A11*2"]])
    spec = [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]
    change(http, {"sortRange": {"range": {"startRowIndex": 9, "endRowIndex": 11}, "sortSpecs": spec}})
    assert formulas(http, "A10:B11") == [[1, "=A10*2"], [2, "=SUM(A11:A11)"]]
    source = {"startRowIndex": 9, "endRowIndex": 10, "startColumnIndex": 1, "endColumnIndex": 2}
    up = {"source": source, "destination": {"startRowIndex": 0, "endRowIndex": 1, "endColumnIndex": 1}}
    change(http, {"copyPaste": up}).raise_for_status()
    assert formulas(http, "A1") == [["=#REF!*2"]]


def test_a_filter_tells_its_criteria_in_both_forms(http):
    criteria = {"1": {"hiddenValues": ["x"]}}
    area = {"startRowIndex": 0, "endRowIndex": 5, "startColumnIndex": 0, "endColumnIndex": 3}
    given = {"range": {"sheetId": 0} | area, "criteria": criteria, "sortSpecs": []}
    change(http, {"setBasicFilter": {"filter": given}}).raise_for_status()
    specs = [{"columnIndex": 1, "filterCriteria": {"hiddenValues": ["x"]}}]
    found = http.get("", params={"fields": "sheets.basicFilter"}).json()["sheets"][0]["basicFilter"]
    assert found == {"range": area, "criteria": criteria, "filterSpecs": specs}


def test_charts_are_kept_with_googles_font_and_deleted(http):
    anchor = {"overlayPosition": {"anchorCell": {"rowIndex": 15}}}
    chart = {"spec": {"title": "A", "basicChart": {"chartType": "COLUMN"}}, "position": anchor}
    made = change(http, {"addChart": {"chart": chart}}).json()["replies"][0]["addChart"]["chart"]
    assert (made["spec"]["fontName"], made["spec"]["titleTextFormat"]["fontFamily"]) == ("Roboto", "Roboto")
    move = {"overlayPosition": {"anchorCell": {"rowIndex": 3, "columnIndex": 6}}}
    change(
        http,
        {"updateChartSpec": {"chartId": made["chartId"], "spec": {"title": "B"}}},
        {"updateEmbeddedObjectPosition": {"objectId": made["chartId"], "newPosition": move, "fields": "*"}},
    ).raise_for_status()
    (found,) = http.get("").json()["sheets"][0]["charts"]
    assert (found["spec"]["title"], found["position"]) == ("B", move)
    gone = {"deleteEmbeddedObject": {"objectId": made["chartId"]}}
    assert (change(http, gone).status_code, change(http, gone).status_code) == (200, 400)


def test_runs_of_a_text_are_kept_until_another_text_is_written(http):
    runs = [{"startIndex": 0, "format": {"bold": True}}, {"startIndex": 3}]
    cell = {"userEnteredValue": {"stringValue": "bold and not"}, "textFormatRuns": runs}
    fields = "userEnteredValue,textFormatRuns.startIndex,textFormatRuns.format.bold"
    change(http, {"updateCells": {"rows": [{"values": [cell]}], "start": {}, "fields": fields}}).raise_for_status()
    look = {"ranges": "A1", "fields": "sheets.data.rowData.values.textFormatRuns"}
    (data,) = http.get("", params=look).json()["sheets"][0]["data"]
    assert data["rowData"][0]["values"][0]["textFormatRuns"][0] == runs[0]
    enter(http, "A1", [["other"]])
    assert "textFormatRuns" not in http.get("", params=look | {"fields": "*"}).text


def test_an_empty_text_is_an_empty_cell(http):
    cells = [{"userEnteredValue": {"stringValue": text}} for text in ("", "x")]
    change(http, {"updateCells": {"rows": [{"values": cells}], "start": {}, "fields": "*"}}).raise_for_status()
    answer = http.get("", params={"ranges": "A1", "includeGridData": True}).json()["sheets"][0]["data"][0]
    assert answer["rowData"] == [{"values": [{}]}]


def test_conditional_formats_are_seen_in_the_effective_format(http):
    enter(http, "A1:A3", [[1], [5], ["=A2"]])
    condition = {"type": "NUMBER_GREATER", "values": [{"userEnteredValue": "3"}]}
    areas = [{"startColumnIndex": 0, "endColumnIndex": 1}]
    rule = {"ranges": areas, "booleanRule": {"condition": condition, "format": {"textFormat": {"bold": True}}}}
    custom = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=A1=1"}]}
    other = {"ranges": areas, "booleanRule": {"condition": custom, "format": {"textFormat": {"italic": True}}}}
    change(http, *({"addConditionalFormatRule": {"rule": each}} for each in (rule, other))).raise_for_status()
    fields = "sheets.data.rowData.values.effectiveFormat.textFormat(bold,italic)"
    (data,) = http.get("", params={"ranges": "A1:A3", "fields": fields}).json()["sheets"][0]["data"]
    formats = [row["values"][0]["effectiveFormat"]["textFormat"] for row in data["rowData"]]
    assert [(each["bold"], each["italic"]) for each in formats] == [(False, True), (True, False), (True, False)]


@pytest.mark.parametrize(
    ("looked_for", "found"),
    [
        ({"developerMetadataLookup": {"metadataLocation": {"spreadsheet": True}}}, [1, 2, 3, 4]),
        ({"developerMetadataLookup": {"metadataLocation": {"sheetId": 0}}}, [1, 2, 3, 4]),
        ({"developerMetadataLookup": {"metadataLocation": {"sheetId": 0}, "metadataKey": "row"}}, [3]),
        (
            {"developerMetadataLookup": {
                "metadataLocation": {"sheetId": 0}, "locationMatchingStrategy": "EXACT_LOCATION"}},
            [2],
        ),
        ({"a1Range": "A1:A2"}, [1, 2, 4]), ({"gridRange": {"startRowIndex": 4, "startColumnIndex": 1}}, [1, 2, 3]),
        ({}, []),
    ],
)  # fmt: skip
def test_metadata_are_found_by_where_they_are(http, looked_for, found):
    rows = {"dimension": "ROWS", "startIndex": 4, "endIndex": 5}
    columns = {"dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
    places = {
        "book": {"spreadsheet": True}, "tab": {"sheetId": 0}, "row": {"dimensionRange": rows},
        "column": {"dimensionRange": columns},
    }  # fmt: skip
    made = [
        {"metadataId": id, "metadataKey": key, "location": place, "visibility": "DOCUMENT"}
        for id, (key, place) in enumerate(places.items(), 1)
    ]
    change(http, *({"createDeveloperMetadata": {"developerMetadata": each}} for each in made)).raise_for_status()
    answer = http.post("/developerMetadata:search", json={"dataFilters": [looked_for]}).json()
    ids = [each["developerMetadata"]["metadataId"] for each in answer.get("matchedDeveloperMetadata", [])]
    assert sorted(ids) == found


def test_a_metadata_keeps_the_kind_of_its_place_when_it_changes(http):
    made = {"metadataId": 7, "metadataKey": "k", "location": {"sheetId": 0}, "visibility": "DOCUMENT"}
    to = {"metadataValue": "new", "location": {"spreadsheet": True}}
    one = {"developerMetadataLookup": {"metadataId": 7}}
    update = {"dataFilters": [one], "developerMetadata": to, "fields": "metadataValue,location"}
    made_and_changed = {"createDeveloperMetadata": {"developerMetadata": made}}, {"updateDeveloperMetadata": update}
    change(http, *made_and_changed).raise_for_status()
    found = http.get("/developerMetadata/7").json()
    assert (found["metadataValue"], found["location"]["locationType"]) == ("new", "SPREADSHEET")


def test_folders_are_made_filled_and_deleted_with_what_is_in_them(loopback):
    with httpx.Client(base_url=f"{loopback.url}/drive/v3", timeout=10) as drive:
        kind = {"mimeType": "application/vnd.google-apps.folder"}
        folder = drive.post("/files", json=kind | {"name": "Clinics"}).json()
        assert (folder["name"], folder["mimeType"]) == ("Clinics", kind["mimeType"])
        book = drive.post("/files", json={"name": "Inside", "parents": [folder["id"]]}).json()
        inside = drive.get("/files", params={"q": f"'{folder['id']}' in parents"}).json()["files"]
        assert [each["id"] for each in inside] == [book["id"]]
        assert drive.post(f"/files/{folder['id']}/copy", json={}).status_code == 403
        assert drive.delete(f"/files/{folder['id']}").status_code == 204
        assert drive.get(f"/files/{book['id']}").status_code == 404


def test_planned_faults_speak_as_google_does(loopback, http):
    loopback.faults.append(Fault(503))
    answer = http.get("/values/A1")
    message = "The service is currently unavailable."
    assert answer.json()["error"] == {"code": 503, "message": message, "status": "UNAVAILABLE"}


def test_a_typed_date_and_time_is_shown_with_seconds_and_patterns_may_be_in_capitals(http):
    enter(http, "A1", [["1/2/2024 3:04 PM"]])
    assert http.get("/values/A1").json()["values"] == [["1/2/2024 15:04:00"]]
    style = {"userEnteredFormat": {"numberFormat": {"type": "DATE", "pattern": "DD MM YYYY"}}}
    area = {"endRowIndex": 1, "endColumnIndex": 1}
    change(http, {"repeatCell": {"range": area, "cell": style, "fields": "userEnteredFormat"}}).raise_for_status()
    assert http.get("/values/A1").json()["values"] == [["02 01 2024"]]


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("=NA()", "#N/A"), ('=HYPERLINK("http://x.invalid","there")', "there"), ("=MEDIAN(3,1,2)", "2"),
        ('=VLOOKUP("b",A1:B2,2,FALSE)', "2"), ("=VLOOKUP(9,A1:B2,2,FALSE)", "#N/A"), ("=DATE(2024,1,31)", "1/31/2024"),
        ("=YEAR(45322)", "2024"), ("=STDEV(1)", "#DIV/0!"), ("=ISBLANK(Z1)", "TRUE"), ("=ISNUMBER(B1)", "TRUE"),
    ],
)  # fmt: skip
def test_more_formulas_are_computed(http, formula, shown):
    enter(http, "A1:B2", [["a", 1], ["b", 2]])
    enter(http, "D1", [[formula]])
    assert http.get("/values/D1").json()["values"] == [[shown]]
