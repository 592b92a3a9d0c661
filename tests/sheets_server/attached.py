"""More requests of spreadsheets.batchUpdate: copies of tabs and cells, and what is attached to a tab.

Merges, filters, groups, named ranges and metadata are kept as the API's own resources, under the names that they have
in a Sheet or a Spreadsheet resource.
"""

import copy
import re
from collections.abc import Callable
from typing import Any

from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import EMPTY, Cell, RefusedError, rendered
from tests.sheets_server.masks import merged, parse_mask
from tests.sheets_server.sheet import Sheet

Body = dict[str, Any]
_PASTED = {
    "PASTE_VALUES": ("userEnteredValue",),
    "PASTE_FORMAT": ("userEnteredFormat", "dataValidation"),
    "PASTE_FORMULA": ("userEnteredValue",),
    "PASTE_DATA_VALIDATION": ("dataValidation",),
}


def sheet_of(book: Spreadsheet, area: Body) -> Sheet:
    """The tab of a GridRange, GridCoordinate or DimensionRange."""
    return book.by_id(area.get("sheetId", 0))


def whole(sheet: Sheet, area: Body) -> tuple[int, int, int, int]:
    """A GridRange as row, column, end row, end column, cut to the grid; refused where it holds no cell."""
    row, column = area.get("startRowIndex", 0), area.get("startColumnIndex", 0)
    end_row = min(area.get("endRowIndex", sheet.rows), sheet.rows)
    end_column = min(area.get("endColumnIndex", sheet.columns), sheet.columns)
    if row >= end_row or column >= end_column:
        raise RefusedError(f"Range is empty or outside the grid of {sheet.rows} rows and {sheet.columns} columns.")
    return row, column, end_row, end_column


def twin(sheet: Sheet, title: str, id: int) -> Sheet:
    """A copy of a tab under another title and id; what is attached to it names the new tab."""
    found = sheet.copy()
    found.title, found.id, found.protected = title, id, []
    for kept in found.marks.values():
        for each in kept if isinstance(kept, list) else [kept]:
            if "range" in each:
                each["range"]["sheetId"] = id
            elif "sheetId" in each:
                each["sheetId"] = id
    return found


def _duplicate_sheet(book: Spreadsheet, body: Body) -> Body:
    source = book.by_id(body.get("sourceSheetId", 0))
    titles = {sheet.title.lower() for sheet in book.sheets}
    title = body.get("newSheetName") or next(
        name
        for n in range(1, len(titles) + 2)
        if (name := f"Copy of {source.title}" + f" {n}" * (n > 1)).lower() not in titles
    )
    if title.lower() in titles:
        raise RefusedError(f'A sheet with the name "{title}" already exists. Please enter another name.')
    id = body.get("newSheetId", book.next_id())
    if any(sheet.id == id for sheet in book.sheets):
        raise RefusedError(f"A sheet with id {id} already exists.")
    made = twin(source, title, id)
    book.sheets.insert(body.get("insertSheetIndex", 0), made)
    return {"duplicateSheet": {"properties": made.properties(book.sheets.index(made))}}


def _append_cells(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body)
    mask = parse_mask(body.get("fields") or "*")
    lines = body.get("rows", [])
    start = next((row + 1 for row in reversed(range(len(sheet.cells))) if sheet.cells[row]), 0)
    width = max((len(line.get("values", [])) for line in lines), default=0)
    sheet.resize(max(sheet.rows, start + len(lines)), max(sheet.columns, width))
    for row, line in enumerate(lines, start):
        for column, new in enumerate(line.get("values", [])):
            sheet.put(row, column, merged({}, new, mask))


def _delete_protected_range(book: Spreadsheet, body: Body) -> None:
    id = body.get("protectedRangeId", 0)
    for sheet in book.sheets:
        kept = [each for each in sheet.protected if each["protectedRangeId"] != id]
        if len(kept) < len(sheet.protected):
            sheet.protected = kept
            return
    raise RefusedError(f"No protected range with id: {id}")


def _add_named_range(book: Spreadsheet, body: Body) -> Body:
    given = body.get("namedRange", {})
    name = given.get("name", "")
    kept = book.marks.setdefault("namedRanges", [])
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or re.fullmatch(r"[A-Za-z]{1,3}[0-9]+", name):
        raise RefusedError(f"Invalid name: {name}")
    if any(each["name"].lower() == name.lower() for each in kept):
        raise RefusedError(f"A named range with name '{name}' already exists.")
    sheet_of(book, given.get("range", {}))
    made = {"namedRangeId": str(book.next_id())} | given
    kept.append(made)
    return {"addNamedRange": {"namedRange": made}}


