"""Finding the table that values.append writes below: neighbouring cells with values, framed by empty ones."""

from tests.sheets_server.a1 import Area
from tests.sheets_server.cell import Cell

Lines = list[list[Cell]]


def last_table(lines: Lines, area: Area) -> Area | None:
    """The table that holds the lowest, then rightmost cell with a value in the area; None when there is no value."""
    for row in reversed(range(area.row, min(area.end_row or len(lines), len(lines)))):
        line = lines[row]
        for column in reversed(range(area.column, min(area.end_column or len(line), len(line)))):
            if "userEnteredValue" in line[column]:
                return _region(lines, area.title, row, column)
    return None


def _region(lines: Lines, title: str, row: int, column: int) -> Area:
    top = bottom = row
    left = right = column
    while True:
        before = (top, bottom, left, right)
        while top > 0 and _filled(lines, top - 1, left - 1, right + 1):
            top -= 1
        while _filled(lines, bottom + 1, left - 1, right + 1):
            bottom += 1
        around = range(max(top - 1, 0), min(bottom + 2, len(lines)))
        while left > 0 and any(_filled(lines, each, left - 1, left - 1) for each in around):
            left -= 1
        while any(_filled(lines, each, right + 1, right + 1) for each in around):
            right += 1
        if before == (top, bottom, left, right):
            return Area(title, top, left, bottom + 1, right + 1)


def _filled(lines: Lines, row: int, first: int, last: int) -> bool:
    if row >= len(lines):
        return False
    return any("userEnteredValue" in cell for cell in lines[row][max(first, 0) : last + 1])
