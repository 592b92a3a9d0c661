"""One round of the mirror: look where the rows belong, write them there, note it in the ledger.

Every response has its own row number, given when it was stored. Writing it twice writes the same cells: a time-out, a
crash or a second worker cannot double a row.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from survey.instrument import Instrument
from survey.sheets.client import MirrorError, RowsRefusedError, SheetsClient
from survey.sheets.layout import Cell, header, mirrored_row, tab_title, tombstone
from survey.sheets.limits import ROWS_ADDED_AT_ONCE, ROWS_PER_ROUND
from survey.store import Store
from survey.store.lease import Lease, holds_lease, take_lease
from survey.store.outbox import Entry, Tab, due_entries, due_tabs, mark_delivered, response_at

LEASE: Final = "mirror"
LEASE_SECONDS: Final = 300
HEADER_ROWS: Final = 1


class MisalignedError(MirrorError):
    """The sheet's rows are not where they were written: a person sorted, deleted or inserted."""


class LeaseLostError(MirrorError):
    """Another worker has taken over."""


@dataclass
class _Sheet:
    id: int
    rows: int


@dataclass
class Mirror:
    """The mirror of one store in one spreadsheet, as one worker sees it. `holder` names the worker."""

    store: Store
    client: SheetsClient
    holder: str
    clock: Callable[[], float] = time.time
    _lease: Lease | None = None
    _sheets: dict[str, _Sheet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client.before_request = self._hold_lease

    def round(self) -> int:
        """Write up to `ROWS_PER_ROUND` due rows of one tab; returns how many. 0 when nothing is due.

        Raises LeaseLostError while another worker is at it, MisalignedError when rows were moved, AccessLostError and
        MirrorError as the client does. Nothing is lost by any of them: what was not noted in the ledger stays due.
        """
        with self.store.reading() as connection:
            if not due_tabs(connection):
                return 0
        self._lease = self._take_lease()
        with self.store.reading() as connection:
            tab = next(iter(due_tabs(connection)), None)
            if tab is None:
                return 0
            instrument = self._instrument(tab)
            entries = due_entries(connection, tab, ROWS_PER_ROUND, len(instrument.items))
            before = response_at(connection, tab, entries[0].seq - 1)
        try:
            self._deliver(tab_title(tab.instrument, tab.version, tab.year), instrument, entries, before)
        except MirrorError:
            # How the spreadsheet is now is not known any more: a change may have been made before its answer was lost.
            self._sheets.clear()
            raise
        with self.store.writing() as connection:
            if not holds_lease(connection, self._lease):
                raise LeaseLostError("Another worker has taken over the mirror.")
            mark_delivered(connection, tab, [entry.seq for entry in entries])
        return len(entries)

    def _deliver(self, title: str, instrument: Instrument, entries: Sequence[Entry], before: UUID | None) -> None:
        first = entries[0].seq
        if not self._sheets:
            self._learn_sheets()
        if title not in self._sheets:
            if first > 1:
                raise MisalignedError(f"Tab {title!r} is gone: give it its name back, or set the spreadsheet it is in.")
            self._add_tab(title, instrument)
        self._check_alignment(title, instrument, first, None if before is None else str(before))
        self._write(title, instrument, entries)

    def _instrument(self, tab: Tab) -> Instrument:
        instrument = self.store.catalogue.get(tab.instrument, tab.version)
        if instrument is None:
            raise MirrorError(f"The file of instrument {tab.instrument} {tab.version} is gone: put it back.")
        return instrument

    def _take_lease(self) -> Lease:
        now, seconds = int(self.clock()), max(LEASE_SECONDS, int(2 * self.client.timeout_seconds))
        with self.store.writing() as connection:
            lease = take_lease(connection, name=LEASE, holder=self.holder, now=now, seconds=seconds)
        if lease is None:
            raise LeaseLostError("Another worker has the mirror.")
        return lease

    def _hold_lease(self) -> None:
        """Before each request: the lease must outlast it. Whoever took over must not be written over later."""
        lease = self._lease
        if lease is None or self.clock() + self.client.timeout_seconds < lease.expires_at:
            return
        self._lease = self._take_lease()
        if self._lease.fence != lease.fence:
            raise LeaseLostError("Another worker had the mirror in the meantime.")

    def _learn_sheets(self) -> None:
        for sheet in self.client.metadata()["sheets"]:
            properties = sheet["properties"]
            grid = properties.get("gridProperties", {})
            self._sheets[properties["title"]] = _Sheet(properties["sheetId"], grid.get("rowCount", 0))

    def _add_tab(self, title: str, instrument: Instrument) -> None:
        titles = header(instrument)
        grid = {"rowCount": ROWS_ADDED_AT_ONCE, "columnCount": len(titles), "frozenRowCount": HEADER_ROWS}
        properties = {"title": title, "gridProperties": grid}
        try:
            (reply,) = self.client.change([{"addSheet": {"properties": properties}}])
        except RowsRefusedError:
            # It was added by an attempt whose answer was lost, or by another worker.
            self._learn_sheets()
            if title not in self._sheets:
                raise
        else:
            self._sheets[title] = _Sheet(reply["addSheet"]["properties"]["sheetId"], ROWS_ADDED_AT_ONCE)

    def _check_alignment(self, title: str, instrument: Instrument, first: int, before: str | None) -> None:
        quoted = "'" + title.replace("'", "''") + "'"
        above = first - 1 + HEADER_ROWS
        try:
            found = self.client.read([f"{quoted}!1:1", f"{quoted}!A{above}"])
        except RowsRefusedError as error:
            raise MisalignedError(f"Tab {title!r} is not as it was left. {error}") from error
        (top,), (id_above,) = (lines or [[]] for lines in found)
        titles = header(instrument)
        if not top and first == 1:
            self.client.change([_cells(self._sheets[title].id, 0, [titles])])
        elif top[: len(titles)] != titles:
            raise MisalignedError(f"The header of tab {title!r} was changed: put it back as it was.")
        if before is not None and id_above[:1] != [before]:
            raise MisalignedError(f"Row {above} of tab {title!r} is not the response that was written there.")

    def _write(self, title: str, instrument: Instrument, entries: Sequence[Entry]) -> None:
        sheet = self._sheets[title]
        changes: list[dict[str, Any]] = []
        missing = entries[-1].seq + HEADER_ROWS - sheet.rows
        if missing > 0:
            growth = max(missing, ROWS_ADDED_AT_ONCE)
            changes.append({"appendDimension": {"sheetId": sheet.id, "dimension": "ROWS", "length": growth}})
        changes += [
            _cells(sheet.id, run[0].seq - 1 + HEADER_ROWS, [_line(entry, instrument) for entry in run])
            for run in _runs(entries)
        ]
        self.client.change(changes)
        if missing > 0:
            sheet.rows += growth


def _line(entry: Entry, instrument: Instrument) -> list[Cell]:
    if entry.response is None:
        return tombstone(entry.response_id, instrument)
    return mirrored_row(entry.response, instrument)


def _cells(sheet_id: int, row: int, lines: Sequence[Sequence[Cell]]) -> dict[str, Any]:
    """A change that writes lines from the first column of `row` (zero-based); text never runs as a formula."""
    rows = [{"values": [{"userEnteredValue": _value(cell)} for cell in line]} for line in lines]
    start = {"sheetId": sheet_id, "rowIndex": row, "columnIndex": 0}
    return {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}


def _value(cell: Cell) -> dict[str, Cell]:
    return {"stringValue" if isinstance(cell, str) else "numberValue": cell}


def _runs(entries: Sequence[Entry]) -> list[list[Entry]]:
    """The entries in runs of consecutive sequence numbers."""
    runs: list[list[Entry]] = []
    for entry in entries:
        if runs and runs[-1][-1].seq + 1 == entry.seq:
            runs[-1].append(entry)
        else:
            runs.append([entry])
    return runs
