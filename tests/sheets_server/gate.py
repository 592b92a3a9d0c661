"""Stands before the application: latency, quotas, faults, and the record of every request."""

import asyncio
import gzip
import json
import logging
import re
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from tests.sheets_server.faults import Fault, FaultPlan

_STATUS = {
    400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ABORTED",
    429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 501: "UNIMPLEMENTED", 502: "UNAVAILABLE", 503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}  # fmt: skip
log = logging.getLogger(__name__)
_LONG = 2_048  # bytes from which an answer is worth compressing
PROJECT_SHARE = 5  # a project may ask five times as often as one of its users


_FAULT_WORDS = {
    401: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid "
    "authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
    403: "The caller does not have permission",
    404: "Requested entity was not found.",
    429: "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service "
    "'sheets.googleapis.com' for consumer 'project_number:0'.",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
}  # of planned faults


class GoogleJSON(JSONResponse):
    """JSON as Google labels it."""

    media_type = "application/json; charset=UTF-8"


def google_error(code: int, message: str, details: list[dict[str, Any]] | None = None) -> GoogleJSON:
    """An error in Google's shape."""
    error = {"code": code, "message": message, "status": _STATUS.get(code, "UNKNOWN")}
    return GoogleJSON({"error": error | ({"details": details} if details else {})}, code)


_REASONS = {
    400: "badRequest", 401: "authError", 403: "forbidden", 404: "notFound", 429: "rateLimitExceeded",
    500: "internalError", 503: "backendError",
}  # fmt: skip


def drive_error(code: int, message: str, reason: str = "", where: str = "") -> GoogleJSON:
    """An error in the shape that Drive gives it: a list of errors, no status word."""
    one = {"message": message, "domain": "global", "reason": reason or _REASONS.get(code, "backendError")}
    if where:
        one |= {"location": where, "locationType": "parameter"}
    return GoogleJSON({"error": {"errors": [one], "code": code, "message": message}}, code)


@dataclass(frozen=True)
class Logged:
    """A request that came: when, what, and how it was answered (0: the connection was reset)."""

    at: float
    kind: str  # "read", "write" or "drive"
    method: str
    path: str
    status: int
    received: int
    sent: int
    fault: str


