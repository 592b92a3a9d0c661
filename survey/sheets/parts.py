"""The parts of the mirror's tabs, each on a sheet of its own: found, opened, looked over and put right."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection

from survey.instrument import Instrument
from survey.sheets.books import Books, Sheet
from survey.sheets.changes import Change, only_once
from survey.sheets.client import MirrorError, RowsRefusedError, SheetsClient, SpreadsheetFullError
from survey.sheets.layout import header, row_of, tab_title
from survey.sheets.limits import ROWS_PER_PART, ROWS_READ_AT_ONCE
from survey.sheets.opening import IndexChange, change_index, choose_spreadsheet, find_or_add_tab, new_sheet_id
from survey.sheets.repair import (
    MAKE_ROOM,
    MisalignedError,
    look_at_columns,
    look_at_rows,
    name_rows,
    read_marks,
    repair_columns,
    repair_full,
    repair_rows,
)
from survey.sheets.turn import Turn
from survey.store.audit import record_audit
from survey.store.mirror_parts import Part, count_repair, keep_part, list_parts, settle_home
from survey.store.outbox import DUE, REFUSED, Tab, entries_between, list_tabs, mark_due, places_between

log = logging.getLogger(__name__)

ACTOR: Final = "mirror"
LOOKS: Final = 3  # a person may be at it while it is put right


@dataclass(frozen=True)
class OpenPart:
    """A part with its tab and instrument, and the first place of the part after it, if there is one."""

    tab: Tab
    instrument: Instrument
    part: Part
    end: int | None

    @property
    def last_seq(self) -> int:
        """The last place that this part may hold."""
        return (self.end if self.end is not None else self.part.first_seq + ROWS_PER_PART) - 1

    @property
    def title(self) -> str:
        """What its sheet is called when it is made."""
        return tab_title(self.tab.instrument, self.tab.version, self.tab.year, self.part.number)

    @property
    def titles(self) -> list[str]:
        """Our columns."""
        return header(self.instrument)


@dataclass
class Parts:
    """The parts of one store's mirror, as the worker whose `turn` it is sees them."""

    turn: Turn
    client: SheetsClient
    books: Books
    _full: set[str] = field(default_factory=set)

    def settle(self) -> None:
        """Hold the store to the spreadsheet in the settings: another one than before is filled from the start."""
        with self.turn.noting() as connection:
            if settle_home(connection, self.client.connection.spreadsheet_id, int(self.turn.clock())):
                record_audit(connection, actor=ACTOR, action="change spreadsheet", subject="everything is due again")

    def every(self) -> Iterator[OpenPart]:
        """All parts, tab by tab."""
        with self.turn.store.reading() as connection:
            tabs = {tab.id: tab for tab in list_tabs(connection)}
            parts = list_parts(connection)
        for place, part in enumerate(parts):
            after = parts[place + 1] if parts[place + 1 : place + 2] else None
            end = after.first_seq if after is not None and after.tab_id == part.tab_id else None
            tab = tabs[part.tab_id]
            yield OpenPart(tab, self.instrument(tab), part, end)

    def holding(self, tab: Tab, seq: int) -> OpenPart:
        """The part that holds a place of a tab; opened, with those before it, where there is none yet."""
        while True:
            mine = [each for each in self.every() if each.tab == tab]
            for each in mine:
                if each.part.first_seq <= seq <= each.last_seq:
                    return each
            self.open_next(tab, mine[-1].last_seq + 1 if mine else 1)

    def open_next(self, tab: Tab, first_seq: int) -> None:
        """Open the next part of a tab, from this place on, where there is room."""
        with self.turn.store.reading() as connection:
            number = len(list_parts(connection, tab)) + 1
        self._note(Part(tab.id, number, first_seq, self._choose_spreadsheet(tab), new_sheet_id()))

    def is_full(self, book: str) -> None:
        """Remember that a spreadsheet takes no more; until the next trouble, when it is asked again."""
        self._full.add(book)
        self.books.forget()

    def forget(self) -> None:
        """After any trouble: how the spreadsheets are now is not known any more."""
        self._full.clear()
        self.books.forget()

    def sheet(self, each: OpenPart) -> tuple[Sheet, bool]:
        """The sheet of a part and whether it was made just now; one that is gone is made anew and filled again."""
        found = self.books.sheet(each.part.spreadsheet, each.part.sheet_id)
        if found is not None:
            return found, False
        part = self._renewed(each)
        home = self.client.connection.spreadsheet_id
        try:
            together = self._change_index() if part.spreadsheet == home else None
            sheet, made = find_or_add_tab(self.client, self.books, part, each.tab, each.instrument, together)
        except SpreadsheetFullError:
            self.is_full(part.spreadsheet)
            self._note(replace(part, spreadsheet=self._choose_spreadsheet(each.tab)))
            raise
        if sheet.id != part.sheet_id:
            self._note(replace(part, sheet_id=sheet.id))
        if not (made and together):
            self.client.change(list(self._change_index().changes), home)
            self.books.forget()
            sheet = self.books.sheet(part.spreadsheet, sheet.id) or sheet
        return sheet, made

    def _change_index(self) -> IndexChange:
        with self.turn.store.reading() as connection:
            tabs, parts = list_tabs(connection), list_parts(connection)
        return change_index(self.client, self.books, tabs, parts)

    def _renewed(self, each: OpenPart) -> Part:
        """The part as it is to be made; where its rows were written before, they are due again."""
        with self.turn.store.reading() as connection:
            places = places_between(connection, each.tab, each.part.first_seq, each.last_seq)
        if all(state == DUE for _, _, state in places):
            return each.part
        part = replace(each.part, sheet_id=new_sheet_id())
        with self.turn.noting() as connection:
            keep_part(connection, part)
            mark_due(connection, each.tab, [seq for seq, _, _ in places], int(self.turn.clock()))
            _note_repair(connection, each, "the tab was gone and is written anew")
        return part

    def repair(self, each: OpenPart) -> None:
        """Put a part's columns and rows right; what was done is kept in the audit log.

        Raises MisalignedError where the spreadsheet has no room for it.
        """
        self.books.forget()
        sheet, made = self.sheet(each)
        if made:
            return
        book = each.part.spreadsheet
        with self.turn.store.reading() as connection:
            places = places_between(connection, each.tab, each.part.first_seq, each.last_seq)
        columns = look_at_columns(self.client, book, sheet, each.titles)
        if columns.steps or columns.leftovers:
            # All rows: a column may be gone, and what was written while people moved columns stands in the wrong ones.
            again = [seq for seq, _, state in places if state != DUE]
            self._again(each, again, f"{len(columns.steps)} columns were not in their place")
            each = self._change_where_room(each, sheet, repair_columns(sheet, each.titles, columns))
            sheet, _ = self.sheet(each)
        wanted = [(which, state != DUE) for _, which, state in places]
        rows = look_at_rows(self.client, book, sheet, wanted, len(each.titles), lambda: self._ids_by_hash(each))
        if rows.needless:
            return
        if not rows.plan.in_order:
            self._again(each, [places[place][0] for place in rows.plan.absent], f"rows: {rows}")
            *requests, last = repair_rows(self.books, book, sheet, len(each.titles), rows)
            try:
                for request in requests:
                    self.client.change(request, book)
                self._change_once(each, last)
            except SpreadsheetFullError:
                again = [seq for seq, _, state in places if state != DUE]
                self._again(each, again, "the spreadsheet is full, so that all rows are written again")
                self._change_where_room(each, sheet, repair_full(sheet, len(each.titles), rows))
        for request in name_rows(sheet, wanted, rows):
            self.client.change(request, book)

    def _ids_by_hash(self, each: OpenPart) -> dict[str, str]:
        ids: dict[str, str] = {}
        for first in range(each.part.first_seq, each.last_seq + 1, ROWS_READ_AT_ONCE):
            last = min(first + ROWS_READ_AT_ONCE - 1, each.last_seq)
            with self.turn.store.reading() as connection:
                entries = entries_between(connection, each.tab, len(each.instrument.items), first, last)
            if not entries:
                break
            for entry in entries:
                row = row_of(entry.response_id, entry.response, each.instrument, refused=entry.state == REFUSED)
                ids[str(row[-1])] = str(entry.response_id)
        return ids

    def _change_where_room(self, each: OpenPart, sheet: Sheet, changes: list[Change]) -> OpenPart:
        try:
            return self._change_once(each, changes)
        except SpreadsheetFullError as error:
            raise MisalignedError(f"Tab {sheet.title!r} is not as it was left. {MAKE_ROOM}") from error

    def _change_once(self, each: OpenPart, changes: list[Change]) -> OpenPart:
        """Make changes that would do harm if they were made twice: a second time, after a lost answer, is refused.

        Whether they were made or refused, it is looked again how things stand; the next ones carry another mark.
        """
        mark = only_once(each.part.sheet_id, each.part.repairs)
        try:
            self.client.change([mark, *changes], each.part.spreadsheet)
        except SpreadsheetFullError:
            raise
        except RowsRefusedError as error:
            log.warning("The mirror's repair was refused, it looks again: %s", error)
        self.books.forget()
        with self.turn.noting() as connection:
            count_repair(connection, each.part)
        return replace(each, part=replace(each.part, repairs=each.part.repairs + 1))

    def inspect(self, each: OpenPart) -> bool:
        """Whether a part was moved by people since it was written; if so it is put right."""
        if self._is_as_left(each):
            return False
        for _ in range(LOOKS):
            self.repair(
                next(part for part in self.every() if (part.tab, part.part.number) == (each.tab, each.part.number))
            )
            if self._is_as_left(each):
                break
        return True

    def _is_as_left(self, each: OpenPart) -> bool:
        self.books.forget()
        each = next(part for part in self.every() if (part.tab, part.part.number) == (each.tab, each.part.number))
        sheet = self.books.sheet(each.part.spreadsheet, each.part.sheet_id)
        if sheet is None:
            return False
        with self.turn.store.reading() as connection:
            places = places_between(connection, each.tab, each.part.first_seq, each.last_seq)
        columns = look_at_columns(self.client, each.part.spreadsheet, sheet, each.titles)
        if columns.steps:
            return False
        found, nameless = read_marks(self.client, each.part.spreadsheet, sheet, len(each.titles))
        kept = all(
            (found[row] if row < len(found) else "") in ((which,) if state != DUE else (which, ""))
            for row, (_, which, state) in enumerate(places)
        )
        return kept and not nameless and len(found) <= len(places)

    def instrument(self, tab: Tab) -> Instrument:
        """The instrument of a tab; raises MirrorError when its file is gone."""
        instrument = self.turn.store.catalogue.get(tab.instrument, tab.version)
        if instrument is None:
            raise MirrorError(f"The file of instrument {tab.instrument} {tab.version} is gone: put it back.")
        return instrument

    def _choose_spreadsheet(self, tab: Tab) -> str:
        with self.turn.store.reading() as connection:
            used = [part.spreadsheet for part in list_parts(connection)]
        return choose_spreadsheet(self.client, self.books, used, self._full, len(header(self.instrument(tab))))

    def _note(self, part: Part) -> None:
        with self.turn.noting() as connection:
            keep_part(connection, part)

    def _again(self, each: OpenPart, seqs: list[int], detail: str) -> None:
        """Before anything is moved: if this is cut short, what is missing is due all the same."""
        log.warning("The mirror puts tab %r right: %s", each.title, detail)
        with self.turn.noting() as connection:
            mark_due(connection, each.tab, seqs, int(self.turn.clock()))
            _note_repair(connection, each, detail)


def _note_repair(connection: Connection, each: OpenPart, detail: str) -> None:
    record_audit(connection, actor=ACTOR, action="repair mirror", subject=each.title, detail=detail)
