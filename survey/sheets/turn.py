"""A worker's turn: the lease that lets one worker at a time write, over all hosts."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from survey.sheets.client import MirrorError
from survey.sheets.limits import REQUEST_SECONDS
from survey.store import Store
from survey.store.lease import Lease, holds_lease, release_lease, take_lease

LEASE: Final = "mirror"
LEASE_SECONDS: Final = 300


class LeaseLostError(MirrorError):
    """Another worker has taken over."""


@dataclass
class Turn:
    """The lease as one worker holds it; `holder` names the worker.

    `timeout_seconds` is how long a request may take before it is given up. `clock` tells the time that hosts share;
    `steady` is never put back, so that a worker whose clock was does not think that its lease still runs.
    """

    store: Store
    holder: str
    timeout_seconds: float
    clock: Callable[[], float] = time.time
    seconds: int = LEASE_SECONDS
    steady: Callable[[], float] = time.monotonic
    _lease: Lease | None = None
    _taken_at: float = 0.0

    def begin(self) -> bool:
        """Take the lease or keep it for longer; True when it was not ours before.

        Raises LeaseLostError while another worker has it.
        """
        before, self._lease = self._lease, self._take()
        return before is None or before.fence != self._lease.fence

    def hold(self) -> None:
        """Before each request: the lease must outlast it. Whoever took over must not be written over later."""
        lease = self._lease
        if lease is None:
            return
        needed = max(self.timeout_seconds, min(REQUEST_SECONDS, self.seconds / 2))
        gone = self.steady() - self._taken_at
        if self.clock() + needed < lease.expires_at and gone + needed < self._lasts:
            return
        self._lease = self._take()
        if self._lease.fence != lease.fence:
            raise LeaseLostError("Another worker had the mirror in the meantime.")

    @contextmanager
    def noting(self) -> Iterator[Connection]:
        """A transaction that commits only if nobody has taken over; raises LeaseLostError otherwise."""
        with self.store.writing() as connection:
            if self._lease is None or not holds_lease(connection, self._lease):
                raise LeaseLostError("Another worker has taken over the mirror.")
            yield connection

    def end(self) -> None:
        """Give the lease back, so that another worker may begin at once."""
        if self._lease is not None:
            self._lease = None
            with self.store.writing() as connection:
                release_lease(connection, self.holder)

    @property
    def _lasts(self) -> int:
        return max(self.seconds, int(2 * self.timeout_seconds))

    def _take(self) -> Lease:
        # Counted from before it is written: for others it may begin later, never earlier.
        now, self._taken_at = int(self.clock()), self.steady()
        with self.store.writing() as connection:
            lease = take_lease(connection, name=LEASE, holder=self.holder, now=now, seconds=self._lasts)
        if lease is None:
            raise LeaseLostError("Another worker has the mirror.")
        return lease
