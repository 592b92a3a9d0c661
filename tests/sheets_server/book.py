"""A spreadsheet in memory: its sheets in order, and the reading and writing of values."""

import copy
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.sheets_server.a1 import Area, format_a1, parse_a1
from tests.sheets_server.cell import RefusedError, effective, entered, rendered
from tests.sheets_server.sheet import Sheet

CELL_LIMIT = 10_000_000
_ids = itertools.count(1_130_056_292, 524_287)  # of the size that Google gives


class Spreadsheet:
    """A spreadsheet with its sheets in order."""

    def __init__(self, id: str, title: str = "Compati") -> None:
        self.id = id
        self.properties: dict[str, Any] = {
            "title": title, "locale": "en_US", "autoRecalc": "ON_CHANGE", "timeZone": "Etc/GMT",
        }  # fmt: skip
        self.sheets = [Sheet("Sheet1", 0)]
        self.marks: dict[str, Any] = {}  # namedRanges, developerMetadata: as in a Spreadsheet resource
        self.created = self.modified = time.time()

    @property
    def title(self) -> str:
        return self.properties["title"]

    def copy(self, id: str, title: str) -> "Spreadsheet":
        twin = Spreadsheet(id, title)
        twin.sheets = [sheet.copy() for sheet in self.sheets]
        twin.marks = copy.deepcopy(self.marks)
        return twin

    @contextmanager
    def change(self) -> Iterator[None]:
        """A change that is made as a whole or not at all."""
        sheets, properties, marks = self.sheets, self.properties, copy.deepcopy(self.marks)
        self.sheets, self.properties = [sheet.copy() for sheet in sheets], dict(properties)
        try:
            yield
            if sum(sheet.rows * sheet.columns for sheet in self.sheets) > CELL_LIMIT:
                raise RefusedError(
                    "This action would increase the number of cells in the workbook above the limit of "
                    f"{CELL_LIMIT} cells."
                )
        except Exception:
            self.sheets, self.properties, self.marks = sheets, properties, marks
            raise
        self.modified = time.time()

    @staticmethod
    def next_id() -> int:
        return next(_ids)

    def sheet(self, title: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.title == title)

    def by_id(self, id: int) -> Sheet:
        for sheet in self.sheets:
            if sheet.id == id:
                return sheet
        raise RefusedError(f"No grid with id: {id}")

    def area(self, text: str) -> Area:
        """The area that an A1 range or the name of a named range stands for."""
        for each in self.marks.get("namedRanges", []):
            if each["name"].lower() == text.rpartition("!")[2].lower():  # gspread writes the tab's name before it
                place = each.get("range", {})
                starts = place.get("startRowIndex", 0), place.get("startColumnIndex", 0)
                title = self.by_id(place.get("sheetId", 0)).title
                return Area(title, *starts, place.get("endRowIndex"), place.get("endColumnIndex"))
        try:
            return parse_a1(text, [sheet.title for sheet in self.sheets])
        except ValueError as error:
            raise RefusedError(str(error)) from error

    def document(self, *, ranges: list[str] | None = None, grid_data: bool = False) -> dict[str, Any]:
        """The Spreadsheet resource."""
        areas = [self.area(text) for text in ranges or []]
        sheets = []
        for index, sheet in enumerate(self.sheets):
            wanted = [area for area in areas if area.title == sheet.title] if areas else [Area(sheet.title)]
            if not wanted:
                continue
            entry: dict[str, Any] = {"properties": sheet.properties(index)}
            if grid_data:
                entry["data"] = [_grid_data(sheet, area) for area in wanted]
            if sheet.protected:
                entry["protectedRanges"] = sheet.protected
            entry |= {name: kept for name, kept in sheet.marks.items() if kept}
            sheets.append(entry)
        return {
            "spreadsheetId": self.id,
            "properties": self.properties,
            "sheets": sheets,
            "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{self.id}/edit",
        } | {name: kept for name, kept in self.marks.items() if kept}

    # Values ------------------------------------------------------------------------------------------------------

    def get(self, range_text: str, render: str, dimension: str) -> dict[str, Any]:
        """values.get: a ValueRange, cut to the grid."""
        area = self._inside(range_text)
        values = self.sheet(area.title).values(area, render)
        if dimension == "COLUMNS":
            values = [_trimmed(column) for column in itertools.zip_longest(*values, fillvalue="")]
        answer = {"range": _written(area), "majorDimension": dimension}
        return answer | ({"values": values} if values else {})

    def clear(self, range_text: str) -> str:
        """values.clear: empties values, keeps formats; returns the cleared range."""
        area = self._inside(range_text)
        with self.change():
            self.sheet(area.title).clear(area)
        return _written(area)

    def update(self, range_text: str, body: dict[str, Any], option: str) -> dict[str, Any]:
        """values.update: an UpdateValuesResponse."""
        area = self.area(range_text)
        sheet = self.sheet(area.title)
        values = _by_rows(body)
        height, width = len(values), max(map(len, values), default=0)
        asked = (area.end_row or area.row + 1, area.end_column or area.column + 1)
        ends = (area.row + height, area.column + width) if area.is_cell else (0, 0)
        if max(asked[0], ends[0]) > sheet.rows or max(asked[1], ends[1]) > sheet.columns:
            raise RefusedError(
                f"Range ({range_text}) exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}"
            )
        if not area.is_cell:
            self._check_within(area, height, width)
        for place, line in enumerate(values):
            for offset, value in enumerate(line):
                if value is not None:
                    sheet.put_value(area.row + place, area.column + offset, entered(value, option))
        counts = {"updatedRows": height, "updatedColumns": width, "updatedCells": sum(map(len, values))}
        return {
            "spreadsheetId": self.id,
            "updatedRange": format_a1(area.title, area.row, area.column, area.row + height, area.column + width),
        } | {name: count for name, count in counts.items() if count}

    def append(self, range_text: str, body: dict[str, Any], option: str, insert: bool) -> dict[str, Any]:
        """values.append: below the last table of the range, or at its first cell where there is none."""
        area = self.area(range_text)
        sheet = self.sheet(area.title)
        table = sheet.table(area)
        values = _by_rows(body)
        row, column = (table.end_row or 0, table.column) if table else (area.row, area.column)
        height, width = len(values), max(map(len, values), default=0)
        if insert and row < sheet.rows:
            sheet.insert("ROWS", row, row + height)
        sheet.resize(max(sheet.rows, row + height), max(sheet.columns, column + width))
        target = format_a1(area.title, row, column, row + height, column + width)
        answer = {"spreadsheetId": self.id} | ({"tableRange": _written(table)} if table else {})
        return answer | {"updates": self.update(target, {"values": values}, option)}

    def _inside(self, range_text: str) -> Area:
        """The part of a range that is in the grid; a range wholly outside is refused."""
        area = self.area(range_text)
        sheet = self.sheet(area.title)
        if area.row >= sheet.rows or area.column >= sheet.columns:
            raise RefusedError(
                f"Range ({range_text}) exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}"
            )
        end_row, end_column = area.end_row or sheet.rows, area.end_column or sheet.columns
        return Area(area.title, area.row, area.column, min(end_row, sheet.rows), min(end_column, sheet.columns))

    def _check_within(self, area: Area, height: int, width: int) -> None:
        sheet = self.sheet(area.title)
        end_row, end_column = area.end_row or sheet.rows, area.end_column or sheet.columns
        where = format_a1(area.title, area.row, area.column, end_row, end_column)
        if area.row + height > end_row:
            raise RefusedError(f"Requested writing within range [{where}], but tried writing to row [{end_row + 1}]")
        if area.column + width > end_column:
            outside = format_a1("x", 0, end_column, 1, end_column + 1).removeprefix("x!").rstrip("1")
            raise RefusedError(f"Requested writing within range [{where}], but tried writing to column [{outside}]")


def _written(area: Area) -> str:
    return format_a1(area.title, area.row, area.column, area.end_row or 0, area.end_column or 0)


def _trimmed(values: Any) -> list[Any]:
    found = list(values)
    while found and found[-1] == "":
        found.pop()
    return found


def _by_rows(body: dict[str, Any]) -> list[list[Any]]:
    values = body.get("values") or []
    if body.get("majorDimension") == "COLUMNS":
        return [list(line) for line in itertools.zip_longest(*values)]
    return values


def _grid_data(sheet: Sheet, area: Area) -> dict[str, Any]:
    lines = []
    for line in sheet.cells[area.row : area.end_row]:
        values = []
        for cell in line[area.column : area.end_column]:
            shown = {"effectiveValue": effective(cell), "formattedValue": rendered(cell, "FORMATTED_VALUE")}
            values.append(cell | shown if "userEnteredValue" in cell else cell)
        lines.append({"values": values} if values else {})
    start = {"startRow": area.row, "startColumn": area.column}
    return {name: place for name, place in start.items() if place} | ({"rowData": lines} if lines else {})
