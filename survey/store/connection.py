"""Opening a database the way this store needs it, SQLite or PostgreSQL, and telling its failures apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import URL, Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

BUSY_SECONDS = 10
# A host that vanished without a word is given up after these, instead of after the system's two hours.
_POSTGRESQL_OPTIONS: Final = {
    "connect_timeout": BUSY_SECONDS,
    "client_encoding": "utf8",
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 1_000 * BUSY_SECONDS,
}
_SQLITE_PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    # 8 MB a connection hold what a commit touches; the rest the system caches once for all. 64 MB gained nothing.
    "cache_size=-8192",
    # The log goes into the database after 32 MB, not SQLite's 4: under load that was each twelfth commit, which took
    # four times as long in a store of 40,000 answers.
    "wal_autocheckpoint=8000",
)

_turns: Final[WeakKeyDictionary[Engine, Lock]] = WeakKeyDictionary()


class StoreError(Exception):
    """The store cannot be used as asked; the sentence says what to do."""


class StoreUnavailableError(StoreError):
    """The database is out of reach for now: nothing was stored, try again later."""


def open_engine(url: str | URL) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://…`; raises StoreError for anything else."""
    try:
        parsed = make_url(url)
        if parsed.drivername == "sqlite":
            # A database in memory would be gone with the process, answers and all.
            if parsed.query or not parsed.database or parsed.database.startswith((":memory:", "file:")):
                raise StoreError("DATABASE_URL must name a file: sqlite:////path/to/compati.db, without options.")
            Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(
                parsed, max_overflow=-1, connect_args={"check_same_thread": False, "timeout": BUSY_SECONDS}
            )
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        if parsed.drivername == "postgresql+psycopg":
            engine = create_engine(parsed, pool_pre_ping=True, connect_args=_POSTGRESQL_OPTIONS)
            event.listen(engine, "connect", _prepare_postgresql)
            return engine
    except ModuleNotFoundError as error:
        raise StoreError(f"{error.name} is not installed: pip install -r requirements-postgres.txt.") from error
    except (ArgumentError, ValueError, OSError) as error:
        raise StoreError(f"DATABASE_URL cannot be used: {error}.") from error
    raise StoreError(f"DATABASE_URL names {parsed.drivername}: use sqlite or postgresql+psycopg.")


def embedded_path(url: str | URL) -> Path | None:
    """The file of an embedded store, or None where it is a PostgreSQL; raises StoreError as `open_engine` does."""
    engine = open_engine(url)
    engine.dispose()
    return Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: `_begin_sqlite` does, so that a writer locks at once.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        # A commit that is only in memory is no commit to a patient's answer; a stronger setting is left as it is.
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false),"
            " set_config('synchronous_commit', replace(current_setting('synchronous_commit'), 'off', 'on'), false)",
            (f"{BUSY_SECONDS}s",),
        )
    connection.commit()


def require_durable(connection: Connection) -> None:
    """Raise StoreError if the database would lose or mangle what it says it has stored."""
    if connection.dialect.name != "postgresql":
        return
    for setting, wanted in (("fsync", "on"), ("server_encoding", "UTF8")):
        found = connection.exec_driver_sql(f"SHOW {setting}").scalar_one()
        if found != wanted:
            raise StoreError(f"PostgreSQL runs with {setting} = {found}: Compati needs {setting} = {wanted}.")


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """A connection whose reads see one state of the store; raises StoreUnavailableError when out of reach."""
    # SQLite's reads see one state by themselves, PostgreSQL's only if asked to.
    options = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    with told_apart(), engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """A transaction, committed and on disk when the block ends; raises StoreUnavailableError when out of reach."""
    with (
        _one_writer(engine),
        told_apart(),
        engine.connect().execution_options(writing=True) as connection,
        connection.begin(),
    ):
        yield connection


class KeptWriter:
    """Write transactions one after the other, for one thread at a time, on an embedded store's kept connection.

    A connection of its own for each costs a third of a millisecond. After a failure the next one has a new connection.
    One to PostgreSQL is taken from the pool each time, which sees whether it still stands before anything is sent.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: Connection | None = None

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The same as `write_transaction`."""
        if self._engine.dialect.name != "sqlite":
            with write_transaction(self._engine) as connection:
                yield connection
            return
        with _one_writer(self._engine), told_apart():
            try:
                self._kept = self._kept or self._engine.connect().execution_options(writing=True)
                with self._kept.begin():
                    yield self._kept
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Let go of the connection."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()


@contextmanager
def _one_writer(engine: Engine) -> Iterator[None]:
    """An embedded database lets one writer in at a time, and others look again after longer and longer naps.

    The threads of this process wait for each other here instead: the next one begins at once.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    turn = _turns.setdefault(engine, Lock())
    if not turn.acquire(timeout=BUSY_SECONDS):
        raise StoreUnavailableError("The store is busy: another writer takes too long.")
    try:
        yield
    finally:
        turn.release()


@contextmanager
def told_apart() -> Iterator[None]:
    """Turn a database's failures within the block into StoreUnavailableError and StoreError."""
    try:
        yield
    except PoolTimeoutError as error:
        raise StoreUnavailableError("The store is busy: no connection became free.") from error
    except DBAPIError as error:
        if error.connection_invalidated or isinstance(error, OperationalError | InterfaceError | InternalError):
            raise StoreUnavailableError(f"The store is out of reach: {error.orig}.") from error
        if type(error) is DatabaseError:
            raise StoreError(f"The store's file cannot be used: {error.orig}. Put back a backup.") from error
        raise


def keep_writers_out(connection: Connection, table: Table) -> None:
    """Wait for those who write to this table, then keep them out until the transaction ends; reads go on.

    An embedded database has one writer at a time anyway.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"LOCK TABLE {table.name} IN EXCLUSIVE MODE")


def overwrite_deleted(connection: Connection) -> None:
    """Overwrite what this connection deletes; or it would stay in unused pages of an embedded store and its backups."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that knows `on_conflict_do_…`, in the connection's dialect."""
    return insert_of(connection.dialect.name, table)


def insert_of(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same by the dialect's name, for statements that are prepared once."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
