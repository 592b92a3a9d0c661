import pytest

from survey.sheets.client import SheetsClient, SheetsConnection
from survey.sheets.mirror import Mirror
from tests.sheets_server import LoopbackSheets


@pytest.fixture
def sheets(loopback) -> LoopbackSheets:
    """The loopback Sheets server."""
    return loopback


@pytest.fixture
def connection(sheets) -> SheetsConnection:
    return SheetsConnection("book-1", api_base=sheets.url, timeout_seconds=30)


@pytest.fixture
def waits() -> list[float]:
    """How long the client would have waited between attempts; it does not wait in tests."""
    return []


@pytest.fixture
def client(connection, waits) -> SheetsClient:
    return SheetsClient(connection, wait=waits.append, pace_seconds=0)


@pytest.fixture
def mirror(store, client) -> Mirror:
    return Mirror(store, client, "worker-1")
