"""What a QR code or link opens. Tokens stand behind the `#`: browsers keep that to themselves, so no log has them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit


class AddressError(ValueError):
    """This is no address of a server that a phone could open."""


def visit_address(server: str, token: str) -> str:
    """Where somebody's own phone begins a visit; AddressError for a server's address that cannot be."""
    return f"{_origin(server)}/kiosk/#visit={quote(token)}"


def enrolment_address(server: str, code: str) -> str:
    """Where a tablet registers by a one-time code; AddressError for a server's address that cannot be."""
    return f"{_origin(server)}/kiosk/#enrol={quote(code)}"


def link_table(server: str, links: Sequence[str], expires_at: int) -> bytes:
    """A batch of links as CSV with the columns link and expires, for letters; AddressError as above."""
    expires = datetime.fromtimestamp(expires_at, UTC).date().isoformat()
    return "".join(["link,expires\n", *(f"{visit_address(server, link)},{expires}\n" for link in links)]).encode()


def _origin(server: str) -> str:
    try:
        parts = urlsplit(server.strip())
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    extra = not whole or parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if extra or not server.isascii() or not server.isprintable() or " " in server.strip():
        raise AddressError(f"{server!r} is no server's address such as https://compati.example.org: nothing after it.")
    return f"{parts.scheme}://{parts.netloc}"
