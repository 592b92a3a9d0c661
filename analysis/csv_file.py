"""CSV files as people bring them, streamed in blocks: any separator, any quoting, UTF-8 or Windows' Latin letters.

Nothing is guessed about a row: one with a cell too many or too few stops the reading, because every cell after it may
stand in a wrong column. Only columns that are asked for are kept, one block at a time.
"""

import codecs
import csv
import difflib
import io
import os
import re
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final, NoReturn

import pyarrow as pa
import pyarrow.csv as pc

from analysis.estimate import UnusableDataError

STDIN: Final = "-"
BLOCK: Final = 1 << 22
LONGEST_HEADER: Final = 1 << 20
SEPARATORS: Final = (",", ";", "\t", "|")
# A last row of these proves that the file's own last row has ended: an open quote would have swallowed it.
END: Final = b"\x00end\x00"
# How zip (and with it .xlsx), gzip and .xls files begin.
OTHER_FORMATS: Final = (b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")
UNCLOSED: Final = "has a quoted cell that is never closed"
NO_TEXT: Final = "is not text in UTF-8 or, from its first mark on, in UTF-16: save it as CSV in UTF-8"

Block = list[pa.BinaryArray]


def decode(cell: bytes) -> str:
    """A cell's text without spaces around it: UTF-8, or else Windows-1252, of which Latin-1's letters are a part."""
    try:
        return cell.decode().strip()
    except UnicodeDecodeError:
        return cell.decode("cp1252", "replace").strip()


class CsvFile:
    """A CSV file with a header. `name` is a path, or - for standard input; `rows` counts the rows read so far.

    A row's number is the one a spreadsheet shows: the header's is 1 where nothing stands above it. Empty lines are
    passed over. Raises UnusableDataError for what cannot be read, with one sentence.
    """

    def __init__(self, name: str, *, block: int = BLOCK, on_bytes: Callable[[int, int], None] | None = None) -> None:
        """on_bytes is told how many bytes are read and how many there are (0: unknown)."""
        self.name = "standard input" if name == STDIN else printable(Path(name).name or name)
        self.rows = 0
        self._path = name
        self._block = block
        self._on_bytes = on_bytes
        self._problem = ""
        self._again = False
        self._raw, size = self._open()
        self._source: BinaryIO = self._raw
        lines = self._read_head().splitlines(keepends=True)
        blank = next((place for place, line in enumerate(lines) if line.strip()), len(lines))
        if blank == len(lines):
            self._fail("is empty")
        # The rows above the data, as a spreadsheet numbers them.
        self._above = blank + 1
        lines = lines[blank:]
        if b"\0" in lines[0]:
            # UTF-16 without its mark, UTF-32, or no text at all.
            self._fail(NO_TEXT)
        if told := re.fullmatch(rb'"?sep=(.)"?\s*', lines[0], re.IGNORECASE):
            self.separator = told[1].decode("cp1252")
            self._above += 1
            lines = lines[1:] or self._fail("is empty")
        else:
            self.separator = _sniff_separator(lines[0])
        self.columns, used = _split_header(lines, self.separator)
        rest = b"".join(lines[used:])
        self._stream = _Rows(self._source, rest, self._end_row(), lambda done: self._told(done, size))

    @property
    def decimal_comma(self) -> bool:
        """Whether 3,5 may be a number: where semicolons separate the cells."""
        return self.separator == ";"

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        """The wanted columns' cells as bytes, a block of rows at a time; works once. No block is empty."""
        places = [self._find(column) for column in wanted]
        names = [str(place) for place in range(len(self.columns))]
        include = [names[place] for place in dict.fromkeys(places)]
        try:
            reader = pc.open_csv(
                pa.PythonFile(self._stream, mode="r"),
                # In one thread, for only then a bad row has a number.
                read_options=pc.ReadOptions(block_size=self._block, column_names=names, use_threads=False),
                parse_options=pc.ParseOptions(
                    delimiter=self.separator, newlines_in_values=True, invalid_row_handler=self._on_bad_row
                ),
                convert_options=pc.ConvertOptions(
                    column_types=dict.fromkeys(include, pa.binary()),
                    include_columns=include,
                    strings_can_be_null=False,
                    check_utf8=False,
                ),
            )
            ended = False
            for batch in reader:
                count = batch.num_rows
                last = [cells[count - 1].as_py() for cells in batch.columns] if count else []
                if any(END in cell for cell in last):
                    ended, count = all(cell == END for cell in last), count - 1
                    if not ended:
                        break
                if count:
                    yield [batch.column(names[place]).slice(0, count) for place in places]
                    self.rows += count
        except pa.ArrowInvalid as error:
            self._fail_parsing(error)
        except UnicodeDecodeError:
            self._fail(NO_TEXT)
        finally:
            if self._path != STDIN:
                self._raw.close()
        if not ended:
            self._fail(UNCLOSED)
        if not self.rows:
            self._fail("has a header but no rows")

    def fail_at(self, column: str, place: int, problem: str) -> NoReturn:
        """Refuse the cell of `column` in row `place` of the current block."""
        index = self.rows + place
        row = self._find_row(lambda at, _: at == index) or index + self._above + 1
        raise UnusableDataError(f"Column {column!r} of {self.name} has {problem} in row {row}.")

    def _open(self) -> tuple[BinaryIO, int]:
        if self._path == STDIN:
            return sys.stdin.buffer, 0
        try:
            raw = Path(self._path).open("rb")  # noqa: SIM115 (read in blocks, closed by `blocks`)
            state = os.fstat(raw.fileno())
            self._again = stat.S_ISREG(state.st_mode)
            return raw, state.st_size
        except (OSError, ValueError) as error:
            reason = (error.strerror or str(error)) if isinstance(error, OSError) else "no file can have this name"
            raise UnusableDataError(f"Cannot read {printable(self._path)}: {reason}.") from error

    def _read_head(self) -> bytes:
        """The first bytes, without a byte order mark, from a source that gives UTF-8 from then on."""
        try:
            head = self._raw.read(LONGEST_HEADER)
        except OSError as error:
            self._fail(f"cannot be read: {error.strerror}")
        if head.startswith(OTHER_FORMATS):
            self._fail("is a workbook or a compressed file: save it as CSV first")
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            whole = _Rows(self._raw, head, b"", lambda _: None)
            self._source = pa.transcoding_input_stream(pa.PythonFile(whole, mode="r"), "utf-16", "utf-8")
            try:
                head = self._source.read(LONGEST_HEADER)
            except UnicodeDecodeError:
                self._fail(NO_TEXT)
        return head.removeprefix(codecs.BOM_UTF8)

    def _end_row(self) -> bytes:
        return b"\n" + self.separator.encode("cp1252").join([END] * len(self.columns)) + b"\n"

    def _told(self, done: int, size: int) -> None:
        if self._on_bytes:
            self._on_bytes(done, size)

    def _find(self, column: str) -> int:
        places = [place for place, name in enumerate(self.columns) if name == column]
        if len(places) > 1:
            self._fail(f"has {len(places)} columns named {column!r}: rename all but one")
        if not places:
            folded = {name.casefold(): name for name in self.columns if name}
            near = difflib.get_close_matches(column.casefold(), folded, n=5, cutoff=0.5)
            shown = [folded[name] for name in near] or [name for name in self.columns if name][:10]
            what = "near it are" if near else "it has"
            self._fail(f"has no column {column!r}; {what} {', '.join(map(printable, shown))}")
        return places[0]

    def _on_bad_row(self, row: pc.InvalidRow) -> str:
        if not row.text.strip():
            return "skip"
        if END.decode() in row.text:
            self._problem = UNCLOSED
        else:
            cells = "1 cell" if row.actual_columns == 1 else f"{row.actual_columns} cells"
            number = self._find_row(lambda _, found: len(found) != len(self.columns)) or row.number + self._above
            self._problem = f"has {cells} in row {number} and {row.expected_columns} in its header"
        # An exception would be lost in the parser; `blocks` raises it.
        return "error"

    def _fail_parsing(self, error: pa.ArrowInvalid) -> NoReturn:
        if self._problem:
            self._fail(self._problem)
        if "block" in str(error):
            self._fail(f"{UNCLOSED}, or a row of many megabytes")
        raise UnusableDataError(f"{self.name} cannot be read as CSV: {error}.") from error

    def _find_row(self, wanted: Callable[[int, list[str]], bool]) -> int | None:
        """A spreadsheet's number of the first row wanted, by its place among the data and its cells.

        The parser passes over empty lines without counting them, so the file is read again; a pipe cannot be.
        """
        if not self._again or self._source is not self._raw:
            return None
        csv.field_size_limit(sys.maxsize)
        with Path(self._path).open(encoding="latin-1", newline="") as again:
            at = 0
            for number, cells in enumerate(csv.reader(again, delimiter=self.separator), 1):
                blank = not cells or (len(cells) == 1 < len(self.columns) and not cells[0].strip())
                if number <= self._above or blank:
                    continue
                if wanted(at, cells):
                    return number
                at += 1
        return None

    def _fail(self, problem: str) -> NoReturn:
        raise UnusableDataError(f"{self.name} {problem}.")


class _Rows(io.RawIOBase):
    """What is left of a file: first the bytes that were read too far, then the source, then a last row of our own."""

    def __init__(self, source: BinaryIO, head: bytes, end: bytes, on_bytes: Callable[[int], None]) -> None:
        self._parts: list[BinaryIO] = [io.BytesIO(head), source, io.BytesIO(end)]
        self._on_bytes = on_bytes
        self._done = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        """Always as many bytes as are asked for and left: Arrow takes a lone line feed after a return for the end."""
        found = self._parts[0].read(size) if self._parts else b""
        while self._parts and not 0 < size <= len(found):
            more = self._parts[0].read(size - len(found) if size > 0 else -1)
            if more:
                found += more
            else:
                self._parts.pop(0)
        self._done += len(found)
        self._on_bytes(self._done)
        return found


def printable(text: str) -> str:
    """Text that any terminal takes, also where an argument was no UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()


def _sniff_separator(header: bytes) -> str:
    """The separator that the header has most of outside quotes; a comma where it has none."""
    bare = re.sub(rb'"[^"]*"', b"", header)
    return max(SEPARATORS, key=lambda separator: bare.count(separator.encode()))


def _split_header(lines: list[bytes], separator: str) -> tuple[list[str], int]:
    """The columns' names and how many lines they take: a quoted name may hold line ends."""
    # Latin-1 keeps every byte for `decode`.
    reader = csv.reader((line.decode("latin-1") for line in lines), delimiter=separator)
    names = [decode(cell.encode("latin-1")) for cell in next(reader)]
    return names, reader.line_num
