"""The append-only record of who looked at whose results and who changed the set-up."""

import time

from sqlalchemy import Connection, insert

from survey.store.schema import audit


def record_audit(connection: Connection, *, actor: str, action: str, subject: str, detail: str | None = None) -> None:
    """Add one entry: who, what they did (verb and noun, such as `revoke device`), to what, and details if any."""
    connection.execute(
        insert(audit).values(at=int(time.time()), actor=actor, action=action, subject=subject, detail=detail)
    )