def _delete_named_range(book: Spreadsheet, body: Body) -> None:
    id = body.get("namedRangeId", "")
    kept = book.marks.get("namedRanges", [])
    found = [each for each in kept if each["namedRangeId"] == id]
    if not found:
        raise RefusedError(f"No named range with id: {id}")
    kept.remove(found[0])


def _create_developer_metadata(book: Spreadsheet, body: Body) -> Body:
    made = {"metadataId": book.next_id()} | body.get("developerMetadata", {})
    location = made.get("location", {})
    if not made.get("metadataKey") or not made.get("visibility") or not location:
        raise RefusedError("developerMetadata must have a metadataKey, a location and a visibility.")
    taken = {each["metadataId"] for some in (book, *book.sheets) for each in some.marks.get("developerMetadata", [])}
    if made["metadataId"] in taken:
        raise RefusedError(f"Developer metadata with id {made['metadataId']} already exists.")
    marks = book.by_id(location["sheetId"]).marks if "sheetId" in location else book.marks
    marks.setdefault("developerMetadata", []).append(made)
    return {"createDeveloperMetadata": {"developerMetadata": made}}


def _overlap(sheet: Sheet, one: Body, other: Body) -> bool:
    row, column, end_row, end_column = whole(sheet, one)
    row2, column2, end_row2, end_column2 = whole(sheet, other)
    return row < end_row2 and row2 < end_row and column < end_column2 and column2 < end_column


def _merge_cells(book: Spreadsheet, body: Body) -> None:
    area = body.get("range", {})
    sheet = sheet_of(book, area)
    row, column, end_row, end_column = whole(sheet, area)
    kind = body.get("mergeType", "MERGE_ALL")
    boxes = [(row, column, end_row, end_column)]
    if kind == "MERGE_ROWS":
        boxes = [(each, column, each + 1, end_column) for each in range(row, end_row)]
    elif kind == "MERGE_COLUMNS":
        boxes = [(row, each, end_row, each + 1) for each in range(column, end_column)]
    kept = [each for each in sheet.marks.get("merges", []) if not _overlap(sheet, each, area)]
    names = ("startRowIndex", "startColumnIndex", "endRowIndex", "endColumnIndex")
    for box in boxes:
        kept.append({"sheetId": sheet.id} | dict(zip(names, box, strict=True)))
        # Only the first cell of a merge keeps its content.
        for place in ((r, c) for r in range(box[0], box[2]) for c in range(box[1], box[3])):
            if place != box[:2] and sheet.cell(*place):
                sheet.put_value(*place, {})
    sheet.marks["merges"] = kept


def _unmerge_cells(book: Spreadsheet, body: Body) -> None:
    area = body.get("range", {})
    sheet = sheet_of(book, area)
    sheet.marks["merges"] = [each for each in sheet.marks.get("merges", []) if not _overlap(sheet, each, area)]


def _set_basic_filter(book: Spreadsheet, body: Body) -> None:
    given = body.get("filter", {})
    sheet_of(book, given.get("range", {})).marks["basicFilter"] = given


def _clear_basic_filter(book: Spreadsheet, body: Body) -> None:
    sheet_of(book, body).marks.pop("basicFilter", None)


def _set_data_validation(book: Spreadsheet, body: Body) -> None:
    sheet = sheet_of(book, body.get("range", {}))
    row, column, end_row, end_column = whole(sheet, body.get("range", {}))
    for place in ((r, c) for r in range(row, end_row) for c in range(column, end_column)):
        sheet.put(*place, sheet.cell(*place) | {"dataValidation": body.get("rule")})


def _groups(book: Spreadsheet, span: Body) -> list[Body]:
    name = "rowGroups" if span.get("dimension") == "ROWS" else "columnGroups"
    found: list[Body] = sheet_of(book, span).marks.setdefault(name, [])
    return found


def _add_group(book: Spreadsheet, body: Body) -> Body:
    span, kept = body.get("range", {}), _groups(book, body.get("range", {}))
    inside = [
        each
        for each in kept
        if each["range"]["startIndex"] <= span.get("startIndex", 0) and span["endIndex"] <= each["range"]["endIndex"]
    ]
    kept.append({"range": span, "depth": len(inside) + 1})
    name = "rowGroups" if span.get("dimension") == "ROWS" else "columnGroups"
    return {"addDimensionGroup": {"dimensionGroups": sheet_of(book, span).marks[name]}}


def _delete_group(book: Spreadsheet, body: Body) -> Body:
    span, kept = body.get("range", {}), _groups(book, body.get("range", {}))
    found = [each for each in kept if each["range"] == span]
    if not found:
        raise RefusedError("There is no group in this range to delete.")
    kept.remove(found[-1])
    return {"deleteDimensionGroup": {"dimensionGroups": kept} if kept else {}}


