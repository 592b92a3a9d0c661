"""A loopback Google Sheets server: the Sheets v4 answers that gspread asks for, on 127.0.0.1.

Every request body is checked against Google's own discovery document. `LoopbackSheets` runs it in a thread and lets a
test look into the grid, count requests and plan faults; `python -m tests.sheets_server` runs it as a process.
"""

from tests.sheets_server.server import Fault, LoopbackSheets

__all__ = ["Fault", "LoopbackSheets"]
