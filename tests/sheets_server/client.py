"""The real gspread, led to the loopback server instead of Google."""

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import gspread
import requests
from requests.adapters import HTTPAdapter

GOOGLE_HOSTS = ("https://sheets.googleapis.com", "https://www.googleapis.com")


class _Loopback(HTTPAdapter):
    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = urlsplit(base)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.url = urlunsplit(parts._replace(scheme=self._base.scheme, netloc=self._base.netloc))
        return super().send(request, *args, **kwargs)


def loopback_client(url: str, *, timeout: float = 10) -> gspread.Client:
    """A gspread client whose every call to Google's hosts goes to the loopback server at `url`."""
    session = requests.Session()
    for host in GOOGLE_HOSTS:
        session.mount(host, _Loopback(url))
    client = gspread.Client(auth=None, session=session)
    client.set_timeout(timeout)
    return client
