"""What each method of the Sheets API does with a spreadsheet, after its request was checked."""

from collections.abc import Callable
from typing import Any

from starlette.datastructures import QueryParams

from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.changes import apply_changes
from tests.sheets_server.masks import parse_mask, selected

Work = Callable[[Spreadsheet, str, QueryParams, dict[str, Any]], dict[str, Any]]


def _get(book: Spreadsheet, _range: str, query: QueryParams, _body: dict[str, Any]) -> dict[str, Any]:
    ranges = query.getlist("ranges")
    if "fields" not in query:
        return book.document(ranges=ranges, grid_data=_truth(query, "includeGridData"))
    # With a field mask Google ignores includeGridData: the mask alone says what comes.
    mask = parse_mask(query["fields"])
    sheets = mask.get("sheets", {"properties": {}})
    return selected(book.document(ranges=ranges, grid_data=not sheets or "data" in sheets), mask)


def _batch_update(book: Spreadsheet, _range: str, _query: QueryParams, body: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = {"spreadsheetId": book.id, "replies": apply_changes(book, body.get("requests", []))}
    if body.get("includeSpreadsheetInResponse"):
        answer["updatedSpreadsheet"] = book.document(grid_data=body.get("responseIncludeGridData", False))
    return answer


def _values_get(book: Spreadsheet, range_text: str, query: QueryParams, _body: dict[str, Any]) -> dict[str, Any]:
    return book.get(range_text, *_rendering(query))


def _values_batch_get(book: Spreadsheet, _range: str, query: QueryParams, _body: dict[str, Any]) -> dict[str, Any]:
    found = [book.get(text, *_rendering(query)) for text in query.getlist("ranges")]
    return {"spreadsheetId": book.id, "valueRanges": found}


def _values_update(book: Spreadsheet, range_text: str, query: QueryParams, body: dict[str, Any]) -> dict[str, Any]:
    _check_range(range_text, body)
    with book.change():
        answer = book.update(range_text, body, _entering(query.get("valueInputOption")))
    return _with_values(book, answer, query)


def _values_append(book: Spreadsheet, range_text: str, query: QueryParams, body: dict[str, Any]) -> dict[str, Any]:
    _check_range(range_text, body)
    insert = query.get("insertDataOption") == "INSERT_ROWS"
    with book.change():
        answer = book.append(range_text, body, _entering(query.get("valueInputOption")), insert)
    _with_values(book, answer["updates"], query)
    return answer


def _values_batch_update(book: Spreadsheet, _range: str, _query: QueryParams, body: dict[str, Any]) -> dict[str, Any]:
    option = _entering(body.get("valueInputOption"))
    replies = []
    with book.change():
        for place, each in enumerate(body.get("data", [])):
            try:
                replies.append(book.update(each.get("range", ""), each, option))
            except RefusedError as error:
                raise RefusedError(f"Invalid data[{place}]: {error}") from error
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
    return {"spreadsheetId": book.id} | {name: n for name, n in totals.items() if n} | {"responses": replies}


def _values_clear(book: Spreadsheet, range_text: str, _query: QueryParams, _body: dict[str, Any]) -> dict[str, Any]:
    return {"spreadsheetId": book.id, "clearedRange": book.clear(range_text)}


def _values_batch_clear(book: Spreadsheet, _range: str, _query: QueryParams, body: dict[str, Any]) -> dict[str, Any]:
    with book.change():
        return {"spreadsheetId": book.id, "clearedRanges": [book.clear(text) for text in body.get("ranges", [])]}


ENDPOINTS: dict[str, Work] = {
    "get": _get,
    "batchUpdate": _batch_update,
    "values.get": _values_get,
    "values.batchGet": _values_batch_get,
    "values.update": _values_update,
    "values.append": _values_append,
    "values.clear": _values_clear,
    "values.batchUpdate": _values_batch_update,
    "values.batchClear": _values_batch_clear,
}


def _truth(query: QueryParams, name: str) -> bool:
    return query.get(name, "").lower() == "true"


def _rendering(query: QueryParams) -> tuple[str, str]:
    dimension = query.get("majorDimension", "ROWS")
    return query.get("valueRenderOption", "FORMATTED_VALUE"), dimension.replace("DIMENSION_UNSPECIFIED", "ROWS")


def _entering(option: str | None) -> str:
    if option not in ("RAW", "USER_ENTERED"):
        raise RefusedError("'valueInputOption' is required but not specified")
    return option


def _check_range(range_text: str, body: dict[str, Any]) -> None:
    if body.get("range", range_text) != range_text:
        raise RefusedError(f"Requested writing within range [{range_text}], but the body names range [{body['range']}]")


def _with_values(book: Spreadsheet, answer: dict[str, Any], query: QueryParams) -> dict[str, Any]:
    """Adds what was written to an UpdateValuesResponse, when the request asks for it."""
    if _truth(query, "includeValuesInResponse"):
        render = query.get("responseValueRenderOption", "FORMATTED_VALUE")
        answer["updatedData"] = book.get(answer["updatedRange"], render, "ROWS")
    return answer


def named(book: Spreadsheet, body: dict[str, Any]) -> Spreadsheet:
    """spreadsheets.create: a new spreadsheet as a Spreadsheet resource describes it."""
    book.properties |= body.get("properties", {})
    sheets = [{"addSheet": {"properties": each.get("properties", {})}} for each in body.get("sheets", [])]
    if sheets:
        first = book.sheets[0]
        first.title, first.id = "\0", -1
        apply_changes(book, [*sheets, {"deleteSheet": {"sheetId": -1}}])
    return book
