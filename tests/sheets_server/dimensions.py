"""Requests about rows and columns: added, deleted, moved, sized, hidden, grouped."""

from typing import Any

from tests.sheets_server.access import PROTECTED, is_protected
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import RefusedError, rendered
from tests.sheets_server.grids import box_of, mask_of, sheet_of, span_of
from tests.sheets_server.masks import merged
from tests.sheets_server.references import follow
from tests.sheets_server.resource import COLUMN_PIXELS, ROW_PIXELS
from tests.sheets_server.sheet import Sheet
from tests.sheets_server.shifting import deleted, inserted, moved

Body = dict[str, Any]
_LETTER_PIXELS = 9.25  # of a capital A in the default font
_GROUPS = {"ROWS": "rowGroups", "COLUMNS": "columnGroups"}


def _append_dimension(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body)
    if body.get("length", 0) < 1:
        raise RefusedError(f"length[{body.get('length', 0)}] must be greater than 0.")
    if body.get("dimension") not in _GROUPS:
        raise RefusedError("dimension must be specified.")
    rows = body["dimension"] == "ROWS"
    sheet.resize(sheet.rows + body["length"] * rows, sheet.columns + body["length"] * (not rows))


def _insert_dimension(book: Spreadsheet, body: Body) -> None:
    if "endIndex" not in body.get("range", {}):
        raise RefusedError("range.endIndex must be specified.")
    sheet, dimension, start, end = span_of(book, body["range"])
    size = sheet.rows if dimension == "ROWS" else sheet.columns
    before = body.get("inheritFromBefore", False)
    if start > size:
        raise RefusedError(f"range.startIndex is larger than current grid size ({size})")
    if start == size and not before:
        raise RefusedError(f"range.startIndex must be less than the grid size ({size}) if inheritFromBefore is false.")
    if start == 0 and before:
        raise RefusedError("inheritFromBefore cannot be true when inserting at the beginning of the sheet.")
    sheet.insert(dimension, start, end, before=before)
    follow(book, sheet, dimension, inserted(start, end - start))


def _delete_dimension(book: Spreadsheet, body: Body) -> None:
    sheet, dimension, start, end = span_of(book, body.get("range", {}))
    if sheet.protected:
        _check_span(sheet, dimension, start, end)
    sheet.delete(dimension, start, end)
    follow(book, sheet, dimension, deleted(start, end))


def _check_span(sheet: Sheet, dimension: str, start: int, end: int) -> None:
    for each in sheet.protected:
        name = "Row" if dimension == "ROWS" else "Column"
        area = each.get("range", {})
        first, last = area.get(f"start{name}Index", 0), area.get(f"end{name}Index", end)
        corner = (max(first, start), area.get("startColumnIndex", 0))
        if dimension == "COLUMNS":
            corner = (area.get("startRowIndex", 0), max(first, start))
        if first < end and start < last and is_protected([each], *corner):
            raise RefusedError(PROTECTED)


def _move_dimension(book: Spreadsheet, body: Body) -> None:
    sheet, dimension, start, end = span_of(book, body.get("source", {}))
    size = sheet.rows if dimension == "ROWS" else sheet.columns
    destination = body.get("destinationIndex", 0)
    if end > size:
        raise RefusedError(f"source.endIndex[{end}] is larger than current grid size ({size})")
    if not 0 <= destination <= size or start < destination < end:
        raise RefusedError(f"destinationIndex[{destination}] must be outside the source and within the grid ({size})")
    sheet.move(dimension, start, end, destination)
    follow(book, sheet, dimension, moved(start, end, destination))


def _auto_resize(book: Spreadsheet, body: Body) -> None:
    sheet, dimension, start, end = span_of(book, body.get("dimensions", {}))
    compute = book.computer(sheet)
    for place in range(start, min(end, sheet.rows if dimension == "ROWS" else sheet.columns)):
        pixels = ROW_PIXELS
        if dimension == "COLUMNS":
            texts = [
                str(rendered(line[place], "FORMATTED_VALUE", compute=compute))
                for line in sheet.cells
                if place < len(line)
            ]
            longest = max(map(len, texts), default=0)
            pixels = round(longest * _LETTER_PIXELS) + 11 if longest else COLUMN_PIXELS
        sheet.sizes[dimension, place] = sheet.sizes.get((dimension, place), {}) | {"pixelSize": pixels}


