"""What every route for devices does with a request: the token, the body, a refusal as JSON."""

import re
import time
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import JSONResponse

from survey.response import FieldProblem, InvalidResponseError
from survey.store.devices import Device
from survey.store.links import LinkGoneError, find_asking_device

MAX_BODY: Final = 64 * 1024
RETRY_SECONDS: Final = 5
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class RefusedError(Exception):
    """A request that ends here, with its answer."""

    def __init__(self, status: int, body: dict[str, Any], retry_after: int = RETRY_SECONDS) -> None:
        waits = status in (429, 503)
        self.answer = JSONResponse(body, status, {"Retry-After": str(retry_after)} if waits else None)
        self.status = status


def unauthorized() -> RefusedError:
    """The answer to a device that is not known."""
    return RefusedError(401, {"error": "This device is not registered or was revoked; ask for a new token."})


def asking_device(connection: Connection, token: str) -> Device:
    """The device that asks; raises RefusedError when it is not known, or its link was used or has expired."""
    try:
        device = find_asking_device(connection, token, int(time.time()))
    except LinkGoneError as gone:
        raise link_gone(gone) from gone
    if device is None:
        raise unauthorized()
    return device


def link_gone(gone: LinkGoneError) -> RefusedError:
    """The answer to a link that was used or has expired."""
    return RefusedError(410, {"error": str(gone), "reason": gone.reason})


def bearer_token(request: Request) -> str:
    """The device's token; raises RefusedError when there is none."""
    scheme, _, token = _header(request, b"authorization", b"").partition(" ")
    if scheme.lower() != "bearer" or not token.strip() or len(token) > 200:
        raise unauthorized()
    return token.strip()


async def read_body(request: Request) -> bytes:
    """The body; raises RefusedError when it is too long, no JSON by its label, or ended early."""
    content_type = _header(request, b"content-type", b"application/json").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise RefusedError(415, {"error": "The body must be application/json."})
    body = bytearray()
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise RefusedError(400, {"error": "The body ended early."})
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise RefusedError(413, {"error": f"The body is over {MAX_BODY} bytes."})
        if not message.get("more_body", False):
            return bytes(body)


def _header(request: Request, name: bytes, default: bytes) -> str:
    """A header by its name in small letters.

    Starlette's `headers`, and its `stream` for the body, are a twentieth of all that the server does for an answer.
    """
    return next((value for each, value in request.scope["headers"] if each == name), default).decode("latin-1")


def read_uuid(text: str) -> UUID:
    """The uuid in an address; raises InvalidResponseError for anything else."""
    if not _UUID.fullmatch(text):
        raise InvalidResponseError([FieldProblem("uuid", "is not a UUID such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301")])
    return UUID(text)


def refuse_problems(error: InvalidResponseError) -> RefusedError:
    """The answer that says of each field what is wrong."""
    return RefusedError(422, {"problems": [{"field": each.field, "problem": each.problem} for each in error.problems]})
