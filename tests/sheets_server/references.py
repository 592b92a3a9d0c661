"""Formulas whose references follow rows and columns that are inserted and deleted, cells that move, renamed tabs."""

import re
from collections.abc import Callable

from tests.sheets_server.a1 import column_letters, column_number, quoted
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
_TAB = re.compile(r"""(?P<text>"(?:[^"]|"")*")|(?<![\w.])(?P<tab>(?:'(?:[^']|'')+'|[A-Za-z_][A-Za-z0-9_.]*)!)""")


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
    _rewrite(book, lambda formula, home: _followed(formula, home, changed.title, dimension, move))


def rename(book: Spreadsheet, old: str, new: str) -> None:
    """Rewrites every formula that names a tab which is called otherwise now."""

    def replaced(match: re.Match[str]) -> str:
        return f"{quoted(new)}!" if match["tab"] and _title(match["tab"]).lower() == old.lower() else match[0]

    _rewrite(book, lambda formula, _home: _TAB.sub(replaced, formula))


def move_cells(book: Spreadsheet, changed: Sheet, box: tuple[range, range], down: int, across: int) -> None:
    """Rewrites every formula that refers to cells, all of them in `box`, which have moved within their tab."""

    def moved(formula: str, home: str) -> str:
        def replaced(match: re.Match[str]) -> str:
            if not _refers(formula, match, home, changed.title):
                return match[0]
            corners = [(match["c1"], match["r1"])] + ([(match["c2"], match["r2"])] if match["c2"] else [])
            places = [(_index(row, "ROWS"), _index(column, "COLUMNS")) for column, row in corners]
            if not all(row in box[0] and column in box[1] for row, column in places):
                return match[0]
            named = [
                _named(old_column, column + across, "COLUMNS") + _named(old_row, row + down, "ROWS")
                for (old_column, old_row), (row, column) in zip(corners, places, strict=True)
            ]
            return (match["tab"] or "") + ":".join(named)

        return _REFERENCE.sub(replaced, formula)

    _rewrite(book, moved)


def _rewrite(book: Spreadsheet, change: Callable[[str, str], str]) -> None:
    """Changes formulas, told the formula and the title of the tab in which it stands."""
    for sheet in book.sheets:
        for row, line in enumerate(sheet.cells):
            for column, cell in enumerate(line):
                formula = cell.get("userEnteredValue", {}).get("formulaValue")
                if formula:
                    new = change(formula, sheet.title)
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
        if not _refers(formula, match, home, changed):
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


def _title(tab: str) -> str:
    """The title of a tab as it is named before a reference, `'My tab'!`."""
    return tab[:-1].strip("'").replace("''", "'")


def _refers(formula: str, match: re.Match[str], home: str, changed: str) -> bool:
    """Whether a match in a formula of the tab `home` is a reference to the tab `changed`, no text or longer word."""
    title = _title(match["tab"]) if match["tab"] else home
    before = formula[match.start() - 1 : match.start()]
    return not match["text"] and title.lower() == changed.lower() and not re.match(r"[\w.]", before)


def _index(text: str, dimension: str) -> int:
    plain = text.lstrip("$")
    return int(plain) - 1 if dimension == "ROWS" else column_number(plain)


def _named(old: str, index: int, dimension: str) -> str:
    return "$" * old.startswith("$") + (str(index + 1) if dimension == "ROWS" else column_letters(index))
