"""The HTTP side: Google's paths, error shapes, quotas and faults."""

import asyncio
import copy
import json
import threading
import time
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from tests.sheets_server.book import RefusedError, Spreadsheet
from tests.sheets_server.discovery import InvalidBodyError, check_body

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


@dataclass(frozen=True)
class Fault:
    """What goes wrong with a request: a status, or the connection reset before or after the change was applied."""

    status: int = 0
    reset: str = ""  # "before" or "after"
    retry_after: int | None = None


def _error(code: int, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message, "status": _STATUS[code]}}, code)


class LoopbackSheets:
    """The server in a thread. `faults` are taken one by one by the requests that come; `requests` counts them."""

    def __init__(self, *, latency: float = 0, per_minute: int = 0, port: int = 0) -> None:
        self.books: dict[str, Spreadsheet] = {"book-1": Spreadsheet("book-1")}
        self.faults: deque[Fault | None] = deque()
        self.requests: Counter[str] = Counter()
        self._latency = latency
        self._per_minute = per_minute
        self._times: dict[str, deque[float]] = {"read": deque(), "write": deque()}
        base = "/v4/spreadsheets/{id}"
        routes = [
            Route(f"{base}/values:batchGet", self._batch_get, methods=["GET"]),
            Route(f"{base}/values:batchUpdate", self._values_batch_update, methods=["POST"]),
            Route(f"{base}/values/{{range:path}}:append", self._append, methods=["POST"]),
            Route(f"{base}/values/{{range:path}}:clear", self._clear, methods=["POST"]),
            Route(f"{base}/values/{{range:path}}", self._get_values, methods=["GET"]),
            Route(f"{base}/values/{{range:path}}", self._update_values, methods=["PUT"]),
            Route("/v4/spreadsheets/{id}:batchUpdate", self._batch_update, methods=["POST"]),
            Route(base, self._get, methods=["GET"]),
        ]
        config = uvicorn.Config(_Faulty(Starlette(routes=routes), self), "127.0.0.1", port, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "LoopbackSheets":
        self._thread.start()
        while not self._server.started:
            time.sleep(0.005)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)

    @property
    def book(self) -> Spreadsheet:
        """The spreadsheet `book-1`."""
        return self.books["book-1"]

    def rows(self, title: str) -> list[list[Any]]:
        """What stands in a tab, unformatted."""
        book = self.book
        return book.sheet(title).values(book.area(title), "FORMULA")

    async def admit(self, kind: str) -> JSONResponse | None:
        """Count a request, wait the latency, refuse it over the quota."""
        self.requests[kind] += 1
        await asyncio.sleep(self._latency)
        if not self._per_minute:
            return None
        times, now = self._times[kind], time.monotonic()
        while times and times[0] < now - 60:
            times.popleft()
        if len(times) >= self._per_minute:
            return _error(429, f"Quota exceeded for quota metric '{kind.capitalize()} requests'")
        times.append(now)
        return None

    async def _answer(self, request: Request, kind: str, schema: str, work: Any) -> JSONResponse:
        refused = await self.admit(kind)
        if refused:
            return refused
        book = self.books.get(request.path_params["id"])
        if book is None:
            return _error(404, "Requested entity was not found.")
        try:
            body = json.loads(await request.body() or b"{}") if schema else {}
            if schema:
                check_body(schema, body)
            return JSONResponse(work(book, body))
        except (RefusedError, InvalidBodyError) as error:
            return _error(400, str(error))

    async def _get(self, request: Request) -> JSONResponse:
        return await self._answer(request, "read", "", lambda book, _: book.document())

    async def _get_values(self, request: Request) -> JSONResponse:
        query = request.query_params
        return await self._answer(
            request, "read", "",
            lambda book, _: book.get(request.path_params["range"], *_rendering(query)),
        )  # fmt: skip

    async def _batch_get(self, request: Request) -> JSONResponse:
        query = request.query_params

        def work(book: Spreadsheet, _: Any) -> dict[str, Any]:
            found = [book.get(each, *_rendering(query)) for each in query.getlist("ranges")]
            return {"spreadsheetId": book.id, "valueRanges": found}

        return await self._answer(request, "read", "", work)

    async def _update_values(self, request: Request) -> JSONResponse:
        option = request.query_params.get("valueInputOption", "")
        return await self._answer(
            request, "write", "ValueRange",
            lambda book, body: book.update(request.path_params["range"], body.get("values", []), _entering(option)),
        )  # fmt: skip

    async def _append(self, request: Request) -> JSONResponse:
        option = request.query_params.get("valueInputOption", "")
        return await self._answer(
            request, "write", "ValueRange",
            lambda book, body: book.append(request.path_params["range"], body.get("values", []), _entering(option)),
        )  # fmt: skip

    async def _clear(self, request: Request) -> JSONResponse:
        def work(book: Spreadsheet, _: Any) -> dict[str, Any]:
            area = book.area(request.path_params["range"])
            for line in book.sheet(area.title).cells[area.row : area.end_row]:
                line[area.column : area.end_column] = [{} for _ in line[area.column : area.end_column]]
            return {"spreadsheetId": book.id, "clearedRange": request.path_params["range"]}

        return await self._answer(request, "write", "ClearValuesRequest", work)

    async def _values_batch_update(self, request: Request) -> JSONResponse:
        def work(book: Spreadsheet, body: Any) -> dict[str, Any]:
            option = _entering(body.get("valueInputOption", ""))
            replies = [book.update(each["range"], each.get("values", []), option) for each in body.get("data", [])]
            cells = sum(reply["updatedCells"] for reply in replies)
            return {"spreadsheetId": book.id, "totalUpdatedCells": cells, "responses": replies}

        return await self._answer(request, "write", "BatchUpdateValuesRequest", work)

    async def _batch_update(self, request: Request) -> JSONResponse:
        def work(book: Spreadsheet, body: Any) -> dict[str, Any]:
            before = copy.deepcopy(book.sheets)
            try:
                replies = [book.apply(each) for each in body["requests"]]
            except (RefusedError, KeyError) as error:
                book.sheets = before  # a batch is applied as a whole or not at all
                raise RefusedError(f"Invalid requests: {error}") from error
            return {"spreadsheetId": book.id, "replies": replies}

        return await self._answer(request, "write", "BatchUpdateSpreadsheetRequest", work)


def _rendering(query: Any) -> tuple[str, str]:
    return query.get("valueRenderOption", "FORMATTED_VALUE"), query.get("majorDimension", "ROWS")


def _entering(option: str) -> str:
    if option not in ("RAW", "USER_ENTERED"):
        raise RefusedError("'valueInputOption' is required but not specified")
    return option


class _Faulty:
    """Stands before the application and makes requests fail as planned."""

    def __init__(self, app: Starlette, sheets: LoopbackSheets) -> None:
        self._app = app
        self._sheets = sheets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = self._sheets.faults.popleft() if scope["type"] == "http" and self._sheets.faults else None
        if fault is None:
            await self._app(scope, receive, send)
        elif fault.status:
            answer = _error(fault.status, "planned fault")
            if fault.retry_after is not None:
                answer.headers["Retry-After"] = str(fault.retry_after)
            await answer(scope, receive, send)
        else:
            if fault.reset == "after":
                await self._app(scope, receive, _swallow)
            send.__self__.transport.abort()  # type: ignore[attr-defined]  uvicorn's own connection


async def _swallow(_message: Any) -> None:
    return None
