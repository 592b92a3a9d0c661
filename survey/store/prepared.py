"""Statements that every answer runs, prepared once and given to the driver as they are.

Putting a statement together and following it through SQLAlchemy costs several times what it takes an embedded database
to run it. What is prepared here is written with SQLAlchemy, once for both databases; only the running is short.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, Dialect, Engine, PoolProxiedConnection, Select, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ClauseElement
from sqlalchemy.types import TypeEngine

from survey.store.connection import StoreError, StoreUnavailableError, told_apart

_KEYS_AT_ONCE: Final = 256
_NOTHING: Final[Mapping[str, Any]] = {}
_Converter = Callable[[Any], Any] | None


class Prepared:
    """A statement with bound parameters, run within the caller's transaction. Errors are SQLAlchemy's."""

    def __init__(self, statement: ClauseElement | Callable[[Dialect], ClauseElement]) -> None:
        """`statement` may be a function of the dialect, for what the databases say differently."""
        self._statement = statement
        self._prepared: dict[str, _ForDriver] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run it once with each of these parameters."""
        if rows:
            found = self.for_driver(connection.dialect)
            _execute(connection, found.sql, [found.parameters(row) for row in rows], many=True)

    def rows(self, connection: Connection, parameters: Mapping[str, Any] = _NOTHING) -> list[tuple[Any, ...]]:
        """Run it once; the rows that it gives."""
        found = self.for_driver(connection.dialect)
        return found.results(_execute(connection, found.sql, found.parameters(parameters)))

    def for_driver(self, dialect: Dialect) -> "_ForDriver":
        """The statement as this dialect's driver takes it."""
        found = self._prepared.get(dialect.name)
        if found is None:
            statement = self._statement(dialect) if callable(self._statement) else self._statement
            found = self._prepared[dialect.name] = _ForDriver(statement, dialect)
        return found


class PreparedLookup:
    """A SELECT of what stands under some keys. `select` makes it from the keys' parameters, of the type `kind`."""

    def __init__(self, select: Callable[[Sequence[BindParameter[Any]]], ClauseElement], kind: TypeEngine[Any]) -> None:
        self._select = select
        self._kind = kind
        self._of = cache(self._prepare)

    def rows(self, connection: Connection, keys: Sequence[Any]) -> list[tuple[Any, ...]]:
        """What is found now, in no order."""
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(keys), _KEYS_AT_ONCE):
            some = list(keys[start : start + _KEYS_AT_ONCE])
            # Filled up with a key that is asked for anyway: few statements, which the driver keeps.
            places = 1 << (len(some) - 1).bit_length()
            filled = some + some[-1:] * (places - len(some))
            named = {f"key_{place}": key for place, key in enumerate(filled)}
            found += self._of(places).rows(connection, named)
        return found

    def _prepare(self, places: int) -> Prepared:
        return Prepared(self._select([bindparam(f"key_{place}", type_=self._kind) for place in range(places)]))


class PreparedRead:
    """A SELECT that every request runs, from one thread at a time.

    One statement sees one state of the store without a transaction around it. On an embedded database it has a
    connection that is kept: 15 µs, where SQLAlchemy and its transaction cost 350.
    """

    def __init__(self, engine: Engine, statement: Select[Any]) -> None:
        self._engine = engine
        self._prepared = Prepared(statement)
        self._kept: PoolProxiedConnection | None = None

    def rows(self, **parameters: Any) -> list[tuple[Any, ...]]:
        """Every row that the statement finds now; raises StoreUnavailableError when out of reach."""
        if self._engine.dialect.name != "sqlite":
            with told_apart(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                return self._prepared.rows(connection, parameters)
        try:
            self._kept = self._kept or self._engine.raw_connection()
            driver: Any = self._kept.dbapi_connection
            found = self._prepared.for_driver(self._engine.dialect)
            return found.results(driver.execute(found.sql, found.parameters(parameters)).fetchall())
        except sqlite3.Error as error:
            self.close()
            if isinstance(error, sqlite3.OperationalError | sqlite3.InterfaceError):
                raise StoreUnavailableError(f"The store is out of reach: {error}.") from error
            if type(error) is sqlite3.DatabaseError:
                raise StoreError(f"The store's file cannot be used: {error}. Put back a backup.") from error
            raise

    def close(self) -> None:
        """Let go of the kept connection; the next read opens another."""
        if self._kept is not None:
            self._kept.invalidate()
            self._kept = None


class _ForDriver:
    """A statement as the driver takes it: its text, and how values go in and come out."""

    def __init__(self, statement: ClauseElement, dialect: Dialect) -> None:
        compiled: Any = statement.compile(dialect=dialect)
        self.sql = str(compiled)
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        # What the statement itself holds, such as the 1 of "revision + 1".
        self._held = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._names: list[str] = list(compiled.positiontup if compiled.positional else binds)
        self._is_positional: bool = compiled.positional
        converters = [binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in self._names]
        self._converters = {place: each for place, each in enumerate(converters) if each is not None}
        columns: Any = getattr(statement, "exported_columns", ())
        self._out: list[_Converter] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]

    def parameters(self, row: Mapping[str, Any]) -> Any:
        if self._held:
            row = {**self._held, **row}
        values = [row[name] for name in self._names]
        for place, convert in self._converters.items():
            if values[place] is not None:
                values[place] = convert(values[place])
        return values if self._is_positional else dict(zip(self._names, values, strict=True))

    def results(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        if not any(self._out):
            return rows
        return [
            tuple(
                value if convert is None or value is None else convert(value)
                for value, convert in zip(row, self._out, strict=True)
            )
            for row in rows
        ]


def _execute(connection: Connection, sql: str, parameters: Any, *, many: bool = False) -> list[tuple[Any, ...]]:
    dialect = connection.dialect
    driver: Any = dialect.loaded_dbapi
    proxied = connection.connection
    cursor = proxied.cursor()
    try:
        if many:
            cursor.executemany(sql, parameters)
            return []
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
    except driver.Error as error:
        gone = dialect.is_disconnect(error, proxied.dbapi_connection, cursor)
        if gone:
            connection.invalidate(error)
        raise DBAPIError.instance(
            sql, None, error, driver.Error, connection_invalidated=gone, dialect=dialect
        ) from error
    finally:
        cursor.close()
