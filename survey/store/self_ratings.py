"""What clinicians and leads expect their patients to answer, in the form that the instrument has for them.

A rating is of a month, the only time that is kept. Until the month is over its person may replace it, never later, and
nothing takes it away again: numbers that were shown of several people would otherwise change by one person's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from sqlalchemy import ColumnElement, Connection, delete, select

from survey.instrument import Instrument
from survey.store.connection import StoreError, upsert
from survey.store.responses import freeze_self_rating
from survey.store.schema import SLOT_COLUMNS, self_rating

RaterRole = Literal["clinician", "lead"]
Levels = tuple[int | None, ...]  # by slot; None where the person skipped the item


@dataclass(frozen=True)
class Rater:
    """A clinician, who speaks of their own patients, or a lead, who speaks of a program's; `program_id` is of both."""

    role: RaterRole
    person_id: str
    program_id: str


@dataclass(frozen=True)
class SelfRating:
    """A person's rating in a month (yyyymm): a level for each item, as answered and not turned."""

    person_id: str
    month: int
    levels: Levels


_KEY: Final = ("role", "person_id", "program_id", "instrument", "version", "month")


def keep_self_rating(
    connection: Connection, instrument: Instrument, rater: Rater, levels: Sequence[int | None], language: str, day: date
) -> None:
    """Store the rater's levels for the month of `day`, in place of an earlier rating of the same month.

    Raises StoreError where they do not fit the instrument, no item is answered, or there is no form in the language.
    """
    if language not in instrument.self_rating:
        raise StoreError(f"{instrument.id} {instrument.version} has no form for clinicians and leads in {language}.")
    if len(levels) != len(instrument.items) or {*levels} - {None, *instrument.scale.values}:
        raise StoreError(f"A self-rating gives each item of {instrument.id} one of its levels, or none.")
    if not any(level is not None for level in levels):
        raise StoreError("A self-rating answers at least one question.")
    freeze_self_rating(connection, instrument, language)
    values = {
        "role": rater.role, "person_id": rater.person_id, "program_id": rater.program_id,
        "instrument": instrument.id, "version": instrument.version, "month": day.year * 100 + day.month,
        "language": language, **dict.fromkeys(SLOT_COLUMNS), **dict(zip(SLOT_COLUMNS, levels, strict=False)),
    }  # fmt: skip
    if rater.role == "clinician":
        # Who moved to another program within the month has one rating of it all the same.
        same = [self_rating.c[name] == values[name] for name in _KEY if name != "program_id"]
        connection.execute(delete(self_rating).where(*same, self_rating.c.program_id != rater.program_id))
    changed = {name: value for name, value in values.items() if name not in _KEY}
    statement = upsert(connection, self_rating).values(**values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(_KEY), set_=changed))


def find_self_rating(connection: Connection, instrument: Instrument, rater: Rater) -> SelfRating | None:
    """The rater's latest rating, or None. A clinician's is of their patients wherever they worked."""
    mine = [self_rating.c.role == rater.role, self_rating.c.person_id == rater.person_id]
    if rater.role == "lead":
        mine.append(self_rating.c.program_id == rater.program_id)
    found = _read(connection, instrument, *mine)
    return found[-1] if found else None


def list_self_ratings(
    connection: Connection, instrument: Instrument, role: RaterRole, program_id: str
) -> list[SelfRating]:
    """All ratings by a program's clinicians or by its leads, the oldest first: for statements about many of them only.

    They are those who were of the program when they rated, whoever is in the roster now.
    """
    return _read(connection, instrument, self_rating.c.role == role, self_rating.c.program_id == program_id)


def _read(connection: Connection, instrument: Instrument, *which: ColumnElement[bool]) -> list[SelfRating]:
    table = self_rating.c
    slots = [table[name] for name in SLOT_COLUMNS[: len(instrument.items)]]
    query = select(table.person_id, table.month, *slots).where(
        *which, table.instrument == instrument.id, table.version == instrument.version
    )
    rows = connection.execute(query.order_by(table.month, table.person_id))
    return [SelfRating(row[0], row[1], tuple(row[2:])) for row in rows]
