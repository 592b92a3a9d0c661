"""Ranges in A1 and R1C1 notation: `Tab!B2:D5`, `'My tab'!A:C`, `2:7`, `A5:C`, `$A$1`, `R1C1:R2C3`, `Tab`."""

import re
from dataclasses import dataclass

COLUMN_LIMIT = 18_278
_CORNER = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9][0-9]{0,8})?")
_CELL = re.compile(r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]*")
_R1C1 = re.compile(r"[Rr]([1-9][0-9]*)[Cc]([1-9][0-9]*)")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")


@dataclass(frozen=True)
class Area:
    """A rectangle of one sheet, zero-based, ends excluded; None is open."""

    title: str
    row: int = 0
    column: int = 0
    end_row: int | None = None
    end_column: int | None = None

    @property
    def is_cell(self) -> bool:
        return (self.end_row, self.end_column) == (self.row + 1, self.column + 1)


def column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def parse_a1(text: str, titles: list[str]) -> Area:
    """The area that `text` names in a spreadsheet with these tabs; ValueError as Google words it.

    Titles are found whatever their case; a range without a title is one of the first tab.
    """
    known = {title.lower(): title for title in titles}
    title, separator, cells = text.rpartition("!")
    if separator and _unquoted(title).lower() in known:
        return _area(known[_unquoted(title).lower()], cells, text)
    # A quoted name is a tab; a bare `A1` is a cell of the first tab, even where a tab has that name.
    if _unquoted(text).lower() in known and not _CELL.fullmatch(text) and not _R1C1.fullmatch(text):
        return Area(known[_unquoted(text).lower()])
    if separator:
        raise ValueError(f"Unable to parse range: {text}")
    return _area(titles[0], cells, text)


def _area(title: str, cells: str, whole: str) -> Area:
    first, colon, last = cells.partition(":")
    if colon and not last:
        raise ValueError(f"Unable to parse range: {whole}")
    (row, column), (end_row, end_column) = _corner(first, whole), _corner(last or first, whole)
    if not last and (row is None or column is None):
        raise ValueError(f"Unable to parse range: {whole}")
    # `A:C7` is `A7:C`, as the program itself rewrites it: what one corner leaves out is open at the far end.
    if row is None and end_row is not None:
        row, end_row = end_row, None
    if column is None and end_column is not None:
        column, end_column = end_column, None
    if row is not None and end_row is not None and end_row < row:
        row, end_row = end_row, row
    if column is not None and end_column is not None and end_column < column:
        column, end_column = end_column, column
    return Area(
        title,
        row or 0,
        column or 0,
        None if end_row is None else end_row + 1,
        None if end_column is None else end_column + 1,
    )


def _unquoted(title: str) -> str:
    if len(title) > 1 and title[0] == title[-1] == "'":
        return title[1:-1].replace("''", "'")
    return title


def _corner(text: str, whole: str) -> tuple[int | None, int | None]:
    absolute = _R1C1.fullmatch(text)
    if absolute:
        return int(absolute[1]) - 1, int(absolute[2]) - 1
    match = _CORNER.fullmatch(text)
    if not match or not text.strip("$"):
        raise ValueError(f"Unable to parse range: {whole}")
    letters, digits = match.groups()
    return (int(digits) - 1 if digits else None, column_number(letters) if letters else None)


def quoted(title: str) -> str:
    """A tab's title as Google writes it before `!`: quoted unless it is a plain word that is no cell."""
    plain = _PLAIN.fullmatch(title) and not _CELL.fullmatch(title) and not _R1C1.fullmatch(title)
    return title if plain else "'" + title.replace("'", "''") + "'"


def format_a1(title: str, row: int, column: int, end_row: int, end_column: int) -> str:
    """`Tab!A1:B2` as Google writes it back."""
    first = f"{column_letters(column)}{row + 1}"
    last = f"{column_letters(max(end_column, column + 1) - 1)}{max(end_row, row + 1)}"
    return f"{quoted(title)}!{first}" if first == last else f"{quoted(title)}!{first}:{last}"


def format_area(area: Area) -> str:
    """An area with its open ends, as Google names it in a refusal: `Tab!A1001:B`, `Tab!AA:AB`, `Tab`."""
    if area.end_row is not None and area.end_column is not None:
        return format_a1(area.title, area.row, area.column, area.end_row, area.end_column)
    columns = "" if area.end_column is None else column_letters(area.end_column - 1)
    rows = "" if area.end_row is None else str(area.end_row)
    if not columns and not rows and not area.row and not area.column:
        return quoted(area.title)
    start = f"{column_letters(area.column)}{area.row + 1}"
    if not columns and not rows:
        return f"{quoted(area.title)}!{start}"
    if columns and not area.row:
        start = column_letters(area.column)
    elif rows and not area.column:
        start = str(area.row + 1)
    return f"{quoted(area.title)}!{start}:{columns}{rows}"
