"""Requests about cells: written, repeated, sorted, copied, replaced, validated, bordered."""

import csv
import io
import re
from functools import partial
from typing import Any

from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import EMPTY, Cell, Compute, RefusedError, effective, rendered
from tests.sheets_server.entry import typed
from tests.sheets_server.grids import box_of, corner_of, mask_of, places, sheet_of
from tests.sheets_server.masks import Mask, merged
from tests.sheets_server.references import copied, move_cells
from tests.sheets_server.sheet import Sheet

Body = dict[str, Any]
_PASTED = {
    "PASTE_VALUES": ("userEnteredValue",),
    "PASTE_FORMAT": ("userEnteredFormat", "dataValidation"),
    "PASTE_FORMULA": ("userEnteredValue",),
    "PASTE_DATA_VALIDATION": ("dataValidation",),
}


def _put_merged(sheet: Sheet, row: int, column: int, new: Cell, mask: Mask) -> None:
    sheet.put(row, column, merged(sheet.cell(row, column), new, mask))


def _moved(cell: Cell, down: int, across: int) -> Cell:
    """A cell as it is in another place: its formula refers to what is as far from there."""
    formula = cell.get("userEnteredValue", EMPTY).get("formulaValue")
    if not formula or not (down or across):
        return cell
    return cell | {"userEnteredValue": {"formulaValue": copied(formula, down, across)}}


def _update_cells(book: Spreadsheet, body: Body) -> None:
    mask = mask_of(body)
    lines = body.get("rows", [])
    if "range" in body:
        sheet = sheet_of(book, body["range"])
        rows, columns = box_of(sheet, body["range"])
        for row, column in places((rows, columns)):
            values = lines[row - rows.start].get("values", []) if row - rows.start < len(lines) else []
            new = values[column - columns.start] if column - columns.start < len(values) else {}
            _put_merged(sheet, row, column, new, mask)
        return
    start = body.get("start", {})
    sheet = sheet_of(book, start)
    first_row, first_column = corner_of(start)
    for name, place, size in (("row", first_row, sheet.rows), ("column", first_column, sheet.columns)):
        if place >= size:
            raise RefusedError(f"GridCoordinate.{name}Index[{place}] is after last {name} in grid[{sheet.id}]")
    for row, line in enumerate(lines, first_row):
        if row >= sheet.rows:
            raise RefusedError(f"Attempting to write row: {row}, beyond the last requested row of: {sheet.rows - 1}")
        for column, new in enumerate(line.get("values", []), first_column):
            _check_column(sheet, column)
            _put_merged(sheet, row, column, new, mask)


def _check_column(sheet: Sheet, column: int) -> None:
    if column >= sheet.columns:
        last = sheet.columns - 1
        raise RefusedError(f"Attempting to write column: {column}, beyond the last requested column of: {last}")


def _append_cells(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body)
    mask = mask_of(body)
    lines = body.get("rows", [])
    start = next((row + 1 for row in reversed(range(len(sheet.cells))) if sheet.cells[row]), 0)
    sheet.resize(max(sheet.rows, start + len(lines)), sheet.columns)  # rows are added, columns are not
    for row, line in enumerate(lines, start):
        for column, new in enumerate(line.get("values", [])):
            _check_column(sheet, column)
            sheet.put(row, column, merged({}, new, mask))


def _repeat_cell(book: Spreadsheet, body: Body) -> None:
    sheet, mask = sheet_of(book, body.get("range", {})), mask_of(body)
    rows, columns = box_of(sheet, body.get("range", {}))
    for row, column in places((rows, columns)):
        _put_merged(sheet, row, column, _moved(body.get("cell", {}), row - rows.start, column - columns.start), mask)


def _set_data_validation(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body.get("range", {}))
    for place in places(box_of(sheet, body.get("range", {}))):
        sheet.put(*place, sheet.cell(*place) | {"dataValidation": body.get("rule")})


def _update_borders(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body.get("range", {}))
    rows, columns = box_of(sheet, body.get("range", {}))
    for row, column in places((rows, columns)):
        sides = {
            "top": body.get("top" if row == rows.start else "innerHorizontal"),
            "bottom": body.get("bottom" if row == rows.stop - 1 else "innerHorizontal"),
            "left": body.get("left" if column == columns.start else "innerVertical"),
            "right": body.get("right" if column == columns.stop - 1 else "innerVertical"),
        }
        cell = sheet.cell(row, column)
        style = cell.get("userEnteredFormat", EMPTY)
        borders = style.get("borders", {}) | {name: line for name, line in sides.items() if line}
        sheet.put(row, column, cell | {"userEnteredFormat": style | {"borders": borders}})


# Order -----------------------------------------------------------------------------------------------------------


