"""The months in which clinicians say they changed something: before and after are compared, for themselves only."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, select

from survey.store.connection import upsert
from survey.store.schema import marked_change

MAX_NOTE: Final = 120


@dataclass(frozen=True)
class MarkedChange:
    """A month, as yyyymm, and the clinician's own words for what changed."""

    month: int
    note: str


def list_changes(connection: Connection, clinician_id: str) -> list[MarkedChange]:
    """The clinician's marked months, the latest first."""
    columns = (marked_change.c.month, marked_change.c.note)
    query = select(*columns).where(marked_change.c.clinician_id == clinician_id)
    return [MarkedChange(*row) for row in connection.execute(query.order_by(marked_change.c.month.desc()))]


def mark_change(connection: Connection, clinician_id: str, change: MarkedChange, now: int) -> None:
    """Mark a month; marking it again replaces the note, which is cut to 120 characters."""
    values = {"note": change.note.strip()[:MAX_NOTE], "marked_at": now}
    statement = upsert(connection, marked_change).values(clinician_id=clinician_id, month=change.month, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["clinician_id", "month"], set_=values))


def unmark_change(connection: Connection, clinician_id: str, month: int) -> None:
    """Take a mark away again."""
    mark = marked_change.c
    connection.execute(delete(marked_change).where(mark.clinician_id == clinician_id, mark.month == month))
