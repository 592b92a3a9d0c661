"""A spreadsheet in memory: sheets with a grid of a certain size, and the changes that requests make to it."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.sheets_server.a1 import Area, format_a1, parse_a1

CELL_LIMIT = 10_000_000
CHARACTER_LIMIT = 50_000
Cell = dict[str, Any]  # an ExtendedValue: one of stringValue, numberValue, boolValue, formulaValue

_ids = itertools.count(1_000)


class RefusedError(Exception):
    """A change that Google would refuse with 400."""


@dataclass
class Sheet:
    """One tab."""

    title: str
    id: int
    rows: int = 1_000
    columns: int = 26
    frozen_rows: int = 0
    cells: list[list[Cell]] = field(default_factory=list)
    protected: list[dict[str, Any]] = field(default_factory=list)

    def properties(self, index: int) -> dict[str, Any]:
        grid = {"rowCount": self.rows, "columnCount": self.columns}
        if self.frozen_rows:
            grid["frozenRowCount"] = self.frozen_rows
        return {"sheetId": self.id, "title": self.title, "index": index, "sheetType": "GRID", "gridProperties": grid}

    def put(self, row: int, column: int, cell: Cell) -> None:
        if len(str(cell.get("stringValue", ""))) > CHARACTER_LIMIT:
            raise RefusedError(
                f"Your input contains more than the maximum of {CHARACTER_LIMIT} characters in a single cell."
            )
        while len(self.cells) <= row:
            self.cells.append([])
        line = self.cells[row]
        while len(line) <= column:
            line.append({})
        line[column] = cell

    def values(self, area: Area, render: str) -> list[list[Any]]:
        """The area's values with trailing empty rows and cells trimmed."""
        found = []
        for line in self.cells[area.row : area.end_row]:
            values = [rendered(cell, render) for cell in line[area.column : area.end_column]]
            while values and values[-1] == "":
                values.pop()
            found.append(values)
        while found and not found[-1]:
            found.pop()
        return found


def rendered(cell: Cell, option: str) -> Any:
    """A cell as `valueRenderOption` asks for it. Formulas are not computed: they show as an error."""
    if "formulaValue" in cell:
        return cell["formulaValue"] if option == "FORMULA" else "#ERROR!"
    for kind, value in cell.items():
        if option != "FORMATTED_VALUE" or kind == "stringValue":
            return value
        if kind == "boolValue":
            return "TRUE" if value else "FALSE"
        return str(int(value)) if float(value).is_integer() else str(value)
    return ""


def entered(value: Any, option: str) -> Cell:
    """What a value becomes when it is entered RAW or as a user would type it."""
    if value is None or value == "":
        return {}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int | float):
        return {"numberValue": value}
    if not isinstance(value, str):
        raise RefusedError(f"Invalid value: {value!r}")
    if option == "USER_ENTERED":
        if value.startswith("="):
            return {"formulaValue": value}
        if value in ("TRUE", "FALSE"):
            return {"boolValue": value == "TRUE"}
        try:
            return {"numberValue": float(value)}
        except ValueError:
            pass
    return {"stringValue": value}


