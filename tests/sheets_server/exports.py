"""Spreadsheets as files: exported to CSV, TSV, XLSX, and filled from CSV."""

import csv
import io
from typing import Any

import openpyxl

from tests.sheets_server.a1 import Area
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.entry import typed
from tests.sheets_server.sheet import Sheet
from tests.sheets_server.tabs import TITLE_LIMIT

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_SEPARATED = {"text/csv": ",", "text/tab-separated-values": "\t"}
_MARKED = {
    "application/pdf": b"%PDF-1.4\n%%EOF\n",
    "application/vnd.oasis.opendocument.spreadsheet": b"PK\x05\x06" + bytes(18),
    "application/x-vnd.oasis.opendocument.spreadsheet": b"PK\x05\x06" + bytes(18),
    "application/zip": b"PK\x05\x06" + bytes(18),
}  # empty files of the right kind: nothing is laid out
_CONVERTED_ZONE = "America/Los_Angeles"  # what Google converts is in its own time zone


def exported(book: Spreadsheet, kind: str) -> bytes | None:
    """The spreadsheet as a file of this MIME type; None for a type that it cannot become."""
    if kind in _SEPARATED:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=_SEPARATED[kind], lineterminator="\r\n")
        lines = _lines(book, book.sheets[0])
        width = max(map(len, lines), default=0)
        writer.writerows([*line, *[""] * (width - len(line))] for line in lines)
        return text.getvalue().removesuffix("\r\n").encode()
    return _workbook(book) if kind == XLSX else _MARKED.get(kind)


def _lines(book: Spreadsheet, sheet: Sheet) -> list[list[Any]]:
    return sheet.values(Area(sheet.title), "FORMATTED_VALUE", compute=book.computer(sheet))


def _workbook(book: Spreadsheet) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for sheet in book.sheets:
        tab = workbook.create_sheet(sheet.title[:31])
        for line in sheet.values(Area(sheet.title), "UNFORMATTED_VALUE", compute=book.computer(sheet)):
            tab.append(line)
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def filled(book: Spreadsheet, content: str) -> None:
    """Replaces the whole spreadsheet by the rows of a CSV file in one tab, which is called like the spreadsheet."""
    lines = list(csv.reader(io.StringIO(content)))
    with book.change():
        sheet = Sheet(book.title[:TITLE_LIMIT], book.next_id())
        sheet.resize(max(len(lines), sheet.rows), max(max(map(len, lines), default=0), sheet.columns))
        for row, line in enumerate(lines):
            for column, text in enumerate(line):
                if text:
                    sheet.put_value(row, column, *typed(text))
        book.sheets, book.marks = [sheet], {}
        book.properties |= {"timeZone": _CONVERTED_ZONE}
