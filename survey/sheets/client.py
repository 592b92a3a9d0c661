"""Talking to Google Sheets: a gspread client with a time-out, retries only where a retry can help, errors in words."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal
from urllib.parse import urlsplit, urlunsplit

import gspread
import requests
from google.auth.exceptions import GoogleAuthError, TransportError
from google.oauth2.service_account import Credentials
from gspread.exceptions import APIError
from requests.adapters import HTTPAdapter
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from survey.sheets.limits import PACE_SECONDS

Kind = Literal["read", "write"]

GOOGLE: Final = ("https://sheets.googleapis.com", "https://www.googleapis.com")
# `drive.file` reaches only files that the mirror made itself, or that were shared with it by name.
SCOPES: Final = ("https://www.googleapis.com/auth/spreadsheets", "https://www.googleapis.com/auth/drive.file")
ATTEMPTS: Final = 6
LONGEST_WAIT: Final = 60
PASSING: Final = frozenset({429, 500, 502, 503, 504})
_LOST_ON_THE_WAY: Final = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.JSONDecodeError,  # an answer that was cut short
)
LOST: Final = {
    401: "Google does not accept the service account's key any more.",
    403: "The spreadsheet is not shared with the service account, or the Sheets API is not enabled.",
    404: "There is no spreadsheet at this address.",
}


class MirrorError(Exception):
    """The mirror cannot go on for now; the sentence says why in plain words."""


class AccessLostError(MirrorError):
    """Google refuses access: no retry helps until a person has mended it."""


class RowsRefusedError(MirrorError):
    """Google refuses what was to be written, with 400."""


class SpreadsheetFullError(RowsRefusedError):
    """The spreadsheet has no room for more cells."""


@dataclass(frozen=True)
class SheetsConnection:
    """Where the mirror is and how to get in. `api_base` stands in for Google's hosts, without a key, in tests.

    further: spreadsheets, by id or address, that take the next rows when the first is full.
    share_with: who gets to see spreadsheets that the mirror makes when all of those are full; empty: it makes none.
    """

    spreadsheet: str
    service_account: Mapping[str, Any] | None = None
    api_base: str | None = None
    timeout_seconds: float = 60
    further: tuple[str, ...] = ()
    share_with: tuple[str, ...] = ()

    @property
    def spreadsheet_id(self) -> str:
        """The id, from an id or an address such as https://docs.google.com/spreadsheets/d/ID/edit."""
        return id_of(self.spreadsheet)

    @property
    def account_email(self) -> str | None:
        """The address that the spreadsheet must be shared with."""
        found = (self.service_account or {}).get("client_email")
        return found if isinstance(found, str) else None


def id_of(spreadsheet: str) -> str:
    """A spreadsheet's id, from its address or the id itself."""
    match = re.search(r"/spreadsheets/d/([\w-]+)", spreadsheet)
    return match.group(1) if match else spreadsheet.strip()