class Spreadsheet:
    """A spreadsheet with its sheets in order."""

    def __init__(self, id: str, title: str = "Compati") -> None:
        self.id = id
        self.title = title
        self.sheets = [Sheet("Sheet1", 0)]

    def sheet(self, title: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.title == title)

    def by_id(self, id: int) -> Sheet:
        for sheet in self.sheets:
            if sheet.id == id:
                return sheet
        raise RefusedError(f"No grid with id: {id}")

    def area(self, text: str) -> Area:
        try:
            return parse_a1(text, [sheet.title for sheet in self.sheets])
        except ValueError as error:
            raise RefusedError(str(error)) from error

    def document(self) -> dict[str, Any]:
        sheets = []
        for index, sheet in enumerate(self.sheets):
            entry: dict[str, Any] = {"properties": sheet.properties(index)}
            if sheet.protected:
                entry["protectedRanges"] = sheet.protected
            sheets.append(entry)
        return {
            "spreadsheetId": self.id,
            "properties": {"title": self.title, "locale": "en_US", "timeZone": "Etc/GMT"},
            "sheets": sheets,
            "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{self.id}/edit",
        }

    def get(self, range_text: str, render: str, dimension: str) -> dict[str, Any]:
        area = self.area(range_text)
        sheet = self.sheet(area.title)
        values = sheet.values(area, render)
        if dimension == "COLUMNS":
            values = [list(column) for column in itertools.zip_longest(*values, fillvalue="")]
        end_row = min(area.end_row or sheet.rows, sheet.rows)
        end_column = min(area.end_column or sheet.columns, sheet.columns)
        answer = {
            "range": format_a1(area.title, area.row, area.column, end_row, end_column),
            "majorDimension": dimension,
        }
        return answer | ({"values": values} if values else {})

    def update(self, range_text: str, values: list[list[Any]], option: str) -> dict[str, Any]:
        area = self.area(range_text)
        sheet = self.sheet(area.title)
        end_row, end_column = area.row + len(values), area.column + max(map(len, values), default=0)
        if end_row > sheet.rows or end_column > sheet.columns:
            raise RefusedError(
                f"Range ({range_text}) exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}"
            )
        for place, line in enumerate(values):
            for offset, value in enumerate(line):
                if value is not None:
                    sheet.put(area.row + place, area.column + offset, entered(value, option))
        return {
            "spreadsheetId": self.id,
            "updatedRange": format_a1(area.title, area.row, area.column, end_row, end_column),
            "updatedRows": len(values),
            "updatedColumns": end_column - area.column,
            "updatedCells": sum(map(len, values)),
        }

    def append(self, range_text: str, values: list[list[Any]], option: str) -> dict[str, Any]:
        area = self.area(range_text)
        sheet = self.sheet(area.title)
        row = len(sheet.values(Area(area.title), "FORMULA"))
        sheet.rows = max(sheet.rows, row + len(values))
        target = format_a1(area.title, row, area.column, row + 1, area.column + 1)
        return {"spreadsheetId": self.id, "updates": self.update(target, values, option)}

    # The requests of spreadsheets.batchUpdate ------------------------------------------------------------------

    def apply(self, request: dict[str, Any]) -> dict[str, Any]:
        """One request of a batch; returns its reply."""
        ((kind, body),) = request.items()
        change = getattr(self, f"_{kind}", None)
        if change is None:
            raise RefusedError(f"{kind} is not played by the loopback server.")
        return change(body) or {}

    def _addSheet(self, body: dict[str, Any]) -> dict[str, Any]:
        properties = body.get("properties", {})
        title = properties.get("title", f"Sheet{len(self.sheets) + 1}")
        if any(sheet.title == title for sheet in self.sheets):
            raise RefusedError(f'A sheet with the name "{title}" already exists. Please enter another name.')
        grid = properties.get("gridProperties", {})
        sheet = Sheet(
            title,
            properties.get("sheetId", next(_ids)),
            grid.get("rowCount", 1_000),
            grid.get("columnCount", 26),
            grid.get("frozenRowCount", 0),
        )
        self.sheets.append(sheet)
        self._check_cells()
        return {"addSheet": {"properties": sheet.properties(len(self.sheets) - 1)}}

    def _appendDimension(self, body: dict[str, Any]) -> None:
        sheet = self.by_id(body.get("sheetId", 0))
        if body["dimension"] == "ROWS":
            sheet.rows += body["length"]
        else:
            sheet.columns += body["length"]
        self._check_cells()

    def _updateSheetProperties(self, body: dict[str, Any]) -> None:
        properties = body["properties"]
        sheet = self.by_id(properties.get("sheetId", 0))
        fields = body["fields"].replace("/", ".").split(",")
        if "title" in fields:
            sheet.title = properties["title"]
        grid = properties.get("gridProperties", {})
        if "gridProperties.frozenRowCount" in fields:
            sheet.frozen_rows = grid["frozenRowCount"]
        if "gridProperties.rowCount" in fields:
            sheet.rows = grid["rowCount"]
            del sheet.cells[sheet.rows :]
        if "gridProperties.columnCount" in fields:
            sheet.columns = grid["columnCount"]
        self._check_cells()

    def _updateCells(self, body: dict[str, Any]) -> None:
        start = body["start"]
        sheet = self.by_id(start.get("sheetId", 0))
        row, column = start.get("rowIndex", 0), start.get("columnIndex", 0)
        lines = body.get("rows", [])
        if row + len(lines) > sheet.rows:
            raise RefusedError(f"Attempting to write row: {row + len(lines) - 1}, beyond the last requested row.")
        for place, line in enumerate(lines):
            for offset, cell in enumerate(line.get("values", [])):
                if column + offset >= sheet.columns:
                    raise RefusedError("Attempting to write column beyond the grid.")
                sheet.put(row + place, column + offset, cell.get("userEnteredValue", {}))

    def _addProtectedRange(self, body: dict[str, Any]) -> dict[str, Any]:
        protected = {"protectedRangeId": next(_ids)} | body["protectedRange"]
        self.by_id(protected["range"].get("sheetId", 0)).protected.append(protected)
        return {"addProtectedRange": {"protectedRange": protected}}

    def _check_cells(self) -> None:
        if sum(sheet.rows * sheet.columns for sheet in self.sheets) > CELL_LIMIT:
            raise RefusedError(
                f"This action would increase the number of cells in the workbook above the limit of {CELL_LIMIT} cells."
            )
