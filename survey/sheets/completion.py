"""Bringing a store that was restored from a backup and its mirror, which is younger, to one state.

Responses that came after the backup stand in the mirror only: they are taken into the store, and keep their rows.
What was erased since stays erased. Rows that the store has and the mirror lost are written again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlalchemy import Connection

from survey.instrument import Catalogue
from survey.sheets.books import Books
from survey.sheets.client import SheetsClient
from survey.sheets.opening import INDEX_TITLE
from survey.sheets.restore import MirroredPart, Restored, RestoredRow, find_parts, read_part
from survey.store.connection import keep_writers_out
from survey.store.erasure import erase_responses
from survey.store.mirror_parts import Part, keep_part, list_parts, settle_home
from survey.store.outbox import DELIVERED, Tab, mark_due, places_between
from survey.store.restoration import erased_among, known_places, restore_responses, tab_and_next
from survey.store.schema import mirror_tab

_AT_ONCE: Final = 500


@dataclass
class Completed:
    """What was taken from the mirror, and what it is to write again.

    responses: taken into the store. erased: erased here because the mirror says so. rewritten: rows it had lost.
    left_out: rows by why they were not taken, `problems` names the first thousand of them.
    """

    responses: int = 0
    erased: int = 0
    rewritten: int = 0
    left_out: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def complete_from_mirror(
    client: SheetsClient, connection: Connection, catalogue: Catalogue, *, accept_changed: bool, now: int
) -> Completed:
    """Complete a restored store in the caller's transaction; raises MirrorError as it reads.

    A spreadsheet without our index is a new one: the mirror will fill it.
    """
    keep_writers_out(connection, mirror_tab)
    settle_home(connection, client.connection.spreadsheet_id, now)
    books, report, seen, done = Books(client), Restored(), set[UUID](), Completed()
    if books.titled(client.connection.spreadsheet_id, INDEX_TITLE) is None:
        return done
    tabs: dict[int, Tab] = {}
    for part in find_parts(client, books, catalogue, pass_over_gone=True):
        tab, _ = tab_and_next(connection, part.line.instrument, part.line.version, part.line.year)
        tabs[tab.id] = tab
        rows: list[RestoredRow] = []
        for page in read_part(client, part, seen, report, accept_changed=accept_changed):
            rows += page
        _complete_part(connection, part, tab, rows, catalogue, now, done)
    for tab in tabs.values():
        places = places_between(connection, tab, 1)
        lost = [seq for seq, which, state in places if state == DELIVERED and UUID(which) not in seen]
        mark_due(connection, tab, lost, now)
        done.rewritten += len(lost)
    done.left_out, done.problems = dict(report.left_out), report.problems
    return done


def _complete_part(
    connection: Connection,
    part: MirroredPart,
    tab: Tab,
    rows: Sequence[RestoredRow],
    catalogue: Catalogue,
    now: int,
    done: Completed,
) -> None:
    known_here: list[int] = []
    new: list[RestoredRow] = []
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        ids = [row.id for row in some]
        known, erased = known_places(connection, ids), erased_among(connection, ids)
        known_here += [known[which].seq for which in ids if which in known and known[which].tab_id == tab.id]
        # The mirror's tombstone says that a response was erased after the backup.
        gone = [row.id for row in some if row.response is None and row.id in known and not known[row.id].erased]
        done.erased += erase_responses(connection, gone, catalogue, now) if gone else 0
        new += [RestoredRow(row.id, None if row.id in erased else row.response) for row in some if row.id not in known]
    _, next_seq = tab_and_next(connection, tab.instrument, tab.version, tab.year)
    parts = {each.number: each for each in list_parts(connection, tab)}
    line = part.line
    first = parts[line.part].first_seq if line.part in parts else min(known_here, default=next_seq)
    keep_part(connection, Part(tab.id, line.part, first, line.spreadsheet, line.sheet_id))
    for start in range(0, len(new), _AT_ONCE):
        some = new[start : start + _AT_ONCE]
        # Due: written again to the rows where they stand, or to where they belong if somebody moved them.
        values = [(row.id, row.response) for row in some]
        restore_responses(connection, tab.id, next_seq, values, catalogue, now, due=True)
        next_seq += len(some)
        done.responses += sum(row.response is not None for row in some)
