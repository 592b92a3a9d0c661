"""The outbox: each response's place in the mirror, given in the transaction that stores the response."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, bindparam, func, insert, select, update

from survey.response import Response
from survey.store.connection import upsert
from survey.store.prepared import Prepared
from survey.store.responses import response_from_row
from survey.store.schema import mirror_tab, outbox, response

DUE = "due"
DELIVERED = "delivered"
REFUSED = "refused"
_AT_ONCE: Final = 1_000
_TABS: Final = select(mirror_tab.c.id, mirror_tab.c.instrument, mirror_tab.c.version, mirror_tab.c.year).order_by(
    mirror_tab.c.id
)

_ENQUEUED: Final = Prepared(
    insert(outbox).values({name: bindparam(name) for name in ("tab_id", "seq", "response_id", "state", "queued_at")})
)
_TAKEN: Final = Prepared(
    update(mirror_tab)
    .where(
        mirror_tab.c.instrument == bindparam("of_instrument"),
        mirror_tab.c.version == bindparam("of_version"),
        mirror_tab.c.year == bindparam("of_year"),
    )
    .values(next_seq=mirror_tab.c.next_seq + bindparam("count"))
    .returning(mirror_tab.c.id, mirror_tab.c.next_seq)
)
# Few stretches instead of a thousand numbers: the writer of answers waits while this is done.
_DELIVERED: Final = Prepared(
    update(outbox)
    .where(
        outbox.c.tab_id == bindparam("tab"),
        outbox.c.seq.between(bindparam("first"), bindparam("last")),
        outbox.c.turn == bindparam("of_turn"),
    )
    .values(state=DELIVERED, queued_at=None, problem=None)
)


def enqueue(connection: Connection, responses: Sequence[Response], now: int) -> None:
    """Give each response the next sequence number of its tab (instrument, version, year) and mark it due.

    The tab's row is locked until the transaction ends, so numbers are dense: a rollback gives them back.
    """
    by_tab: dict[tuple[str, str, int], list[Response]] = defaultdict(list)
    for each in responses:
        by_tab[each.instrument, each.version, each.day.year].append(each)
    for (instrument, version, year), members in sorted(by_tab.items()):
        tab_id, first = _take_numbers(connection, instrument, version, year, len(members))
        _ENQUEUED.run(
            connection,
            [
                {"tab_id": tab_id, "seq": first + place, "response_id": member.id, "state": DUE, "queued_at": now}
                for place, member in enumerate(members)
            ],
        )


def _take_numbers(connection: Connection, instrument: str, version: str, year: int, count: int) -> tuple[int, int]:
    taken = {"of_instrument": instrument, "of_version": version, "of_year": year, "count": count}
    rows = _TAKEN.rows(connection, taken)
    if not rows:
        tab = {"instrument": instrument, "version": version, "year": year, "next_seq": 1}
        connection.execute(upsert(connection, mirror_tab).values(tab).on_conflict_do_nothing())
        rows = _TAKEN.rows(connection, taken)
    ((tab_id, next_seq),) = rows
    return tab_id, next_seq - count


@dataclass(frozen=True)
class Tab:
    """A tab of the mirror: an instrument version's responses of one year."""

    id: int
    instrument: str
    version: str
    year: int


@dataclass(frozen=True)
class Entry:
    """A response's place in its tab; `response` is None when it has been erased."""

    seq: int
    response_id: UUID
    state: str
    turn: int
    response: Response | None


@dataclass(frozen=True)
class Lag:
    """How far the mirror is behind: rows due, the age of the oldest in seconds, and rows that Google refused."""

    rows: int
    seconds: int
    refused: int


def list_tabs(connection: Connection) -> list[Tab]:
    """Every tab that has responses."""
    return [Tab(*row) for row in connection.execute(_TABS)]


def due_tabs(connection: Connection) -> list[Tab]:
    """The tabs with responses that are due."""
    due = select(outbox.c.tab_id).where(outbox.c.state == DUE).distinct()
    return [Tab(*row) for row in connection.execute(_TABS.where(mirror_tab.c.id.in_(due)))]


