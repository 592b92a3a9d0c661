"""Who was asked and would rather not answer: counted once each, never anything of the person."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, func, insert, select

from survey.store.connection import upsert
from survey.store.schema import decline


@dataclass(frozen=True)
class Decline:
    """Somebody declined at a unit, in a month (yyyymm)."""

    id: UUID
    unit_id: str
    instrument: str
    version: str
    language: str
    mode: str
    month: int


def add_decline(connection: Connection, value: Decline) -> bool:
    """Store a decline; False when one came under this uuid before, which then stands."""
    statement = upsert(connection, decline).values(**vars(value)).on_conflict_do_nothing()
    return connection.execute(statement.returning(decline.c.id)).one_or_none() is not None


def add_declines(connection: Connection, values: Sequence[Decline]) -> None:
    """Store declines that are new."""
    if values:
        connection.execute(insert(decline), [vars(value) for value in values])


def read_declines(connection: Connection, instrument: str, version: str) -> dict[tuple[str, int, str], int]:
    """How many declined, by unit, month and mode, for an instrument's version."""
    keys = (decline.c.unit_id, decline.c.month, decline.c.mode)
    query = select(*keys, func.count()).group_by(*keys)
    rows = connection.execute(query.where(decline.c.instrument == instrument, decline.c.version == version))
    return {(row[0], row[1], row[2]): int(row[3]) for row in rows}
