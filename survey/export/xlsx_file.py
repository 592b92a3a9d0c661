"""Responses as an Excel workbook: a sheet for each instrument's answers and one that explains the columns."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from survey.export.answers_file import (
    COLUMNS,
    COMMENT,
    Cell,
    ExportError,
    answers_of,
    facts_of,
    levels_of,
    questions_of,
    whole_file,
)
from survey.instrument import Instrument
from survey.response import NotAnswered, Response

_ROWS: Final = 1_048_576  # Excel's own limits
_CHARACTERS: Final = 32_767
_CODEBOOK: Final = "codebook"


def write_xlsx(path: Path, responses: Iterable[Response], instruments: Sequence[Instrument], *, comments: bool) -> int:
    """Write one row a response on its instrument's sheet, levels as numbers, ways of not answering by their names.

    Text is written as text: nothing in it runs. Returns the number of rows; raises ExportError when the file cannot be
    written or a sheet would have more rows than Excel can open.
    """
    count = 0
    with whole_file(path) as partial:
        book = xlsxwriter.Workbook(str(partial), {"constant_memory": True, "strings_to_formulas": False})
        bold = book.add_format({"bold": True, "bottom": 1})
        sheets = {each.key: _AnswersSheet(book, bold, each, comments=comments) for each in instruments}
        for response in responses:
            sheets[response.instrument, response.version].add(response)
            count += 1
        _write_codebook(book, bold, instruments)
        try:
            book.close()
        except xlsxwriter.exceptions.FileCreateError as error:
            raise OSError(*error.args[0].args) from error
    return count


def _sheet(book: Any, bold: Any, name: str, header: Sequence[str], widths: dict[str, int]) -> Any:
    sheet = book.add_worksheet(name[:31])
    for column, title in enumerate(header):
        sheet.set_column(column, column, widths.get(title, 12))
        sheet.write_string(0, column, title, bold)
    sheet.freeze_panes(1, 1)
    return sheet


class _AnswersSheet:
    def __init__(self, book: Any, bold: Any, instrument: Instrument, *, comments: bool) -> None:
        self._instrument, self._comments = instrument, comments
        self._columns = [*COLUMNS, *instrument.item_ids, *([COMMENT] if comments else [])]
        name = f"{instrument.id} {instrument.version}"
        self._sheet = _sheet(book, bold, name, self._columns, {"id": 38, COMMENT: 60})
        self._next = 1

    def add(self, response: Response) -> None:
        if self._next == _ROWS:
            raise ExportError(f"An Excel sheet holds {_ROWS:,} rows, and there are more responses: use --format csv.")
        answers = answers_of(response, self._instrument)
        cells: dict[str, Cell] = {
            **facts_of(response, comments=self._comments),
            **{item: each.name if isinstance(each, NotAnswered) else each for item, each in answers.items()},
        }
        for column, title in enumerate(self._columns):
            _write(self._sheet, self._next, column, cells.get(title, ""))
        self._next += 1


def _write(sheet: Any, row: int, column: int, cell: Cell) -> None:
    if isinstance(cell, int):
        sheet.write_number(row, column, cell)
    elif cell:
        sheet.write_string(row, column, cell[:_CHARACTERS])


def _write_codebook(book: Any, bold: Any, instruments: Sequence[Instrument]) -> None:
    header = ("instrument", "version", "column", "meaning", "values")
    sheet = _sheet(book, bold, _CODEBOOK, header, {"instrument": 22, "meaning": 70, "values": 80})
    row = 0
    for instrument in instruments:
        values = "; ".join(f"{level} = {name}" for level, name in levels_of(instrument).items())
        values += "; " + ", ".join(each.name for each in NotAnswered)
        for item, question in questions_of(instrument).items():
            row += 1
            for column, cell in enumerate((instrument.id, instrument.version, item, question, values)):
                _write(sheet, row, column, cell)
