"""A loopback Google Sheets server: the Sheets v4 and Drive v3 answers that gspread asks for, on 127.0.0.1.

Every request is checked against Google's own discovery document. `LoopbackSheets` runs it in a thread and lets a test
look into the grid, read the record of requests and plan faults; `python -m tests.sheets_server` runs it as a process;
`loopback_client` is the real gspread, led to it.
"""

from tests.sheets_server.client import loopback_client
from tests.sheets_server.faults import Fault
from tests.sheets_server.server import LoopbackSheets

__all__ = ["Fault", "LoopbackSheets", "loopback_client"]
