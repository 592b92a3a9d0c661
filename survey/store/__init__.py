"""The store: where a response is committed together with its place in the mirror and its tallies' change."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager

from sqlalchemy import URL, Connection, select

from survey.instrument import Catalogue, Instrument
from survey.response import Place, Response
from survey.store.committer import Committer, Outcome, Submission
from survey.store.connection import (
    StoreError,
    StoreUnavailableError,
    open_engine,
    read_transaction,
    require_durable,
    write_transaction,
)
from survey.store.cube import TallyCube
from survey.store.kiosks import Kiosk, KioskFinder
from survey.store.migrations import upgrade
from survey.store.places import PlaceFinder
from survey.store.reading import demo_seed
from survey.store.rebuild import rebuild_tallies, tallies_are_current
from survey.store.schema import instrument_part
from survey.store.writer import Writer
from survey.store.writer_process import WriterProcess

__all__ = ["FrozenInstrumentError", "Outcome", "Store", "StoreError", "StoreUnavailableError"]


class FrozenInstrumentError(StoreError):
    """An instrument's file was changed or removed although answers were collected with it."""


class Store:
    """One database, SQLite or PostgreSQL. `open` it before use and `close` it at the end.

    Reads and writes of the roster, devices and mirror go through `reading()` and `writing()` with the functions of
    this package; responses go through `submit` or `take` only. Between `start_process` and `stop_process`, as the
    server has it, a process of its own commits what is taken.
    """

    def __init__(self, url: str | URL, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.engine = open_engine(url)
        self._writer = Writer(Committer(self.engine, catalogue))
        self._process: WriterProcess | None = None
        self._places = PlaceFinder(self.engine)
        self._kiosks = KioskFinder(self.engine)
        self._cubes: dict[tuple[str, str], TallyCube] = {}

    def open(self) -> "Store":
        """Prepare and start."""
        self.prepare()
        return self.start()

    def prepare(self) -> None:
        """Bring the schema up to date and hold the database and the instruments to their word."""
        with self.reading() as connection:
            require_durable(connection)
        upgrade(self.engine)
        with self.reading() as connection:
            check_frozen(connection, self.catalogue)
            current = tallies_are_current(connection)
        if not current:
            with self.writing() as connection:
                rebuild_tallies(connection, self.catalogue)

    def start(self) -> "Store":
        """Start the writer of a prepared store."""
        self._writer.start()
        return self

    async def start_process(self) -> None:
        """Have what is taken from now on committed by a process of its own; raises StoreError if it does not start."""
        process = WriterProcess(self.engine.url, self.catalogue)
        await process.start()
        self._process = process

    async def stop_process(self) -> None:
        """Commit what was taken and end the process."""
        if self._process is not None:
            await self._process.stop()

    def close(self) -> None:
        """Commit what is queued and let go of the database."""
        self._writer.stop()
        self._places.close()
        self._kiosks.close()
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reading."""
        with read_transaction(self.engine) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction, on disk when the block ends and rolled back when it raises."""
        with write_transaction(self.engine) as connection:
            yield connection

    def find_place(self, token: str, clinician_id: str | None) -> Place | None:
        """Where the device or link with this token stands, and whether this clinician can be named there.

        On an embedded store for one thread at a time.
        """
        return self._places.find(token, clinician_id)

    def find_kiosk(self, token: str, now: int) -> Kiosk | None:
        """What the device or link with this token is told; raises LinkGoneError for a link used or expired by `now`.

        On an embedded store for one thread at a time.
        """
        return self._kiosks.find(token, now)

    def submit(self, response: Response, payload: str, link: str | None = None) -> "Future[Outcome]":
        """Queue a validated response; the future ends once it is on disk, or with StoreUnavailableError.

        `link` is the hash of the single-use link it came by.
        """
        return self._writer.submit(Submission(response, payload, link))

    async def take(self, response: Response, payload: str, link: str | None = None) -> Outcome:
        """The same for an event loop: what became of the response, once it is on disk; raises StoreUnavailableError.

        Who stops waiting takes nothing back.
        """
        if self._process is not None:
            return await self._process.submit(Submission(response, payload, link))
        return await asyncio.shield(asyncio.wrap_future(self.submit(response, payload, link)))

    def cube(self, connection: Connection, instrument: Instrument) -> TallyCube:
        """The instrument's tallies in memory, as they are in the store now."""
        cube = self._cubes.setdefault(instrument.key, TallyCube(instrument))
        cube.refresh(connection)
        return cube

    @property
    def is_embedded(self) -> bool:
        """Whether the database is a file of this host, which never lets a reader wait."""
        return self.engine.dialect.name == "sqlite"

    @property
    def queue_depth(self) -> int:
        """Responses waiting for their commit."""
        return self._process.depth if self._process is not None else self._writer.depth

    @property
    def answers_taken(self) -> int:
        """Responses that came in through this store object since it was started, whatever became of them."""
        return self._process.taken if self._process is not None else self._writer.taken

    def is_demo(self) -> bool:
        """Whether this store holds synthetic data only."""
        with self.reading() as connection:
            return demo_seed(connection) is not None


def check_frozen(connection: Connection, catalogue: Catalogue) -> None:
    """Raise FrozenInstrumentError if an instrument that has answers differs from when they were collected."""
    rows = connection.execute(select(instrument_part).order_by(*instrument_part.primary_key))
    for row in rows:
        instrument = catalogue.get(row.instrument, row.version)
        name = f"{row.instrument} {row.version}"
        if instrument is None:
            raise FrozenInstrumentError(f"Answers to {name} are stored but its file is gone: put it back.")
        if instrument.fingerprints().get(row.part) != row.fingerprint:
            raise FrozenInstrumentError(
                f"Instrument {name} was changed ({row.part}) after it collected answers: "
                "put the file back as it was and give the change a new version."
            )
