"""Real parts for every test: stores on SQLite and PostgreSQL, and the server as a process of its own."""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from survey.instrument import Catalogue, load_catalogue
from survey.store import Store
from tests.samples import small_roster
from tests.server_process import ServerProcess

if TYPE_CHECKING:
    from tests.sheets_server import LoopbackSheets

# How long an example takes depends on what else the machine does: timings are benchmarks, never tests.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server, without its database's name."""
    from tests.postgresql import PostgresProcess

    server = PostgresProcess()
    yield server.url
    server.stop()


def new_database(postgres: str, name: str, template: str = "") -> str:
    """Makes a database, empty or like a template; returns its address."""
    engine = create_engine(postgres, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else "")))
    engine.dispose()
    return postgres.replace("/postgres?", f"/{name}?")


def fill_template(url: str, catalogue: Catalogue) -> None:
    store = Store(url, catalogue).open()
    small_roster(store)
    store.close()


# To copy a store with the small roster takes a quarter of the time that it takes to make one.
@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, catalogue: Catalogue) -> Path:
    """The file of a closed store with the small roster."""
    path = tmp_path_factory.mktemp("template") / "compati.db"
    fill_template(f"sqlite:///{path}", catalogue)
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str, catalogue: Catalogue) -> str:
    """The name of a database with the small roster."""
    fill_template(new_database(postgres, "compati_template"), catalogue)
    return "compati_template"


@pytest.fixture
def postgres_url(postgres: str, request: pytest.FixtureRequest) -> str:
    """The address of a new database: empty, or with the small roster where the test asks for `store`."""
    template = request.getfixturevalue("postgres_template") if "store" in request.fixturenames else ""
    return new_database(postgres, f"compati_{next(_numbers)}", template)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a new, empty database of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'compati.db'}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def store(store_url: str, catalogue: Catalogue, sqlite_template: Path) -> Iterator[Store]:
    """An open store, on each kind of database in turn, with the small roster."""
    if store_url.startswith("sqlite:///"):
        shutil.copy(sqlite_template, store_url.removeprefix("sqlite:///"))
    store = Store(store_url, catalogue).open()
    yield store
    store.close()


@pytest.fixture
def sqlite_store(tmp_path: Path, catalogue: Catalogue, sqlite_template: Path) -> Iterator[Store]:
    """An open store on SQLite with the small roster, for tests that are not about databases."""
    shutil.copy(sqlite_template, tmp_path / "compati.db")
    store = Store(f"sqlite:///{tmp_path / 'compati.db'}", catalogue).open()
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
