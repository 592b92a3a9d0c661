"""Who asks, and what protects a range from them."""

from contextvars import ContextVar
from typing import Any, Protocol

OWNER = "owner@loopback.invalid"  # who asks when a request does not say
PROTECTED = (
    "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection if "
    "you need to edit."
)
_asking: ContextVar[str] = ContextVar("asking", default=OWNER)


def asking() -> str:
    """The e-mail address of whoever sent the request that is being answered."""
    return _asking.get()


def ask_as(authorization: str) -> None:
    """Takes the bearer token for an address; one that is no address is the owner's."""
    token = authorization.removeprefix("Bearer ").strip()
    _asking.set(token if "@" in token else OWNER)


class Shared(Protocol):
    """What is owned by one and shared with others: a spreadsheet."""

    owner: str
    roles: dict[str, str]


def role_in(book: Shared) -> str:
    """What the one who asks may do with a spreadsheet: owner, writer, commenter, reader, or "" for nothing."""
    if asking() == book.owner:
        return "owner"
    return book.roles.get(asking()) or book.roles.get("", "")


def may_edit(protected: dict[str, Any]) -> bool:
    """Whether the one who asks may edit a protected range."""
    if protected.get("warningOnly") or asking() == OWNER:
        return True
    editors = protected.get("editors", {})
    return asking() in editors.get("users", []) or bool(editors.get("domainUsersCanEdit"))


def covers(area: dict[str, Any], row: int, column: int) -> bool:
    """Whether a GridRange holds a cell."""
    return (
        area.get("startRowIndex", 0) <= row < area.get("endRowIndex", row + 1)
        and area.get("startColumnIndex", 0) <= column < area.get("endColumnIndex", column + 1)
    )  # fmt: skip


def is_protected(protected: list[dict[str, Any]], row: int, column: int) -> bool:
    """Whether one of the protected ranges keeps the one who asks from editing a cell."""
    return any(
        covers(each.get("range", {}), row, column)
        and not any(covers(free, row, column) for free in each.get("unprotectedRanges", []))
        and not may_edit(each)
        for each in protected
    )
