"""One reading of a spreadsheet's formulas: what has been computed is kept until the reading ends."""

from typing import Any, Protocol

from tests.sheets_server.a1 import Area, parse_a1
from tests.sheets_server.cell import Cell, RefusedError, Value, effective
from tests.sheets_server.formula_functions import FormulaError
from tests.sheets_server.formulas import compute
from tests.sheets_server.sheet import Sheet


class Book(Protocol):
    """The spreadsheet that is read."""

    sheets: list[Sheet]

    def sheet(self, title: str) -> Sheet:
        """The tab of this title."""

    def area(self, text: str) -> Area:
        """The area that a range or a name stands for."""


class Calculation:
    """Computes formulas; a cell that needs its own value is an error."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._known: dict[tuple[str, int, int], Any] = {}
        self._waiting: set[tuple[str, int, int]] = set()

    def compute(self, formula: str, home: str) -> Value:
        """The value of a formula that stands in the tab `home`."""
        return compute(formula, self, home)

    def read(self, area: Area) -> list[list[Any]]:
        """The values of an area as formulas see them."""
        lines = self._book.sheet(area.title).cells[area.row : area.end_row]
        return [
            [
                self._value(area.title, row, column, cell)
                for column, cell in enumerate(line[area.column : area.end_column], area.column)
            ]
            for row, line in enumerate(lines, area.row)
        ]

    def _value(self, title: str, row: int, column: int, cell: Cell) -> Any:
        if "formulaValue" not in cell.get("userEnteredValue", {}):
            return _plain(effective(cell))
        place = title, row, column
        if place in self._waiting:
            return FormulaError("REF", "Circular dependency detected.")
        if place not in self._known:
            self._waiting.add(place)
            self._known[place] = _plain(self.compute(cell["userEnteredValue"]["formulaValue"], title))
            self._waiting.remove(place)
        return self._known[place]

    def locate(self, text: str, home: str) -> Area:
        """The area that a reference in a formula of the tab `home` stands for; FormulaError."""
        names = {each["name"].lower() for sheet in self._book.sheets for each in sheet.named}
        try:
            if text.lower() in names:
                return self._book.area(text)
            return parse_a1(text, [home, *(sheet.title for sheet in self._book.sheets if sheet.title != home)])
        except (ValueError, RefusedError):
            if "!" in text:
                raise FormulaError("REF", "Unresolved sheet name.") from None
            raise FormulaError("NAME", f"Unknown range name: '{text.upper()}'.") from None


def _plain(value: Value) -> Any:
    if not value:
        return None
    ((kind, found),) = value.items()
    return FormulaError(found["type"], found["message"]) if kind == "errorValue" else found
