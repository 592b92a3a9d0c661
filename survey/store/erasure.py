"""Erasing responses for good: the row, its counts in the tallies, and what was kept aside under its uuid.

The uuid stays taken, so a device that sends the answer again is told that it is known and does not bring it back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from survey.instrument import Catalogue
from survey.store.connection import keep_writers_out, overwrite_deleted
from survey.store.outbox import DUE
from survey.store.responses import find_responses
from survey.store.schema import comment_review, erasure, mirror_tab, outbox, response, response_conflict, response_flag
from survey.store.tallies import group_tallies, take_tallies

_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Erasure:
    """What stays of an erased response: its uuid, the digest of what was sent, when it was erased (s since 1970)."""

    response_id: UUID
    payload_sha256: str
    erased_at: int


def erase_responses(connection: Connection, ids: Sequence[UUID], catalogue: Catalogue, now: int) -> int:
    """Erase those of these responses that are stored, within the caller's transaction; returns how many there were.

    Their place in the mirror is due again: the mirror overwrites it with a tombstone.
    """
    keep_writers_out(connection, mirror_tab)
    overwrite_deleted(connection)
    instruments = {instrument.key: instrument for instrument in catalogue}
    erased = 0
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), _AT_ONCE):
        found = find_responses(connection, wanted[start : start + _AT_ONCE], catalogue)
        if not found:
            continue
        gone = [each.id for each in found]
        take_tallies(connection, group_tallies(found, instruments))
        connection.execute(
            insert(erasure),
            [{"response_id": each.id, "payload_sha256": each.payload_sha256, "erased_at": now} for each in found],
        )
        connection.execute(delete(response_conflict).where(response_conflict.c.response_id.in_(gone)))
        connection.execute(delete(comment_review).where(comment_review.c.response_id.in_(gone)))
        connection.execute(delete(response_flag).where(response_flag.c.response_id.in_(gone)))
        connection.execute(delete(response).where(response.c.id.in_(gone)))
        connection.execute(
            update(outbox)
            .where(outbox.c.response_id.in_(gone))
            .values(state=DUE, queued_at=now, turn=outbox.c.turn + 1)
        )
        erased += len(gone)
    return erased


def list_erasures(connection: Connection) -> list[Erasure]:
    """Every erasure, the oldest first."""
    query = select(erasure.c.response_id, erasure.c.payload_sha256, erasure.c.erased_at)
    return [Erasure(*row) for row in connection.execute(query.order_by(erasure.c.erased_at, erasure.c.response_id))]


def replay_erasures(connection: Connection, erasures: Iterable[Erasure], catalogue: Catalogue, now: int) -> int:
    """Erase again what a backup brought back, in the caller's transaction; returns how many responses that were.

    An erased response that is not stored leaves its uuid behind all the same: a device may still send it.
    """
    keep_writers_out(connection, mirror_tab)
    known = set(connection.scalars(select(erasure.c.response_id)))
    wanted = {each.response_id: each for each in erasures if each.response_id not in known}
    ids = sorted(wanted)
    stored: set[UUID] = set()
    for start in range(0, len(ids), _AT_ONCE):
        part = response.c.id.in_(ids[start : start + _AT_ONCE])
        stored |= set(connection.scalars(select(response.c.id).where(part)))
    erased = erase_responses(connection, sorted(stored), catalogue, now)
    absent = [each for which, each in wanted.items() if which not in stored]
    if absent:
        connection.execute(insert(erasure), [asdict(each) for each in absent])
    return erased
