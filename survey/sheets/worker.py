"""The mirror's worker: a thread of the server that does round after round, and knows how it stands."""

import logging
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final, Literal

from survey.settings import Settings
from survey.sheets.client import AccessLostError, MirrorError, SheetsClient, SheetsConnection
from survey.sheets.layout import Cell
from survey.sheets.mirror import Mirror
from survey.sheets.repair import MisalignedError
from survey.sheets.turn import LeaseLostError
from survey.store import Store, StoreError
from survey.store.outbox import read_lag
from survey.store.reading import tallies_revision

log = logging.getLogger(__name__)

State = Literal["off", "running", "waiting", "misaligned", "no access", "trouble"]
Summary = Callable[[], list[list[Cell]]]
NOTHING_DUE_SECONDS: Final = 2
TROUBLE_SECONDS: Final = 30
SUMMARY_SECONDS: Final = 15 * 60
INSPECT_SECONDS: Final = 60 * 60
# Building a round's request takes a tenth of a second of the interpreter that answers patients. While so many answers a
# second come in, rounds are this far apart at most: a patient waits for the answer, nobody for the sheet.
POURING_A_SECOND: Final = 100
GIVE_WAY_SECONDS: Final = 10
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
    return SheetsConnection(
        sheets.spreadsheet,
        settings.gcp_service_account,
        sheets.api_base,
        sheets.timeout_seconds,
        sheets.further,
        sheets.share_with,
    )


class MirrorWorker:
    """Runs the mirror of a store while the server lives; without a spreadsheet in the settings it is off.

    `summary` gives the lines of the summary tab. With `responses` False only that tab is written.
    """

    def __init__(
        self,
        store: Store,
        connection: SheetsConnection | None,
        *,
        summary: Summary | None = None,
        responses: bool = True,
    ) -> None:
        self._store = store
        self._connection = connection
        self._summary = summary
        self._responses = responses
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._holder = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._state: State = "off" if connection is None else "running"
        self._last_success: float | None = None
        self._last_error = ""
        self._summarised: tuple[float, int] | None = None
        self._inspected = time.monotonic()
        self._seen = time.monotonic(), 0

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

    @property
    def connection(self) -> SheetsConnection | None:
        """The spreadsheet, or None when the mirror is off."""
        return self._connection

    def health(self) -> dict[str, Any]:
        """How the mirror stands, for `/healthz`: state, lag, last success, last error in plain words."""
        with self._store.reading() as connection:
            lag = read_lag(connection, int(time.time()))
        return {
            "state": self._state,
            "lag_rows": lag.rows if self._responses else 0,
            "lag_seconds": lag.seconds if self._responses else 0,
            "refused_rows": lag.refused,
            "last_success": self._last_success,
            "last_error": self._last_error,
        }

    def _run(self) -> None:
        mirror: Mirror | None = None
        while not self._stopping.is_set():
            try:
                mirror = mirror or self._open()
                self._give_way()
                written = mirror.round() if self._responses else 0
                if not written:
                    self._do_when_idle(mirror)
            except Exception as error:
                pause = self._trouble(error)
            else:
                self._state, self._last_error, self._last_success = "running", "", time.time()
                pause = 0 if written else NOTHING_DUE_SECONDS
            self._stopping.wait(pause)
        self._release(mirror)

    def _open(self) -> Mirror:
        assert self._connection is not None  # noqa: S101  the thread is started only with one
        return Mirror(self._store, SheetsClient(self._connection, wait=self._pause), self._holder)

    def _give_way(self) -> None:
        """While answers pour in, wait for a quieter moment, but not for long."""
        deadline = time.monotonic() + GIVE_WAY_SECONDS
        while self._answers_a_second() > POURING_A_SECOND and time.monotonic() < deadline:
            self._pause(1)

    def _answers_a_second(self) -> float:
        """How many came in since it was last asked."""
        since, before = self._seen
        self._seen = time.monotonic(), self._store.answers_taken
        return (self._seen[1] - before) / max(self._seen[0] - since, 0.1)

    def _do_when_idle(self, mirror: Mirror) -> None:
        """Write the summary when its numbers have changed, look the tabs over now and then, let others have a turn."""
        now = time.monotonic()
        if self._summary is not None and (self._summarised is None or now - self._summarised[0] > SUMMARY_SECONDS):
            with self._store.reading() as connection:
                revision = tallies_revision(connection)
            if self._summarised is None or revision != self._summarised[1]:
                mirror.summarise(self._summary())
            self._summarised = now, revision
        if self._responses and now - self._inspected > INSPECT_SECONDS:
            mirror.inspect()
            self._inspected = now
        mirror.turn.end()

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

    def _release(self, mirror: Mirror | None) -> None:
        try:
            if mirror is not None:
                mirror.turn.end()
        except StoreError:
            log.info("The mirror's lease was not given back; it expires by itself.")


def open_mirror(store: Store, connection: SheetsConnection, *, wait_seconds: float = 0) -> Mirror:
    """A mirror for a command, after waiting so long for a worker that is at it; raises LeaseLostError after that."""
    mirror = Mirror(store, SheetsClient(connection, wait=time.sleep), f"command:{socket.gethostname()}:{os.getpid()}")
    deadline = time.monotonic() + wait_seconds
    while True:
        try:
            mirror.turn.begin()
            return mirror
        except LeaseLostError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def sync(store: Store, connection: SheetsConnection) -> int:
    """Mirror what is due, now, and return how many rows were written; raises MirrorError when it cannot go on."""
    mirror = open_mirror(store, connection)
    total = 0
    try:
        while written := mirror.round():
            total += written
    finally:
        mirror.turn.end()
    return total
