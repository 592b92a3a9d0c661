"""Commits groups of responses: each with its place in the mirror and its tallies' change, in one transaction.

Who calls it decides where it runs: `Writer` in a thread, `WriterProcess` in a process of its own.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import Enum

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError

from survey.flags import RepeatWatch
from survey.instrument import Instrument
from survey.response import Response
from survey.store.connection import KeptWriter, StoreUnavailableError
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

# The most that one commit takes, and the most that may wait for one.
GROUP_LIMIT = 256
QUEUE_LIMIT = 20_000


class Outcome(Enum):
    """What became of a submission."""

    STORED = "stored"
    SAME = "same"
    CONFLICT = "conflict"
    LINK_GONE = "link_gone"


@dataclass(frozen=True)
class Submission:
    """A response on its way into the store, with the payload as it came.

    `link` is the hash of the link it came by, which lets one response in.
    """

    response: Response
    payload: str
    link: str | None = None


def settle(
    futures: Iterable["Future[Outcome] | asyncio.Future[Outcome]"], outcomes: Iterable[Outcome | StoreUnavailableError]
) -> None:
    """Tell each of those who wait what became of theirs; who waits no longer is passed over."""
    for future, outcome in zip(futures, outcomes, strict=True):
        if future.done():
            continue
        if isinstance(outcome, StoreUnavailableError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)


class Committer:
    """Commits groups of submissions one after the other, for one thread at a time."""

    def __init__(self, engine: Engine, instruments: Iterable[Instrument]) -> None:
        self._writer = KeptWriter(engine)
        self._instruments = {instrument.key: instrument for instrument in instruments}
        self._keeper = TallyKeeper()
        self._watch = RepeatWatch()
        self._frozen: set[tuple[str, str, str]] = set()

    def commit(self, group: Sequence[Submission]) -> list[Outcome | StoreUnavailableError]:
        """What became of each submission, now on disk, or the error of those of whom nothing is stored."""
        try:
            return list(self._commit(group))
        except StoreUnavailableError as error:
            return [error for _ in group]
        except Exception:
            # Another host stored one of these uuids at the same moment and now it is there to be seen, or the database
            # refuses one of them: that must not hold back the others.
            log.warning("A group of %d responses is committed one by one", len(group), exc_info=True)
            return [self._commit_alone(submission) for submission in group]

    def close(self) -> None:
        """Let go of the database."""
        self._writer.close()

    def _commit_alone(self, submission: Submission) -> Outcome | StoreUnavailableError:
        try:
            try:
                return self._commit([submission])[0]
            except IntegrityError:
                # Another host stored it between the look and the insert once more: now it is there to be seen.
                return self._commit([submission])[0]
        except StoreUnavailableError as error:
            return error
        except Exception as error:
            log.exception("A response could not be stored")
            return StoreUnavailableError(f"The store refused a commit: {type(error).__name__}.")

    def _commit(self, group: Sequence[Submission]) -> list[Outcome]:
        now = int(time.time())
        with self._writer.transaction() as connection:
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
