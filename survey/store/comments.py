"""Comments and what moderators decided about them. Nobody but a moderator reads one before that."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Connection, Select, exists, func, select

from survey.instrument import Instrument
from survey.store.connection import StoreError, upsert
from survey.store.schema import comment_review, response, response_flag

Decision = Literal["approved", "redacted", "rejected"]
# Under a redacted comment the original stays in the store, for whoever may read that.
_REVIEWED: Final = comment_review.c.response_id
_MENTIONS_HARM: Final = exists().where(response_flag.c.response_id == response.c.id, response_flag.c.flag == "harm")
_WAITING: Final = (response.c.comment.is_not(None), _REVIEWED.is_(None))


@dataclass(frozen=True)
class WaitingComment:
    """A comment that nobody has decided about: its text and language, and nothing of whom or when."""

    response_id: UUID
    text: str
    language: str


@dataclass(frozen=True)
class WrittenComment:
    """A comment about one clinician. text is what may be shown, None before and unless a moderator allows it."""

    response_id: UUID
    month: int
    decided: bool
    text: str | None
    thanks: bool


def list_waiting_comments(
    connection: Connection, *, not_about: str | None = None, until: date | None = None, limit: int = 10
) -> list[WaitingComment]:
    """The comments without a decision up to a day: those that mention harm, then the oldest.

    not_about: none about this clinician, who moderates.
    """
    columns = (response.c.id, response.c.comment, response.c.language)
    query = (
        _waiting(select(*columns), not_about)
        .order_by(_MENTIONS_HARM.desc(), response.c.day, response.c.id)
        .limit(limit)
    )
    if until is not None:
        query = query.where(response.c.day <= until)
    return [WaitingComment(*row) for row in connection.execute(query)]


def count_waiting_comments(connection: Connection, *, not_about: str | None = None) -> int:
    """How many comments wait for a decision."""
    return int(connection.execute(_waiting(select(func.count(response.c.id)), not_about)).scalar_one())


def _waiting(query: Select[Any], not_about: str | None) -> Select[Any]:
    query = query.select_from(response).outerjoin(comment_review, response.c.id == _REVIEWED).where(*_WAITING)
    if not_about is None:
        return query
    return query.where(func.coalesce(response.c.clinician_id, "") != not_about)


def review_comment(
    connection: Connection,
    response_id: UUID,
    decision: Decision,
    *,
    text: str | None,
    thanks: bool,
    reviewer: str,
    now: int,
) -> None:
    """Note a decision; a second one about the same comment replaces the first.

    text: what may be shown, for a redacted comment only. Raises StoreError where there is no such comment (any more).
    """
    found = connection.execute(select(response.c.comment).where(response.c.id == response_id)).scalar_one_or_none()
    if found is None:
        raise StoreError("There is no such comment: it may have been erased.")
    if (decision == "redacted") != bool(text and text.strip()):
        raise ValueError("A text goes with a redacted comment, and only with one.")
    values = {
        "decision": decision,
        "text": text.strip() if text else None,
        "thanks": thanks and decision != "rejected",
        "reviewer": reviewer,
        "reviewed_at": now,
    }
    statement = upsert(connection, comment_review).values(response_id=response_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["response_id"], set_=values))


def list_comments_about(connection: Connection, clinician_id: str, instrument: Instrument) -> list[WrittenComment]:
    """All comments about a clinician, in no order that tells when they were written."""
    review = comment_review.c
    query = (
        select(response.c.id, response.c.day, response.c.comment, review.decision, review.text, review.thanks)
        .outerjoin(comment_review, response.c.id == _REVIEWED)
        .where(
            response.c.clinician_id == clinician_id,
            response.c.comment.is_not(None),
            response.c.instrument == instrument.id,
            response.c.version == instrument.version,
        )
        .order_by(response.c.id)
    )
    return [
        WrittenComment(
            row.id,
            row.day.year * 100 + row.day.month,
            row.decision is not None,
            {"approved": row.comment, "redacted": row.text}.get(row.decision),
            bool(row.thanks),
        )
        for row in connection.execute(query)
    ]
