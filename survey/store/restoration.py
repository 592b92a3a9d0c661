"""Putting responses back that were read from the mirror, each at the place it had there."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from survey.instrument import Catalogue
from survey.response import Response
from survey.store.connection import upsert
from survey.store.outbox import DELIVERED, DUE, Tab
from survey.store.responses import RESTORED_DIGEST, freeze_instrument, insert_responses
from survey.store.schema import erasure, mirror_tab, outbox
from survey.store.tallies import TallyKeeper, group_tallies


def holds_responses(connection: Connection) -> bool:
    """Whether any response is or was stored."""
    return bool(connection.execute(select(func.count()).select_from(mirror_tab)).scalar_one())


def open_restored_tab(connection: Connection, instrument: str, version: str, year: int) -> int:
    """Note a tab of the mirror; returns its id."""
    values = {"instrument": instrument, "version": version, "year": year, "next_seq": 1}
    return int(connection.execute(insert(mirror_tab).values(**values).returning(mirror_tab.c.id)).scalar_one())


@dataclass(frozen=True)
class KnownPlace:
    """A response that the store knows: its place, and whether it was erased."""

    tab_id: int
    seq: int
    erased: bool


def known_places(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, KnownPlace]:
    """The places of those of these responses that have one."""
    query = (
        select(outbox.c.response_id, outbox.c.tab_id, outbox.c.seq, erasure.c.response_id.is_not(None))
        .outerjoin(erasure, erasure.c.response_id == outbox.c.response_id)
        .where(outbox.c.response_id.in_(ids))
    )
    return {which: KnownPlace(tab_id, seq, erased) for which, tab_id, seq, erased in connection.execute(query)}


def erased_among(connection: Connection, ids: Sequence[UUID]) -> set[UUID]:
    """Those of these uuids that belong to erased responses."""
    return set(connection.scalars(select(erasure.c.response_id).where(erasure.c.response_id.in_(ids))))


def tab_and_next(connection: Connection, instrument: str, version: str, year: int) -> tuple[Tab, int]:
    """A tab of the mirror, noted if it was not, and the place that its next response gets."""
    key = {"instrument": instrument, "version": version, "year": year}
    row = connection.execute(select(mirror_tab.c.id, mirror_tab.c.next_seq).filter_by(**key)).one_or_none()
    if row is None:
        return Tab(open_restored_tab(connection, instrument, version, year), instrument, version, year), 1
    return Tab(row.id, instrument, version, year), row.next_seq


def restore_responses(
    connection: Connection,
    tab_id: int,
    first_seq: int,
    rows: Sequence[tuple[UUID, Response | None]],
    catalogue: Catalogue,
    now: int,
    *,
    due: bool = False,
) -> None:
    """Store these responses, None being an erased one, as places of a tab from `first_seq` on that are delivered.

    due: have the mirror write them again all the same.
    """
    if not rows:
        return
    found = [each for _, each in rows if each is not None]
    instruments = {instrument.key: instrument for instrument in catalogue}
    for name, version, language in sorted({(each.instrument, each.version, each.language) for each in found}):
        freeze_instrument(connection, instruments[name, version], language)
    if found:
        insert_responses(connection, [_with_digest(each) for each in found])
        TallyKeeper().add(connection, group_tallies(found, instruments))
    gone = [which for which, each in rows if each is None]
    if gone:
        connection.execute(
            upsert(connection, erasure).on_conflict_do_nothing(),
            [{"response_id": which, "payload_sha256": RESTORED_DIGEST, "erased_at": now} for which in gone],
        )
    state = {"state": DUE, "queued_at": now} if due else {"state": DELIVERED, "queued_at": None}
    connection.execute(
        insert(outbox),
        [
            {"tab_id": tab_id, "seq": first_seq + place, "response_id": which, **state}
            for place, (which, _) in enumerate(rows)
        ],
    )
    connection.execute(mirror_tab.update().where(mirror_tab.c.id == tab_id).values(next_seq=first_seq + len(rows)))


def _with_digest(value: Response) -> Response:
    return replace(value, payload_sha256=RESTORED_DIGEST)
