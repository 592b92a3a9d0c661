"""The routes of devices beside the answers: registering by a code, and what people declined."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from survey.device_request import (
    RefusedError,
    asking_device,
    bearer_token,
    read_body,
    read_uuid,
    refuse_problems,
)
from survey.instrument import Language
from survey.respondent import Mode
from survey.response import FieldProblem, InvalidResponseError, Moment, moment_problem, read_document
from survey.store import Store, StoreError
from survey.store.audit import record_audit
from survey.store.declines import Decline, add_decline
from survey.store.enrolments import SpentCodeError, UnknownCodeError, redeem_code
from survey.store.links import decline_link, is_link

WRONG_TRIES: Final = 10
TRY_SECONDS: Final = 60


class _DeclineDocument(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    instrument: str = Field(max_length=40)
    version: str = Field(max_length=16)
    language: Language = Field(max_length=16)
    mode: Mode
    at: Moment


class _CodeDocument(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    code: str = Field(min_length=1, max_length=40)


def kiosk_upkeep_routes(store: Store, clock: Callable[[], float] = time.time) -> list[BaseRoute]:
    """The routes, on this store."""
    desk = _Desk(store, clock)
    return [
        Route("/api/declines/{uuid}", desk.put_decline, methods=["PUT"]),
        Route("/api/enrolments", desk.post_enrolment, methods=["POST"]),
    ]


class _Desk:
    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        self._store = store
        self._clock = clock
        self._wrong: deque[float] = deque()

    async def put_decline(self, request: Request) -> JSONResponse:
        try:
            token = bearer_token(request)
            document, name = await read_body(request), request.path_params["uuid"]
            new = await asyncio.to_thread(self._decline, token, name, document)
        except InvalidResponseError as error:
            return refuse_problems(error).answer
        except RefusedError as refused:
            return refused.answer
        except StoreError:
            return RefusedError(503, {"error": "The store is out of reach; send it again."}).answer
        return JSONResponse({"outcome": "stored" if new else "same"}, 201 if new else 200)

    def _decline(self, token: str, name: str, body: bytes) -> bool:
        with self._store.reading() as connection:
            device = asking_device(connection, token)
        found = _read(_DeclineDocument, read_document(body))
        problems = moment_problem("at", found.at, datetime.now(UTC))
        if self._store.catalogue.get(found.instrument, found.version) is None:
            problems.append(FieldProblem("instrument", "is not known here in this version"))
        if device.is_own_phone and found.mode != "own_device":
            problems.append(FieldProblem("mode", "must be own_device here"))
        if problems:
            raise InvalidResponseError(problems)
        value = Decline(
            read_uuid(name), device.unit_id, found.instrument, found.version, found.language, found.mode,
            found.at.year * 100 + found.at.month,
        )  # fmt: skip
        with self._store.writing() as connection:
            if is_link(token) and not decline_link(connection, token):
                return False
            return add_decline(connection, value)

    async def post_enrolment(self, request: Request) -> JSONResponse:
        try:
            self._refuse_guessing()
            body = await read_body(request)
            token = await asyncio.to_thread(self._enrol, body)
        except InvalidResponseError as error:
            return refuse_problems(error).answer
        except RefusedError as refused:
            return refused.answer
        except StoreError:
            return RefusedError(503, {"error": "The store is out of reach; try again."}).answer
        return JSONResponse({"token": token}, 201, {"Cache-Control": "no-store"})

    def _refuse_guessing(self) -> None:
        """Over all addresses: who guesses can have many of them."""
        now = self._clock()
        while self._wrong and self._wrong[0] <= now - TRY_SECONDS:
            self._wrong.popleft()
        if len(self._wrong) >= WRONG_TRIES:
            wait = int(self._wrong[0] + TRY_SECONDS - now) + 1
            raise RefusedError(429, {"error": "Too many wrong codes: wait a minute."}, retry_after=wait)

    def _enrol(self, body: bytes) -> str:
        code = _read(_CodeDocument, read_document(body)).code
        try:
            with self._store.writing() as connection:
                device, token = redeem_code(connection, code, int(self._clock()))
                record_audit(connection, actor="code", action="add device", subject=device.id, detail=device.unit_id)
        except UnknownCodeError as error:
            self._wrong.append(self._clock())
            raise RefusedError(404, {"error": str(error)}) from error
        except SpentCodeError as error:
            raise RefusedError(410, {"error": str(error)}) from error
        return token


def _read(kind: type[Any], document: dict[str, Any]) -> Any:
    import json

    try:
        return kind.model_validate_json(json.dumps(document))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise InvalidResponseError(
            [FieldProblem(".".join(map(str, each["loc"])) or "body", each["msg"]) for each in found]
        ) from error
