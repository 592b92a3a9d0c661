"""Single-use links: each lets one visit in, on somebody's own phone. Which visit it was is not stored.

A batch of links is a device of the kind "letters": revoking it ends all of its links at once.
"""

import secrets
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import Connection, delete, func, insert, select, update

from survey.store.connection import StoreError
from survey.store.devices import Device, add_device, device_from_row, find_device, token_digest
from survey.store.schema import device, visit_link

MOST_LINKS: Final = 5_000
LONGEST_DAYS: Final = 365
# Who opened a link in time may finish: its answers are taken for so long after it has expired.
GRACE_SECONDS: Final = 86_400
_PREFIX: Final = "visit_"
_KEPT_SECONDS: Final = 90 * 86_400


class LinkGoneError(StoreError):
    """This link let its visit in, or its time is over."""

    def __init__(self, reason: Literal["used", "expired"]) -> None:
        super().__init__(f"This link is {reason}.")
        self.reason = reason


@dataclass(frozen=True)
class LinkCounts:
    """What became of a batch's links."""

    made: int
    answered: int
    declined: int


def is_link(token: str) -> bool:
    """Whether a token is that of a link."""
    return token.startswith(_PREFIX)


def make_links(
    connection: Connection, unit_id: str, name: str, *, count: int, days: int, now: int
) -> tuple[Device, list[str]]:
    """A batch of links for a unit, good for so many days; they cannot be had again. StoreError where it cannot be."""
    if not 1 <= count <= MOST_LINKS:
        raise StoreError(f"A batch has 1 to {MOST_LINKS} links.")
    if not 1 <= days <= LONGEST_DAYS:
        raise StoreError(f"Links are good for 1 to {LONGEST_DAYS} days.")
    connection.execute(delete(visit_link).where(visit_link.c.expires_at < now - _KEPT_SECONDS))
    batch, _nobody_has_it = add_device(connection, unit_id, name, "letters")
    links = [_PREFIX + secrets.token_urlsafe(16) for _ in range(count)]
    values = {"device_id": batch.id, "expires_at": now + days * 86_400, "answered": False, "declined": False}
    connection.execute(insert(visit_link), [{"link_sha256": token_digest(link), **values} for link in links])
    return batch, links


def find_asking_device(connection: Connection, token: str, now: int) -> Device | None:
    """The device behind a token or an open link; raises LinkGoneError for a link that was used or has expired."""
    if not is_link(token):
        return find_device(connection, token)
    query = (
        select(device, visit_link.c.answered, visit_link.c.expires_at)
        .join(visit_link, visit_link.c.device_id == device.c.id)
        .where(visit_link.c.link_sha256 == token_digest(token), device.c.revoked_at.is_(None))
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    require_open(row["answered"], row["expires_at"], now)
    return device_from_row(row)


def require_open(answered: bool, expires_at: int, now: int) -> None:
    """Raise LinkGoneError for a link that was used or has expired."""
    if answered or expires_at < now:
        raise LinkGoneError("used" if answered else "expired")


def spend_link(connection: Connection, link_sha256: str, now: int) -> bool:
    """Let a link's one visit in, in the transaction that stores it; false if it had one, or is long over."""
    statement = update(visit_link).where(
        visit_link.c.link_sha256 == link_sha256,
        visit_link.c.answered.is_(False),
        visit_link.c.expires_at >= now - GRACE_SECONDS,
    )
    return connection.execute(statement.values(answered=True)).rowcount == 1


def decline_link(connection: Connection, token: str) -> bool:
    """Note that somebody declined with this link; false if that was known. It stays open: minds may change."""
    mine = visit_link.c.link_sha256 == token_digest(token)
    statement = update(visit_link).where(mine, visit_link.c.declined.is_(False))
    return connection.execute(statement.values(declined=True)).rowcount == 1


def count_links(connection: Connection) -> dict[str, LinkCounts]:
    """By the id of each batch, what became of its links; a batch is forgotten 90 days after its links expired."""
    query = select(
        visit_link.c.device_id,
        func.count(),
        func.count().filter(visit_link.c.answered),
        func.count().filter(visit_link.c.declined),
    ).group_by(visit_link.c.device_id)
    return {batch: LinkCounts(*counts) for batch, *counts in connection.execute(query)}