def due_entries(connection: Connection, tab: Tab, items: int, *, limit: int, reach: int) -> list[Entry]:
    """The first responses of a tab that are due, in their order, none more than `reach` places after the first.

    `items` is how many the tab's instrument has.
    """
    due = (outbox.c.tab_id == tab.id, outbox.c.state == DUE)
    first = connection.execute(select(func.min(outbox.c.seq)).where(*due)).scalar_one()
    if first is None:
        return []
    return _entries(connection, items, *due, outbox.c.seq < first + reach, limit=limit)


def entries_between(connection: Connection, tab: Tab, items: int, first: int, last: int) -> list[Entry]:
    """The responses of a tab from one place to another, both included, due or not."""
    return _entries(connection, items, outbox.c.tab_id == tab.id, outbox.c.seq.between(first, last))


def _entries(
    connection: Connection, items: int, *conditions: ColumnElement[bool], limit: int | None = None
) -> list[Entry]:
    query = (
        select(outbox.c.seq, outbox.c.response_id, outbox.c.state, outbox.c.turn, response)
        .outerjoin(response, response.c.id == outbox.c.response_id)
        .where(*conditions)
        .order_by(outbox.c.seq)
        .limit(limit)
    )
    return [
        Entry(
            row["seq"],
            row["response_id"],
            row["state"],
            row["turn"],
            None if row["id"] is None else response_from_row(dict(row), items),
        )
        for row in connection.execute(query).mappings()
    ]


def places_between(connection: Connection, tab: Tab, first: int, last: int | None = None) -> list[tuple[int, str, str]]:
    """(sequence number, response id, state) of a tab's places from one to another, or to the last one there is."""
    query = select(outbox.c.seq, outbox.c.response_id, outbox.c.state).where(
        outbox.c.tab_id == tab.id, outbox.c.seq >= first
    )
    if last is not None:
        query = query.where(outbox.c.seq <= last)
    return [(seq, str(which), state) for seq, which, state in connection.execute(query.order_by(outbox.c.seq))]


def mark_delivered(connection: Connection, tab: Tab, entries: Sequence[Entry]) -> None:
    """Note that these are in the mirror, unless they became due anew since they were read (an erasure)."""
    _DELIVERED.run(
        connection,
        [
            {"tab": tab.id, "first": first.seq, "last": last.seq, "of_turn": first.turn}
            for first, last in _stretches(entries)
        ],
    )


def _stretches(entries: Sequence[Entry]) -> Iterator[tuple[Entry, Entry]]:
    """The first and last of each stretch of entries in one turn without a gap."""
    ordered = sorted(entries, key=lambda entry: entry.seq)
    for _, members in groupby(enumerate(ordered), key=lambda at: (at[1].turn, at[1].seq - at[0])):
        stretch = [entry for _, entry in members]
        yield stretch[0], stretch[-1]


def mark_refused(connection: Connection, tab: Tab, entry: Entry, problem: str) -> None:
    """The dead letter: note Google's words about a row that it refuses."""
    connection.execute(
        update(outbox)
        .where(outbox.c.tab_id == tab.id, outbox.c.seq == entry.seq, outbox.c.turn == entry.turn)
        .values(state=REFUSED, queued_at=None, problem=problem)
    )


def mark_due(connection: Connection, tab: Tab, seqs: Sequence[int] | None, now: int, *, since: int = 1) -> None:
    """Have these places of a tab written again; None is all of them from `since` on."""
    again = {"state": DUE, "turn": outbox.c.turn + 1, "queued_at": now, "problem": None}
    of_tab = update(outbox).where(outbox.c.tab_id == tab.id)
    if seqs is None:
        connection.execute(of_tab.where(outbox.c.seq >= since).values(again))
        return
    for start in range(0, len(seqs), _AT_ONCE):
        connection.execute(of_tab.where(outbox.c.seq.in_(seqs[start : start + _AT_ONCE])).values(again))


def read_lag(connection: Connection, now: int) -> Lag:
    """How far behind the mirror is."""
    query = select(func.count(), func.min(outbox.c.queued_at)).where(outbox.c.state == DUE)
    rows, oldest = connection.execute(query).one()
    refused = connection.execute(select(func.count()).where(outbox.c.state == REFUSED)).scalar_one()
    return Lag(rows, max(now - oldest, 0) if oldest is not None else 0, refused)
