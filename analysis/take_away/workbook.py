"""A document's numbers as an Excel workbook: what it is and how to read it, then a sheet for each figure."""

import io
import re
from typing import Any, Final

import xlsxwriter

from analysis.language import say, speaking
from analysis.take_away.document import Document

_NAME: Final = 31  # Excel's limit for a sheet's name
_WIDTH: Final = 18


def write_workbook(document: Document) -> bytes:
    """The document's tables as XLSX; text is written as text, so that nothing in it runs."""
    file = io.BytesIO()
    with (
        xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False}) as book,
        speaking(document.language),
    ):
        bold, wrapped = book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True})
        cover = book.add_worksheet(_sheet_name(say("About"), set()))
        cover.set_column(0, 0, 110, wrapped)
        lines = [document.title, document.subject, *document.facts, document.statement]
        taken = {cover.get_name().lower()}
        for section in document.sections:
            if section.figure is None:
                lines += ["", section.heading, *section.texts]
            elif section.figure.table:
                name = _sheet_name(section.heading, taken)
                taken.add(name.lower())
                _write_table(book.add_worksheet(name), bold, section.figure.table)
        for row, line in enumerate(lines):
            cover.write_string(row, 0, line)
    return file.getvalue()


def _sheet_name(heading: str, taken: set[str]) -> str:
    """The heading as Excel allows it for a sheet, and as no other sheet is called."""
    name = re.sub(r"[\[\]:*?/\\]", " ", heading).strip("' ")[:_NAME].strip()
    number = 2
    found = name
    while found.lower() in taken:
        found = f"{name[: _NAME - 4]} {number}"
        number += 1
    return found


def _write_table(sheet: Any, bold: Any, table: list[dict[str, Any]]) -> None:
    header = list(dict.fromkeys(key for row in table for key in row))
    sheet.set_column(0, len(header) - 1, _WIDTH)
    sheet.freeze_panes(1, 1)
    for column, title in enumerate(header):
        sheet.write_string(0, column, title, bold)
        for row, cells in enumerate(table, 1):
            cell = cells.get(title)
            if isinstance(cell, int | float):
                sheet.write_number(row, column, cell)
            elif cell is not None:
                sheet.write_string(row, column, str(cell))
