"""Replacing what an embedded store holds by a backup, while no other process can have it open.

The new content is prepared in a file beside it and then copied into the store's own file in one SQLite transaction: a
crash leaves either the old content or the new, and a server that starts meanwhile waits instead of writing to a file
that was moved away.
"""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select, update

from survey.store.backup import copy_database, new_file_beside, put_in_place, require_whole
from survey.store.connection import StoreError
from survey.store.erasure import Erasure
from survey.store.schema import audit, device, mirror_lease, mirror_part

# Where SQLite puts the locks of whoever has a database open.
_FIRST_LOCK: Final = 0x40000000
_LOCKS: Final = 512
_WHAT_COUNTS: Final = ("response", "erasure", "program", "staff", "device", "decline", "outbox")
_BESIDE: Final = ("-wal", "-shm", "-journal")
# Above what a part can have been repaired since any backup: a mark of a repair must not be one that was used.
_REPAIRS_AHEAD: Final = 1_000
_DATABASE_BUSY: Final = "is in use: stop the server and whatever else has it open, then restore."


@dataclass(frozen=True)
class Place:
    """The place of a store, held against every other process.

    database: what is there, or None where nothing is or where it cannot be read (`is_damaged`).
    """

    path: Path
    database: sqlite3.Connection | None
    is_damaged: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing was ever kept here."""
        return not self.is_damaged and not any(_rows(self.database, name, "1", limit=1) for name in _WHAT_COUNTS)


@contextmanager
def hold_place(path: Path) -> Iterator[Place]:
    """Keep everybody else out of a store while the block runs; raises StoreError while somebody has it open."""
    if not path.exists():
        yield Place(path, None)
        return
    with path.open("rb+") as file:
        try:
            # A server holds a shared lock on its database for as long as it runs, also while it does nothing.
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, _LOCKS, _FIRST_LOCK)
        except OSError as error:
            raise StoreError(f"The store {path} {_DATABASE_BUSY}") from error
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as database:
        try:
            database.execute("PRAGMA journal_mode=DELETE")
            database.execute("PRAGMA synchronous=EXTRA")
            database.execute("PRAGMA locking_mode=EXCLUSIVE")
            # In this locking mode the lock stays after the commit, until the database is closed.
            database.execute("BEGIN EXCLUSIVE")
            database.execute("COMMIT")
            require_whole(database, path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise StoreError(f"The store {path} {_DATABASE_BUSY}") from error
            raise StoreError(f"The store {path} cannot be opened: {error}.") from error
        except (sqlite3.DatabaseError, StoreError):
            yield Place(path, None, is_damaged=True)
            return
        yield Place(path, database)


def replace_content(place: Place, prepared: Path, now: datetime) -> Path | None:
    """Put a prepared database in place; returns where what was there before is kept, if there was anything."""
    _seal(prepared)
    aside = place.path.with_name(f"{place.path.name}.replaced-{now:%Y%m%dT%H%M%SZ}")
    if place.database is None:
        kept = _move_aside(place.path, aside)
        put_in_place(prepared, place.path)
        return kept
    kept = None
    if not place.is_empty:
        with new_file_beside(aside) as copy:
            with closing(sqlite3.connect(copy, isolation_level=None)) as target:
                copy_database(place.database, target)
            put_in_place(copy, aside)
        kept = aside
    with closing(sqlite3.connect(prepared, isolation_level=None)) as source:
        # All pages in one step, which is one transaction of the target.
        source.backup(place.database)
    return kept


def _seal(prepared: Path) -> None:
    """Have everything in the one file, so that it can be copied or linked."""
    with closing(sqlite3.connect(prepared, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=DELETE")
        require_whole(database, prepared)


def _move_aside(path: Path, aside: Path) -> Path | None:
    # A log that is left beside would be played into the restored database.
    found = [suffix for suffix in ("", *_BESIDE) if path.with_name(path.name + suffix).exists()]
    for suffix in found:
        path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return aside if found else None


def erasures_of(place: Place) -> list[Erasure]:
    """The erasures that the store in this place knows of."""
    rows = _rows(place.database, "erasure", "response_id, payload_sha256, erased_at")
    return [Erasure(UUID(which), digest, at) for which, digest, at in rows]


def carry_over(connection: Connection, place: Place) -> int:
    """Take over what must not be undone by a backup: revocations of devices and the audit log; returns revocations."""
    revoked = 0
    for which, at in _rows(place.database, "device", "id, revoked_at"):
        if at is not None:
            open_one = (device.c.id == which, device.c.revoked_at.is_(None))
            revoked += connection.execute(update(device).where(*open_one).values(revoked_at=at)).rowcount
    columns = ("id", "at", "actor", "action", "subject", "detail")
    known = {tuple(row) for row in connection.execute(select(*(audit.c[name] for name in columns)))}
    entries = [row for row in _rows(place.database, "audit", ", ".join(columns)) if row not in known]
    if entries:
        connection.execute(insert(audit), [dict(zip(columns[1:], row[1:], strict=True)) for row in entries])
    return revoked


def part_with_past(connection: Connection) -> None:
    """Forget who held the mirror's lease, and number repairs so that none takes a number that was used already."""
    connection.execute(delete(mirror_lease))
    connection.execute(update(mirror_part).values(repairs=mirror_part.c.repairs + _REPAIRS_AHEAD))


def _rows(database: sqlite3.Connection | None, table: str, columns: str, limit: int = -1) -> list[tuple[Any, ...]]:
    """Rows of a table; none where the store is of a version that did not have it."""
    if (
        database is None
        or not database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone()
    ):
        return []
    return database.execute(f"SELECT {columns} FROM {table} LIMIT {limit}").fetchall()  # noqa: S608  our own names
