"""The HTTP side: Google's paths, and the server in a thread."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Route

from tests.sheets_server import metadata
from tests.sheets_server.access import ask_as, asking, role_in
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.discovery import InvalidBodyError, check_fields, check_parameters, checked_body, method
from tests.sheets_server.drive import Drive, new_id
from tests.sheets_server.endpoints import ENDPOINTS, named
from tests.sheets_server.gate import Gate, GoogleJSON, Logged, google_error, parse_json
from tests.sheets_server.masks import parse_mask, selected
from tests.sheets_server.resource import document, told
from tests.sheets_server.tabs import copy_to

_BASE = "/v4/spreadsheets"
NOT_FOUND = "Requested entity was not found."
NOT_ALLOWED = "The caller does not have permission"
_READS = ("get", "getByDataFilter", "values.get", "values.batchGet", "values.batchGetByDataFilter",
          "developerMetadata.get", "developerMetadata.search")  # fmt: skip
_PATHS = {
    "values.batchGetByDataFilter": ("POST", "/{id}/values:batchGetByDataFilter"),
    "values.batchUpdateByDataFilter": ("POST", "/{id}/values:batchUpdateByDataFilter"),
    "values.batchClearByDataFilter": ("POST", "/{id}/values:batchClearByDataFilter"),
    "developerMetadata.search": ("POST", "/{id}/developerMetadata:search"),
    "getByDataFilter": ("POST", "/{id}:getByDataFilter"),
    "values.batchGet": ("GET", "/{id}/values:batchGet"),
    "values.batchUpdate": ("POST", "/{id}/values:batchUpdate"),
    "values.batchClear": ("POST", "/{id}/values:batchClear"),
    "values.append": ("POST", "/{id}/values/{range:path}:append"),
    "values.clear": ("POST", "/{id}/values/{range:path}:clear"),
    "values.get": ("GET", "/{id}/values/{range:path}"),
    "values.update": ("PUT", "/{id}/values/{range:path}"),
    "batchUpdate": ("POST", "/{id}:batchUpdate"),
    "get": ("GET", "/{id}"),
}


class NoSuchEntityError(Exception):
    """There is no spreadsheet, or nothing in it, with this id."""


class ForbiddenError(Exception):
    """The spreadsheet is not shared with whoever asks, or not for this."""


class LoopbackSheets:
    """The server in a thread, on 127.0.0.1; a context manager. It begins with the empty spreadsheet `book-1`."""

    def __init__(
        self,
        *,
        latency: float = 0,
        per_minute: int = 0,
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.books: dict[str, Spreadsheet] = {"book-1": Spreadsheet("book-1")}
        self._lock = threading.Lock()
        routes = [Route(_BASE, self._create, methods=["POST"])]
        routes += [Route(_BASE + "/{id}/sheets/{sheet:int}:copyTo", self._copy_to, methods=["POST"])]
        routes += [Route(_BASE + "/{id}/developerMetadata/{metadata:int}", self._metadata, methods=["GET"])]
        routes += [Route(_BASE + path, self._endpoint(name), methods=[verb]) for name, (verb, path) in _PATHS.items()]
        self._drive = Drive(self.books, self._lock)
        app = Starlette(routes=[*routes, *self._drive.routes()])
        for code in (404, 405):
            app.add_exception_handler(code, lambda _request, _error: google_error(404, NOT_FOUND))
        self._gate = Gate(app, latency=latency, per_minute=per_minute, clock=clock)
        self.plan = self._gate.faults
        self.faults = self.plan.queue
        config = uvicorn.Config(self._gate, "127.0.0.1", port, log_level="critical", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> "LoopbackSheets":
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("The loopback Sheets server could not start: is the port taken?")
            time.sleep(0.005)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=10)

    def start_over(self) -> None:
        """As it was at first: the empty spreadsheet `book-1`, no record, no faults. Cheaper than another server."""
        with self._lock:
            self._drive.forget()
            self.books["book-1"] = Spreadsheet("book-1")
            self.log.clear()
            self.plan.end()

    @property
    def book(self) -> Spreadsheet:
        """The spreadsheet `book-1`."""
        return self.books["book-1"]

    @property
    def log(self) -> list[Logged]:
        """Every request that came, in order."""
        return self._gate.log

    @property
    def requests(self) -> Counter[str]:
        """How many requests came, by kind: read, write, drive."""
        return Counter(each.kind for each in self._gate.log)

    def rows(self, title: str) -> list[list[Any]]:
        """What stands in a tab, formulas as formulas."""
        with self._lock:
            return self.book.sheet(title).values(self.book.area(f"'{title.replace(chr(39), chr(39) * 2)}'"), "FORMULA")

    async def _create(self, request: Request) -> GoogleJSON:
        def work(body: Any) -> dict[str, Any]:
            book = named(Spreadsheet(new_id(), "Untitled spreadsheet"), body)
            book.owner = asking()
            self.books[book.id] = book
            return told(document(book))

        return await self._answer(request, "create", work)

    async def _copy_to(self, request: Request) -> GoogleJSON:
        def work(book: Spreadsheet, body: Any) -> dict[str, Any]:
            target = self._found(body.get("destinationSpreadsheetId", ""), "sheets.copyTo")
            return copy_to(book, request.path_params["sheet"], target)

        return await self._answer_about(request, "sheets.copyTo", work)

    async def _metadata(self, request: Request) -> GoogleJSON:
        def work(book: Spreadsheet, _body: Any) -> dict[str, Any]:
            found = metadata.get(book, request.path_params["metadata"])
            if found is None:
                raise NoSuchEntityError
            return told(found)

        return await self._answer_about(request, "developerMetadata.get", work)

    def _endpoint(self, name: str) -> Any:
        async def endpoint(request: Request) -> GoogleJSON:
            range_text = request.path_params.get("range", "")
            return await self._answer_about(
                request, name, lambda book, body: ENDPOINTS[name](book, range_text, request.query_params, body)
            )

        return endpoint

    def _found(self, id: str, name: str) -> Spreadsheet:
        """The spreadsheet; NoSuchEntityError where there is none, ForbiddenError where the method is not allowed."""
        if id not in self.books:
            raise NoSuchEntityError
        role = role_in(self.books[id])
        if not role or (role in ("reader", "commenter") and name not in _READS):
            raise ForbiddenError
        return self.books[id]

    async def _answer_about(
        self, request: Request, name: str, work: Callable[[Spreadsheet, Any], dict[str, Any]]
    ) -> GoogleJSON:
        return await self._answer(request, name, lambda body: work(self._found(request.path_params["id"], name), body))

    async def _answer(self, request: Request, name: str, work: Callable[[Any], dict[str, Any]]) -> GoogleJSON:
        content = await request.body()
        ask_as(request.headers.get("authorization", ""))
        try:
            check_parameters(name, request.query_params.multi_items())
            mask = parse_mask(request.query_params.get("fields") or "*")
            check_fields(name, mask)
            body = checked_body(name, parse_json(content)) if "request" in method(name) else {}
            with self._lock:
                return GoogleJSON(selected(work(body), mask))
        except NoSuchEntityError:
            return google_error(404, NOT_FOUND)
        except ForbiddenError:
            return google_error(403, NOT_ALLOWED)
        except InvalidBodyError as error:
            return google_error(400, str(error), error.details)
        except (RefusedError, ValueError) as error:
            return google_error(400, str(error))
