"""The outbox: each response's place in the mirror, given in the transaction that stores the response."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import Connection, insert, update

from survey.response import Response
from survey.store.connection import upsert
from survey.store.schema import mirror_tab, outbox

DUE = "due"


def enqueue(connection: Connection, responses: Sequence[Response], now: int) -> None:
    """Give each response the next sequence number of its tab (instrument, version, year) and mark it due.

    The tab's row is locked until the transaction ends, so numbers are dense: a rollback gives them back.
    """
    by_tab: dict[tuple[str, str, int], list[Response]] = defaultdict(list)
    for response in responses:
        by_tab[response.instrument, response.version, response.day.year].append(response)
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
