"""The outbox: each response's place in the mirror, given in the transaction that stores the response."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from survey.response import Response
from survey.store.connection import upsert
from survey.store.responses import response_from_row
from survey.store.schema import mirror_tab, outbox, response

DUE = "due"
DELIVERED = "delivered"


def enqueue(connection: Connection, responses: Sequence[Response], now: int) -> None:
    """Give each response the next sequence number of its tab (instrument, version, year) and mark it due.

    The tab's row is locked until the transaction ends, so numbers are dense: a rollback gives them back.
    """
    by_tab: dict[tuple[str, str, int], list[Response]] = defaultdict(list)
    for each in responses:
        by_tab[each.instrument, each.version, each.day.year].append(each)
    for (instrument, version, year), members in sorted(by_tab.items()):
        tab_id, first = _take_numbers(connection, instrument, version, year, len(members))
        connection.execute(
            insert(outbox),
            [
                {"tab_id": tab_id, "seq": first + place, "response_id": member.id, "state": DUE, "queued_at": now}
                for place, member in enumerate(members)
            ],
        )


def _take_numbers(connection: Connection, instrument: str, version: str, year: int, count: int) -> tuple[int, int]:
    key = {"instrument": instrument, "version": version, "year": year}
    taken = (
        update(mirror_tab)
        .filter_by(**key)
        .values(next_seq=mirror_tab.c.next_seq + count)
        .returning(mirror_tab.c.id, mirror_tab.c.next_seq - count)
    )
    row = connection.execute(taken).one_or_none()
    if row is None:
        connection.execute(upsert(connection, mirror_tab).values(**key, next_seq=1).on_conflict_do_nothing())
        row = connection.execute(taken).one()
    return row[0], row[1]


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
    response: Response | None


@dataclass(frozen=True)
class Lag:
    """How far the mirror is behind: rows not delivered, and the age of the oldest in seconds."""

    rows: int
    seconds: int


def due_tabs(connection: Connection) -> list[Tab]:
    """The tabs with responses that are not delivered."""
    due = select(outbox.c.tab_id).where(outbox.c.state == DUE).distinct()
    columns = (mirror_tab.c.id, mirror_tab.c.instrument, mirror_tab.c.version, mirror_tab.c.year)
    query = select(*columns).where(mirror_tab.c.id.in_(due)).order_by(mirror_tab.c.id)
    return [Tab(*row) for row in connection.execute(query)]


def due_entries(connection: Connection, tab: Tab, limit: int, items: int) -> list[Entry]:
    """The first responses of a tab that are not delivered, in their order; `items` is how many its instrument has."""
    query = (
        select(outbox.c.seq, outbox.c.response_id, response)
        .outerjoin(response, response.c.id == outbox.c.response_id)
        .where(outbox.c.state == DUE, outbox.c.tab_id == tab.id)
        .order_by(outbox.c.seq)
        .limit(limit)
    )
    return [
        Entry(row["seq"], row["response_id"], None if row["id"] is None else response_from_row(dict(row), items))
        for row in connection.execute(query).mappings()
    ]


def response_at(connection: Connection, tab: Tab, seq: int) -> UUID | None:
    """Which response has this place in a tab."""
    query = select(outbox.c.response_id).where(outbox.c.tab_id == tab.id, outbox.c.seq == seq)
    return connection.execute(query).scalar_one_or_none()


def mark_delivered(connection: Connection, tab: Tab, seqs: Sequence[int]) -> None:
    """Note that these places of a tab are in the mirror, and forget when their responses were received."""
    statement = update(outbox).where(outbox.c.tab_id == tab.id, outbox.c.seq.in_(seqs))
    connection.execute(statement.values(state=DELIVERED, queued_at=None))


def read_lag(connection: Connection, now: int) -> Lag:
    """How far behind the mirror is."""
    query = select(func.count(), func.min(outbox.c.queued_at)).where(outbox.c.state == DUE)
    rows, oldest = connection.execute(query).one()
    return Lag(rows, max(now - oldest, 0) if oldest is not None else 0)
