"""Formulas whose references follow the rows and columns that are inserted and deleted."""

import re

from tests.sheets_server.a1 import column_letters, column_number
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.sheet import Sheet
from tests.sheets_server.shifting import Move

_REFERENCE = re.compile(
    r"""(?P<text>"(?:[^"]|"")*")
  | (?P<tab>(?:'(?:[^']|'')+'|[A-Za-z_][A-Za-z0-9_.]*)!)?
    (?P<c1>\$?[A-Za-z]{1,3})(?P<r1>\$?[1-9]\d*)(?::(?P<c2>\$?[A-Za-z]{1,3})(?P<r2>\$?[1-9]\d*))?
    (?![A-Za-z0-9_(.!])""",
    re.X,
)


_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9]\d*"
_CORNER = rf"(?:{_CELL}|\$?[A-Za-z]{{1,3}}|\$?[1-9]\d*)"
_COPIED = re.compile(
    rf"""(?P<kept>"(?:[^"]|"")*"|'(?:[^']|'')*'!)
  | (?<![\w.$])(?:{_CELL}(?::{_CORNER})?|{_CORNER}:{_CORNER})(?![\w(.!])""",
    re.X,
)


def copied(formula: str, down: int, across: int) -> str:
    """A formula copied to another cell: what it refers to without `$` moves as far as the formula does."""

    def replaced(match: re.Match[str]) -> str:
        corners = (
            [_stepped(corner, down, across) for corner in match[0].split(":")] if not match["kept"] else [match[0]]
        )
        return "#REF!" if "" in corners else ":".join(corners)

    return _COPIED.sub(replaced, formula) if down or across else formula


def _stepped(corner: str, down: int, across: int) -> str:
    """A corner of a reference after the step; "" where it falls off the grid."""
    match = re.fullmatch(r"(\$?[A-Za-z]+)?(\$?\d+)?", corner)
    letters, digits = (match[1] or "", match[2] or "") if match else ("", "")
    if letters and not letters.startswith("$"):
        column = column_number(letters) + across
        letters = column_letters(column) if column >= 0 else ""
        if not letters:
            return ""
    if digits and not digits.startswith("$"):
        if int(digits) + down < 1:
            return ""
        digits = str(int(digits) + down)
    return letters + digits


def follow(book: Spreadsheet, changed: Sheet, dimension: str, move: Move) -> None:
    """Rewrites every formula that refers to a tab in which rows or columns have moved."""
    for sheet in book.sheets:
        for row, line in enumerate(sheet.cells):
            for column, cell in enumerate(line):
                formula = cell.get("userEnteredValue", {}).get("formulaValue")
                if formula:
                    new = _followed(formula, sheet.title, changed.title, dimension, move)
                    if new != formula:
                        sheet.cells[row] = [
                            *line[:column],
                            cell | {"userEnteredValue": {"formulaValue": new}},
                            *line[column + 1 :],
                        ]
                        line = sheet.cells[row]


def _followed(formula: str, home: str, changed: str, dimension: str, move: Move) -> str:
    def replaced(match: re.Match[str]) -> str:
        tab = match["tab"] or ""
        title = tab[:-1].strip("'").replace("''", "'") if tab else home
        before = formula[match.start() - 1 : match.start()]
        if match["text"] or title.lower() != changed.lower() or re.match(r"[\w.]", before):
            return match[0]
        first = (match["r1"] if dimension == "ROWS" else match["c1"]) or ""
        last = (match["r2"] if dimension == "ROWS" else match["c2"]) or first
        span = move((_index(first, dimension), _index(last, dimension) + 1))
        if span is None or span[1] is None:
            return "#REF!"
        start, end = _named(first, span[0], dimension), _named(last, span[1] - 1, dimension)
        if dimension == "ROWS":
            return f"{tab}{match['c1']}{start}" + (f":{match['c2']}{end}" if match["c2"] else "")
        return f"{tab}{start}{match['r1']}" + (f":{end}{match['r2']}" if match["c2"] else "")

    return _REFERENCE.sub(replaced, formula)


def _index(text: str, dimension: str) -> int:
    plain = text.lstrip("$")
    return int(plain) - 1 if dimension == "ROWS" else column_number(plain)


def _named(old: str, index: int, dimension: str) -> str:
    return "$" * old.startswith("$") + (str(index + 1) if dimension == "ROWS" else column_letters(index))
