"""What each method of the Sheets API does with a spreadsheet, after its request was checked."""

from collections.abc import Callable
from typing import Any

from starlette.datastructures import QueryParams

from tests.sheets_server import metadata
from tests.sheets_server.a1 import Area
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.changes import apply_changes
from tests.sheets_server.masks import parse_mask
from tests.sheets_server.resource import document, told

Body = dict[str, Any]
Work = Callable[[Spreadsheet, str, QueryParams, Body], Body]


def _get(book: Spreadsheet, _range: str, query: QueryParams, _body: Body) -> Body:
    areas = [book.area(text) for text in query.getlist("ranges")]
    return _shown(book, areas, query, _truth(query, "includeGridData"))


def _get_by_filter(book: Spreadsheet, _range: str, query: QueryParams, body: Body) -> Body:
    areas = [area for each in body.get("dataFilters", []) for area in metadata.areas(book, each)]
    return _shown(book, areas, query, body.get("includeGridData", False))


def _shown(book: Spreadsheet, areas: list[Area], query: QueryParams, grid_data: bool) -> Body:
    if query.get("fields"):
        # With a field mask Google ignores includeGridData: the mask alone says what comes.
        sheets = parse_mask(query["fields"]).get("sheets", {"properties": {}})
        grid_data = not sheets or "data" in sheets or "*" in sheets
    return told(document(book, areas=areas, grid_data=grid_data))


def _batch_update(book: Spreadsheet, _range: str, _query: QueryParams, body: Body) -> Body:
    answer: Body = {"spreadsheetId": book.id, "replies": told(apply_changes(book, body.get("requests", [])))}
    if body.get("includeSpreadsheetInResponse"):
        areas = [book.area(text) for text in body.get("responseRanges", [])]
        answer["updatedSpreadsheet"] = told(
            document(book, areas=areas, grid_data=body.get("responseIncludeGridData", False))
        )
    return answer


# Values ----------------------------------------------------------------------------------------------------------


def _values_get(book: Spreadsheet, range_text: str, query: QueryParams, _body: Body) -> Body:
    return book.get(book.area(range_text), *_rendering(query))


def _values_batch_get(book: Spreadsheet, _range: str, query: QueryParams, _body: Body) -> Body:
    found = [book.get(book.area(text), *_rendering(query)) for text in query.getlist("ranges")]
    return {"spreadsheetId": book.id} | ({"valueRanges": found} if found else {})


def _values_batch_get_by_filter(book: Spreadsheet, _range: str, _query: QueryParams, body: Body) -> Body:
    found = [
        {"valueRange": book.get(area, *_rendering(body)), "dataFilters": [each]}
        for each in body.get("dataFilters", [])
        for area in metadata.areas(book, each)
    ]
    return {"spreadsheetId": book.id} | ({"valueRanges": told(found)} if found else {})


def _values_update(book: Spreadsheet, range_text: str, query: QueryParams, body: Body) -> Body:
    option, area = _entering(query.get("valueInputOption")), book.area(range_text)
    _check_range(range_text, body)
    with book.change():
        answer = book.update(area, body, option, range_text)
    return _with_values(book, answer, query, body)


def _values_append(book: Spreadsheet, range_text: str, query: QueryParams, body: Body) -> Body:
    option, area = _entering(query.get("valueInputOption")), book.area(range_text)
    _check_range(range_text, body)
    insert = query.get("insertDataOption") == "INSERT_ROWS"
    with book.change():
        answer = book.append(area, body, option, insert)
    _with_values(book, answer["updates"], query, body)
    return answer


def _values_batch_update(book: Spreadsheet, _range: str, _query: QueryParams, body: Body) -> Body:
    option = _entering(body.get("valueInputOption"))
    replies = []
    with book.change():
        for place, each in enumerate(body.get("data", [])):
            try:
                text = each.get("range", "")
                replies.append(book.update(book.area(text), each, option, text))
            except RefusedError as error:
                raise RefusedError(f"Invalid data[{place}]: {error}") from error
    for reply, each in zip(replies, body.get("data", []), strict=True):
        _with_values(book, reply, body, each)
    return _totals(book, replies) | ({"responses": replies} if replies else {})


def _values_batch_update_by_filter(book: Spreadsheet, _range: str, _query: QueryParams, body: Body) -> Body:
    option = _entering(body.get("valueInputOption"))
    replies = []
    with book.change():
        for place, each in enumerate(body.get("data", [])):
            try:
                for area in metadata.areas(book, each.get("dataFilter", {})):
                    reply = book.update(area, each, option)
                    replies.append(_with_values(book, reply, body, each) | {"dataFilter": each["dataFilter"]})
            except RefusedError as error:
                raise RefusedError(f"Invalid data[{place}]: {error}") from error
    for reply in replies:
        del reply["spreadsheetId"]
    return _totals(book, replies) | {"responses": told(replies)}


