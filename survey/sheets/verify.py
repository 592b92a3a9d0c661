"""Comparing the whole mirror with the store, cell by cell, and writing again just what differs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from survey.sheets.books import Sheet, column_letters
from survey.sheets.changes import HEADER_ROWS
from survey.sheets.layout import Cell, row_of
from survey.sheets.limits import ROWS_READ_AT_ONCE
from survey.sheets.mirror import Mirror
from survey.sheets.parts import OpenPart
from survey.store.outbox import DUE, REFUSED, Entry, entries_between, list_tabs, mark_due, places_between

Kind = Literal["missing", "doubled", "moved", "changed", "foreign", "columns"]
KINDS: Final[tuple[Kind, ...]] = ("missing", "doubled", "moved", "changed", "foreign", "columns")
LISTED: Final = 1_000


@dataclass(frozen=True)
class Finding:
    """One difference. `row` counts from 1, as the sheet shows it; it is None where there is no row."""

    kind: Kind
    tab: str
    row: int | None
    id: str
    detail: str


@dataclass(frozen=True)
class Verification:
    """What was compared and what differs; `waiting` rows are due and not compared, `refused` ones Google did not take.

    The first `LISTED` findings of each kind are listed, `counts` has all of them.
    """

    rows: int
    waiting: int
    refused: int
    counts: dict[Kind, int]
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether the mirror is what the store says."""
        return not any(self.counts.values())


def verify(mirror: Mirror, *, repair: bool = False) -> Verification:
    """Read the whole mirror and compare it with the store.

    repair: put rows and columns back to their places, and have the missing and changed ones written again, also those
    that Google refused before. Raises as `Mirror.round` does.
    """
    with mirror.at_work():
        found = _Findings()
        mirror.parts.forget()
        for each in list(mirror.parts.every()):
            _verify_part(mirror, each, found, repair=repair)
        _count_without_part(mirror, found)
    if repair:
        while mirror.round():
            pass
    return found.verification()


class _Findings:
    def __init__(self) -> None:
        self.rows = self.waiting = self.refused = 0
        self.counts: dict[Kind, int] = dict.fromkeys(KINDS, 0)
        self.listed: list[Finding] = []

    def add(self, finding: Finding) -> None:
        self.counts[finding.kind] += 1
        if self.counts[finding.kind] <= LISTED:
            self.listed.append(finding)

    def verification(self) -> Verification:
        return Verification(self.rows, self.waiting, self.refused, self.counts, tuple(self.listed))


def _verify_part(mirror: Mirror, each: OpenPart, found: _Findings, *, repair: bool) -> None:
    before = dict(found.counts)
    sheet = mirror.parts.books.sheet(each.part.spreadsheet, each.part.sheet_id)
    again: list[int] = []
    with mirror.store.reading() as connection:
        places = places_between(connection, each.tab, each.part.first_seq, each.last_seq)
    place_of = {which: seq for seq, which, _ in places}
    if sheet is None:
        for seq, which, state in places:
            if state != DUE:
                title = each.title
                found.add(Finding("missing", title, None, which, "the tab is gone"))
                again.append(seq)
    else:
        rows = _Rows(mirror, each, sheet)
        if rows.columns != list(range(len(each.titles))):
            found.add(Finding("columns", sheet.title, 1, "", "our columns are not the first ones, or one is gone"))
        again = _compare(rows, place_of, found)
    moved = any(found.counts[kind] > before[kind] for kind in ("doubled", "moved", "foreign", "columns"))
    if repair and (moved or sheet is None):
        mirror.parts.repair(each)
    if repair and (again or any(state == REFUSED for _, _, state in places)):
        again += [seq for seq, _, state in places if state == REFUSED]
        with mirror.turn.noting() as connection:
            mark_due(connection, each.tab, sorted(set(again)), int(mirror.clock()))


