"""A spreadsheet in memory: its sheets in order, and the reading and writing of values."""

import copy
import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.sheets_server.a1 import Area, format_a1, format_area, parse_a1
from tests.sheets_server.access import OWNER
from tests.sheets_server.calculation import Calculation
from tests.sheets_server.cell import EMPTY, Compute, RefusedError, Value, number_format
from tests.sheets_server.entry import EntryError, entered
from tests.sheets_server.sheet import Sheet

CELL_LIMIT = 10_000_000
TAB_LIMIT = 200
_ids = itertools.count(1_130_056_292, 524_287)  # of the size that Google gives


class Spreadsheet:
    """A spreadsheet with its sheets in order."""

    def __init__(self, id: str, title: str = "Compati") -> None:
        self.id = id
        self.properties: dict[str, Any] = {
            "title": title, "locale": "en_US", "autoRecalc": "ON_CHANGE", "timeZone": "Etc/GMT",
        }  # fmt: skip
        self.sheets = [Sheet("Sheet1", 0)]
        self.marks: dict[str, Any] = {}  # developerMetadata: as in a Spreadsheet resource
        self.created = self.modified = time.time()
        self.owner = OWNER
        self.roles: dict[str, str] = {}  # of those it is shared with, by address; "" is anyone

    @property
    def title(self) -> str:
        return self.properties["title"]

    def copy(self, id: str, title: str) -> "Spreadsheet":
        twin = Spreadsheet(id)
        twin.properties = self.properties | {"title": title}
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
            self.check_limits()
        except Exception:
            self.sheets, self.properties, self.marks = sheets, properties, marks
            raise
        self.modified = time.time()

    def check_limits(self) -> None:
        """Refuse more cells or tabs than a spreadsheet may hold."""
        if sum(sheet.rows * sheet.columns for sheet in self.sheets) > CELL_LIMIT:
            raise RefusedError(
                f"This action would increase the number of cells in the workbook above the limit of {CELL_LIMIT} cells."
            )
        if len(self.sheets) > TAB_LIMIT:
            raise RefusedError(
                f"This action would increase the number of sheets above the limit of {TAB_LIMIT} sheets."
            )

    @staticmethod
    def next_id() -> int:
        return next(_ids)

    def sheet(self, title: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.title == title)

    def by_id(self, id: int, what: str = "grid") -> Sheet:
        """The tab with this id; Google calls a missing one a grid where a range names it, else a sheet."""
        for sheet in self.sheets:
            if sheet.id == id:
                return sheet
        raise RefusedError(f"No {what} with id: {id}")

    # Ranges ------------------------------------------------------------------------------------------------------

    def area(self, text: str) -> Area:
        """The area that an A1 range or the name of a named range stands for."""
        name = text.rpartition("!")[2].lower()  # gspread writes the tab's name before it
        for sheet in self.sheets:
            for each in sheet.named:
                if each["name"].lower() == name:
                    return grid_area(sheet, each.get("range", {}))
        # A range without a tab is one of the first tab that is seen.
        seen = sorted(self.sheets, key=lambda sheet: bool(sheet.extra.get("hidden")))
        try:
            return parse_a1(text, [sheet.title for sheet in seen])
        except ValueError as error:
            raise RefusedError(str(error)) from error

    def inside(self, area: Area) -> Area:
        """The part of an area that is in the grid; one that begins outside is refused."""
        sheet = self.sheet(area.title)
        if area.row >= sheet.rows or area.column >= sheet.columns:
            raise self._beyond(area)
        end_row, end_column = area.end_row or sheet.rows, area.end_column or sheet.columns
        return Area(area.title, area.row, area.column, min(end_row, sheet.rows), min(end_column, sheet.columns))

    def _beyond(self, area: Area) -> RefusedError:
        sheet = self.sheet(area.title)
        where = format_area(area)
        return RefusedError(
            f"Range ({where}) exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}"
        )

    def computer(self, sheet: Sheet) -> Compute:
        """What computes the formulas of a tab during one reading."""
        calculation = Calculation(self)
        return lambda formula: calculation.compute(formula, sheet.title)

    # Values ------------------------------------------------------------------------------------------------------

    def get(self, area: Area, render: str, dimension: str, dates: str = "SERIAL_NUMBER") -> dict[str, Any]:
        """values.get: a ValueRange, cut to the grid."""
        area = self.inside(area)
        sheet = self.sheet(area.title)
        values = sheet.values(area, render, dates, self.computer(sheet))
        if dimension == "COLUMNS":
            values = [_trimmed(column) for column in itertools.zip_longest(*values, fillvalue="")]
        answer = {"range": written(area), "majorDimension": dimension}
        return answer | ({"values": values} if values else {})

    def clear(self, area: Area) -> str:
        """values.clear: empties values, keeps formats; returns the cleared range."""
        area = self.inside(area)
        with self.change():
            self.sheet(area.title).clear(area)
        return written(area)

    def update(self, area: Area, body: dict[str, Any], option: str, asked: str = "") -> dict[str, Any]:
        """values.update: an UpdateValuesResponse; `asked` is the range as the request names it."""
        sheet = self.sheet(area.title)
        values = by_rows(body)
        height, width = len(values), max(map(len, values), default=0)
        past = (area.end_row or 0) > sheet.rows or (area.end_column or 0) > sheet.columns
        too_many = area.row + height > sheet.rows or area.column + width > sheet.columns
        # A range may end past the grid if what is written does not.
        if area.row >= sheet.rows or area.column >= sheet.columns or (past and too_many):
            raise self._beyond(area)
        # One cell is where the values begin; a larger range is where they must stay.
        self._check_within(Area(area.title, area.row, area.column) if area.is_cell else area, height, width, asked)
        for place, line in enumerate(values):
            new = [
                None if value is None else _entered(value, self._option(sheet, area, place, n, option), place, n)
                for n, value in enumerate(line)
            ]
            if any(each is not None for each in new):
                sheet.put_values(area.row + place, area.column, new)
        cells = sum(value is not None for line in values for value in line)
        counts = {"updatedRows": height, "updatedColumns": width, "updatedCells": cells}
        return {
            "spreadsheetId": self.id,
            "updatedRange": format_a1(area.title, area.row, area.column, area.row + height, area.column + width),
        } | {name: count for name, count in counts.items() if count}

    @staticmethod
    def _option(sheet: Sheet, area: Area, row: int, column: int, option: str) -> str:
        """What is typed into a cell that is formatted as plain text stays text."""
        cell = sheet.cell(area.row + row, area.column + column) if option == "USER_ENTERED" else EMPTY
        return "RAW" if number_format(cell).get("type") == "TEXT" else option

    def append(self, area: Area, body: dict[str, Any], option: str, insert: bool) -> dict[str, Any]:
        """values.append: below the last table of the range, or at its first cell where there is none."""
        sheet = self.sheet(area.title)
        if area.row >= sheet.rows or area.column >= sheet.columns:
            raise self._beyond(area)
        table = sheet.table(area)
        values = by_rows(body)
        row, column = (table.end_row or 0, table.column) if table else (area.row, area.column)
        height, width = len(values), max(map(len, values), default=0)
        if insert and row < sheet.rows and height:
            sheet.insert("ROWS", row, row + height, before=row > 0)
        sheet.resize(max(sheet.rows, row + height), max(sheet.columns, column + width))
        target = Area(area.title, row, column, row + max(height, 1), column + max(width, 1))
        if row >= sheet.rows:  # nothing to append to a full grid
            target = Area(area.title, row - 1, column, row, column + 1)
        answer = {"spreadsheetId": self.id} | ({"tableRange": written(table)} if table else {})
        return answer | {"updates": self.update(target, {"values": values}, option)}

    def _check_within(self, area: Area, height: int, width: int, asked: str) -> None:
        sheet = self.sheet(area.title)
        end_row, end_column = area.end_row or sheet.rows, area.end_column or sheet.columns
        where = asked or format_a1(area.title, area.row, area.column, end_row, end_column)
        if area.row + height > end_row:
            raise RefusedError(f"Requested writing within range [{where}], but tried writing to row [{end_row + 1}]")
        if area.column + width > end_column:
            outside = format_a1("x", 0, end_column, 1, end_column + 1).removeprefix("x!").rstrip("1")
            raise RefusedError(f"Requested writing within range [{where}], but tried writing to column [{outside}]")


def grid_area(sheet: Sheet, area: dict[str, Any]) -> Area:
    """A GridRange as an Area."""
    starts = area.get("startRowIndex", 0), area.get("startColumnIndex", 0)
    return Area(sheet.title, *starts, area.get("endRowIndex"), area.get("endColumnIndex"))


def written(area: Area) -> str:
    """A bounded area in A1 notation."""
    return format_a1(area.title, area.row, area.column, area.end_row or 0, area.end_column or 0)


def by_rows(body: dict[str, Any]) -> list[list[Any]]:
    """The values of a ValueRange as rows; a value that is not there is None."""
    values = body.get("values") or []
    if body.get("majorDimension") == "COLUMNS":
        return [list(line) for line in itertools.zip_longest(*values)]
    return values


def _entered(value: Any, option: str, row: int, column: int) -> tuple[Value, dict[str, str] | None]:
    try:
        return entered(value, option)
    except EntryError as error:
        raise RefusedError(f"Invalid values[{row}][{column}]: {error}") from error


def _trimmed(values: Any) -> list[Any]:
    found = list(values)
    while found and found[-1] == "":
        found.pop()
    return found
