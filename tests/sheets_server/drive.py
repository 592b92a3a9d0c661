"""The few Drive v3 calls behind gspread's create, open, copy, delete and share."""

import re
import secrets
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.sheets_server.book import Spreadsheet

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
_FILES = "/drive/v3/files"


class NoSuchFileError(Exception):
    """There is no file with this id."""


class Drive:
    """The files of the loopback server; `books` is shared with the Sheets side."""

    def __init__(self, books: dict[str, Spreadsheet]) -> None:
        self._books = books
        self._permissions: dict[str, list[dict[str, Any]]] = {}

    def routes(self) -> list[Route]:
        return [
            Route(_FILES, _answered(self._list), methods=["GET"]),
            Route(_FILES, _answered(self._create), methods=["POST"]),
            Route(_FILES + "/{id}", _answered(self._get), methods=["GET"]),
            Route(_FILES + "/{id}", _answered(self._delete), methods=["DELETE"]),
            Route(_FILES + "/{id}/copy", _answered(self._copy), methods=["POST"]),
            Route(_FILES + "/{id}/comments", _answered(self._comments), methods=["GET"]),
            Route(_FILES + "/{id}/permissions", _answered(self._list_permissions), methods=["GET"]),
            Route(_FILES + "/{id}/permissions", _answered(self._permit), methods=["POST"]),
            Route(_FILES + "/{id}/permissions/{permission}", _answered(self._forbid), methods=["DELETE"]),
        ]

    def _book(self, request: Request) -> Spreadsheet:
        id = request.path_params["id"]
        if id not in self._books:
            raise NoSuchFileError(f"File not found: {id}.")
        return self._books[id]

    async def _list(self, request: Request) -> dict[str, Any]:
        named = re.search(r'name = "(.*?)"', request.query_params.get("q", ""))
        found = [book for book in self._books.values() if not named or book.title == named.group(1)]
        found.sort(key=lambda book: book.modified, reverse=True)
        return {"kind": "drive#fileList", "files": [_timed(book) for book in found]}

    async def _create(self, request: Request) -> dict[str, Any]:
        return self._add(Spreadsheet(new_id(), (await request.json()).get("name") or "Untitled spreadsheet"))

    async def _get(self, request: Request) -> dict[str, Any]:
        return _timed(self._book(request))

    async def _delete(self, request: Request) -> None:
        del self._books[self._book(request).id]

    async def _copy(self, request: Request) -> dict[str, Any]:
        book = self._book(request)
        return self._add(book.copy(new_id(), (await request.json()).get("name") or f"Copy of {book.title}"))

    async def _comments(self, request: Request) -> dict[str, Any]:
        self._book(request)
        return {"comments": []}

    async def _list_permissions(self, request: Request) -> dict[str, Any]:
        return {"permissions": self._permissions.get(self._book(request).id, [])}

    async def _permit(self, request: Request) -> dict[str, Any]:
        permission = {"kind": "drive#permission", "id": secrets.token_hex(10)} | await request.json()
        self._permissions.setdefault(self._book(request).id, []).append(permission)
        return permission

    async def _forbid(self, request: Request) -> None:
        kept = self._permissions.get(self._book(request).id, [])
        found = [each for each in kept if each["id"] == request.path_params["permission"]]
        if not found:
            raise NoSuchFileError(f"Permission not found: {request.path_params['permission']}.")
        kept.remove(found[0])

    def _add(self, book: Spreadsheet) -> dict[str, Any]:
        self._books[book.id] = book
        return _file(book)


def new_id() -> str:
    """An id of the length that Google gives."""
    return "1" + secrets.token_hex(22)[:43]


def _file(book: Spreadsheet) -> dict[str, Any]:
    return {"kind": "drive#file", "id": book.id, "name": book.title, "mimeType": SPREADSHEET}


def _timed(book: Spreadsheet) -> dict[str, Any]:
    return _file(book) | {"createdTime": _stamp(book.created), "modifiedTime": _stamp(book.modified)}


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _answered(work: Any) -> Any:
    async def endpoint(request: Request) -> Response:
        try:
            found = await work(request)
        except NoSuchFileError as error:
            errors = [{"domain": "global", "reason": "notFound", "message": str(error)}]
            return JSONResponse({"error": {"errors": errors, "code": 404, "message": str(error)}}, 404)
        return Response(status_code=204) if found is None else JSONResponse(found)

    return endpoint
