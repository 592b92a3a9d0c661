"""What is not kept for ever: comments, payloads that were kept aside, and whole responses, each for its own time.

Comments go by whole calendar quarters, as they are shown: the day of one that is gone says nothing of one that stays.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Connection, and_, delete, false, func, select, update

from survey.store.connection import overwrite_deleted
from survey.store.schema import comment_review, response, response_conflict

ERASED_AT_ONCE: Final = 500


@dataclass(frozen=True)
class Retention:
    """For how many months each kind is kept, beside the present one; None keeps it for ever."""

    comments: int | None = None
    conflicts: int | None = None
    responses: int | None = None


@dataclass(frozen=True)
class Overdue:
    """How many of each kind are past their time."""

    comments: int
    conflicts: int
    responses: int


def count_overdue(connection: Connection, retention: Retention, today: date) -> Overdue:
    """Count what is past its time on this day (UTC)."""

    def count(condition: ColumnElement[bool], table: Any) -> int:
        return int(connection.execute(select(func.count()).select_from(table).where(condition)).scalar_one())

    return Overdue(
        count(_old_comments(retention, today), response),
        count(_old_conflicts(retention, today), response_conflict),
        count(_old_responses(retention, today), response),
    )


def delete_overdue_texts(connection: Connection, retention: Retention, today: date) -> None:
    """Delete comments past their time, with what moderators decided about them, and payloads that were kept aside.

    The answers that came with a comment stay, and the digest by which a device's second sending is known.
    """
    overwrite_deleted(connection)
    old = _old_comments(retention, today)
    reviewed = comment_review.c.response_id.in_(select(response.c.id).where(old))
    connection.execute(delete(comment_review).where(reviewed))
    connection.execute(update(response).where(old).values(comment=None))
    connection.execute(delete(response_conflict).where(_old_conflicts(retention, today)))


def list_overdue_responses(connection: Connection, retention: Retention, today: date) -> list[UUID]:
    """Responses past their time, the oldest first, as many as are erased at once; ask again for the rest."""
    query = select(response.c.id).where(_old_responses(retention, today)).order_by(response.c.day, response.c.id)
    return list(connection.scalars(query.limit(ERASED_AT_ONCE)))


def _old_comments(retention: Retention, today: date) -> ColumnElement[bool]:
    if retention.comments is None:
        return false()
    first = first_kept(today, retention.comments)
    quarter = first.replace(month=first.month - (first.month - 1) % 3)
    return and_(response.c.comment.is_not(None), response.c.day < quarter)


def _old_conflicts(retention: Retention, today: date) -> ColumnElement[bool]:
    if retention.conflicts is None:
        return false()
    first = first_kept(today, retention.conflicts)
    return response_conflict.c.received_at < datetime(first.year, first.month, 1, tzinfo=UTC).timestamp()


def _old_responses(retention: Retention, today: date) -> ColumnElement[bool]:
    return false() if retention.responses is None else response.c.day < first_kept(today, retention.responses)


def first_kept(today: date, months: int) -> date:
    """The first day of the oldest month that is kept: this month and so many before it."""
    month = today.year * 12 + today.month - 1 - months
    return date(month // 12, month % 12 + 1, 1)
