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
from survey.store.committer import GROUP_LIMIT, QUEUE_LIMIT, Committer, Outcome, Submission, settle
from survey.store.connection import StoreError, StoreUnavailableError, open_engine

log = logging.getLogger(__name__)

START_SECONDS: Final = 60
# A device is told to send again after these; what it sent may still be committed.
ANSWER_SECONDS: Final = 20
# A commit waits for a lock or a database for 10 s; one that takes so much longer never ends.
COMMIT_SECONDS: Final = 60
STOP_SECONDS: Final = 15
RESTART_SECONDS: Final = 1
_LENGTH: Final = struct.Struct(">I")
_ROOT: Final = Path(__file__).parent.parent.parent
# Streamlit's listening socket is made to be inherited: with it, the process would keep the port of a killed server.
_CODE: Final = f"import os; os.closerange(3, 65536); from {__name__} import commit_for_parent; commit_for_parent()"
_COMMAND: Final = (sys.executable, "-P", "-c", _CODE)

_Waiting = tuple[Submission, "asyncio.Future[Outcome]"]


class WriterProcess:
    """Hands submissions to the process in the order they came, and starts it again when it died.

    For one event loop. `taken` counts those that were handed over since it was started.
    """

    def __init__(self, url: URL, instruments: Iterable[Instrument]) -> None:
        self._opening = (url, tuple(instruments))
        self._waiting: deque[_Waiting] = deque()
        self._in_hand: list[_Waiting] = []
        self._changed = asyncio.Event()
        self._stopping = False
        self.taken = 0
        self._process: asyncio.subprocess.Process | None = None
        self._watching: asyncio.Task[None] | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process and wait until it is ready; raises StoreError when it cannot be."""
        try:
            await self._launch()
        except (OSError, EOFError) as error:
            await self._drop()
            raise StoreError("The process that commits answers did not start: see what it said before.") from error
        self._serving = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        """Commit what is waiting, then end the process. What cannot be committed in time is refused."""
        self._stopping = True
        self._changed.set()
        if self._serving is not None:
            await asyncio.wait([self._serving], timeout=STOP_SECONDS)
            self._serving.cancel()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
        await self._drop()
        _refuse([*self._in_hand, *self._waiting])

    @property
    def depth(self) -> int:
        """Submissions waiting for a commit."""
        return len(self._waiting)

    async def submit(self, submission: Submission) -> Outcome:
        """What became of a response, now on disk; raises StoreUnavailableError when nothing is known to be stored.

        Who stops waiting takes nothing back: the response is committed all the same.
        """
        if self._stopping or len(self._waiting) >= QUEUE_LIMIT:
            raise StoreUnavailableError("The store is closing, or its queue is full.")
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.append((submission, outcome))
        self._changed.set()
        # asyncio.timeout would cost a twentieth of all that the server does for an answer.
        patience = loop.call_later(
            ANSWER_SECONDS, settle, [outcome], [StoreUnavailableError("The commit takes too long.")]
        )
        try:
            return await outcome
        finally:
            patience.cancel()

    async def _launch(self) -> None:
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        self._process = await asyncio.create_subprocess_exec(
            *_COMMAND,
            env={**os.environ, "PYTHONPATH": path},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._watching = asyncio.create_task(self._watch(self._process))
        # What it opens goes through the pipe, since everybody on the host can read a command line.
        async with asyncio.timeout(START_SECONDS):
            await _ask(self._process, self._opening)

    async def _watch(self, process: asyncio.subprocess.Process) -> None:
        """Wake `_serve` when the process ends, so that no answer has to find that out."""
        await process.wait()
        self._changed.set()

    async def _drop(self) -> None:
        """End the process, whatever it is at. Raises nothing: what comes after must go on."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError, TimeoutError):
                process.kill()
                async with asyncio.timeout(STOP_SECONDS):
                    await process.wait()

    async def _serve(self) -> None:
        while self._waiting or not self._stopping:
            try:
                if self._process is None or self._process.returncode is not None:
                    await self._launch()
                elif self._waiting:
                    await self._commit_next(self._process)
                else:
                    self._changed.clear()
                    await self._changed.wait()
            except Exception:
                log.exception("The process that commits answers was lost; another one is started")
                _refuse(self._in_hand)
                await self._drop()
                await asyncio.sleep(RESTART_SECONDS)

    async def _commit_next(self, process: asyncio.subprocess.Process) -> None:
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_LIMIT))]
        self._in_hand = group
        self.taken += len(group)
        async with asyncio.timeout(COMMIT_SECONDS):
            outcomes = await _ask(process, [submission for submission, _ in group])
        settle([future for _, future in group], outcomes)
        self._in_hand = []


def _refuse(group: list[_Waiting]) -> None:
    """Nothing is known of these: they may be on disk or not, and can be sent again."""
    gone = StoreUnavailableError("The process that commits answers was lost.")
    settle([future for _, future in group], [gone for _ in group])


async def _ask(process: asyncio.subprocess.Process, question: Any) -> Any:
    """Send something to the process and wait for its answer; raises EOFError or OSError when it is gone."""
    assert process.stdin is not None and process.stdout is not None  # noqa: S101  it was started with pipes
    process.stdin.write(_message(question))
    (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
    return pickle.loads(await process.stdout.readexactly(length))  # noqa: S301  from our own child


def _message(value: Any) -> bytes:
    content = pickle.dumps(value)
    return _LENGTH.pack(len(content)) + content


def commit_for_parent() -> None:
    """What the process does: commit the groups that come through the pipe until it ends."""
    # They reach the whole group of processes; the server then commits what is waiting and closes the pipe.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    # Nothing that is printed may come between the answers.
    with suppress(EOFError, BrokenPipeError), os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        url, instruments = _receive(sys.stdin.buffer)
        committer = Committer(open_engine(url), instruments)
        gc.collect()
        gc.freeze()
        outcomes: list[Outcome | StoreUnavailableError] = []
        while True:
            answers.write(_message(outcomes))
            answers.flush()
            outcomes = committer.commit(_receive(sys.stdin.buffer))


def _receive(pipe: BinaryIO) -> Any:
    """What comes next through the pipe; raises EOFError where it ends, also within a message."""
    (length,) = _LENGTH.unpack(_read_all(pipe, _LENGTH.size))
    return pickle.loads(_read_all(pipe, length))  # noqa: S301  from our own parent


def _read_all(pipe: BinaryIO, length: int) -> bytes:
    content = pipe.read(length)
    if len(content) < length:
        raise EOFError
    return content
