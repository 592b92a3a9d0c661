"""The writer: one queue and one thread that commit responses in groups.

SQLite lets one writer in at a time and is unfair to those who wait; a queue before it doubles the throughput and keeps
the slowest answer quick. A submission's future is resolved only after the commit that holds it is on disk.
"""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum

from sqlalchemy import Engine

from survey.flags import RepeatWatch
from survey.instrument import Catalogue
from survey.response import Response
from survey.store.connection import StoreUnavailableError, write_transaction
from survey.store.links import spend_link
from survey.store.outbox import enqueue
from survey.store.responses import (
    freeze_instrument,
    insert_responses,
    is_same_payload,
    keep_conflict,
    keep_flags,
    stored_digests,
)
from survey.store.tallies import CellKey, TallyKeeper, group_tallies

log = logging.getLogger(__name__)

GROUP_LIMIT = 256
QUEUE_LIMIT = 20_000
# A commit costs as much as several of its responses. While they come faster than commits, each group is given a moment
# to grow: a busy server then spends its time on answers. Whoever comes alone does not wait.
GATHER_SECONDS = 0.001


class Outcome(Enum):
    """What became of a submission."""

    STORED = "stored"
    SAME = "same"
    CONFLICT = "conflict"
    LINK_GONE = "link_gone"


@dataclass(frozen=True)
class Submission:
    """A response on its way into the store, with the payload as it came."""

    response: Response
    payload: str
    link: str | None = None
    outcome: "Future[Outcome]" = field(default_factory=Future)


class Writer:
    """Commits submissions in the order they came. Start it once; stop it to commit what is queued and end.

    `taken` counts those that it has taken from its queue since it was started.
    """

    def __init__(self, engine: Engine, catalogue: Catalogue) -> None:
        self._engine = engine
        self._instruments = {instrument.key: instrument for instrument in catalogue}
        self._queue: queue.Queue[Submission | None] = queue.Queue(QUEUE_LIMIT)
        self._keeper = TallyKeeper()
        self._watch = RepeatWatch()
        self._frozen: set[tuple[str, str, str]] = set()
        self._is_busy = False
        self.taken = 0
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what is queued, then end the thread."""
        self._queue.put(None)
        self._thread.join()

    @property
    def depth(self) -> int:
        """Submissions waiting for a commit."""
        return self._queue.qsize()

    def submit(self, response: Response, payload: str, link: str | None = None) -> "Future[Outcome]":
        """Queue a response; the future ends with its outcome, or with StoreUnavailableError and nothing stored.

        `link` is the hash of the link it came by, which lets one response in.
        """
        submission = Submission(response, payload, link)
        try:
            self._queue.put_nowait(submission)
        except queue.Full:
            submission.outcome.set_exception(StoreUnavailableError("The store's queue is full."))
        return submission.outcome

    def _run(self) -> None:
        running = True
        while running:
            group = self._next_group()
            running = group[-1] is not None
            submissions = [submission for submission in group if submission is not None]
            if submissions:
                self._commit_or_fail(submissions)
                self.taken += len(submissions)

    def _next_group(self) -> list[Submission | None]:
        group = [self._queue.get()]
        if self._is_busy and self._queue.qsize() < GROUP_LIMIT:
            time.sleep(GATHER_SECONDS)
        while len(group) < GROUP_LIMIT and group[-1] is not None:
            try:
                group.append(self._queue.get_nowait())
            except queue.Empty:
                break
        self._is_busy = len(group) > 1
        return group

    def _commit_or_fail(self, group: Sequence[Submission]) -> None:
        try:
            outcomes = self._commit(group)
        except StoreUnavailableError as error:
            self._fail(group, error)
        except Exception:
            # Another host stored one of these uuids at the same moment and now it is there to be seen, or the database
            # refuses one of them: that must not hold back the others.
            log.warning("A group of %d responses is committed one by one", len(group), exc_info=True)
            self._commit_one_by_one(group)
        else:
            for submission, outcome in zip(group, outcomes, strict=True):
                submission.outcome.set_result(outcome)

    def _commit_one_by_one(self, group: Sequence[Submission]) -> None:
        for submission in group:
            try:
                submission.outcome.set_result(self._commit([submission])[0])
            except Exception as error:
                self._fail([submission], error)

    def _fail(self, group: Sequence[Submission], error: Exception) -> None:
        if not isinstance(error, StoreUnavailableError):
            log.exception("A group of %d responses could not be stored", len(group))
            error = StoreUnavailableError(f"The store refused a commit: {type(error).__name__}.")
        for submission in group:
            submission.outcome.set_exception(error)

    def _commit(self, group: Sequence[Submission]) -> list[Outcome]:
        now = int(time.time())
        with write_transaction(self._engine) as connection:
            digests = stored_digests(connection, [submission.response.id for submission in group])
            new: list[Response] = []
            outcomes = []
            for submission in group:
                response = submission.response
                known = digests.setdefault(response.id, "")
                if not known and submission.link and not spend_link(connection, submission.link, now):
                    outcomes.append(Outcome.LINK_GONE)
                elif not known:
                    digests[response.id] = response.payload_sha256
                    new.append(response)
                    outcomes.append(Outcome.STORED)
                elif is_same_payload(known, response.payload_sha256):
                    outcomes.append(Outcome.SAME)
                else:
                    log.warning("Another payload came under response %s: kept aside, the first stands", response.id)
                    keep_conflict(connection, response, submission.payload, now)
                    outcomes.append(Outcome.CONFLICT)
            cells: dict[CellKey, int] = {}
            asked = {(response.instrument, response.version, response.language) for response in new} - self._frozen
            if new:
                for instrument, version, language in sorted(asked):
                    freeze_instrument(connection, self._instruments[instrument, version], language)
                # In one order on every host: two that store the same uuids must not wait for each other.
                insert_responses(connection, sorted(new, key=lambda response: response.id))
                keep_flags(connection, new, self._watch)
                enqueue(connection, new, now)
                cells = self._keeper.add(connection, group_tallies(new, self._instruments))
        self._keeper.remember(cells)
        self._frozen |= asked
        return outcomes
