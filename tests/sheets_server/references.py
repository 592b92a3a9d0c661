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
