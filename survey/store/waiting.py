"""Waiting for a read without waiting for ever: what the routes do while the database thinks."""

from collections.abc import Callable
from typing import TypeVar

import anyio

from survey.store.connection import StoreUnavailableError

READ_SECONDS = 10
_T = TypeVar("_T")


async def read_in_thread(work: Callable[[], _T], limiter: anyio.CapacityLimiter | None = None) -> _T:
    """Do a read in a thread; raises StoreUnavailableError when it takes longer than READ_SECONDS.

    The thread is then left to itself: the database's own limits end it.
    """
    try:
        with anyio.fail_after(READ_SECONDS):
            return await anyio.to_thread.run_sync(work, limiter=limiter, abandon_on_cancel=True)
    except TimeoutError as error:
        raise StoreUnavailableError("A read takes too long.") from error
