"""Erasing responses for good: the row, its counts in the tallies, and what was kept aside under its uuid.

The uuid stays taken, so a device that sends the answer again is told that it is known and does not bring it back.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, delete, insert, update

from survey.instrument import Catalogue
from survey.store.connection import keep_writers_out
from survey.store.outbox import DUE
from survey.store.responses import find_responses
from survey.store.schema import comment_review, erasure, mirror_tab, outbox, response, response_conflict, response_flag
from survey.store.tallies import group_tallies, take_tallies

_AT_ONCE: Final = 500


def erase_responses(connection: Connection, ids: Sequence[UUID], catalogue: Catalogue, now: int) -> int:
    """Erase those of these responses that are stored, within the caller's transaction; returns how many there were.

    Their place in the mirror is due again: the mirror overwrites it with a tombstone.
    """
    keep_writers_out(connection, mirror_tab)
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