def sort_lines(book: Spreadsheet, sheet: Sheet, area: Body, specs: list[Body]) -> None:
    """Sorts the rows of a range: empty cells come last whatever the order."""
    rows, columns = box_of(sheet, area)
    compute = book.computer(sheet)
    lines = [[sheet.cell(row, column) for column in columns] for row in rows]
    came_from = {id(line): row for row, line in zip(rows, lines, strict=True)}
    for spec in reversed(specs):
        place = spec.get("dimensionIndex", 0) - columns.start
        if not 0 <= place < len(columns):
            raise RefusedError(f"sortSpecs.dimensionIndex[{spec.get('dimensionIndex', 0)}] is outside the range.")
        descending = spec.get("sortOrder") == "DESCENDING"
        empty = [line for line in lines if not effective(line[place])]
        full = [line for line in lines if effective(line[place])]
        lines = sorted(full, key=partial(_sort_key, place=place, compute=compute), reverse=descending) + empty
    for row, line in zip(rows, lines, strict=True):
        if came_from[id(line)] != row:
            line = [_moved(cell, row - came_from[id(line)], 0) for cell in line]
            sheet.put_line(row, columns.start, line)


def _sort_key(line: list[Cell], *, place: int, compute: Compute) -> tuple[int, Any]:
    """Numbers come before text, text before TRUE and FALSE."""
    ((kind, value),) = effective(line[place], compute).items()
    ranks = {"numberValue": 0, "stringValue": 1, "boolValue": 2}
    if kind == "errorValue":
        return 3, value["type"]
    return ranks[kind], value.lower() if isinstance(value, str) else value


def _sort_range(book: Spreadsheet, body: Body) -> None:
    if not body.get("sortSpecs"):
        raise RefusedError("Must specify at least one sortSpec.")
    sort_lines(book, sheet_of(book, body.get("range", {})), body.get("range", {}), body["sortSpecs"])


# Copies ----------------------------------------------------------------------------------------------------------


def _lifted(book: Spreadsheet, area: Body) -> list[list[Cell]]:
    sheet = sheet_of(book, area)
    rows, columns = box_of(sheet, area)
    if not rows or not columns:
        raise RefusedError("The source range is empty.")
    return [[sheet.cell(row, column) for column in columns] for row in rows]


def _paste(
    sheet: Sheet, row: int, column: int, lines: list[list[Cell]], kind: str, compute: Compute, step: tuple[int, int]
) -> None:
    """Cells with their corner at a place; `step` is how far their formulas move."""
    for r, line in enumerate(lines, row):
        for c, cell in enumerate(line, column):
            if r >= sheet.rows or c >= sheet.columns:
                continue
            names, old = _PASTED.get(kind), sheet.cell(r, c)
            if kind == "PASTE_VALUES" and "userEnteredValue" in cell:
                cell = cell | {"userEnteredValue": effective(cell, compute)}
            cell = _moved(cell, *step)
            if kind == "PASTE_NO_BORDERS" and "borders" in cell.get("userEnteredFormat", {}):
                style = {name: part for name, part in cell["userEnteredFormat"].items() if name != "borders"}
                cell = cell | {"userEnteredFormat": style}
            sheet.put(r, c, cell if names is None else old | {name: cell.get(name) for name in names})


def _copy_paste(book: Spreadsheet, body: Body) -> None:
    source, target = sheet_of(book, body.get("source", {})), sheet_of(book, body.get("destination", {}))
    lines = _lifted(book, body.get("source", {}))
    if body.get("pasteOrientation") == "TRANSPOSE":
        lines = [list(line) for line in zip(*lines, strict=True)]
    rows, columns = box_of(target, body.get("destination", {}))
    height, width = len(lines), len(lines[0])
    first = box_of(source, body.get("source", {}))
    # A destination that is a multiple of the source is filled with copies of it.
    down = range(0, len(rows), height) if len(rows) % height == 0 else (0,)
    across = range(0, len(columns), width) if len(columns) % width == 0 else (0,)
    for r in down:
        for c in across:
            row, column = rows.start + r, columns.start + c
            _paste(
                target, row, column, lines, body.get("pasteType", "PASTE_NORMAL"), book.computer(source),
                (row - first[0].start, column - first[1].start),
            )  # fmt: skip


def _cut_paste(book: Spreadsheet, body: Body) -> None:
    source, target = sheet_of(book, body.get("source", {})), sheet_of(book, body.get("destination", {}))
    lines, kind = _lifted(book, body.get("source", {})), body.get("pasteType", "PASTE_NORMAL")
    for place in places(box_of(source, body.get("source", {}))):
        names = _PASTED.get(kind)
        kept = {} if names is None else {k: v for k, v in source.cell(*place).items() if k not in names}
        source.put(*place, kept)
    where = body.get("destination", {})
    row, column = corner_of(where)
    if row + len(lines) > target.rows or column + len(lines[0]) > target.columns:
        target.resize(max(target.rows, row + len(lines)), max(target.columns, column + len(lines[0])))
    _paste(target, row, column, lines, kind, book.computer(source), (0, 0))  # what is cut refers to what it did
    if source is target and kind == "PASTE_NORMAL":
        box = box_of(source, body.get("source", {}))
        move_cells(book, source, box, row - box[0].start, column - box[1].start)