def _totals(book: Spreadsheet, replies: list[Body]) -> Body:
    rows: set[tuple[str, int]] = set()
    columns: set[tuple[str, int]] = set()
    for reply in replies:
        area = book.area(reply["updatedRange"])
        rows |= {(area.title, area.row + place) for place in range(reply.get("updatedRows", 0))}
        columns |= {(area.title, area.column + place) for place in range(reply.get("updatedColumns", 0))}
    totals = {
        "totalUpdatedRows": len(rows),
        "totalUpdatedColumns": len(columns),
        "totalUpdatedCells": sum(reply.get("updatedCells", 0) for reply in replies),
        "totalUpdatedSheets": len({title for title, _ in rows}),
    }
    return {"spreadsheetId": book.id} | {name: n for name, n in totals.items() if n}


def _values_clear(book: Spreadsheet, range_text: str, _query: QueryParams, _body: Body) -> Body:
    return {"spreadsheetId": book.id, "clearedRange": book.clear(book.area(range_text))}


def _values_batch_clear(book: Spreadsheet, _range: str, _query: QueryParams, body: Body) -> Body:
    cleared = []
    with book.change():
        for place, text in enumerate(body.get("ranges", [])):
            try:
                cleared.append(book.clear(book.area(text)))
            except RefusedError as error:
                raise RefusedError(f"Invalid range[{place}]: {error}") from error
    return {"spreadsheetId": book.id} | ({"clearedRanges": cleared} if cleared else {})


def _values_batch_clear_by_filter(book: Spreadsheet, _range: str, _query: QueryParams, body: Body) -> Body:
    with book.change():
        cleared = [book.clear(area) for each in body.get("dataFilters", []) for area in metadata.areas(book, each)]
    return {"spreadsheetId": book.id} | ({"clearedRanges": cleared} if cleared else {})


def _search_metadata(book: Spreadsheet, _range: str, _query: QueryParams, body: Body) -> Body:
    return told(metadata.search(book, body.get("dataFilters", [])))


ENDPOINTS: dict[str, Work] = {
    "get": _get,
    "getByDataFilter": _get_by_filter,
    "batchUpdate": _batch_update,
    "developerMetadata.search": _search_metadata,
    "values.get": _values_get,
    "values.batchGet": _values_batch_get,
    "values.batchGetByDataFilter": _values_batch_get_by_filter,
    "values.update": _values_update,
    "values.append": _values_append,
    "values.clear": _values_clear,
    "values.batchUpdate": _values_batch_update,
    "values.batchUpdateByDataFilter": _values_batch_update_by_filter,
    "values.batchClear": _values_batch_clear,
    "values.batchClearByDataFilter": _values_batch_clear_by_filter,
}


def _truth(query: QueryParams | Body, name: str) -> bool:
    return str(query.get(name, "")).lower() in ("true", "1")


def _rendering(query: QueryParams | Body, answer: str = "") -> tuple[str, str, str]:
    """How values are read: render option, major dimension and date-time render option."""
    render, dates = "valueRenderOption", "dateTimeRenderOption"
    if answer:
        render, dates = "responseValueRenderOption", "responseDateTimeRenderOption"
    dimension = answer or query.get("majorDimension", "ROWS")
    return (
        query.get(render, "FORMATTED_VALUE"),
        dimension.replace("DIMENSION_UNSPECIFIED", "ROWS"),
        query.get(dates, "SERIAL_NUMBER"),
    )


def _entering(option: str | None) -> str:
    if option not in ("RAW", "USER_ENTERED"):
        raise RefusedError("'valueInputOption' is required but not specified")
    return option


def _check_range(range_text: str, body: Body) -> None:
    # Google compares the words: `Sheet1!A1` is not `'Sheet1'!A1`.
    if body.get("range", range_text) != range_text:
        raise RefusedError(f"Request range[{range_text}] does not match value's range[{body['range']}]")


def _with_values(book: Spreadsheet, answer: Body, query: QueryParams | Body, body: Body) -> Body:
    """Adds what was written to an UpdateValuesResponse, when the request asks for it."""
    if _truth(query, "includeValuesInResponse"):
        area = book.area(answer["updatedRange"])
        answer["updatedData"] = book.get(area, *_rendering(query, body.get("majorDimension", "ROWS")))
    return answer


def named(book: Spreadsheet, body: Body) -> Spreadsheet:
    """spreadsheets.create: a new spreadsheet as a Spreadsheet resource describes it."""
    book.properties |= body.get("properties", {})
    requests: list[Body] = [{"addSheet": {"properties": each.get("properties", {})}} for each in body.get("sheets", [])]
    if requests:
        first = book.sheets[0]
        first.title, first.id = "\0", 2**31 - 1
        if "sheetId" not in requests[0]["addSheet"]["properties"]:
            requests[0]["addSheet"]["properties"] = requests[0]["addSheet"]["properties"] | {"sheetId": 0}
        apply_changes(book, [*requests, {"deleteSheet": {"sheetId": first.id}}])
        for sheet, each in zip(book.sheets, body["sheets"], strict=False):
            _fill(sheet, each)
    for each in body.get("namedRanges", []):
        apply_changes(book, [{"addNamedRange": {"namedRange": each}}])
    return book


def _fill(sheet: Any, given: Body) -> None:
    """The cells of a sheet that is created with them."""
    for data in given.get("data", []):
        for row, line in enumerate(data.get("rowData", []), data.get("startRow", 0)):
            for column, cell in enumerate(line.get("values", []), data.get("startColumn", 0)):
                sheet.put(row, column, cell)