class _OtherHost(HTTPAdapter):
    """Sends what is meant for Google's host to another one."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = urlsplit(base)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.url = urlunsplit(parts._replace(scheme=self._base.scheme, netloc=self._base.netloc))
        return super().send(request, *args, **kwargs)


class SheetsClient:
    """The few calls that the mirror makes. Each is safe to repeat: rows have addresses of their own.

    `book` is a spreadsheet's id; without one it is the connection's. `before_request` is called before every request, a
    repeated one too; what it raises ends the call. Reads and writes keep a pace that stays under Google's quota.
    """

    def __init__(
        self,
        connection: SheetsConnection,
        *,
        wait: Callable[[float], None],
        clock: Callable[[], float] = time.monotonic,
        pace_seconds: float = PACE_SECONDS,
    ) -> None:
        self.connection = connection
        self.timeout_seconds = connection.timeout_seconds
        self.before_request: Callable[[], None] = lambda: None
        self._gspread = _gspread_client(connection)
        self._http = self._gspread.http_client
        self._http.set_timeout(connection.timeout_seconds)
        self._wait = wait
        self._clock = clock
        self._pace_seconds = pace_seconds
        self._not_before: dict[Kind, float] = {"read": 0.0, "write": 0.0}

    def metadata(self, book: str | None = None) -> dict[str, Any]:
        """The spreadsheet's title, and its tabs with ids and sizes."""
        which = book or self.connection.spreadsheet_id
        found: dict[str, Any] = self._call("read", lambda: self._http.fetch_sheet_metadata(which))
        return found

    def read(self, ranges: list[str], book: str | None = None) -> list[list[list[Any]]]:
        """The values of several ranges, in one request."""
        which = book or self.connection.spreadsheet_id
        options: dict[str, Any] = {"valueRenderOption": "UNFORMATTED_VALUE"}
        answer = self._call("read", lambda: self._http.values_batch_get(which, ranges, options))
        return [found.get("values", []) for found in answer["valueRanges"]]

    def change(self, changes: Sequence[dict[str, Any]], book: str | None = None) -> None:
        """Several changes in one request, applied as a whole or not at all."""
        which, body = book or self.connection.spreadsheet_id, {"requests": list(changes)}
        self._call("write", lambda: self._http.batch_update(which, body))

    def create(self, title: str) -> str:
        """Make a spreadsheet, share it as the connection says, and return its id.

        An answer lost on the way leaves an empty spreadsheet behind that nobody is told of.
        """
        made = self._call("write", lambda: self._gspread.create(title))
        for email in self.connection.share_with:
            self._call("write", partial(made.share, email, "user", "writer", notify=False))
        return str(made.id)

    def rest(self) -> None:
        """Let a pace pass before the next read and write: another worker may have made one a moment ago."""
        kind: Kind
        for kind in self._not_before:
            self._not_before[kind] = max(self._not_before[kind], self._clock() + self._pace_seconds)

    def _keep_pace(self, kind: Kind) -> None:
        now = self._clock()
        if now < self._not_before[kind]:
            self._wait(self._not_before[kind] - now)
        self._not_before[kind] = max(now, self._not_before[kind]) + self._pace_seconds

    def _call(self, kind: Kind, call: Callable[[], Any]) -> Any:
        retrying = Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_attempt(ATTEMPTS),
            wait=_waiting,
            sleep=self._wait,
            reraise=True,
        )

        def attempt() -> Any:
            self._keep_pace(kind)
            self.before_request()
            return call()

        try:
            return retrying(attempt)
        except APIError as error:
            raise _in_words(error) from error
        except (requests.RequestException, TransportError) as error:
            raise MirrorError(f"Google cannot be reached: {type(error).__name__}.") from error
        except GoogleAuthError as error:
            if getattr(error, "retryable", False):
                raise MirrorError("Google's sign-in is out of order for now.") from error
            raise AccessLostError(LOST[401]) from error


def _gspread_client(connection: SheetsConnection) -> gspread.Client:
    if connection.api_base is not None:
        session = requests.Session()
        for host in GOOGLE:
            session.mount(host, _OtherHost(connection.api_base))
        return gspread.Client(auth=None, session=session)  # type: ignore[arg-type]  # as gspread documents
    if connection.service_account is None:
        raise AccessLostError("No service account is configured under [gcp_service_account].")
    try:
        info = dict(connection.service_account)
        credentials = Credentials.from_service_account_info(info, scopes=SCOPES)  # type: ignore[no-untyped-call]
    except ValueError as error:
        raise AccessLostError(f"The service account under [gcp_service_account] is not complete: {error}.") from error
    return gspread.Client(auth=credentials)


def _is_passing(error: BaseException) -> bool:
    if isinstance(error, APIError):
        return error.response.status_code in PASSING
    return isinstance(error, _LOST_ON_THE_WAY)


_exponential = wait_random_exponential(multiplier=1, max=LONGEST_WAIT)


def _waiting(state: RetryCallState) -> float:
    """Truncated exponential backoff with jitter, never less than what Google's Retry-After asks for."""
    wanted = 0.0
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, APIError):
        header = error.response.headers.get("Retry-After", "")
        wanted = float(header) if header.isdigit() else 0.0
    return max(_exponential(state), min(wanted, LONGEST_WAIT))


def _in_words(error: APIError) -> MirrorError:
    status = error.response.status_code
    if status in LOST:
        return AccessLostError(LOST[status])
    message = str(error.error.get("message", "")) if isinstance(error.error, dict) else str(error)
    if status == 400 and re.search(r"above the limit of \d+ cells", message):
        return SpreadsheetFullError(f"The spreadsheet is full: {message}")
    if status == 400:
        return RowsRefusedError(f"Google refuses the request: {message}")
    return MirrorError(f"Google answers {status}: {message}")