class Quota:
    """Requests a minute, by user and by project, reads and writes apart; 0 is no quota."""

    def __init__(self, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._times: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def refusal(self, kind: str, user: str) -> GoogleJSON | None:
        """Count a request; Google's answer when it is over the quota, None when it is not."""
        if not self._per_minute or kind == "drive":
            return None
        now = self._clock()
        limits = (("user", user, self._per_minute), ("project", "", self._per_minute * PROJECT_SHARE))
        for whose, name, limit in limits:
            times = self._times[f"{kind} {whose}", name]
            while times and times[0] <= now - 60:
                times.popleft()
            if len(times) >= limit:
                return _exceeded(kind, whose, limit)
        for whose, name, _ in limits:
            self._times[f"{kind} {whose}", name].append(now)
        return None


def _exceeded(kind: str, whose: str, limit: int) -> GoogleJSON:
    what, by_user = kind.capitalize(), whose == "user"
    per = "per minute per user" if by_user else "per minute"
    message = (
        f"Quota exceeded for quota metric '{what} requests' and limit '{what} requests {per}' of service "
        "'sheets.googleapis.com' for consumer 'project_number:0'."
    )
    facts = {
        "service": "sheets.googleapis.com",
        "consumer": "projects/0",
        "quota_metric": f"sheets.googleapis.com/{kind}_requests",
        "quota_limit": f"{what}RequestsPerMinutePer{'User' if by_user else 'Project'}",
        "quota_limit_value": str(limit),
        "quota_location": "global",
        "quota_unit": "1/min/{project}/{user}" if by_user else "1/min/{project}",
    }
    reason = {"reason": "RATE_LIMIT_EXCEEDED", "domain": "googleapis.com", "metadata": facts}
    link = {
        "description": "Request a higher quota limit.",
        "url": "https://cloud.google.com/docs/quotas/help/request_increase",
    }
    return google_error(
        429,
        message,
        [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo"} | reason,
            {"@type": "type.googleapis.com/google.rpc.Help", "links": [link]},
        ],
    )


class Gate:
    """The ASGI application that uvicorn runs."""

    def __init__(
        self, app: Starlette, *, latency: float, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.faults = FaultPlan()
        self.log: list[Logged] = []
        self.latency = latency
        self._app = app
        self._clock = clock
        self._quota = Quota(per_minute, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope, receive = await _overridden(scope | {"path": _tidied(scope["path"])}, receive)
        at, fault = self._clock(), self.faults.next()
        if self.latency:
            await asyncio.sleep(self.latency)
        kept = _Kept()
        refusal = self._quota.refusal(_kind(scope), _user(scope))
        if refusal:
            await refusal(scope, receive, kept)
        elif fault and fault.status:
            error = drive_error if _kind(scope) == "drive" else google_error
            answer = error(fault.status, _FAULT_WORDS.get(fault.status, "planned fault"))
            if fault.retry_after is not None:
                answer.headers["Retry-After"] = str(fault.retry_after)
            await answer(scope, receive, kept)
        elif not (fault and fault.reset == "before"):
            await self._answer(scope, receive, kept)
        reset = fault is not None and bool(fault.reset) and refusal is None
        received = int(Headers(scope=scope).get("content-length", 0))
        path, name = scope["path"], fault.name if fault else ""
        status = 0 if reset else kept.status
        self.log.append(Logged(at, _kind(scope), scope["method"], path, status, received, len(kept.body), name))
        await _deliver(kept, None if refusal else fault, scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, kept: "_Kept") -> None:
        """The application's answer; a fault of its own is told as Google tells one, and logged."""
        try:
            await self._app(scope, receive, kept)
        except Exception:
            log.exception("The loopback server failed at %s %s", scope["method"], scope["path"])
            kept.body = b""
            error = drive_error if _kind(scope) == "drive" else google_error
            await error(500, _FAULT_WORDS[500])(scope, receive, kept)


def _tidied(path: str) -> str:
    """What some clients make of `…/ID:batchUpdate` and `…/ID`, with a slash after the id, is read like them."""
    return re.sub(r"^(/v4/spreadsheets/[^/]+)/(?=:|$)", r"\1", path)


async def _overridden(scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
    """A GET whose parameters were too long for an address comes as a POST that says so."""
    if Headers(scope=scope).get("x-http-method-override") != "GET":
        return scope, receive
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)

    async def nothing() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    return {**scope, "method": "GET", "query_string": body}, nothing


class _Kept:
    """An answer that is held back."""

    def __init__(self) -> None:
        self.start: Message = {}
        self.body = b""

    @property
    def status(self) -> int:
        return self.start.get("status", 0)

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        else:
            self.body += message.get("body", b"")


async def _deliver(kept: _Kept, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
    transport: Any = send.__self__.transport  # type: ignore[attr-defined]  uvicorn's own connection
    if fault and fault.reset:
        transport.abort()
        return
    if fault and fault.delay:
        await asyncio.sleep(fault.delay)
    if not fault:
        kept = _packed(kept, Headers(scope=scope).get("accept-encoding", ""))
    half = kept.body[: len(kept.body) // 2]
    if fault and fault.cut == "body":
        await Response(half, kept.status, media_type="application/json")(scope, receive, send)
        return
    await send(kept.start)
    if fault and fault.cut == "connection":
        await send({"type": "http.response.body", "body": half, "more_body": True})
        transport.close()
        return
    await send({"type": "http.response.body", "body": kept.body})


def _packed(kept: _Kept, accepted: str) -> _Kept:
    """A long answer, compressed for those who take it so."""
    if "gzip" not in accepted or len(kept.body) < _LONG:
        return kept
    found = _Kept()
    found.body = gzip.compress(kept.body, 1)
    headers = [(name, value) for name, value in kept.start["headers"] if name != b"content-length"]
    length = str(len(found.body)).encode()
    found.start = kept.start | {
        "headers": [
            *headers,
            (b"content-encoding", b"gzip"),
            (b"content-length", length),
            (b"vary", b"Accept-Encoding"),
        ]
    }
    return found


def _kind(scope: Scope) -> str:
    if scope["path"].startswith(("/drive/", "/upload/")):
        return "drive"
    reads = scope["method"] == "GET" or scope["path"].endswith((":getByDataFilter", "GetByDataFilter", ":search"))
    return "read" if reads else "write"


def _user(scope: Scope) -> str:
    query = QueryParams(scope["query_string"])
    return query.get("quotaUser") or Headers(scope=scope).get("authorization", "")


def parse_json(body: bytes) -> Any:
    """A request's body; ValueError as Google words it."""
    try:
        return json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body or b"{}")
    except (ValueError, OSError) as error:
        raise ValueError(f"Invalid JSON payload received. {error}") from error
