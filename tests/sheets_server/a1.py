"""A1 ranges: `Tab!B2:D5`, `'My tab'!A:C`, `2:7`, `A1`, `Tab`."""

import re
from dataclasses import dataclass

_CELL = re.compile(r"\$?([A-Za-z]{1,3})?\$?([1-9][0-9]*)?")


@dataclass(frozen=True)
class Area:
    """A rectangle of one sheet, zero-based, ends excluded; None is open."""

    title: str
    row: int = 0
    column: int = 0
    end_row: int | None = None
    end_column: int | None = None


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
    """The area that `text` names in a spreadsheet with these tabs; ValueError as Google words it."""
    if text in titles or _unquote(text) in titles:
        return Area(_unquote(text))
    title, separator, cells = text.rpartition("!")
    if separator:
        title = _unquote(title)
        if title not in titles:
            raise ValueError(f"Unable to parse range: {text}")
    else:
        title, cells = titles[0], text
    first, _, last = cells.partition(":")
    start, end = _corner(first, text), _corner(last or first, text)
    row, column = start
    end_row, end_column = end
    if not last:
        if row is None or column is None:
            raise ValueError(f"Unable to parse range: {text}")
        return Area(title, row, column, row + 1, column + 1)
    return Area(
        title,
        row or 0,
        column or 0,
        None if end_row is None else end_row + 1,
        None if end_column is None else end_column + 1,
    )


def _unquote(title: str) -> str:
    if len(title) > 1 and title[0] == title[-1] == "'":
        return title[1:-1].replace("''", "'")
    return title


def _corner(text: str, whole: str) -> tuple[int | None, int | None]:
    match = _CELL.fullmatch(text)
    if not match or not text:
        raise ValueError(f"Unable to parse range: {whole}")
    letters, digits = match.groups()
    return (int(digits) - 1 if digits else None, column_number(letters) if letters else None)


def format_a1(title: str, row: int, column: int, end_row: int, end_column: int) -> str:
    """`Tab!A1:B2` as Google writes it back: titles are quoted unless they are plain words."""
    name = title if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", title) else "'" + title.replace("'", "''") + "'"
    first = f"{column_letters(column)}{row + 1}"
    last = f"{column_letters(max(end_column, column + 1) - 1)}{max(end_row, row + 1)}"
    return f"{name}!{first}" if first == last else f"{name}!{first}:{last}"
