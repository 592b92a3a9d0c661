"""One round of the mirror: look where the rows belong, write them there, note it in the ledger.

Every response has its own row number, given when it was stored. Writing it twice writes the same cells: a time-out, a
crash or a second worker cannot double a row.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from survey.sheets.books import Books, Sheet, column_letters
from survey.sheets.changes import HEADER_ROWS, Change, add_rows, write_cells, write_lines
from survey.sheets.client import MirrorError, RowsRefusedError, SheetsClient, SpreadsheetFullError
from survey.sheets.layout import Cell, refused_row, row_of
from survey.sheets.limits import (
    CELLS_PER_SPREADSHEET,
    FULL_SHARE,
    ROWS_ADDED_AT_ONCE,
    ROWS_PER_ROUND,
    ROWS_READ_AT_ONCE,
)
from survey.sheets.parts import OpenPart, Parts
from survey.sheets.repair import MAKE_ROOM, MisalignedError
from survey.sheets.summary import write_summary
from survey.sheets.turn import LEASE_SECONDS, Turn
from survey.store import Store
from survey.store.outbox import DUE, Entry, Tab, due_entries, due_tabs, mark_delivered, mark_refused, places_between

TRIES: Final = 5


@dataclass
class Mirror:
    """The mirror of one store in one spreadsheet, as one worker sees it. `holder` names the worker."""

    store: Store
    client: SheetsClient
    holder: str
    clock: Callable[[], float] = time.time
    lease_seconds: int = LEASE_SECONDS
    turn: Turn = field(init=False)
    parts: Parts = field(init=False)
    _settled: bool = False

    def __post_init__(self) -> None:
        self.turn = Turn(self.store, self.holder, self.client.timeout_seconds, self.clock, self.lease_seconds)
        self.parts = Parts(self.turn, self.client, Books(self.client))
        self.client.before_request = self.turn.hold

    def round(self) -> int:
        """Write up to `ROWS_PER_ROUND` due rows of one tab; returns how many. 0 when nothing is due.

        Rows and columns that people moved are put right first. Raises LeaseLostError while another worker is at it,
        MisalignedError when a tab cannot be put right, AccessLostError and MirrorError as the client does. Nothing is
        lost by any of them: what was not noted in the ledger stays due.
        """
        with self.store.reading() as connection:
            if self._settled and not due_tabs(connection):
                return 0
        with self.at_work():
            return self._write_due()

    def inspect(self) -> int:
        """Look at every part's header and ids and put right what people moved; returns how many parts that were."""
        mended, held_up = 0, None
        with self.at_work():
            for each in list(self.parts.every()):
                try:
                    mended += self.parts.inspect(each)
                except MisalignedError as error:
                    held_up = held_up or error
                    self.parts.forget()
            if held_up is not None:
                raise held_up
        return mended

    def summarise(self, lines: Sequence[Sequence[Cell]]) -> None:
        """Write the summary tab, the first line being its header."""
        with self.at_work():
            write_summary(self.client, self.parts.books, lines)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Hold the mirror while the block runs; after any trouble what was known of the spreadsheets is forgotten."""
        if self.turn.begin():
            self.client.rest()
        try:
            if not self._settled:
                self.parts.settle()
                self._settled = True
            yield
        except MirrorError:
            self.parts.forget()
            raise

    def _write_due(self) -> int:
        """One tab's next rows; a tab that cannot be put right does not keep the others from theirs."""
        with self.store.reading() as connection:
            tabs = due_tabs(connection)
        held_up: MisalignedError | None = None
        for tab in tabs:
            try:
                return self._write_due_of(tab)
            except MisalignedError as error:
                held_up = held_up or error
                self.parts.forget()
        if held_up is not None:
            raise held_up
        return 0

    def _write_due_of(self, tab: Tab) -> int:
        problem = ""
        for _ in range(TRIES):
            with self.store.reading() as connection:
                items = len(self.parts.instrument(tab).items)
                entries = due_entries(connection, tab, items, limit=ROWS_PER_ROUND, reach=ROWS_READ_AT_ONCE)
            if not entries:
                return 0
            each = self.parts.holding(tab, entries[0].seq)
            entries = [entry for entry in entries if entry.seq <= each.last_seq]
            try:
                sheet, made = self.parts.sheet(each)
                problem = "" if made else self._misalignment(each, sheet, entries)
                if not problem:
                    return self._deliver(each, sheet, entries)
                self.parts.repair(each)
            except SpreadsheetFullError as error:
                # Another part was opened; without room anywhere that ended in an error of its own.
                problem = str(error)
        raise MisalignedError(problem)

    def _misalignment(self, each: OpenPart, sheet: Sheet, entries: Sequence[Entry]) -> str:
        """What is not as it was left, of the header, the row above the entries, and the rows that they go to."""
        above, last = entries[0].seq - 1, entries[-1].seq
        top, bottom = (_row(each, seq) + 1 for seq in (above, last))  # from here on rows count from 1
        if top > sheet.rows:
            return f"Tab {sheet.title!r} was cut: row {top} is gone."
        with self.store.reading() as connection:
            wanted = {seq: (which, state) for seq, which, state in places_between(connection, each.tab, above, last)}
        columns = ("A", column_letters(len(each.titles) - 1))
        ranges = [sheet.area(f"{column}{top}:{column}{min(bottom, sheet.rows)}") for column in columns]
        try:
            header, ids, hashes = self.client.read([sheet.area("1:1"), *ranges], each.part.spreadsheet)
        except RowsRefusedError as error:
            return f"Tab {sheet.title!r} is not as it was left. {error}"
        if [str(title) for title in (header[0] if header else [])][: len(each.titles)] != each.titles:
            return f"The header of tab {sheet.title!r} was changed."
        found, marks = ([str(line[0]) if line else "" for line in lines] for lines in (ids, hashes))
        for seq in range(max(above, each.part.first_seq), last + 1):
            place = seq - above
            stands = found[place] if place < len(found) else ""
            which, state = wanted[seq]
            # A hash without an id is an answer that is not where it was written, whatever is to come here.
            bare = not any(marks[place : place + 1])
            if stands not in ((which, "") if state == DUE and bare else (which,)):
                return f"Row {_row(each, seq) + 1} of tab {sheet.title!r} is not the response that was written there."
        return ""

    def _deliver(self, each: OpenPart, sheet: Sheet, entries: Sequence[Entry]) -> int:
        refused: dict[int, str] = {}
        try:
            self._write(each, sheet, entries, refused)
        except SpreadsheetFullError:
            fitting = [entry for entry in entries if _row(each, entry.seq) < sheet.rows]
            if each.end is not None:
                raise MisalignedError(f"Tab {sheet.title!r} was cut. {MAKE_ROOM}") from None
            if not fitting:
                self.parts.is_full(each.part.spreadsheet)
                self.parts.open_next(each.tab, entries[0].seq)
                raise
            entries = fitting
            self._write(each, sheet, entries, refused)
        with self.turn.noting() as connection:
            mark_delivered(connection, each.tab, [entry for entry in entries if entry.seq not in refused])
            for entry in entries:
                if entry.seq in refused:
                    mark_refused(connection, each.tab, entry, refused[entry.seq])
        return len(entries)

    def _write(self, each: OpenPart, sheet: Sheet, entries: Sequence[Entry], refused: dict[int, str]) -> None:
        """Write entries; the ones that Google refuses are found by halving and put into `refused` with its words."""
        lines = [
            (_row(each, entry.seq), row_of(entry.response_id, entry.response, each.instrument)) for entry in entries
        ]
        missing = max(0, lines[-1][0] + 1 - sheet.rows)
        growth = max(missing, ROWS_ADDED_AT_ONCE) if missing else 0
        grown = self.parts.books.cells(each.part.spreadsheet) + growth * sheet.columns
        if growth and grown > FULL_SHARE * CELLS_PER_SPREADSHEET:
            raise SpreadsheetFullError("The spreadsheet is full.")
        changes = [add_rows(sheet.id, growth)] if growth else []
        try:
            self.client.change([*changes, *write_lines(sheet.id, lines)], each.part.spreadsheet)
        except SpreadsheetFullError:
            raise
        except RowsRefusedError as error:
            if len(entries) > 1:
                half = len(entries) // 2
                self._write(each, sheet, entries[:half], refused)
                self._write(each, sheet, entries[half:], refused)
                return
            self._write_refused(each, sheet, [*changes], lines[0][0], entries[0], error)
            refused[entries[0].seq] = str(error)
        sheet.rows += growth

    def _write_refused(
        self, each: OpenPart, sheet: Sheet, changes: list[Change], row: int, entry: Entry, error: RowsRefusedError
    ) -> None:
        """Put a row's id where it belongs without its answers. If that is refused too, not the row is at fault."""
        line = refused_row(entry.response_id, each.instrument)
        try:
            self.client.change([*changes, write_cells(sheet.id, row, [line])], each.part.spreadsheet)
        except RowsRefusedError:
            raise MirrorError(str(error)) from error


def _row(each: OpenPart, seq: int) -> int:
    """The row of a place, counting from 0."""
    return seq - each.part.first_seq + HEADER_ROWS
