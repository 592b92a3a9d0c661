"""The mirror's worker: a thread of the server that does round after round, and knows how it stands."""

import logging
import os
import secrets
import socket
import threading
import time
from typing import Any, Final, Literal

from survey.settings import Settings
from survey.sheets.client import AccessLostError, MirrorError, SheetsClient, SheetsConnection
from survey.sheets.limits import ROUND_SECONDS
from survey.sheets.mirror import LeaseLostError, Mirror, MisalignedError
from survey.store import Store, StoreError
from survey.store.lease import release_lease
from survey.store.outbox import read_lag

log = logging.getLogger(__name__)

State = Literal["off", "running", "waiting", "misaligned", "no access", "trouble"]
NOTHING_DUE_SECONDS: Final = 2
TROUBLE_SECONDS: Final = 30
_STATES: Final[tuple[tuple[type[Exception], State], ...]] = (
    (LeaseLostError, "waiting"),
    (MisalignedError, "misaligned"),
    (AccessLostError, "no access"),
)


def connection_of(settings: Settings) -> SheetsConnection | None:
    """The spreadsheet that the settings name, or None when there is none."""
    if settings.sheets is None:
        return None
    sheets = settings.sheets
    return SheetsConnection(sheets.spreadsheet, settings.gcp_service_account, sheets.api_base, sheets.timeout_seconds)


class MirrorWorker:
    """Runs the mirror of a store while the server lives; without a spreadsheet in the settings it is off."""

    def __init__(self, store: Store, connection: SheetsConnection | None) -> None:
        self._store = store
        self._connection = connection
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._state: State = "off" if connection is None else "running"
        self._last_success: float | None = None
        self._last_error = ""

    def start(self) -> None:
        """Start the thread, if there is a spreadsheet."""
        if self._connection is not None:
            self._thread = threading.Thread(target=self._run, name="mirror", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End after the request under way; whoever comes next may begin at once."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def health(self) -> dict[str, Any]:
        """How the mirror stands, for `/healthz`: state, lag, last success, last error in plain words."""
        with self._store.reading() as connection:
            lag = read_lag(connection, int(time.time()))
        return {
            "state": self._state,
            "lag_rows": lag.rows,
            "lag_seconds": lag.seconds,
            "last_success": self._last_success,
            "last_error": self._last_error,
        }

    def _run(self) -> None:
        mirror: Mirror | None = None
        while not self._stopping.is_set():
            try:
                mirror = mirror or self._open()
                written = mirror.round()
            except Exception as error:
                pause = self._trouble(error)
            else:
                self._state, self._last_error, self._last_success = "running", "", time.time()
                pause = ROUND_SECONDS if written else NOTHING_DUE_SECONDS
            self._stopping.wait(pause)
        self._release()

    def _open(self) -> Mirror:
        assert self._connection is not None  # noqa: S101  the thread is started only with one
        return Mirror(self._store, SheetsClient(self._connection, wait=self._pause), self._holder)

    def _pause(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise MirrorError("The server is stopping.")

    def _trouble(self, error: Exception) -> float:
        if not isinstance(error, MirrorError | StoreError):
            log.exception("The mirror met an error it does not know")
        self._state = next((state for kind, state in _STATES if isinstance(error, kind)), "trouble")
        if str(error) != self._last_error:
            log.warning("The mirror is held up: %s", error)
        self._last_error = str(error)
        return NOTHING_DUE_SECONDS if isinstance(error, LeaseLostError) else TROUBLE_SECONDS

    def _release(self) -> None:
        try:
            with self._store.writing() as connection:
                release_lease(connection, self._holder)
        except StoreError:
            log.info("The mirror's lease was not given back; it expires by itself.")


def sync(store: Store, connection: SheetsConnection) -> int:
    """Mirror what is due, now, and return how many rows were written; raises MirrorError when it cannot go on."""
    holder = f"sync:{socket.gethostname()}:{os.getpid()}"
    mirror = Mirror(store, SheetsClient(connection, wait=time.sleep), holder)
    total = 0
    try:
        while written := mirror.round():
            total += written
            time.sleep(ROUND_SECONDS)
    finally:
        with store.writing() as transaction:
            release_lease(transaction, holder)
    return total
