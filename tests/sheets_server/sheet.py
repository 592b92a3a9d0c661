"""One tab: a grid of a certain size whose lines hold no empty cells at their ends.

Lines, like cells, are replaced and never changed in place: a snapshot of a tab need not copy them.
"""

import copy
from dataclasses import dataclass, field
from typing import Any

from tests.sheets_server.a1 import Area
from tests.sheets_server.cell import EMPTY, Cell, RefusedError, check_length, rendered


@dataclass
class Sheet:
    """One tab. `extra` holds the properties that nothing here depends on, such as colours."""

    title: str
    id: int
    rows: int = 1_000
    columns: int = 26
    grid: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)
    cells: list[list[Cell]] = field(default_factory=list)
    protected: list[dict[str, Any]] = field(default_factory=list)
    sizes: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    marks: dict[str, Any] = field(default_factory=dict)  # merges, filter, groups, metadata: as in a Sheet resource

    @property
    def frozen_rows(self) -> int:
        return self.grid.get("frozenRowCount", 0)

    def copy(self) -> "Sheet":
        """A snapshot."""
        return Sheet(
            self.title, self.id, self.rows, self.columns, dict(self.grid), dict(self.extra),
            list(self.cells), list(self.protected), dict(self.sizes),
            copy.deepcopy(self.marks),
        )  # fmt: skip

    def properties(self, index: int) -> dict[str, Any]:
        """SheetProperties."""
        grid = {"rowCount": self.rows, "columnCount": self.columns} | self.grid
        top = {"sheetId": self.id, "title": self.title, "index": index, "sheetType": "GRID", "gridProperties": grid}
        return top | self.extra

    def cell(self, row: int, column: int) -> Cell:
        line = self.cells[row] if row < len(self.cells) else []
        return line[column] if column < len(line) else EMPTY

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Place a cell inside the grid."""
        check_length(cell.get("userEnteredValue", EMPTY))
        cell = {name: part for name, part in cell.items() if part not in (None, "", {})}
        while len(self.cells) <= row:
            self.cells.append([])
        line = self.cells[row]
        self.cells[row] = _trimmed([*line[:column], *[EMPTY] * (column - len(line)), cell, *line[column + 1 :]])

    def put_value(self, row: int, column: int, value: dict[str, Any]) -> None:
        """Replace a cell's value; its format and note stay."""
        self.put(row, column, self.cell(row, column) | {"userEnteredValue": value})

    def clear(self, area: Area) -> None:
        """Empty the area's values; formats and notes stay."""
        for row in range(area.row, min(area.end_row or self.rows, len(self.cells))):
            line = self.cells[row]
            inside = range(len(line))[area.column : area.end_column]
            kept = [_without_value(cell) if place in inside else cell for place, cell in enumerate(line)]
            self.cells[row] = _trimmed(kept)

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

    def resize(self, rows: int, columns: int) -> None:
        """Grow or cut the grid."""
        if rows < 1 or columns < 1:
            raise RefusedError("A sheet must have at least one row and one column.")
        self.rows, self.columns = rows, columns
        del self.cells[rows:]
        for row, line in enumerate(self.cells):
            if len(line) > columns:
                self.cells[row] = _trimmed(line[:columns])

    def insert(self, dimension: str, start: int, end: int) -> None:
        """Insert empty rows or columns before `start`."""
        size = self.rows if dimension == "ROWS" else self.columns
        if not 0 <= start <= size or end <= start:
            raise RefusedError(f"range [{start}, {end}) is not within the sheet's {size} {dimension.lower()}.")
        count = end - start
        if dimension == "ROWS":
            if start < len(self.cells):
                self.cells[start:start] = [[] for _ in range(count)]
            self.rows += count
        else:
            for row, line in enumerate(self.cells):
                if start < len(line):
                    self.cells[row] = [*line[:start], *[EMPTY] * count, *line[start:]]
            self.columns += count

    def delete(self, dimension: str, start: int, end: int | None) -> None:
        """Delete rows or columns."""
        size = self.rows if dimension == "ROWS" else self.columns
        stop = size if end is None else end
        if not 0 <= start < stop <= size:
            raise RefusedError(f"Cannot delete a {dimension} range [{start}, {stop}) of {size}: it does not exist.")
        if stop - start == size:
            raise RefusedError(f"You can't delete all the {dimension.lower()} on the sheet.")
        if dimension == "ROWS":
            del self.cells[start:stop]
            self.rows -= stop - start
        else:
            self.cells = [_trimmed([*line[:start], *line[stop:]]) for line in self.cells]
            self.columns -= stop - start

    def table(self, area: Area) -> Area | None:
        """The last table in an area: neighbouring cells with values, framed by empty rows and columns."""
        last = min(area.end_row or self.rows, len(self.cells)) - 1
        while last >= area.row and not self.values(Area("", last, area.column, last + 1, area.end_column), "FORMULA"):
            last -= 1
        if last < area.row:
            return None
        first = last
        while last + 1 < len(self.cells) and self.cells[last + 1]:
            last += 1
        while first > 0 and self.cells[first - 1]:
            first -= 1
        lines = self.cells[first : last + 1]
        width = max(map(len, lines))
        occupied = [any(column < len(line) and line[column] for line in lines) for column in range(width)]
        inside = range(area.column, min(area.end_column or width, width))
        start = next((column for column in inside if occupied[column]), area.column)
        end = start
        while start > 0 and occupied[start - 1]:
            start -= 1
        while end < width and occupied[end]:
            end += 1
        while last > first and not any(self.cells[last][start:end]):
            last -= 1
        return Area(self.title, first, start, last + 1, max(end, start + 1))


def _trimmed(line: list[Cell]) -> list[Cell]:
    while line and not line[-1]:
        line.pop()
    return line


def _without_value(cell: Cell) -> Cell:
    return {name: part for name, part in cell.items() if name != "userEnteredValue"}
