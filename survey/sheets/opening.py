"""Opening the parts of a tab: which spreadsheet has room, the new sheet with its header, and the index of them all."""

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from survey.instrument import Instrument
from survey.sheets.books import Books, Sheet
from survey.sheets.changes import Change, add_rows, add_tab, dress_tab, embolden, empty_cells, widen, write_cells
from survey.sheets.client import MirrorError, RowsRefusedError, SheetsClient, id_of
from survey.sheets.layout import Cell, header, tab_title
from survey.sheets.limits import CELLS_PER_SPREADSHEET, FULL_SHARE, ROWS_ADDED_AT_ONCE, TABS_PER_SPREADSHEET
from survey.store.mirror_parts import Part
from survey.store.outbox import Tab

INDEX_TITLE: Final = "Compati index"
_INDEX_HEADER: Final = ("Tab", "Instrument", "Version", "Year", "Part", "Address")
_INDEX_WIDTHS: Final = (260, 160, 80, 60, 50, 620)
_INDEX_ROWS: Final = 200


def new_sheet_id() -> int:
    """An id for a sheet: noted before the sheet is made, so that it is found again if the answer is lost."""
    return secrets.randbelow(2**31 - 1) + 1


def choose_spreadsheet(client: SheetsClient, books: Books, used: Iterable[str], full: set[str], columns: int) -> str:
    """The first spreadsheet with room for another part; a new one if the connection says with whom to share it.

    Raises MirrorError when all are full and none may be made.
    """
    connection = client.connection
    known = [connection.spreadsheet_id, *map(id_of, connection.further), *used]
    for book in dict.fromkeys(known):
        cells = books.cells(book) + ROWS_ADDED_AT_ONCE * columns
        tabs = len(books.sheets(book)) + 2  # the index and what is set aside need one each
        if book not in full and cells <= FULL_SHARE * CELLS_PER_SPREADSHEET and tabs < TABS_PER_SPREADSHEET:
            return book
    if not connection.share_with:
        raise MirrorError(
            "The spreadsheet is full: put the address of another one under `further`, or e-mail addresses under "
            "`share_with`, in [sheets]."
        )
    return client.create(f"{books.title(connection.spreadsheet_id)} ({len(set(known)) + 1})")


@dataclass(frozen=True)
class IndexChange:
    """What brings the index up to date, and its sheet where that is made by it."""

    changes: tuple[Change, ...]
    added: Sheet | None


def find_or_add_tab(
    client: SheetsClient, books: Books, part: Part, tab: Tab, instrument: Instrument, index: IndexChange | None
) -> tuple[Sheet, bool]:
    """The sheet of a part and whether it was made just now, and then the index with it in the same request.

    A sheet with our title and our header is taken for the part's: it was written before the store knew of parts, or
    before a backup that was put back.
    """
    titles = header(instrument)
    found = books.sheet(part.spreadsheet, part.sheet_id)
    if found is None:
        found = _adoptable(client, books, part, tab, titles)
    if found is not None:
        return found, False
    title = tab_title(tab.instrument, tab.version, tab.year, part.number)
    while books.titled(part.spreadsheet, title):
        title += " [Compati]"
    sheet = Sheet(part.sheet_id, title, ROWS_ADDED_AT_ONCE, len(titles))
    changes = [
        add_tab(sheet.id, title, columns=len(titles)),
        write_cells(sheet.id, 0, [titles]),
        *dress_tab(sheet.id, title, len(titles), client.connection.account_email),
    ]
    try:
        client.change([*changes, *(index.changes if index else ())], part.spreadsheet)
    except RowsRefusedError:
        # It was added by an attempt whose answer was lost.
        books.forget()
        found = books.sheet(part.spreadsheet, part.sheet_id)
        if found is None:
            raise
        return found, False
    for added in (sheet, index.added if index else None):
        if added is not None:
            books.added(part.spreadsheet, added)
    return sheet, True


def _adoptable(client: SheetsClient, books: Books, part: Part, tab: Tab, titles: list[str]) -> Sheet | None:
    sheet = books.titled(part.spreadsheet, tab_title(tab.instrument, tab.version, tab.year, part.number))
    if sheet is None:
        return None
    ((top, *_),) = (lines or [[]] for lines in client.read([sheet.area("1:1")], part.spreadsheet))
    return sheet if top[:1] == titles[:1] else None


def change_index(client: SheetsClient, books: Books, tabs: Sequence[Tab], parts: Sequence[Part]) -> IndexChange:
    """What brings the index tab, in the first spreadsheet, up to date."""
    home = client.connection.spreadsheet_id
    lines: list[list[Cell]] = [list(_INDEX_HEADER), *_index_lines(books, tabs, parts)]
    sheet = books.titled(home, INDEX_TITLE)
    changes: list[Change] = []
    added = sheet is None
    if sheet is None:
        sheet = Sheet(new_sheet_id(), INDEX_TITLE, max(_INDEX_ROWS, len(lines)), len(_INDEX_HEADER))
        changes.append(add_tab(sheet.id, INDEX_TITLE, rows=sheet.rows, columns=sheet.columns))
        changes += [widen(sheet.id, place, place + 1, pixels) for place, pixels in enumerate(_INDEX_WIDTHS)]
        changes.append(embolden(sheet.id, 0, sheet.columns))
    else:
        changes.append(empty_cells(sheet.id))
        if sheet.rows < len(lines):
            changes.append(add_rows(sheet.id, len(lines) - sheet.rows))
    return IndexChange((*changes, write_cells(sheet.id, 0, lines)), sheet if added else None)


def _index_lines(books: Books, tabs: Sequence[Tab], parts: Sequence[Part]) -> list[list[Cell]]:
    tab_of = {tab.id: tab for tab in tabs}
    lines: list[list[Cell]] = []
    for part in parts:
        tab = tab_of[part.tab_id]
        sheet = books.sheet(part.spreadsheet, part.sheet_id)
        title = sheet.title if sheet else tab_title(tab.instrument, tab.version, tab.year, part.number)
        address = f"https://docs.google.com/spreadsheets/d/{part.spreadsheet}/edit#gid={part.sheet_id}"
        lines.append([title, tab.instrument, tab.version, tab.year, part.number, address])
    return lines


@dataclass(frozen=True)
class IndexLine:
    """A line of the index tab: a part of a tab and where it is."""

    title: str
    instrument: str
    version: str
    year: int
    part: int
    spreadsheet: str
    sheet_id: int


def read_index(client: SheetsClient, books: Books) -> list[IndexLine]:
    """The lines of the index tab, tab by tab and part by part; raises MirrorError for one that cannot be read."""
    home = client.connection.spreadsheet_id
    sheet = books.titled(home, INDEX_TITLE)
    if sheet is None:
        return []
    (lines,) = client.read([sheet.area(f"A2:F{max(sheet.rows, 2)}")], home)
    found = [_index_line(number, line) for number, line in enumerate(lines, 2) if line]
    return sorted(found, key=lambda line: (line.instrument, line.version, line.year, line.part))


def _index_line(number: int, line: Sequence[Cell]) -> IndexLine:
    address = re.search(r"/d/([\w-]+)/edit#gid=(\d+)$", str(line[5])) if len(line) == len(_INDEX_HEADER) else None
    try:
        year, part = int(line[3]), int(line[4])
    except (ValueError, IndexError):
        address = None
    if address is None:
        raise MirrorError(f"Row {number} of tab {INDEX_TITLE!r} was changed: put it back as it was.")
    return IndexLine(str(line[0]), str(line[1]), str(line[2]), year, part, address.group(1), int(address.group(2)))
