"""The few Drive v3 calls behind gspread's create, open, copy, delete, share and export, and v2's upload."""

import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.sheets_server.access import OWNER, ask_as, asking, role_in
from tests.sheets_server.book import Spreadsheet
from tests.sheets_server.cell import RefusedError
from tests.sheets_server.drive_query import QueryError, parse_query
from tests.sheets_server.exports import exported, filled
from tests.sheets_server.gate import GoogleJSON, drive_error, parse_json
from tests.sheets_server.masks import parse_mask, selected

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
FOLDER = "application/vnd.google-apps.folder"
ROOT = "root-of-the-owner"
_FILES = "/drive/v3/files"
_ROLES = ("owner", "organizer", "fileOrganizer", "writer", "commenter", "reader")
_TYPES = ("user", "group", "domain", "anyone")


class DriveError(Exception):
    """What Drive refuses: a status, a reason and a sentence."""

    def __init__(self, code: int, reason: str, message: str, where: str = "") -> None:
        super().__init__(message)
        self.code, self.reason, self.where = code, reason, where


@dataclass
class Folder:
    """A folder: a file that is named in other files' `parents`."""

    id: str
    title: str
    owner: str = OWNER
    roles: dict[str, str] = field(default_factory=dict)
    created: float = field(default_factory=time.time)
    modified: float = field(default_factory=time.time)