def _paste_data(book: Spreadsheet, body: Body) -> None:
    where = body.get("coordinate", {})
    sheet = sheet_of(book, where)
    if body.get("html"):
        raise RefusedError("pasteData.html is not played by the loopback server.")
    lines = list(csv.reader(io.StringIO(body.get("data", "")), delimiter=body.get("delimiter") or ","))
    row, column = corner_of(where)
    width = max(map(len, lines), default=0)
    sheet.resize(max(sheet.rows, row + len(lines)), max(sheet.columns, column + width))
    for r, line in enumerate(lines, row):
        for c, text in enumerate(line, column):
            sheet.put_value(r, c, *(typed(text) if text else ({}, None)))


# Text ------------------------------------------------------------------------------------------------------------


def _find_replace(book: Spreadsheet, body: Body) -> Body:
    if not body.get("find"):
        raise RefusedError("find must not be empty.")
    sheets = book.sheets if body.get("allSheets") else [sheet_of(book, body.get("range", body))]
    text = body["find"] if body.get("searchByRegex") else re.escape(body["find"])
    pattern = re.compile(text, 0 if body.get("matchCase") else re.IGNORECASE)
    by = re.sub(r"\$(\d)", r"\\\1", body.get("replacement", ""))
    values = formulas = occurrences = 0
    rows, changed = set(), set()
    for sheet in sheets:
        for row, column in list(places(box_of(sheet, body.get("range", {})))) if sheet.cells else []:
            cell = sheet.cell(row, column)
            in_formula = "formulaValue" in cell.get("userEnteredValue", EMPTY)
            old = str(rendered(cell, "FORMULA" if in_formula else "FORMATTED_VALUE"))
            if not old or (in_formula and not body.get("includeFormulas")):
                continue
            if body.get("matchEntireCell") and not pattern.fullmatch(old):
                continue
            new, count = pattern.subn(
                by if body.get("searchByRegex") else lambda _match: body.get("replacement", ""), old
            )
            if count:
                sheet.put_value(row, column, *(typed(new) if new else ({}, None)))
                values, formulas = values + (not in_formula), formulas + in_formula
                occurrences += count
                rows.add((sheet.id, row))
                changed.add(sheet.id)
    counts = {
        "valuesChanged": values, "formulasChanged": formulas, "rowsChanged": len(rows), "sheetsChanged": len(changed),
        "occurrencesChanged": occurrences,
    }  # fmt: skip
    return {"findReplace": {name: count for name, count in counts.items() if count}}


def _trim_whitespace(book: Spreadsheet, body: Body) -> Body:
    sheet = sheet_of(book, body.get("range", {}))
    count = 0
    for place in list(places(box_of(sheet, body.get("range", {})))):
        old = sheet.cell(*place).get("userEnteredValue", EMPTY).get("stringValue")
        new = " ".join(old.split()) if old is not None else None
        if new != old:
            sheet.put_value(*place, {"stringValue": new})
            count += 1
    return {"trimWhitespace": {"cellsChangedCount": count} if count else {}}


def _delete_duplicates(book: Spreadsheet, body: Body) -> Body:
    sheet = sheet_of(book, body.get("range", {}))
    rows, columns = box_of(sheet, body.get("range", {}))
    compared = {
        column
        for span in body.get("comparisonColumns", [])
        for column in range(span.get("startIndex", 0), span.get("endIndex", sheet.columns))
    } or set(columns)
    seen, kept = set(), []
    for row in rows:
        key = tuple(str(rendered(sheet.cell(row, column), "FORMATTED_VALUE")).lower() for column in sorted(compared))
        if key not in seen or not any(key):
            seen.add(key)
            kept.append([sheet.cell(row, column) for column in columns])
    gone = len(rows) - len(kept)
    for row, line in zip(rows, [*kept, *[[EMPTY] * len(columns)] * gone], strict=True):
        for column, cell in zip(columns, line, strict=True):
            sheet.put(row, column, cell)
    return {"deleteDuplicates": {"duplicatesRemovedCount": gone} if gone else {}}


def _text_to_columns(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body.get("source", {}))
    rows, columns = box_of(sheet, body.get("source", {}))
    signs = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " ", "CUSTOM": body.get("delimiter", ",")}
    sign = signs.get(body.get("delimiterType", "COMMA"), ",")
    for row in rows:
        text = str(rendered(sheet.cell(row, columns.start), "FORMATTED_VALUE"))
        for offset, part in enumerate(text.split(sign) if text else []):
            if columns.start + offset >= sheet.columns:
                sheet.resize(sheet.rows, columns.start + offset + 1)
            sheet.put_value(row, columns.start + offset, *typed(part.strip()))


CONTENTS = {
    "appendCells": _append_cells,
    "copyPaste": _copy_paste,
    "cutPaste": _cut_paste,
    "deleteDuplicates": _delete_duplicates,
    "findReplace": _find_replace,
    "pasteData": _paste_data,
    "repeatCell": _repeat_cell,
    "setDataValidation": _set_data_validation,
    "sortRange": _sort_range,
    "textToColumns": _text_to_columns,
    "trimWhitespace": _trim_whitespace,
    "updateBorders": _update_borders,
    "updateCells": _update_cells,
}
