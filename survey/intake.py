"""The way in: `PUT /api/responses/{uuid}` from devices, and `GET /api/kiosk` that tells a device what to ask.

201 is sent only after the response is committed and on disk. The uuid makes the call idempotent: 200 for the same
payload again, 409 for another one. A device is known by its bearer token; no cookie counts here, so a page of another
origin has nothing to ride on.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from survey.device_request import (
    RefusedError,
    bearer_token,
    link_gone,
    read_body,
    read_uuid,
    refuse_problems,
    unauthorized,
)
from survey.instrument import Instrument
from survey.kiosk_routes import kiosk_upkeep_routes
from survey.metrics import count_intake
from survey.response import (
    InvalidResponseError,
    Place,
    payload_digest,
    read_document,
    validate_response,
)
from survey.store import Outcome, Store, StoreError
from survey.store.links import LinkGoneError
from survey.store.responses import is_same_payload, stored_digests
from survey.store.waiting import read_in_thread

log = logging.getLogger(__name__)

READERS = 4
_T = TypeVar("_T")
_RESPONSES = "/api/responses/"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
_STATUS = {Outcome.STORED: 201, Outcome.SAME: 200, Outcome.CONFLICT: 409, Outcome.LINK_GONE: 410}
_ANSWERS = {outcome: JSONResponse({"outcome": outcome.value}, status) for outcome, status in _STATUS.items()}


def intake_routes(store: Store) -> list[BaseRoute]:
    """The routes that devices call, on this store."""
    intake = _Intake(store)
    return [
        Route(_RESPONSES + "{uuid}", intake.put_response, methods=["PUT"]),
        Route("/api/kiosk", intake.get_kiosk, methods=["GET"]),
        *kiosk_upkeep_routes(store),
        # Anything else below /api would be answered with Streamlit's page and a 200 that a program believes.
        *(Route(path, _nothing_here, methods=_METHODS) for path in ("/api", "/api/{rest:path}")),
    ]


class AnswersFirst:
    """Middleware that lets responses in before any other has looked at them.

    Streamlit's middleware (rules for file paths, sessions, compression) costs a fifth of the server's work for a
    response and can do nothing for it; a router costs another part for the one route that is known here already.
    """

    def __init__(self, app: ASGIApp, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        ours = [each for each in routes if isinstance(each, Route) and each.path.startswith(_RESPONSES)]
        self._put = ours[0].endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle the request here if it puts a response."""
        is_put = scope["type"] == "http" and scope["method"] == "PUT" and scope["path"].startswith(_RESPONSES)
        uuid = scope["path"].removeprefix(_RESPONSES) if is_put else ""
        if not uuid or "/" in uuid:
            await self._app(scope, receive, send)
            return
        scope["path_params"] = {"uuid": uuid}
        answer = await self._put(Request(scope, receive))
        await answer(scope, receive, send)


def _nothing_here(request: Request) -> JSONResponse:
    known = ((_RESPONSES, "PUT"), ("/api/kiosk", "GET"), ("/api/declines/", "PUT"), ("/api/enrolments", "POST"))
    for path, methods in known:
        if request.url.path.startswith(path):
            return JSONResponse({"error": f"This address takes {methods} only."}, 405, {"Allow": methods})
    return JSONResponse({"error": "There is nothing at this address."}, 404)


class _Intake:
    def __init__(self, store: Store) -> None:
        self._store = store
        # Few readers at a time: more would only wait for each other's database connection.
        self._readers = anyio.CapacityLimiter(READERS)

    async def _read(self, work: Callable[[], _T]) -> _T:
        """Do a short read. An embedded store answers in 0.1 ms, less than handing over to a thread."""
        if self._store.is_embedded:
            return work()
        return await read_in_thread(work, self._readers)

    async def put_response(self, request: Request) -> JSONResponse:
        started = time.perf_counter()
        try:
            answer = _ANSWERS[await self._take(request)]
        except RefusedError as refused:
            answer = refused.answer
        except StoreError as error:
            log.warning("A response was refused for now: %s", error)
            answer = RefusedError(503, {"error": "The store is out of reach; send it again."}).answer
        count_intake(answer.status_code, time.perf_counter() - started)
        return answer

    async def _take(self, request: Request) -> Outcome:
        token = bearer_token(request)
        body = await read_body(request)
        try:
            document = read_document(body)
            response_id = read_uuid(request.path_params["uuid"])
            named = document.get("clinician")
            # What cannot be an id is never bound into a query; validation says what is wrong with it.
            askable = isinstance(named, str) and len(named) <= 64 and named.isprintable()
            place = await self._find_place(token, named if askable else None)
            response = validate_response(
                document,
                response_id=response_id,
                catalogue=self._store.catalogue,
                place=place,
                now=datetime.now(UTC),
            )
        except InvalidResponseError as error:
            await self._find_place(token, None)
            return await self._known_or_refuse(request.path_params["uuid"], body, error)
        return await self._store.take(response, body.decode(), place.link)

    async def _find_place(self, token: str, clinician_id: str | None) -> Place:
        place = await self._read(partial(self._store.find_place, token, clinician_id))
        if place is None:
            raise unauthorized()
        return place

    async def _known_or_refuse(self, uuid: str, body: bytes, error: InvalidResponseError) -> Outcome:
        """What was stored once stays stored, even if the roster or an instrument has changed since."""

        def same_as_stored() -> bool:
            with self._store.reading() as connection:
                response_id = read_uuid(uuid)
                stored = stored_digests(connection, [response_id]).get(response_id)
                return is_same_payload(stored, payload_digest(read_document(body)))

        try:
            if await self._read(same_as_stored):
                return Outcome.SAME
        except InvalidResponseError:
            pass
        raise refuse_problems(error) from error

    async def get_kiosk(self, request: Request) -> JSONResponse:
        try:
            token = bearer_token(request)
            return JSONResponse(
                await self._read(partial(self._kiosk_document, token)),
                headers={"Cache-Control": "no-store"},
            )
        except RefusedError as refused:
            return refused.answer
        except StoreError:
            return RefusedError(503, {"error": "The store is out of reach; try again."}).answer

    def _kiosk_document(self, token: str) -> dict[str, Any]:
        try:
            kiosk = self._store.find_kiosk(token, int(time.time()))
        except LinkGoneError as gone:
            raise link_gone(gone) from gone
        if kiosk is None:
            raise unauthorized()
        device, settings = kiosk.device, kiosk.settings
        if device.is_own_phone:
            # The staff's PIN is for the unit's own tablets: from its hash four digits are soon found.
            settings = replace(settings, pin=None)
        return {
            "device": {
                "id": device.id,
                "name": device.name,
                "unit": {"id": device.unit_id, "name": kiosk.unit_name},
            },
            "now": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "mode": "own_device" if device.is_own_phone else "kiosk",
            "settings": settings.document(),
            "synthetic": kiosk.is_demo,
            "clinicians": [{"id": each, "name": name} for each, name in kiosk.clinicians],
            "instrument": instrument_document(self._store.catalogue.default),
        }


def instrument_document(instrument: Instrument) -> dict[str, Any]:
    """What a kiosk needs of an instrument: items and levels in order, and the words it has."""
    return {
        "id": instrument.id,
        "version": instrument.version,
        "title": instrument.title,
        "items": list(instrument.item_ids),
        "levels": list(instrument.scale.values),
        "not_applicable": instrument.scale.allows_not_applicable,
        "wording": {
            language: wording.model_dump(mode="json", include={"validated", "stem", "levels", "items"})
            for language, wording in instrument.wording.items()
        },
    }
