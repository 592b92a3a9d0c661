"""The requests of spreadsheets.batchUpdate, each a function that changes a spreadsheet and returns its reply."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.sheets_server.attached import ATTACHED
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import Cell, RefusedError, effective
from tests.sheets_server.masks import Mask, merged, parse_mask
from tests.sheets_server.sheet import Sheet

Body = dict[str, Any]
Change = Callable[[Spreadsheet, Body], Body | None]
_ALWAYS = ("sheetId", "title", "index", "sheetType", "gridProperties")


def apply_changes(book: Spreadsheet, requests: list[Body]) -> list[Body]:
    """All requests, in order, or none of them; returns the replies."""
    if not requests:
        raise RefusedError("Must specify at least one request.")
    with book.change():
        return [_apply(book, place, request) for place, request in enumerate(requests)]


def _apply(book: Spreadsheet, place: int, request: Body) -> Body:
    if len(request) != 1:
        raise RefusedError(f"Invalid value at 'requests[{place}]' (oneof), exactly one kind of request must be set.")
    ((kind, body),) = request.items()
    if kind not in CHANGES:
        raise RefusedError(f"Invalid requests[{place}].{kind}: not played by the loopback server.")
    try:
        return CHANGES[kind](book, body) or {}
    except RefusedError as error:
        raise RefusedError(f"Invalid requests[{place}].{kind}: {error}") from error


def _add_sheet(book: Spreadsheet, body: Body) -> Body:
    given = body.get("properties", {})
    title = given.get("title", f"Sheet{len(book.sheets) + 1}")
    _check_title(book, title)
    id = given.get("sheetId", book.next_id())
    if any(sheet.id == id for sheet in book.sheets):
        raise RefusedError(f"A sheet with id {id} already exists.")
    sheet = Sheet(title, id)
    book.sheets.insert(given.get("index", len(book.sheets)), sheet)
    _load(sheet, sheet.properties(0) | given | {"sheetId": id, "title": title})
    return {"addSheet": {"properties": sheet.properties(book.sheets.index(sheet))}}


def _delete_sheet(book: Spreadsheet, body: Body) -> None:
    sheet = book.by_id(body.get("sheetId", 0))
    if len(book.sheets) == 1:
        raise RefusedError("You can't remove all the sheets in a document.")
    book.sheets.remove(sheet)


def _update_sheet_properties(book: Spreadsheet, body: Body) -> None:
    given = body.get("properties", {})
    sheet = book.by_id(given.get("sheetId", 0))
    index = book.sheets.index(sheet)
    old = sheet.properties(index)
    # A tab always has a title, a place and a grid.
    changed = {name: old[name] for name in _ALWAYS} | merged(old, given, _mask(body))
    _check_title(book, changed["title"], but=sheet)
    _load(sheet, changed)
    if changed["index"] != index:
        # Google counts the place before the sheet is taken out.
        book.sheets.remove(sheet)
        book.sheets.insert(changed["index"] - (changed["index"] > index), sheet)


def _check_title(book: Spreadsheet, title: str, but: Sheet | None = None) -> None:
    if any(sheet.title.lower() == title.lower() for sheet in book.sheets if sheet is not but):
        raise RefusedError(f'A sheet with the name "{title}" already exists. Please enter another name.')


def _load(sheet: Sheet, properties: Body) -> None:
    """Take over SheetProperties."""
    grid = {"rowCount": sheet.rows, "columnCount": sheet.columns} | properties["gridProperties"]
    sheet.title = properties["title"]
    sheet.resize(grid.pop("rowCount"), grid.pop("columnCount"))
    sheet.grid = {name: value for name, value in grid.items() if value}
    if sheet.frozen_rows >= sheet.rows or sheet.grid.get("frozenColumnCount", 0) >= sheet.columns:
        raise RefusedError("You can't freeze all visible rows or columns on the sheet.")
    sheet.extra = {name: value for name, value in properties.items() if name not in _ALWAYS}


def _mask(body: Body) -> Mask:
    if not body.get("fields"):
        raise RefusedError("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    return parse_mask(body["fields"])


def _append_dimension(book: Spreadsheet, body: Body) -> None:
    sheet = book.by_id(body.get("sheetId", 0))
    if body.get("length", 0) < 1:
        raise RefusedError("length must be at least 1.")
    rows = body.get("dimension") == "ROWS"
    sheet.resize(sheet.rows + body["length"] * rows, sheet.columns + body["length"] * (not rows))


def _insert_dimension(book: Spreadsheet, body: Body) -> None:
    span = body.get("range", {})
    start = span.get("startIndex", 0)
    book.by_id(span.get("sheetId", 0)).insert(span.get("dimension"), start, span.get("endIndex", start))


def _delete_dimension(book: Spreadsheet, body: Body) -> None:
    span = body.get("range", {})
    sheet = book.by_id(span.get("sheetId", 0))
    sheet.delete(span.get("dimension"), span.get("startIndex", 0), span.get("endIndex"))


def _box(sheet: Sheet, area: Body) -> tuple[range, range]:
    """The rows and columns of a GridRange, cut to the grid."""
    row, column = area.get("startRowIndex", 0), area.get("startColumnIndex", 0)
    if row >= sheet.rows or column >= sheet.columns:
        raise RefusedError(f"Range starts outside the grid of {sheet.rows} rows and {sheet.columns} columns.")
    end_row, end_column = area.get("endRowIndex", sheet.rows), area.get("endColumnIndex", sheet.columns)
    return range(row, min(end_row, sheet.rows)), range(column, min(end_column, sheet.columns))


def _update_cells(book: Spreadsheet, body: Body) -> None:
    mask = _mask(body)
    lines = body.get("rows", [])
    if "range" in body:
        sheet = book.by_id(body["range"].get("sheetId", 0))
        rows, columns = _box(sheet, body["range"])
        for row in rows:
            values = lines[row - rows.start].get("values", []) if row - rows.start < len(lines) else []
            for column in columns:
                new = values[column - columns.start] if column - columns.start < len(values) else {}
                sheet.put(row, column, merged(sheet.cell(row, column), new, mask))
        return
    start = body.get("start", {})
    sheet = book.by_id(start.get("sheetId", 0))
    first_row, first_column = start.get("rowIndex", 0), start.get("columnIndex", 0)
    for row, line in enumerate(lines, first_row):
        if row >= sheet.rows:
            raise RefusedError(f"Attempting to write row: {row}, beyond the last requested row of: {sheet.rows - 1}")
        for column, new in enumerate(line.get("values", []), first_column):
            if column >= sheet.columns:
                raise RefusedError(
                    f"Attempting to write column: {column}, beyond the last requested column of: {sheet.columns - 1}"
                )
            sheet.put(row, column, merged(sheet.cell(row, column), new, mask))


def _repeat_cell(book: Spreadsheet, body: Body) -> None:
    sheet = book.by_id(body["range"].get("sheetId", 0))
    rows, columns = _box(sheet, body["range"])
    for row in rows:
        for column in columns:
            sheet.put(row, column, merged(sheet.cell(row, column), body.get("cell", {}), _mask(body)))


def _sort_range(book: Spreadsheet, body: Body) -> None:
    sheet = book.by_id(body["range"].get("sheetId", 0))
    rows, columns = _box(sheet, body["range"])
    lines = [[sheet.cell(row, column) for column in columns] for row in rows]
    for spec in reversed(body.get("sortSpecs", [])):
        place = spec.get("dimensionIndex", 0) - columns.start
        if not 0 <= place < len(columns):
            raise RefusedError("sortSpecs.dimensionIndex is outside the range.")
        descending = spec.get("sortOrder") == "DESCENDING"
        empty = [line for line in lines if not effective(line[place])]
        full = [line for line in lines if effective(line[place])]
        lines = sorted(full, key=partial(_sort_key, place=place), reverse=descending) + empty
    for row, line in zip(rows, lines, strict=True):
        for column, cell in zip(columns, line, strict=True):
            sheet.put(row, column, cell)


def _sort_key(line: list[Cell], *, place: int) -> tuple[int, Any]:
    """Numbers come before text, text before TRUE and FALSE."""
    ((kind, value),) = effective(line[place]).items()
    ranks = {"numberValue": 0, "stringValue": 1, "boolValue": 2}
    return ranks.get(kind, 3), value.lower() if isinstance(value, str) else str(
        value
    ) if kind == "errorValue" else value


def _add_protected_range(book: Spreadsheet, body: Body) -> Body:
    protected = {"protectedRangeId": book.next_id()} | body["protectedRange"]
    book.by_id(protected.get("range", {}).get("sheetId", 0)).protected.append(protected)
    return {"addProtectedRange": {"protectedRange": protected}}


def _auto_resize(book: Spreadsheet, body: Body) -> None:
    book.by_id(body.get("dimensions", {}).get("sheetId", 0))


def _update_dimension_properties(book: Spreadsheet, body: Body) -> None:
    span = body.get("range", {})
    sheet = book.by_id(span.get("sheetId", 0))
    kind = span.get("dimension", "ROWS")
    size = sheet.rows if kind == "ROWS" else sheet.columns
    for place in range(span.get("startIndex", 0), min(span.get("endIndex", size), size)):
        sheet.sizes[kind, place] = merged(sheet.sizes.get((kind, place), {}), body.get("properties", {}), _mask(body))


def _update_spreadsheet_properties(book: Spreadsheet, body: Body) -> None:
    book.properties = merged(book.properties, body.get("properties", {}), _mask(body))


CHANGES: dict[str, Change] = ATTACHED | {
    "addProtectedRange": _add_protected_range,
    "addSheet": _add_sheet,
    "appendDimension": _append_dimension,
    "autoResizeDimensions": _auto_resize,
    "deleteDimension": _delete_dimension,
    "deleteSheet": _delete_sheet,
    "insertDimension": _insert_dimension,
    "repeatCell": _repeat_cell,
    "sortRange": _sort_range,
    "updateCells": _update_cells,
    "updateDimensionProperties": _update_dimension_properties,
    "updateSheetProperties": _update_sheet_properties,
    "updateSpreadsheetProperties": _update_spreadsheet_properties,
}
