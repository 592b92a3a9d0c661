"""Restoring responses from the mirror into an empty store, after the store and its backups were lost.

The mirror holds less than the store did; what it does not hold is said, never made up. Rows keep their places, so that
the mirror goes on where it was.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from survey.instrument import Catalogue, Instrument
from survey.respondent import ABOUT, Mode, RespondentKind
from survey.response import Answer, NotAnswered, Response
from survey.sheets.books import Books, Sheet, column_letters
from survey.sheets.changes import HEADER_ROWS
from survey.sheets.client import MirrorError, SheetsClient
from survey.sheets.layout import ERASED, REFUSED, Cell, header, row_hash
from survey.sheets.limits import ROWS_READ_AT_ONCE
from survey.sheets.opening import INDEX_TITLE, IndexLine, read_index
from survey.store import Store, StoreError
from survey.store.mirror_parts import Part, keep_part, settle_home
from survey.store.restoration import holds_responses, open_restored_tab, restore_responses

NOT_HELD: Final = (
    "comments", "the day (the first of the month stands for it)", "how long a visit took", "the device",
    "answers that came a second time with other contents",
)  # fmt: skip
RESTORED_DEVICE: Final = "restored"
_LISTED: Final = 1_000
_KINDS: Final = TypeAdapter(tuple[Mode, RespondentKind])


@dataclass
class Restored:
    """What a restoration found. `problems` names tab and row of what was left out, the first thousand of them."""

    responses: int = 0
    erased: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    not_held: tuple[str, ...] = NOT_HELD

    def leave_out(self, why: str, sheet: Sheet, row: int, detail: str = "") -> None:
        """Count and list a row that is not restored."""
        self.left_out[why] += 1
        if len(self.problems) < _LISTED:
            self.problems.append(f"{sheet.title}, row {row}: {why}{f' ({detail})' if detail else ''}.")


@dataclass(frozen=True)
class MirroredPart:
    """A part of a tab as the index names it, its sheet, and the instrument it holds responses to."""

    line: IndexLine
    sheet: Sheet
    instrument: Instrument


@dataclass(frozen=True)
class RestoredRow:
    """A row: its response, or None for an erased one, which keeps its id."""

    id: UUID
    response: Response | None


def find_parts(
    client: SheetsClient, books: Books, catalogue: Catalogue, *, pass_over_gone: bool = False
) -> list[MirroredPart]:
    """The parts that the index tab lists; raises MirrorError when there is none or an instrument is not installed.

    pass_over_gone: leave out parts whose tab is gone, instead of raising for them as well.
    """
    home = client.connection.spreadsheet_id
    if books.titled(home, INDEX_TITLE) is None:
        raise MirrorError(f"This spreadsheet has no tab {INDEX_TITLE!r}: it is no mirror.")
    parts = []
    for line in read_index(client, books):
        instrument = catalogue.get(line.instrument, line.version)
        if instrument is None:
            raise MirrorError(f"Instrument {line.instrument} {line.version} is not installed here: install it first.")
        sheet = books.sheet(line.spreadsheet, line.sheet_id)
        if sheet is None and pass_over_gone:
            continue
        if sheet is None:
            raise MirrorError(f"The index lists {line.title!r}, which is gone from spreadsheet {line.spreadsheet}.")
        parts.append(MirroredPart(line, sheet, instrument))
    return parts


def read_part(
    client: SheetsClient, part: MirroredPart, seen: set[UUID], report: Restored, *, accept_changed: bool
) -> Iterator[list[RestoredRow]]:
    """The rows of a part, a page at a time, in the order they stand; what cannot be restored goes to the report.

    accept_changed: take rows whose cells were changed after they were written, where they still make a response.
    """
    titles = header(part.instrument)
    ((top, *_),) = (lines or [[]] for lines in client.read([part.sheet.area("1:1")], part.line.spreadsheet))
    found = [str(title) for title in top]
    missing = [title for title in titles if title not in found]
    if missing:
        raise MirrorError(f"Tab {part.sheet.title!r} has no column {', '.join(missing)}: put it back first.")
    columns = [found.index(title) for title in titles]
    last_column = column_letters(max(columns))
    for first in range(HEADER_ROWS + 1, part.sheet.rows + 1, ROWS_READ_AT_ONCE):
        last = min(first + ROWS_READ_AT_ONCE - 1, part.sheet.rows)
        (lines,) = client.read([part.sheet.area(f"A{first}:{last_column}{last}")], part.line.spreadsheet)
        page = []
        for number, line in enumerate(lines, first):
            cells = [line[column] if column < len(line) else "" for column in columns]
            row = _read_row(part, number, cells, seen, report, accept_changed=accept_changed)
            if row is not None:
                seen.add(row.id)
                page.append(row)
        yield page


def restore(
    client: SheetsClient, store: Store, *, accept_changed: bool = False, dry_run: bool = False, now: int = 0
) -> Restored:
    """Restore everything in one transaction; raises StoreError unless the store is empty, MirrorError as it reads.

    dry_run: only read and report.
    """
    with store.reading() as connection:
        if holds_responses(connection):
            raise StoreError("The store has responses already: the mirror is restored into an empty store only.")
    books, report, seen = Books(client), Restored(), set[UUID]()
    parts = find_parts(client, books, store.catalogue)
    with store.writing() as connection:
        if not dry_run:
            settle_home(connection, client.connection.spreadsheet_id, now)
        tab_id = next_seq = 0
        for part in parts:
            line = part.line
            if line.part == 1 or not tab_id:
                if not dry_run:
                    tab_id = open_restored_tab(connection, line.instrument, line.version, line.year)
                next_seq = 1
            if not dry_run:
                keep_part(connection, Part(tab_id, line.part, next_seq, line.spreadsheet, line.sheet_id))
            for page in read_part(client, part, seen, report, accept_changed=accept_changed):
                rows = [(row.id, row.response) for row in page]
                if not dry_run:
                    restore_responses(connection, tab_id, next_seq, rows, store.catalogue, now)
                next_seq += len(rows)
    return report


def _read_row(
    part: MirroredPart, number: int, cells: Sequence[Any], seen: set[UUID], report: Restored, *, accept_changed: bool
) -> RestoredRow | None:
    if all(cell == "" for cell in cells):
        return None
    leave_out = report.leave_out
    try:
        which = UUID(str(cells[0]))
    except ValueError:
        leave_out("is no response", part.sheet, number)
        return None
    if which in seen:
        leave_out("stands twice", part.sheet, number)
        return None
    if row_hash([_cell(cell) for cell in cells[:-1]]) != cells[-1] and not accept_changed:
        leave_out("was changed after it was written", part.sheet, number)
        return None
    if cells[1] == ERASED:
        report.erased += 1
        return RestoredRow(which, None)
    if cells[1] == REFUSED:
        leave_out("was never taken by Google", part.sheet, number)
        return None
    try:
        response = _response(which, part.instrument, dict(zip(header(part.instrument), cells, strict=True)))
    except (ValueError, KeyError, ValidationError) as error:
        leave_out("makes no response", part.sheet, number, str(error).split("\n", 1)[0])
        return None
    report.responses += 1
    return RestoredRow(which, response)


def _cell(cell: Any) -> Cell:
    return cell if isinstance(cell, str | int | float) else str(cell)


def _response(which: UUID, instrument: Instrument, cells: Mapping[str, Any]) -> Response:
    """The response in a row; raises ValueError, KeyError or ValidationError where a cell cannot be one of its own."""
    year, month = (int(each) for each in str(cells["month"]).split("-"))
    mode, respondent = _KINDS.validate_python((cells["mode"], cells["respondent"]))
    about = {name: str(cells[name]) for name in ABOUT if cells[name] != ""}
    return Response(
        id=which,
        instrument=instrument.id,
        version=instrument.version,
        language=str(cells["language"]),
        mode=mode,
        respondent=respondent,
        device_id=RESTORED_DEVICE,
        unit_id=_id(cells["unit"]),
        clinician_id=_id(cells["clinician"]) if cells["clinician"] != "" else None,
        answers=tuple(_answer(instrument, item, cells[item]) for item in instrument.item_ids),
        comment=None,
        about=about,
        day=date(year, month, 1),
        seconds=0,
        payload_sha256="",
    )


def _id(cell: Any) -> str:
    text = str(cell)
    if not 0 < len(text) <= 64:
        raise ValueError("an id is empty or too long")
    return text


def _answer(instrument: Instrument, item: str, cell: Any) -> Answer:
    if isinstance(cell, str):
        return NotAnswered[cell]
    if isinstance(cell, bool) or cell not in instrument.scale.values:
        raise ValueError(f"{item}: {cell!r} is no level")
    return int(cell)
