"""A lease: one worker at a time, over all hosts. Each holder gets a higher fencing number than the one before."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, or_, update

from survey.store.connection import upsert
from survey.store.schema import mirror_lease

# How far apart hosts' clocks are taken to be. A lease that ends later was written by a clock that ran ahead and was put
# right since: nobody may have to wait for that.
CLOCKS_APART: Final = 3_600


@dataclass(frozen=True)
class Lease:
    """A lease that was ours until `expires_at` (seconds since 1970)."""

    name: str
    holder: str
    fence: int
    expires_at: int


def take_lease(connection: Connection, *, name: str, holder: str, now: int, seconds: int) -> Lease | None:
    """Take the lease, or keep it for longer; None while another holder's has not expired."""
    table = mirror_lease
    connection.execute(
        upsert(connection, table).values(name=name, holder="", fence=0, expires_at=0).on_conflict_do_nothing()
    )
    # Keeping it leaves the fencing number; taking it over raises it, in one statement that only one worker can win.
    kept = (
        update(table)
        .where(table.c.name == name, table.c.holder == holder, table.c.expires_at > now)
        .values(expires_at=now + seconds)
        .returning(table.c.fence)
    )
    taken = (
        update(table)
        .where(table.c.name == name, or_(table.c.expires_at <= now, table.c.expires_at > now + seconds + CLOCKS_APART))
        .values(holder=holder, fence=table.c.fence + 1, expires_at=now + seconds)
        .returning(table.c.fence)
    )
    for statement in (kept, taken):
        fence = connection.execute(statement).scalar_one_or_none()
        if fence is not None:
            return Lease(name, holder, fence, now + seconds)
    return None


def holds_lease(connection: Connection, lease: Lease) -> bool:
    """Whether nobody has taken the lease over; locks it until the transaction ends."""
    table = mirror_lease
    touched = connection.execute(
        update(table)
        .where(table.c.name == lease.name, table.c.holder == lease.holder, table.c.fence == lease.fence)
        .values(fence=table.c.fence)
    )
    return touched.rowcount == 1


def release_lease(connection: Connection, holder: str) -> None:
    """Give back what this holder has: another worker may take over at once."""
    table = mirror_lease
    connection.execute(update(table).where(table.c.holder == holder).values(expires_at=0))
