"""A roster that people keep in a tab of the spreadsheet, read as a roster's CSV file is."""

import csv
import io
from typing import Any

from survey.roster import RosterError, RosterRow, parse_roster
from survey.sheets.books import Books, column_letters
from survey.sheets.client import SheetsClient


def read_roster_tab(client: SheetsClient, title: str) -> list[RosterRow]:
    """The rows of the tab; raises RosterError naming every bad row by its number there, MirrorError as it reads."""
    book = client.connection.spreadsheet_id
    sheet = Books(client).titled(book, title)
    if sheet is None:
        raise RosterError([f"The spreadsheet has no tab {title!r}: give the roster's tab with --tab."])
    (lines,) = client.read([sheet.area(f"A1:{column_letters(sheet.columns - 1)}{sheet.rows}")], book)
    width = len(lines[0]) if lines else 0
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for line in lines:
        cells = [_text(cell) for cell in line]
        if any(cells):
            writer.writerow([*cells, *[""] * (width - len(cells))])
        else:
            text.write("\n")  # an empty row is no row, but it counts
    return parse_roster(text.getvalue())


def _text(cell: Any) -> str:
    """A cell as a file would have it: 12, not 12.0, and on one line."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())
