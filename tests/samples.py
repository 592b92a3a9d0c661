"""Small real things that many tests need: a roster, a document as a kiosk sends it, a validated response, a loop."""

import asyncio
from collections.abc import Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

from survey.instrument import Catalogue
from survey.response import Place, Response, validate_response
from survey.roster import parse_roster
from survey.store import Store
from survey.store.roster import apply_roster

_T = TypeVar("_T")

ROSTER = """kind,id,name,parent,email,stage
program,p-1,Medicine,,,
program,p-2,Surgery,,,
unit,u-1,Cardiology,p-1,,
unit,u-2,Geriatrics,p-1,,
unit,u-3,Theatre,p-2,,
clinician,c-1,Clinician 1,u-1,c1@example.org,resident
clinician,c-2,Clinician 2,u-1,c2@example.org,attending
clinician,c-3,Clinician 3,u-2,c3@example.org,
clinician,c-9,Clinician 9,u-3,c9@example.org,
lead,l-1,Lead 1,p-1,lead@example.org,
administrator,a-1,Administrator 1,,admin@example.org,
moderator,m-1,Moderator 1,,moderator@example.org,
"""

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def small_roster(store: Store) -> None:
    with store.writing() as connection:
        apply_roster(connection, parse_roster(ROSTER))


def document(**changes: Any) -> dict[str, Any]:
    """A response as the kiosk sends it, with these fields changed."""
    return {
        "instrument": "compassion-5",
        "version": "2019",
        "language": "en",
        "mode": "kiosk",
        "respondent": "patient",
        "clinician": "c-1",
        "answers": {"q1": 4, "q2": "not_applicable", "q3": 3, "q4": 4, "q5": "skipped"},
        "comment": None,
        "about": {"age_band": "45-54", "self_rated_health": "good"},
        "started_at": "2026-11-20T09:00:00Z",
        "finished_at": "2026-11-20T09:01:10Z",
    } | changes


def response(catalogue: Catalogue, *, uuid: UUID | None = None, unit: str = "u-1", **changes: Any) -> Response:
    """The validated response to `document(**changes)` given at a device of this unit."""
    place = Place("d-1", unit, frozenset({"c-1", "c-2", "c-3"}))
    return validate_response(
        document(**changes), response_id=uuid or uuid4(), catalogue=catalogue, place=place, now=NOW
    )


def store_all(store: Store, responses: Iterable[Response]) -> None:
    """Put these responses into an open store, and wait until each is committed."""
    waiting = [store.submit(each, "{}") for each in responses]
    for each in waiting:
        each.result(timeout=30)


def run_apart(work: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine in a thread of its own: this one may have a browser's event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()
