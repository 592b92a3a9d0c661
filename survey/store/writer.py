"""The writer of a program without a server: one queue and one thread that commit responses in groups.

SQLite lets one writer in at a time and is unfair to those who wait; a queue before it doubles the throughput and keeps
the slowest answer quick. A submission's future is resolved only after the commit that holds it is on disk.
"""

import queue
import threading
from concurrent.futures import Future

from survey.store.committer import GROUP_LIMIT, QUEUE_LIMIT, Committer, Outcome, Submission, settle
from survey.store.connection import StoreUnavailableError

_Queued = tuple[Submission, "Future[Outcome]"]


class Writer:
    """Commits submissions in the order they came. Start it once; stop it to commit what is queued and end.

    `taken` counts those that it has taken from its queue since it was started.
    """

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._queue: queue.Queue[_Queued | None] = queue.Queue(QUEUE_LIMIT)
        self.taken = 0
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what is queued, then end the thread, if it was started."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()
        self._committer.close()

    @property
    def depth(self) -> int:
        """Submissions waiting for a commit."""
        return self._queue.qsize()

    def submit(self, submission: Submission) -> "Future[Outcome]":
        """Queue a response; the future ends with its outcome, or with StoreUnavailableError and nothing stored."""
        outcome: Future[Outcome] = Future()
        try:
            self._queue.put_nowait((submission, outcome))
        except queue.Full:
            outcome.set_exception(StoreUnavailableError("The store's queue is full."))
        return outcome

    def _run(self) -> None:
        running = True
        while running:
            taken = self._next_group()
            running = taken[-1] is not None
            group = [each for each in taken if each is not None]
            if group:
                outcomes = self._committer.commit([submission for submission, _ in group])
                settle([future for _, future in group], outcomes)
                self.taken += len(group)

    def _next_group(self) -> list[_Queued | None]:
        group = [self._queue.get()]
        while len(group) < GROUP_LIMIT and group[-1] is not None:
            try:
                group.append(self._queue.get_nowait())
            except queue.Empty:
                break
        return group
