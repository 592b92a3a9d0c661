"""The summary tab, the one that people read: written whole, in one request, whenever its numbers have changed."""

from collections.abc import Sequence
from typing import Final

from survey.sheets.books import Books, Sheet
from survey.sheets.changes import Change, add_column, add_rows, add_tab, embolden, empty_cells, widen, write_cells
from survey.sheets.client import SheetsClient
from survey.sheets.layout import Cell
from survey.sheets.opening import new_sheet_id

SUMMARY_TITLE: Final = "Compati summary"
_WIDTHS: Final = (220, 160)
_SPARE_ROWS: Final = 100


def write_summary(client: SheetsClient, books: Books, lines: Sequence[Sequence[Cell]]) -> None:
    """Write the lines, the first one being the header, in place of what the tab had before."""
    book = client.connection.spreadsheet_id
    columns = max(map(len, lines))
    sheet = books.titled(book, SUMMARY_TITLE)
    changes: list[Change] = []
    if sheet is None:
        sheet = Sheet(new_sheet_id(), SUMMARY_TITLE, len(lines) + _SPARE_ROWS, columns)
        changes.append(add_tab(sheet.id, sheet.title, rows=sheet.rows, columns=columns))
        changes += [widen(sheet.id, 0, 1, _WIDTHS[0]), widen(sheet.id, 1, columns, _WIDTHS[1])]
        changes.append(embolden(sheet.id, 0, columns))
    else:
        changes += [*[add_column(sheet.id)] * (columns - sheet.columns), empty_cells(sheet.id)]
        if sheet.rows < len(lines):
            changes.append(add_rows(sheet.id, len(lines) - sheet.rows + _SPARE_ROWS))
    client.change([*changes, write_cells(sheet.id, 0, lines)], book)
    books.forget()