def _paste(sheet: Sheet, row: int, column: int, lines: list[list[Cell]], kind: str) -> None:
    for r, line in enumerate(lines, row):
        for c, cell in enumerate(line, column):
            if r < sheet.rows and c < sheet.columns:
                names = _PASTED.get(kind)
                old = sheet.cell(r, c)
                sheet.put(r, c, cell if names is None else old | {name: cell.get(name) for name in names})


def _copy_paste(book: Spreadsheet, body: Body) -> None:
    source, target = sheet_of(book, body.get("source", {})), sheet_of(book, body.get("destination", {}))
    row, column, end_row, end_column = whole(source, body.get("source", {}))
    lines = [[source.cell(r, c) for c in range(column, end_column)] for r in range(row, end_row)]
    if body.get("pasteOrientation") == "TRANSPOSE":
        lines = [list(line) for line in zip(*lines, strict=True)]
    top, left, bottom, right = whole(target, body.get("destination", {}))
    height, width = len(lines), len(lines[0])
    # A destination that is a multiple of the source is filled with copies of it.
    for r in range(top, top + max(bottom - top, height) // height * height, height):
        for c in range(left, left + max(right - left, width) // width * width, width):
            _paste(target, r, c, lines, body.get("pasteType", "PASTE_NORMAL"))


def _cut_paste(book: Spreadsheet, body: Body) -> None:
    source, place = sheet_of(book, body.get("source", {})), body.get("destination", {})
    row, column, end_row, end_column = whole(source, body.get("source", {}))
    lines = [[source.cell(r, c) for c in range(column, end_column)] for r in range(row, end_row)]
    for r, c in ((r, c) for r in range(row, end_row) for c in range(column, end_column)):
        source.put(r, c, EMPTY)
    kind = body.get("pasteType", "PASTE_NORMAL")
    _paste(sheet_of(book, place), place.get("rowIndex", 0), place.get("columnIndex", 0), lines, kind)


def _find_replace(book: Spreadsheet, body: Body) -> Body:
    sheets = book.sheets if body.get("allSheets") else [sheet_of(book, body.get("range", body))]
    text = body.get("find", "") if body.get("searchByRegex") else re.escape(body.get("find", ""))
    pattern = re.compile(text, 0 if body.get("matchCase") else re.IGNORECASE)
    by = body.get("replacement", "")
    values = occurrences = 0
    rows, changed = set(), set()
    for sheet in sheets:
        row, column, end_row, end_column = whole(sheet, body.get("range", {}))
        for r in range(row, min(end_row, len(sheet.cells))):
            for c in range(column, min(end_column, len(sheet.cells[r]))):
                cell = sheet.cell(r, c)
                old = str(rendered(cell, "FORMATTED_VALUE"))
                if "formulaValue" in cell.get("userEnteredValue", {}) or not old:
                    continue
                if body.get("matchEntireCell") and not pattern.fullmatch(old):
                    continue
                new, count = pattern.subn(lambda _match: by, old)
                if count:
                    sheet.put_value(r, c, {"stringValue": new})
                    values, occurrences = values + 1, occurrences + count
                    rows.add((sheet.id, r))
                    changed.add(sheet.id)
    counts = {
        "valuesChanged": values, "rowsChanged": len(rows), "sheetsChanged": len(changed),
        "occurrencesChanged": occurrences,
    }  # fmt: skip
    return {"findReplace": {name: count for name, count in counts.items() if count}}


def copy_to(book: Spreadsheet, sheet_id: int, target: Spreadsheet) -> Body:
    """spreadsheets.sheets.copyTo: the tab at the end of another spreadsheet, or of the same; its SheetProperties."""
    source = book.by_id(sheet_id)
    titles = {sheet.title for sheet in target.sheets}
    names = (f"Copy of {source.title}" + f" {n}" * (n > 1) for n in range(1, len(titles) + 2))
    made = twin(source, next(name for name in names if name not in titles), target.next_id())
    with target.change():
        target.sheets.append(made)
    return copy.deepcopy(made.properties(len(target.sheets) - 1))


ATTACHED: dict[str, Callable[[Spreadsheet, Body], Body | None]] = {
    "addDimensionGroup": _add_group,
    "addNamedRange": _add_named_range,
    "appendCells": _append_cells,
    "clearBasicFilter": _clear_basic_filter,
    "copyPaste": _copy_paste,
    "createDeveloperMetadata": _create_developer_metadata,
    "cutPaste": _cut_paste,
    "deleteDimensionGroup": _delete_group,
    "deleteNamedRange": _delete_named_range,
    "deleteProtectedRange": _delete_protected_range,
    "duplicateSheet": _duplicate_sheet,
    "findReplace": _find_replace,
    "mergeCells": _merge_cells,
    "setBasicFilter": _set_basic_filter,
    "setDataValidation": _set_data_validation,
    "unmergeCells": _unmerge_cells,
}
