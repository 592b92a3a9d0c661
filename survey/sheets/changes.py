"""What the mirror asks Google to change: requests of `spreadsheets.batchUpdate`, one function for each kind.

Rows and columns count from 0, ends are excluded, as in Google's API.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from survey.sheets.layout import Cell
from survey.sheets.limits import ROWS_ADDED_AT_ONCE

Change = dict[str, Any]
HEADER_ROWS: Final = 1
_WIDTH_ID, _WIDTH_OTHER = 290, 110
NOTE: Final = (
    "Compati writes this tab and puts it right when rows were moved. Work in a tab of your own, with for example "
    "=QUERY('{title}'!A:ZZ; \"select *\") or FILTER, or in columns to the right of these."
)


def write_cells(sheet_id: int, row: int, lines: Sequence[Sequence[Cell]], *, column: int = 0) -> Change:
    """Write lines from a row on; text never runs as a formula."""
    rows = [{"values": [{"userEnteredValue": _value(cell)} for cell in line]} for line in lines]
    start = {"sheetId": sheet_id, "rowIndex": row, "columnIndex": column}
    return {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}


def write_lines(sheet_id: int, lines: Sequence[tuple[int, list[Cell]]]) -> list[Change]:
    """Writes of lines with their rows, one for each run of consecutive rows."""
    runs: list[list[tuple[int, list[Cell]]]] = []
    for row, line in lines:
        if runs and runs[-1][-1][0] + 1 == row:
            runs[-1].append((row, line))
        else:
            runs.append([(row, line)])
    return [write_cells(sheet_id, run[0][0], [line for _, line in run]) for run in runs]


def _value(cell: Cell) -> dict[str, Cell]:
    return {"stringValue" if isinstance(cell, str) else "numberValue": cell}


def add_tab(sheet_id: int, title: str, *, columns: int, rows: int = ROWS_ADDED_AT_ONCE) -> Change:
    """Add an empty tab whose first row stays in sight."""
    grid = {"rowCount": rows, "columnCount": columns, "frozenRowCount": HEADER_ROWS}
    return {"addSheet": {"properties": {"sheetId": sheet_id, "title": title, "gridProperties": grid}}}


def dress_tab(sheet_id: int, title: str, columns: int, editor: str | None) -> list[Change]:
    """Make a data tab readable and protect it: bold header with a note for people, widths, nobody else edits."""
    return [
        {
            "repeatCell": {
                "range": _area(sheet_id, 0, HEADER_ROWS, 0, columns),
                "cell": {"userEnteredFormat": {"textFormat": {"bold": True}, "wrapStrategy": "WRAP"}},
                "fields": "userEnteredFormat(textFormat.bold,wrapStrategy)",
            }
        },
        {
            "updateCells": {
                "range": _area(sheet_id, 0, 1, 0, 1),
                "rows": [{"values": [{"note": NOTE.format(title=title.replace("'", "''"))}]}],
                "fields": "note",
            }
        },
        widen(sheet_id, 0, 1, _WIDTH_ID),
        widen(sheet_id, 1, columns, _WIDTH_OTHER),
        {"addProtectedRange": {"protectedRange": _protection(sheet_id, columns, editor)}},
    ]


def _protection(sheet_id: int, columns: int, editor: str | None) -> dict[str, Any]:
    # Only our columns: those to the right belong to the people who use the sheet.
    area = {"sheetId": sheet_id, "startColumnIndex": 0, "endColumnIndex": columns}
    protection: dict[str, Any] = {"range": area, "description": "Written by Compati"}
    # Without an account of our own, nobody could be let in: people are warned instead.
    return protection | ({"editors": {"users": [editor]}} if editor else {"warningOnly": True})


def widen(sheet_id: int, first: int, end: int, pixels: int) -> Change:
    """Set the width of columns."""
    return {
        "updateDimensionProperties": {
            "range": _span(sheet_id, "COLUMNS", first, end),
            "properties": {"pixelSize": pixels},
            "fields": "pixelSize",
        }
    }


def embolden(sheet_id: int, row: int, columns: int) -> Change:
    """Set a row in bold."""
    return {
        "repeatCell": {
            "range": _area(sheet_id, row, row + 1, 0, columns),
            "cell": {"userEnteredFormat": {"textFormat": {"bold": True}}},
            "fields": "userEnteredFormat.textFormat.bold",
        }
    }


def empty_cells(sheet_id: int) -> Change:
    """Empty every cell of a tab; formats stay."""
    return {"updateCells": {"range": {"sheetId": sheet_id}, "fields": "userEnteredValue"}}


def add_rows(sheet_id: int, count: int) -> Change:
    """Add rows at the end."""
    return {"appendDimension": {"sheetId": sheet_id, "dimension": "ROWS", "length": count}}


def add_column(sheet_id: int) -> Change:
    """Add a column at the end."""
    return {"appendDimension": {"sheetId": sheet_id, "dimension": "COLUMNS", "length": 1}}


def insert_column(sheet_id: int, at: int) -> Change:
    """Insert an empty column."""
    span = _span(sheet_id, "COLUMNS", at, at + 1)
    return {"insertDimension": {"range": span, "inheritFromBefore": at > 0}}


def move_column(sheet_id: int, source: int, destination: int) -> Change:
    """Move a column further to the left."""
    span = _span(sheet_id, "COLUMNS", source, source + 1)
    return {"moveDimension": {"source": span, "destinationIndex": destination}}


def delete_columns(sheet_id: int, first: int, end: int) -> Change:
    """Delete columns."""
    return {"deleteDimension": {"range": _span(sheet_id, "COLUMNS", first, end)}}


def insert_rows(sheet_id: int, first: int, end: int) -> Change:
    """Insert empty rows."""
    return {"insertDimension": {"range": _span(sheet_id, "ROWS", first, end), "inheritFromBefore": False}}


def carry_rows(source: int, first: int, end: int, columns: int, target: int, row: int, column: int) -> Change:
    """Carry rows to another tab, cut from where they stood."""
    place = {"sheetId": target, "rowIndex": row, "columnIndex": column}
    area = _area(source, first, end, 0, columns)
    return {"cutPaste": {"source": area, "destination": place, "pasteType": "PASTE_NORMAL"}}


def empty_rows(sheet_id: int, first: int, end: int, columns: int, *, column: int = 0) -> Change:
    """Empty the cells of rows from one column to before another."""
    return {"updateCells": {"range": _area(sheet_id, first, end, column, columns), "fields": "userEnteredValue"}}


def only_once(sheet_id: int, number: int) -> Change:
    """A mark that can be made a single time: a request that carries it is refused when it comes again.

    It is developer metadata with an id of our own, which must be unique in a spreadsheet; people do not see it.
    """
    mark = int.from_bytes(hashlib.sha256(f"{sheet_id}:{number}".encode()).digest()[:4]) >> 1 or 1
    return {
        "createDeveloperMetadata": {
            "developerMetadata": {
                "metadataId": mark,
                "metadataKey": "compati",
                "location": {"sheetId": sheet_id},
                "visibility": "PROJECT",
            }
        }
    }


def sort_rows(sheet_id: int, first: int, end: int, *, by: int, columns: int) -> Change:
    """Sort rows by the numbers in a column; each row moves as a whole."""
    order = {"dimensionIndex": by, "sortOrder": "ASCENDING"}
    return {"sortRange": {"range": _area(sheet_id, first, end, 0, columns), "sortSpecs": [order]}}


def _span(sheet_id: int, dimension: str, start: int, end: int) -> dict[str, Any]:
    return {"sheetId": sheet_id, "dimension": dimension, "startIndex": start, "endIndex": end}


def _area(sheet_id: int, row: int, row_end: int, column: int, column_end: int) -> dict[str, int]:
    return {
        "sheetId": sheet_id,
        "startRowIndex": row,
        "endRowIndex": row_end,
        "startColumnIndex": column,
        "endColumnIndex": column_end,
    }
