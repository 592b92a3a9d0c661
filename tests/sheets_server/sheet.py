"""One tab: a grid of a certain size whose lines hold no empty cells at their ends.

Lines, like cells, are replaced and never changed in place: a snapshot of a tab need not copy them.
"""

import copy
from dataclasses import dataclass, field
from typing import Any

from tests.sheets_server.a1 import COLUMN_LIMIT, Area
from tests.sheets_server.access import PROTECTED, is_protected, may_edit
from tests.sheets_server.cell import EMPTY, Cell, Compute, RefusedError, Value, check_length, rendered
from tests.sheets_server.colours import with_styles
from tests.sheets_server.shifting import Move, deleted, inserted, moved, shift_marks, shift_ranged, shift_sizes
from tests.sheets_server.table import last_table


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
    named: list[dict[str, Any]] = field(default_factory=list)  # the NamedRanges that lie in this tab

    @property
    def frozen_rows(self) -> int:
        return self.grid.get("frozenRowCount", 0)

    @property
    def frozen_columns(self) -> int:
        return self.grid.get("frozenColumnCount", 0)

    def copy(self) -> "Sheet":
        """A snapshot."""
        return Sheet(
            self.title, self.id, self.rows, self.columns, dict(self.grid), dict(self.extra),
            list(self.cells), list(self.protected), dict(self.sizes),
            copy.deepcopy(self.marks), list(self.named),
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
        self.put_line(row, column, [cell])

    def put_line(self, row: int, column: int, cells: list[Cell]) -> None:
        """Place neighbouring cells of a row inside the grid."""
        places = range(column, column + len(cells))
        if self.protected and any(is_protected(self.protected, row, place) for place in places):
            raise RefusedError(PROTECTED)
        while len(self.cells) <= row:
            self.cells.append([])
        line = self.cells[row]
        before = [*line[:column], *[EMPTY] * (column - len(line))]
        self.cells[row] = _trimmed([*before, *map(_checked, cells), *line[column + len(cells) :]])

    def put_value(self, row: int, column: int, value: Value, style: dict[str, str] | None = None) -> None:
        """Replace a cell's value; its format and note stay, and `style` becomes its number format if it has none."""
        self.put_line(row, column, [_valued(self.cell(row, column), value, style)])

    def put_values(self, row: int, column: int, values: list[tuple[Value, dict[str, str] | None] | None]) -> None:
        """Replace the values of neighbouring cells; None leaves a cell as it is."""
        old = [self.cell(row, place) for place in range(column, column + len(values))]
        cells = [cell if new is None else _valued(cell, *new) for cell, new in zip(old, values, strict=True)]
        self.put_line(row, column, cells)

    def clear(self, area: Area) -> None:
        """Empty the area's values; formats and notes stay."""
        for row in range(area.row, min(area.end_row or self.rows, len(self.cells))):
            line = self.cells[row]
            inside = range(len(line))[area.column : area.end_column]
            if self.protected and any(is_protected(self.protected, row, place) for place in inside):
                raise RefusedError(PROTECTED)
            kept = [_without_value(cell) if place in inside else cell for place, cell in enumerate(line)]
            self.cells[row] = _trimmed(kept)

    def values(
        self, area: Area, render: str, dates: str = "SERIAL_NUMBER", compute: Compute | None = None
    ) -> list[list[Any]]:
        """The area's values with trailing empty rows and cells trimmed."""
        found = []
        for line in self.cells[area.row : area.end_row]:
            values = [rendered(cell, render, dates, compute) for cell in line[area.column : area.end_column]]
            while values and values[-1] == "":
                values.pop()
            found.append(values)
        while found and not found[-1]:
            found.pop()
        return found

    def table(self, area: Area) -> Area | None:
        """The last table in an area."""
        return last_table(self.cells, area)

    # The grid ----------------------------------------------------------------------------------------------------

    def resize(self, rows: int, columns: int) -> None:
        """Grow or cut the grid."""
        if rows < 1 or columns < 1:
            raise RefusedError("A sheet must have at least one row and one column.")
        if columns > COLUMN_LIMIT:
            raise RefusedError(
                f"This action would increase the number of columns above the limit of {COLUMN_LIMIT} columns."
            )
        if rows < self.rows:
            self._shift("ROWS", deleted(rows, self.rows))
        if columns < self.columns:
            self._shift("COLUMNS", deleted(columns, self.columns))
        self.rows, self.columns = rows, columns
        del self.cells[rows:]
        for row, line in enumerate(self.cells):
            if len(line) > columns:
                self.cells[row] = _trimmed(line[:columns])

    def insert(self, dimension: str, start: int, end: int, *, before: bool = False) -> None:
        """Insert empty rows or columns before `start`, formatted as those after it or `before` it."""
        size = self.rows if dimension == "ROWS" else self.columns
        if not 0 <= start <= size or end <= start:
            raise RefusedError(f"range [{start}, {end}) is not within the sheet's {size} {dimension.lower()}.")
        self._check_whole()
        count, model = end - start, start - 1 if before else start
        if dimension == "ROWS":
            pattern = _formats(self.cells[model]) if 0 <= model < len(self.cells) else []
            if start < len(self.cells) or pattern:
                self.cells[start:start] = [list(pattern) for _ in range(count)]
            self.rows += count
        else:
            for row, line in enumerate(self.cells):
                if start < len(line) or (before and model < len(line)):
                    pattern = _formats(line[model : model + 1]) or [EMPTY]
                    self.cells[row] = _trimmed([*line[:start], *pattern * count, *line[start:]])
            self.columns += count
        self._shift(dimension, inserted(start, count))
        frozen = "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"
        if start < self.grid.get(frozen, 0):
            self.grid[frozen] += count

    def delete(self, dimension: str, start: int, end: int | None) -> None:
        """Delete rows or columns."""
        rows = dimension == "ROWS"
        size = self.rows if rows else self.columns
        stop = size if end is None else end
        if not 0 <= start < stop <= size:
            what = "row" if rows else "column"
            raise RefusedError(
                f"Cannot delete a {what} that doesn't exist. Tried to delete {what} index {max(start, size)} but there "
                f"are only {size} {what}s."
            )
        if stop - start == size:
            raise RefusedError(f"You can't delete all the {dimension.lower()} on the sheet.")
        frozen = self.frozen_rows if rows else self.frozen_columns
        left = frozen - max(0, min(frozen, stop) - start)
        if size - (stop - start) <= left:
            raise RefusedError(f"Sorry, it is not possible to delete all non-frozen {dimension.lower()}.")
        self._check_whole()
        if rows:
            del self.cells[start:stop]
            self.rows -= stop - start
        else:
            self.cells = [_trimmed([*line[:start], *line[stop:]]) for line in self.cells]
            self.columns -= stop - start
        self._shift(dimension, deleted(start, stop))
        if left != frozen:
            self._freeze("frozenRowCount" if rows else "frozenColumnCount", left)

    def move(self, dimension: str, start: int, stop: int, destination: int) -> None:
        """Take rows or columns to before `destination`, counted before the move."""
        self._check_whole()
        if dimension == "ROWS":
            self.cells += [[] for _ in range(max(stop, destination) - len(self.cells))]
            self.cells = _moved(self.cells, start, stop, destination)
        else:
            wide = max(stop, destination)
            padded = [[*line, *[EMPTY] * (wide - len(line))] for line in self.cells]
            self.cells = [_trimmed(_moved(line, start, stop, destination)) for line in padded]
        self._shift(dimension, moved(start, stop, destination))

    def _freeze(self, name: str, count: int) -> None:
        self.grid = {key: value for key, value in (self.grid | {name: count}).items() if value}

    def _check_whole(self) -> None:
        """Rows and columns of a tab that is protected as a whole are moved by its editors only."""
        if any(set(each.get("range", {})) <= {"sheetId"} and not may_edit(each) for each in self.protected):
            raise RefusedError(PROTECTED)

    def _shift(self, dimension: str, move: Move) -> None:
        self.marks = shift_marks(self.marks, dimension, move)
        self.protected = shift_ranged(self.protected, dimension, move)
        self.named = shift_ranged(self.named, dimension, move)
        self.sizes = shift_sizes(self.sizes, dimension, move)


def _checked(cell: Cell) -> Cell:
    cell = {name: part for name, part in cell.items() if part not in (None, "", {}, {"stringValue": ""})}
    check_length(cell.get("userEnteredValue", EMPTY))
    if "userEnteredFormat" in cell:
        cell["userEnteredFormat"] = with_styles(cell["userEnteredFormat"])
    return cell


def _valued(cell: Cell, value: Value, style: dict[str, str] | None) -> Cell:
    found = {name: part for name, part in cell.items() if name != "textFormatRuns"} | {"userEnteredValue": value}
    kept = cell.get("userEnteredFormat", EMPTY)
    if style and "numberFormat" not in kept:
        found["userEnteredFormat"] = kept | {"numberFormat": style}
    return found


def _moved(line: list[Any], start: int, stop: int, destination: int) -> list[Any]:
    block, rest = line[start:stop], [*line[:start], *line[stop:]]
    place = destination - len(block) if destination > start else destination
    return [*rest[:place], *block, *rest[place:]]


def _formats(line: list[Cell]) -> list[Cell]:
    kept = [{"userEnteredFormat": cell["userEnteredFormat"]} if "userEnteredFormat" in cell else EMPTY for cell in line]
    return _trimmed(kept)


def _trimmed(line: list[Cell]) -> list[Cell]:
    while line and not line[-1]:
        line.pop()
    return line


def _without_value(cell: Cell) -> Cell:
    return {name: part for name, part in cell.items() if name != "userEnteredValue"}