class _Rows:
    """The rows of a part as they stand, read in pages, and what should stand in them."""

    def __init__(self, mirror: Mirror, each: OpenPart, sheet: Sheet) -> None:
        self._mirror, self._each, self.sheet = mirror, each, sheet
        ((header, *_),) = (lines or [[]] for lines in mirror.client.read([sheet.area("1:1")], each.part.spreadsheet))
        titles = [str(title) for title in header]
        # Where each of our columns is now; -1 where it is gone.
        self.columns = [titles.index(title) if title in titles else -1 for title in each.titles]

    def __iter__(self) -> Iterator[tuple[int, list[Any]]]:
        """Each row that holds anything in our columns: its number from 1, and our cells in our order."""
        last_column = column_letters(max(*self.columns, 0))
        for first in range(HEADER_ROWS + 1, self.sheet.rows + 1, ROWS_READ_AT_ONCE):
            last = min(first + ROWS_READ_AT_ONCE - 1, self.sheet.rows)
            area = self.sheet.area(f"A{first}:{last_column}{last}")
            (lines,) = self._mirror.client.read([area], self._each.part.spreadsheet)
            for number, line in enumerate(lines, first):
                cells = [line[column] if 0 <= column < len(line) else "" for column in self.columns]
                if any(cell != "" for cell in cells):
                    yield number, cells

    def wanted(self) -> Iterator[Entry]:
        """What should stand in the rows, in their order."""
        part, end = self._each.part, self._each.last_seq
        for first in range(part.first_seq, end + 1, ROWS_READ_AT_ONCE):
            with self._mirror.store.reading() as connection:
                items = len(self._each.instrument.items)
                last = min(first + ROWS_READ_AT_ONCE - 1, end)
                entries = entries_between(connection, self._each.tab, items, first, last)
            if not entries:
                return
            yield from entries

    def line(self, entry: Entry) -> list[Cell]:
        """What should stand in the row of a response."""
        return row_of(entry.response_id, entry.response, self._each.instrument, refused=entry.state == REFUSED)

    @property
    def titles(self) -> list[str]:
        """Our columns."""
        return self._each.titles

    def row(self, seq: int) -> int:
        """The row of a place, counting from 1."""
        return seq - self._each.part.first_seq + HEADER_ROWS + 1


def _compare(rows: _Rows, place_of: dict[str, int], found: _Findings) -> list[int]:
    """Add the differences to `found`; returns the places that must be written again."""
    title = rows.sheet.title
    standing: dict[str, list[Any]] = {}
    for number, cells in rows:
        which = str(cells[0])
        seq = place_of.get(which)
        if seq is None:
            found.add(Finding("foreign", title, number, which, "is no response of this store"))
        elif which in standing:
            found.add(Finding("doubled", title, number, which, f"belongs to row {rows.row(seq)}"))
        else:
            standing[which] = cells
            if number != rows.row(seq):
                found.add(Finding("moved", title, number, which, f"belongs to row {rows.row(seq)}"))
    again = []
    for entry in rows.wanted():
        found.rows += entry.state != DUE
        found.waiting += entry.state == DUE
        found.refused += entry.state == REFUSED
        stands = standing.get(str(entry.response_id))
        if entry.state == DUE:
            continue
        if stands is None:
            found.add(Finding("missing", title, rows.row(entry.seq), str(entry.response_id), "is not in the tab"))
            again.append(entry.seq)
        elif different := _differences(stands, rows.line(entry)):
            columns = ", ".join(rows.titles[place] for place in different)
            found.add(Finding("changed", title, rows.row(entry.seq), str(entry.response_id), columns))
            again.append(entry.seq)
    return again


def _differences(stands: Sequence[Any], wanted: Sequence[Cell]) -> list[int]:
    """The columns in which the cells differ; TRUE is no 1, and a number written as text is no number."""
    return [
        place
        for place, (one, other) in enumerate(zip(stands, wanted, strict=True))
        if one != other or isinstance(one, bool) or isinstance(one, str) != isinstance(other, str)
    ]


def _count_without_part(mirror: Mirror, found: _Findings) -> None:
    """Responses of tabs of which no part is open yet wait."""
    with mirror.store.reading() as connection:
        tabs = list_tabs(connection)
        open_tabs = {each.tab.id for each in mirror.parts.every()}
        for tab in tabs:
            if tab.id not in open_tabs:
                found.waiting += len(places_between(connection, tab, 1))
