"""What the mirror knows of its spreadsheets between requests: their tabs, sizes and how full they are."""

from dataclasses import dataclass
from typing import Final

from survey.sheets.client import SheetsClient

_LETTERS: Final = 26


@dataclass
class Sheet:
    """One tab of a spreadsheet. It is known by its id: people may rename it."""

    id: int
    title: str
    rows: int
    columns: int

    def area(self, cells: str) -> str:
        """A range of this tab in A1 notation."""
        return "'" + self.title.replace("'", "''") + "'!" + cells


class Books:
    """The spreadsheets, asked about once and remembered until `forget`."""

    def __init__(self, client: SheetsClient) -> None:
        self._client = client
        self._sheets: dict[str, list[Sheet]] = {}
        self._titles: dict[str, str] = {}

    def forget(self) -> None:
        """How they are now is not known any more: a change may have been made before its answer was lost."""
        self._sheets.clear()

    def sheets(self, book: str) -> list[Sheet]:
        """The tabs of a spreadsheet, in their order."""
        if book not in self._sheets:
            found = self._client.metadata(book)
            self._titles[book] = found.get("properties", {}).get("title", book)
            self._sheets[book] = [_sheet_of(each["properties"]) for each in found["sheets"]]
        return self._sheets[book]

    def title(self, book: str) -> str:
        """The title of a spreadsheet."""
        self.sheets(book)
        return self._titles[book]

    def sheet(self, book: str, sheet_id: int) -> Sheet | None:
        """The tab with this id."""
        return next((each for each in self.sheets(book) if each.id == sheet_id), None)

    def titled(self, book: str, title: str) -> Sheet | None:
        """The tab with this title; Google does not tell capitals apart in titles."""
        return next((each for each in self.sheets(book) if each.title.lower() == title.lower()), None)

    def cells(self, book: str) -> int:
        """How many cells all tabs of a spreadsheet have."""
        return sum(each.rows * each.columns for each in self.sheets(book))

    def added(self, book: str, sheet: Sheet) -> None:
        """Remember a tab that was just added."""
        self.sheets(book).append(sheet)


def _sheet_of(properties: dict[str, object]) -> Sheet:
    grid = properties.get("gridProperties", {})
    rows, columns = (grid.get(name, 0) if isinstance(grid, dict) else 0 for name in ("rowCount", "columnCount"))
    return Sheet(int(str(properties["sheetId"])), str(properties["title"]), rows, columns)


def column_letters(column: int) -> str:
    """The letters of a column that counts from 0: A, B, …, Z, AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, _LETTERS)
        letters = chr(ord("A") + rest) + letters
    return letters
