"""Reading the ranges that requests name: GridRange, GridCoordinate, DimensionRange."""

from collections.abc import Iterator
from typing import Any

from tests.sheets_server.a1 import format_area
from tests.sheets_server.book import Spreadsheet, grid_area
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.masks import Mask, parse_mask
from tests.sheets_server.sheet import Sheet

Body = dict[str, Any]
Box = tuple[range, range]  # rows and columns


def sheet_of(book: Spreadsheet, area: Body) -> Sheet:
    """The tab of a GridRange, GridCoordinate or DimensionRange."""
    return book.by_id(area.get("sheetId", 0))


def box_of(sheet: Sheet, area: Body) -> Box:
    """The rows and columns of a GridRange, cut to the grid; refused where it begins outside."""
    row, column = area.get("startRowIndex", 0), area.get("startColumnIndex", 0)
    end_row, end_column = area.get("endRowIndex", sheet.rows), area.get("endColumnIndex", sheet.columns)
    for name, start, end in (("Row", row, end_row), ("Column", column, end_column)):
        if start < 0:
            raise RefusedError(f"range.start{name}Index[{start}] must not be negative")
        if f"end{name}Index" in area and end < start:
            raise RefusedError(f"range.end{name}Index[{end}] must be after range.start{name}Index[{start}]")
    if row >= sheet.rows or column >= sheet.columns:
        where = format_area(grid_area(sheet, area))
        raise RefusedError(f"Range ({where}) exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}")
    return range(row, min(end_row, sheet.rows)), range(column, min(end_column, sheet.columns))


def corner_of(area: Body) -> tuple[int, int]:
    """The row and column of a GridCoordinate."""
    for name in ("rowIndex", "columnIndex"):
        if area.get(name, 0) < 0:
            raise RefusedError(f"{name}[{area[name]}] must not be negative")
    return area.get("rowIndex", 0), area.get("columnIndex", 0)


def places(box: Box) -> Iterator[tuple[int, int]]:
    """The cells of a box, row by row."""
    return ((row, column) for row in box[0] for column in box[1])


def bounded(sheet: Sheet, area: Body) -> Body:
    """A GridRange with every end told."""
    rows, columns = box_of(sheet, area)
    return {
        "sheetId": sheet.id,
        "startRowIndex": rows.start,
        "endRowIndex": rows.stop,
        "startColumnIndex": columns.start,
        "endColumnIndex": columns.stop,
    }


def span_of(book: Spreadsheet, span: Body) -> tuple[Sheet, str, int, int]:
    """A DimensionRange as tab, dimension, start and end; refused where it is empty or has no dimension."""
    sheet = sheet_of(book, span)
    dimension = span.get("dimension", "")
    if dimension not in ("ROWS", "COLUMNS"):
        raise RefusedError("range.dimension must be specified.")
    size = sheet.rows if dimension == "ROWS" else sheet.columns
    start, end = span.get("startIndex", 0), span.get("endIndex", size)
    if start < 0 or end < 0:
        raise RefusedError("DimensionRange indexes must be >= 0")
    if end <= start:
        raise RefusedError(f"range.endIndex[{end}] must be after range.startIndex[{start}]")
    return sheet, dimension, start, end


def mask_of(body: Body) -> Mask:
    """The mask of a change; it must name something."""
    if not body.get("fields"):
        raise RefusedError("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    return parse_mask(body["fields"])
