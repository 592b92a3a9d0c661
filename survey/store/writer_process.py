"""The server's writer: a process of its own that commits responses in groups, one group while the next one gathers.

In a thread of the server, a commit and the requests wait for one interpreter in turn: a commit of 4 ms takes up to 16.
Here are both ends of the pipe between the two: `WriterProcess` in the server's event loop, `commit_for_parent` in the
process. It ends when the pipe does, so a server that was killed leaves at most the commit behind that it was at.
"""

import asyncio
import gc
import logging
import os
import pickle
import signal
import struct
import sys
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from sqlalchemy import URL

from survey.instrument import Instrument
from survey.store.committer import GROUP_LIMIT, QUEUE_LIMIT, Committer, Outcome, Submission
from survey.store.connection import StoreError, StoreUnavailableError, open_engine

log = logging.getLogger(__name__)

START_SECONDS: Final = 60
STOP_SECONDS: Final = 30
RESTART_SECONDS: Final = 1
_LENGTH: Final = struct.Struct(">I")
_ROOT: Final = Path(__file__).parent.parent.parent
_COMMAND: Final = (sys.executable, "-P", "-c", f"from {__name__} import commit_for_parent; commit_for_parent()")

_Waiting = tuple[Submission, "asyncio.Future[Outcome]"]


class WriterProcess:
    """Hands submissions to the process in the order they came, and starts it again when it died.

    For one event loop. `taken` counts those that were handed over since it was started.
    """

    def __init__(self, url: URL, instruments: Iterable[Instrument]) -> None:
        self._opening = (url, tuple(instruments))
        self._waiting: deque[_Waiting] = deque()
        self._changed = asyncio.Event()
        self._stopping = False
        self.taken = 0
        self._process: asyncio.subprocess.Process | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process and wait until it is ready; raises StoreError when it cannot be."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await self._launch()
        except (OSError, EOFError) as error:
            await self._drop()
            raise StoreError("The process that commits answers did not start; the lines above say why.") from error
        self._serving = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        """Commit what is waiting, then end the process."""
        self._stopping = True
        self._changed.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                if self._serving is not None:
                    await self._serving
                if self._process is not None and self._process.stdin is not None:
                    self._process.stdin.close()
                    await self._process.wait()
        await self._drop()

    @property
    def pid(self) -> int | None:
        """The process's id, None while there is none."""
        return self._process.pid if self._process is not None else None

    @property
    def depth(self) -> int:
        """Submissions waiting for a commit."""
        return len(self._waiting)

    async def submit(self, submission: Submission) -> Outcome:
        """What became of a response, now on disk; raises StoreUnavailableError when nothing is known to be stored.

        Who stops waiting takes nothing back: the response is committed all the same.
        """
        if len(self._waiting) >= QUEUE_LIMIT:
            raise StoreUnavailableError("The store's queue is full.")
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((submission, outcome))
        self._changed.set()
        return await outcome

    async def _launch(self) -> asyncio.subprocess.Process:
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        self._process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            env={**os.environ, "PYTHONPATH": path},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        # What it opens goes through the pipe, since everybody on the host can read a command line.
        await _ask(self._process, self._opening)
        return self._process

    async def _drop(self) -> None:
        """End the process, whatever it is at."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._process = None

    async def _serve(self) -> None:
        while self._waiting or not self._stopping:
            if not self._waiting:
                self._changed.clear()
                await self._changed.wait()
                continue
            group: list[_Waiting] = []
            try:
                process = self._process or await self._launch()
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_LIMIT))]
                self.taken += len(group)
                _resolve(group, await _ask(process, [submission for submission, _ in group]))
            except Exception:
                log.exception("The process that commits answers was lost; another one is started")
                gone = StoreUnavailableError("The process that commits answers was lost.")
                _resolve(group, [gone for _ in group])
                await self._drop()
                await asyncio.sleep(RESTART_SECONDS)


def _resolve(group: list[_Waiting], outcomes: list[Outcome | StoreUnavailableError]) -> None:
    for (_, future), outcome in zip(group, outcomes, strict=True):
        if future.done():
            continue  # who asked waits no longer
        if isinstance(outcome, StoreUnavailableError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


async def _ask(process: asyncio.subprocess.Process, question: Any) -> Any:
    """Send something to the process and wait for its answer; raises EOFError or OSError when it is gone."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101  it was started with pipes
    content = pickle.dumps(question)
    process.stdin.write(_LENGTH.pack(len(content)) + content)
    (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
    return pickle.loads(await process.stdout.readexactly(length))  # noqa: S301  from our own child


def commit_for_parent() -> None:
    """What the process does: commit the groups that come through the pipe until it ends."""
    # They reach the whole group of processes; the server then commits what is waiting and closes the pipe.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    # Nothing that is printed may come between the answers.
    with os.fdopen(os.dup(1), "wb") as answers, suppress(BrokenPipeError):
        os.dup2(2, 1)
        url, instruments = _receive(sys.stdin.buffer)
        engine = open_engine(url)
        committer = Committer(engine, instruments)
        gc.collect()
        gc.freeze()
        outcomes: list[Outcome | StoreUnavailableError] = []
        with suppress(EOFError):
            while True:
                content = pickle.dumps(outcomes)
                answers.write(_LENGTH.pack(len(content)) + content)
                answers.flush()
                outcomes = committer.commit(_receive(sys.stdin.buffer))
        committer.close()
        engine.dispose()


def _receive(pipe: BinaryIO) -> Any:
    head = pipe.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    return pickle.loads(pipe.read(*_LENGTH.unpack(head)))  # noqa: S301  from our own parent