class Drive:
    """The files of the loopback server; `books` is shared with the Sheets side."""

    def __init__(self, books: dict[str, Spreadsheet], lock: Lock) -> None:
        self._books = books
        self._folders: dict[str, Folder] = {}
        self._lock = lock
        self._permissions: dict[str, list[dict[str, Any]]] = {}
        self._comments: dict[str, list[dict[str, Any]]] = {}
        self._facts: dict[str, dict[str, Any]] = {}  # parents, trashed, description: what Drive alone knows

    def forget(self) -> None:
        """No files any more, spreadsheets included."""
        for kept in (self._books, self._folders, self._permissions, self._comments, self._facts):
            kept.clear()  # type: ignore[attr-defined]

    def routes(self) -> list[Route]:
        one, permission = _FILES + "/{id}", _FILES + "/{id}/permissions"
        works = [
            ("GET", _FILES, self._list), ("POST", _FILES, self._create),
            ("GET", one, self._get), ("DELETE", one, self._delete), ("PATCH", one, self._update),
            ("POST", one + "/copy", self._copy), ("GET", one + "/export", self._export),
            ("GET", one + "/comments", self._list_comments), ("POST", one + "/comments", self._comment),
            ("GET", permission, self._list_permissions), ("POST", permission, self._permit),
            ("GET", permission + "/{permission}", self._get_permission),
            ("PATCH", permission + "/{permission}", self._change_permission),
            ("DELETE", permission + "/{permission}", self._forbid),
            ("GET", "/drive/v3/about", self._about), ("PUT", "/upload/drive/v2/files/{id}", self._upload),
        ]  # fmt: skip
        return [Route(path, self._answered(work), methods=[verb]) for verb, path, work in works]

    def _answered(self, work: Any) -> Any:
        async def endpoint(request: Request) -> Response:
            content = await request.body()
            ask_as(request.headers.get("authorization", ""))
            try:
                with self._lock:
                    found = work(request, content)
                if isinstance(found, dict):
                    found = GoogleJSON(selected(found, parse_mask(request.query_params.get("fields") or "*")))
            except DriveError as error:
                return drive_error(error.code, str(error), error.reason, error.where)
            except RefusedError as error:
                return drive_error(400, str(error), "invalidParameter", "fields")
            except ValueError as error:
                return drive_error(400, str(error), "parseError")
            return Response(status_code=204, headers={"content-type": "text/html"}) if found is None else found

        return endpoint

    # Files -------------------------------------------------------------------------------------------------------

    def _book(self, request: Request, *, write: bool = False) -> Spreadsheet:
        """The spreadsheet that a request is about."""
        found = self._found(request, write=write)
        if isinstance(found, Folder):
            raise DriveError(403, "cannotCopyFile", "This file cannot be copied or exported by the user.")
        return found

    def _found(self, request: Request, *, write: bool = False) -> Spreadsheet | Folder:
        """The file that a request is about; DriveError where there is none or it may not be changed."""
        id = request.path_params["id"]
        files = self._books | self._folders
        role = role_in(files[id]) if id in files else ""
        if not role:
            raise DriveError(404, "notFound", f"File not found: {id}.", "fileId")
        if write and role in ("reader", "commenter"):
            message = "The user does not have sufficient permissions for this file."
            raise DriveError(403, "insufficientFilePermissions", message)
        return files[id]

    def _file(self, book: Spreadsheet | Folder) -> dict[str, Any]:
        kind = FOLDER if isinstance(book, Folder) else SPREADSHEET
        link = "drive/folders/{}" if isinstance(book, Folder) else "spreadsheets/d/{}/edit?usp=drivesdk"
        facts = {"parents": [ROOT], "trashed": False, "starred": False} | self._facts.get(book.id, {})
        return {"kind": "drive#file", "id": book.id, "name": book.title, "mimeType": kind} | facts | {
            "createdTime": _stamp(book.created), "modifiedTime": _stamp(book.modified),
            "owners": [{"kind": "drive#user", "emailAddress": book.owner, "displayName": book.owner}],
            "webViewLink": f"https://docs.google.com/{link.format(book.id)}",
            "permissions": self._permissions_of(book),
            "shared": len(self._permissions_of(book)) > 1, "capabilities": {"canEdit": True},
        }  # fmt: skip

    def _told(self, request: Request, book: Spreadsheet | Folder) -> dict[str, Any]:
        """A file: what a request names, or the four fields that Drive gives unasked."""
        file = self._file(book)
        if request.query_params.get("fields"):
            return file
        return {name: file[name] for name in ("kind", "id", "name", "mimeType")}

    def _list(self, request: Request, _content: bytes) -> dict[str, Any]:
        query = request.query_params
        size = _page_size(query.get("pageSize", "100"), 1_000)
        files = [self._file(book) for book in (self._books | self._folders).values() if role_in(book)]
        try:
            wanted = parse_query(query.get("q", ""))
            files = [
                file for file in files if wanted(file | {"owners": [each["emailAddress"] for each in file["owners"]]})
            ]
        except QueryError as error:
            raise DriveError(400, "invalid", str(error), "q") from error
        for key in reversed((query.get("orderBy") or "modifiedTime desc").split(",")):
            name, _, direction = key.strip().partition(" ")
            if name.removesuffix("_natural") not in (
                "name",
                "modifiedTime",
                "createdTime",
                "folder",
                "starred",
                "recency",
            ):
                raise DriveError(400, "invalid", "Invalid Value", "orderBy")
            field = {"folder": "mimeType", "recency": "modifiedTime", "name_natural": "name"}.get(name, name)
            files.sort(key=lambda file: file[field], reverse=direction == "desc")
        start = _page_start(query.get("pageToken", ""))
        more = {"nextPageToken": f"page-{start + size}"} if start + size < len(files) else {}
        page = files[start : start + size]
        if "fields" not in query:
            page = [{name: file[name] for name in ("kind", "id", "name", "mimeType")} for file in page]
        return {"kind": "drive#fileList", "incompleteSearch": False} | more | {"files": page}

    def _create(self, request: Request, content: bytes) -> dict[str, Any]:
        body = parse_json(content)
        if body.get("mimeType") == FOLDER:
            return self._add(request, Folder(new_id(), body.get("name") or "Untitled"), body)
        return self._add(request, Spreadsheet(new_id(), body.get("name") or "Untitled spreadsheet"), body)

    def _add(self, request: Request, book: Spreadsheet | Folder, body: dict[str, Any]) -> dict[str, Any]:
        book.owner = asking()
        if isinstance(book, Folder):
            self._folders[book.id] = book
        else:
            self._books[book.id] = book
        self._set(book, body)
        return self._told(request, book)

    def _set(self, book: Spreadsheet | Folder, body: dict[str, Any]) -> None:
        named = {
            name: body[name] for name in ("parents", "trashed", "starred", "description") if body.get(name) is not None
        }
        self._facts[book.id] = self._facts.get(book.id, {}) | named

    def _get(self, request: Request, _content: bytes) -> dict[str, Any]:
        return self._told(request, self._found(request))

    def _update(self, request: Request, content: bytes) -> dict[str, Any]:
        book, body, query = self._found(request, write=True), parse_json(content), request.query_params
        if body.get("name") and isinstance(book, Folder):
            book.title = body["name"]
        elif body.get("name") and isinstance(book, Spreadsheet):
            book.properties = book.properties | {"title": body["name"]}
        if "parents" in body:
            message = (
                "The parents field is not directly writable in update requests. Use the addParents and removeParents "
                "parameters instead."
            )
            raise DriveError(403, "fieldNotWritable", message)
        parents = [
            each for each in self._file(book)["parents"] if each not in query.get("removeParents", "").split(",")
        ]
        added = [each for each in query.get("addParents", "").split(",") if each]
        # A file has one parent: a new one takes the place of the old.
        self._set(book, body | {"parents": added[-1:] or parents})
        return self._told(request, book)

    def _delete(self, request: Request, _content: bytes) -> None:
        book = self._found(request)
        if role_in(book) != "owner":
            message = "The user does not have sufficient permissions for this file."
            raise DriveError(403, "insufficientFilePermissions", message)
        # With a folder goes what is in it.
        inside = [id for id, facts in self._facts.items() if book.id in facts.get("parents", [])]
        for id in [book.id, *inside]:
            for kept in (self._books, self._folders, self._permissions, self._comments, self._facts):
                kept.pop(id, None)  # type: ignore[attr-defined]

    def _copy(self, request: Request, content: bytes) -> dict[str, Any]:
        book, body = self._book(request), parse_json(content)
        twin = book.copy(new_id(), body.get("name") or f"Copy of {book.title}")
        return self._add(request, twin, {"parents": self._file(book)["parents"]} | body)

    def _export(self, request: Request, _content: bytes) -> Response:
        book, kind = self._book(request), request.query_params.get("mimeType", "")
        if not kind:
            raise DriveError(400, "required", "Required parameter: mimeType", "mimeType")
        found = exported(book, kind)
        if found is None:
            raise DriveError(400, "badRequest", "The requested conversion is not supported.", "convertTo")
        return Response(found, headers={"content-type": kind, "content-disposition": "attachment"})

    def _upload(self, request: Request, content: bytes) -> dict[str, Any]:
        book = self._book(request, write=True)
        filled(book, content.decode())
        role = role_in(book)
        return {
            "kind": "drive#file", "id": book.id, "title": book.title, "mimeType": SPREADSHEET,
            "userPermission": {"kind": "drive#permission", "id": "me", "type": "user", "role": role},
            "ownerNames": [book.owner], "lastModifyingUserName": asking(), "editable": True, "copyable": True,
            "shared": len(self._permissions_of(book)) > 1, "explicitlyTrashed": False, "spaces": ["drive"],
            "labels": dict.fromkeys(("starred", "hidden", "trashed", "restricted"), False) | {"viewed": True},
            "createdDate": _stamp(book.created), "modifiedDate": _stamp(book.modified),
            "alternateLink": f"https://docs.google.com/spreadsheets/d/{book.id}/edit?usp=drivesdk",
        }  # fmt: skip

    def _about(self, request: Request, _content: bytes) -> dict[str, Any]:
        if not request.query_params.get("fields"):
            message = "The 'fields' parameter is required for this method."
            raise DriveError(400, "required", message, "fields")
        return {"kind": "drive#about", "user": {"kind": "drive#user", "emailAddress": asking(), "me": True}}

    # Comments ----------------------------------------------------------------------------------------------------

    def _list_comments(self, request: Request, _content: bytes) -> dict[str, Any]:
        return {"kind": "drive#commentList", "comments": self._comments.get(self._book(request).id, [])}

    def _comment(self, request: Request, content: bytes) -> dict[str, Any]:
        book = self._book(request)
        if not request.query_params.get("fields"):
            message = "The 'fields' parameter is required for this method."
            raise DriveError(400, "required", message, "fields")
        comment = {"kind": "drive#comment", "id": secrets.token_hex(6), "deleted": False} | parse_json(content)
        self._comments.setdefault(book.id, []).append(comment)
        return comment

    # Permissions -------------------------------------------------------------------------------------------------

    def _permissions_of(self, book: Spreadsheet | Folder) -> list[dict[str, Any]]:
        owner = {"kind": "drive#permission", "id": "owner", "type": "user", "emailAddress": book.owner, "role": "owner"}
        return self._permissions.setdefault(book.id, [owner])

    def _list_permissions(self, request: Request, _content: bytes) -> dict[str, Any]:
        found = self._permissions_of(self._found(request))
        if not request.query_params.get("fields"):
            found = [{name: each[name] for name in ("id", "type", "kind", "role")} for each in found]
        size, start = _page_size(request.query_params.get("pageSize", "100"), 100), 0
        start = _page_start(request.query_params.get("pageToken", ""))
        more = {"nextPageToken": f"page-{start + size}"} if start + size < len(found) else {}
        return {"kind": "drive#permissionList"} | more | {"permissions": found[start : start + size]}

    def _permit(self, request: Request, content: bytes) -> dict[str, Any]:
        book, body = self._found(request, write=True), parse_json(content)
        for name, known in (("role", _ROLES), ("type", _TYPES)):
            if not body.get(name):
                raise DriveError(400, "required", f"The permission {name} field is required.", f"permission.{name}")
            if body[name] not in known:
                raise DriveError(
                    400, "invalid", f"The specified {name} is invalid or not supported.", f"permission.{name}"
                )
        address = {"user": "emailAddress", "group": "emailAddress", "domain": "domain"}.get(body["type"])
        if address and not body.get(address):
            message = f"The {address} field is required for this permission type."
            raise DriveError(400, "invalidSharingRequest", message)
        if address == "emailAddress" and not re.fullmatch(r"[^@\s]+@[^@\s]+", body[address]):
            message = "The specified emailAddress is invalid or not applicable for the given permission type."
            raise DriveError(400, "invalid", message, "permission.emailAddress")
        if body["role"] == "owner" and body.get("emailAddress") == book.owner:
            return self._permissions_of(book)[0]  # who owns it already is given nothing
        if body["role"] == "owner" and request.query_params.get("transferOwnership", "").lower() != "true":
            message = "The transferOwnership parameter must be enabled when the permission role is 'owner'."
            raise DriveError(403, "forbidden", message, "transferOwnership")
        kept = {name: value for name, value in body.items() if name != "withLink"}
        permissions = self._permissions_of(book)
        same = [each for each in permissions if address and each.get(address) == body[address]]
        id = "anyoneWithLink" if body["type"] == "anyone" else str(secrets.randbelow(9 * 10**19) + 10**19)
        made = {"kind": "drive#permission", "id": same[0]["id"] if same else id} | kept
        permissions[:] = [each for each in permissions if each["id"] != made["id"]] + [made]
        self._share(book)
        return (
            made
            if request.query_params.get("fields")
            else {name: made[name] for name in ("kind", "id", "type", "role")}
        )

    def _permission(self, request: Request) -> tuple[Spreadsheet | Folder, dict[str, Any]]:
        book, id = self._found(request), request.path_params["permission"]
        for each in self._permissions_of(book):
            if each["id"] == id:
                return book, each
        raise DriveError(404, "notFound", f"Permission not found: {id}.", "permissionId")

    def _get_permission(self, request: Request, _content: bytes) -> dict[str, Any]:
        return self._permission(request)[1]

    def _change_permission(self, request: Request, content: bytes) -> dict[str, Any]:
        book, kept = self._permission(request)
        body = parse_json(content)
        if body.get("role") == "owner":
            if request.query_params.get("transferOwnership", "").lower() != "true":
                message = "The transferOwnership parameter must be enabled when the permission role is 'owner'."
                raise DriveError(403, "forbidden", message, "transferOwnership")
            for each in self._permissions_of(book):
                each["role"] = "writer" if each["role"] == "owner" else each["role"]
            book.owner = kept.get("emailAddress", book.owner)
        kept |= body
        self._share(book)
        return kept

    def _forbid(self, request: Request, _content: bytes) -> None:
        book, kept = self._permission(request)
        if kept["role"] == "owner":
            raise DriveError(403, "insufficientFilePermissions", "The owner of a file cannot be removed.")
        self._permissions_of(book).remove(kept)
        self._share(book)

    def _share(self, book: Spreadsheet | Folder) -> None:
        permissions = self._permissions_of(book)
        book.roles = {each.get("emailAddress", ""): each["role"] for each in permissions if each["type"] != "domain"}


def new_id() -> str:
    """An id of the length that Google gives."""
    return "1" + secrets.token_urlsafe(40)[:43]


def _page_size(text: str, most: int) -> int:
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise DriveError(
            400, "invalid", f"Invalid value '{text}'. Values must be within the range: [1, {most}]", "pageSize"
        )
    return int(text)


def _page_start(token: str) -> int:
    if not token:
        return 0
    if not token.startswith("page-") or not token[5:].isdigit():
        raise DriveError(400, "invalid", "Invalid Value", "pageToken")
    return int(token[5:])


def _stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
