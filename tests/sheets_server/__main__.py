"""The loopback Google Sheets server as a process: Sheets v4 and the Drive v3 calls behind gspread, on 127.0.0.1.

It prints its address on one line and runs until it is ended. It starts with one empty spreadsheet, `book-1`; further
ones are made by POST /v4/spreadsheets or POST /drive/v3/files. Any bearer token, or none, is the owner's; one that is
an e-mail address (Authorization: Bearer someone@example.org) is that person's, for sharing, protection and 403.
"""

import argparse
import logging
import threading

from tests.sheets_server import Fault, LoopbackSheets
from tests.sheets_server import book as limits
from tests.sheets_server.faults import PASSING

_USE = """\
how to ask it:
  curl       curl ADDRESS/v4/spreadsheets/book-1/values/Sheet1!A1:B2
  gspread    client = tests.sheets_server.loopback_client("ADDRESS"), or mount an adapter that leads
             https://sheets.googleapis.com and https://www.googleapis.com to ADDRESS on the session of gspread.Client
  Google's   build("sheets", "v4", http=httplib2.Http(), static_discovery=True,
             client_options={"api_endpoint": "ADDRESS"})
  Compati    COMPATI_SHEETS__SPREADSHEET=book-1 COMPATI_SHEETS__API_BASE=ADDRESS python -m survey sync

faults, drawn from the seed with equal chance: 429 with and without Retry-After, 500, 503, the connection reset before
or after the change was applied, the body or the connection cut short; with --all-faults also 401, 403, 404 and answers
that come late.
What is not simulated: python -c "import tests.sheets_server as s; print(s.__doc__)"
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.sheets_server",
        description=__doc__,
        epilog=_USE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("--latency-ms", type=float, default=0, help="how long every answer takes (default 0)")
    parser.add_argument(
        "--per-minute", type=int, default=0,
        help="quota of reads and of writes a minute for each user, five times as much for all; 0 is none (default); "
        "Google's is 60",
    )  # fmt: skip
    parser.add_argument("--fault-share", type=float, default=0, help="share of the requests that fail (default 0)")
    parser.add_argument("--all-faults", action="store_true", help="also those that do not pass by themselves")
    parser.add_argument("--late-seconds", type=float, default=90, help="how late a late answer is (default 90)")
    parser.add_argument("--seed", type=int, default=0, help="which of them fail, and how (default 0)")
    parser.add_argument(
        "--cells", type=int, default=limits.CELL_LIMIT, help="how many cells a spreadsheet holds (default %(default)s)"
    )
    chosen = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    limits.CELL_LIMIT = chosen.cells
    with LoopbackSheets(port=chosen.port, latency=chosen.latency_ms / 1_000, per_minute=chosen.per_minute) as sheets:
        lasting = (Fault(401), Fault(403), Fault(404), Fault(delay=chosen.late_seconds)) if chosen.all_faults else ()
        sheets.plan.seed(chosen.seed, share=chosen.fault_share, kinds=(*PASSING, *lasting))
        print(sheets.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