def _update_dimension_properties(book: Spreadsheet, body: Body) -> None:
    sheet, dimension, start, end = span_of(book, body.get("range", {}))
    size = sheet.rows if dimension == "ROWS" else sheet.columns
    if start >= size:
        raise RefusedError(f"range.startIndex[{start}] is larger than current grid size ({size})")
    mask = mask_of(body)
    for place in range(start, min(end, size)):
        found = merged(sheet.sizes.get((dimension, place), {}), body.get("properties", {}), mask)
        sheet.sizes[dimension, place] = {name: value for name, value in found.items() if value}


def _insert_range(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body.get("range", {}))
    rows, columns = box_of(sheet, body.get("range", {}))
    _shift_cells(sheet, rows, columns, body.get("shiftDimension", ""), open_up=True)


def _delete_range(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body.get("range", {}))
    rows, columns = box_of(sheet, body.get("range", {}))
    _shift_cells(sheet, rows, columns, body.get("shiftDimension", ""), open_up=False)


def _shift_cells(sheet: Sheet, rows: range, columns: range, dimension: str, *, open_up: bool) -> None:
    """Cells below or to the right make room for a range, or close the gap that it leaves."""
    if dimension not in _GROUPS:
        raise RefusedError("shiftDimension must be specified.")
    down = dimension == "ROWS"
    if down:
        lines = [[sheet.cell(row, column) for row in range(rows.start, sheet.rows)] for column in columns]
    else:
        lines = [[sheet.cell(row, column) for column in range(columns.start, sheet.columns)] for row in rows]
    count = len(rows) if down else len(columns)
    for offset, line in enumerate(lines):
        kept = [{}] * count + line if open_up else line[count:] + [{}] * count
        for place, cell in enumerate(kept[: len(line)]):
            if cell != line[place]:
                where = (
                    (rows.start + place, columns.start + offset)
                    if down
                    else (rows.start + offset, columns.start + place)
                )
                sheet.put(*where, cell)


# Groups ----------------------------------------------------------------------------------------------------------


def _add_group(book: Spreadsheet, body: Body) -> Body:
    sheet, dimension, start, end = span_of(book, body.get("range", {}))
    size = sheet.rows if dimension == "ROWS" else sheet.columns
    if end > size:
        raise RefusedError(f"range.endIndex[{end}] is larger than current grid size ({size})")
    kept = sheet.marks.setdefault(_GROUPS[dimension], [])
    inside = [each for each in kept if each["range"]["startIndex"] <= start and end <= each["range"]["endIndex"]]
    for each in kept:  # what it encloses is now one deeper
        if start <= each["range"]["startIndex"] and each["range"]["endIndex"] <= end and each not in inside:
            each["depth"] += 1
    span = {"sheetId": sheet.id, "dimension": dimension, "startIndex": start, "endIndex": end}
    kept.append({"range": span, "depth": len(inside) + 1})
    kept.sort(key=lambda each: (each["depth"], each["range"]["startIndex"]))
    sheet.grid["rowGroupControlAfter" if dimension == "ROWS" else "columnGroupControlAfter"] = True
    return {"addDimensionGroup": {"dimensionGroups": kept}}


def _delete_group(book: Spreadsheet, body: Body) -> Body:
    sheet, dimension, start, end = span_of(book, body.get("range", {}))
    kept = sheet.marks.setdefault(_GROUPS[dimension], [])
    found = [each for each in kept if (each["range"]["startIndex"], each["range"]["endIndex"]) == (start, end)]
    if not found:
        raise RefusedError("Cannot delete the dimension group because there is no group in the given range.")
    kept.remove(found[-1])
    for each in kept:
        if start <= each["range"]["startIndex"] and each["range"]["endIndex"] <= end:
            each["depth"] = max(1, each["depth"] - 1)
    return {"deleteDimensionGroup": {"dimensionGroups": kept} if kept else {}}


def _update_group(book: Spreadsheet, body: Body) -> None:
    given = body.get("dimensionGroup", {})
    sheet, dimension, start, end = span_of(book, given.get("range", {}))
    mask_of(body)
    for each in sheet.marks.get(_GROUPS[dimension], []):
        ends = (each["range"]["startIndex"], each["range"]["endIndex"])
        if ends == (start, end) and each["depth"] == given.get("depth", 1):
            each["collapsed"] = given.get("collapsed", False)
            return
    raise RefusedError("There is no group with this range and depth.")


DIMENSIONS = {
    "addDimensionGroup": _add_group,
    "appendDimension": _append_dimension,
    "autoResizeDimensions": _auto_resize,
    "deleteDimension": _delete_dimension,
    "deleteDimensionGroup": _delete_group,
    "deleteRange": _delete_range,
    "insertDimension": _insert_dimension,
    "insertRange": _insert_range,
    "moveDimension": _move_dimension,
    "updateDimensionGroup": _update_group,
    "updateDimensionProperties": _update_dimension_properties,
}
