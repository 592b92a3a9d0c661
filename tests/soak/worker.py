"""A mirror's worker in a process of its own, which may kill itself at a step of a round.

Steps are: before a request, after its answer, and before a commit that writes; the lease, the look, the write and the
ledger are among them. Waits are cut short, so that hours of backoff pass in seconds.
"""

import os
import signal
import time

from sqlalchemy import event

from survey.instrument import load_catalogue
from survey.sheets import mirror as mirror_module
from survey.sheets.client import MirrorError, SheetsClient, SheetsConnection
from survey.sheets.mirror import Mirror
from survey.store import Store, StoreError

LEASE_SECONDS = 2
TIMEOUT_SECONDS = 1.5
SHORT = 0.02
INSPECT_SECONDS = 2  # the hourly look
ROWS = 200  # a round, so that there are more of them


class Steps:
    """Counts steps, and dies at one of them; 0 is never."""

    def __init__(self, die_at: int) -> None:
        self._left = die_at

    def __call__(self, *_arguments: object, **_options: object) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def work(store_url: str, sheets_url: str, holder: str, die_at: int) -> None:
    """Mirror for ever, or until it kills itself."""
    mirror_module.ROWS_PER_ROUND = ROWS
    step = Steps(die_at)
    store = Store(store_url, load_catalogue()).open()
    event.listen(store.engine, "commit", lambda done: done.get_execution_options().get("writing") and step())
    connection = SheetsConnection(
        "book-1", api_base=sheets_url, timeout_seconds=TIMEOUT_SECONDS, further=("book-2", "book-3")
    )
    client = SheetsClient(connection, wait=lambda seconds: time.sleep(min(seconds, SHORT)), pace_seconds=0)
    mirror = Mirror(store, client, holder, lease_seconds=LEASE_SECONDS)
    hold = client.before_request

    def before() -> None:
        step()
        hold()

    client.before_request = before
    client._http.session.hooks["response"].append(step)
    inspected = time.monotonic()
    while True:
        try:
            if not mirror.round():
                if time.monotonic() - inspected > INSPECT_SECONDS:
                    mirror.inspect()
                    inspected = time.monotonic()
                mirror.turn.end()
                time.sleep(SHORT)
        except (MirrorError, StoreError):
            time.sleep(SHORT)
