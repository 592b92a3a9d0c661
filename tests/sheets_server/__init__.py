"""A loopback Google Sheets server: the Sheets v4 and Drive v3 answers that gspread asks for, on 127.0.0.1.

Every request is checked against Google's own discovery document. `LoopbackSheets` runs it in a thread and lets a test
look into the grid, read the record of requests and plan faults; `python -m tests.sheets_server` runs it as a process,
and its `--help` tells how to ask it; `loopback_client` is the real gspread, led to it.

Who asks: a bearer token that is an e-mail address is that person's; any other token, or none, is the owner's. So
protected ranges, sharing and 403 can be tried as several people; keys, signatures and scopes are not looked at.

Deliberately not simulated:

- Slicers, tables, data sources, charts on sheets of their own, comment threads on cells, `autoFill`, `randomizeRange`
  and pasted HTML: such a request is refused with 400 and "not played by the loopback server". Charts, filter views and
  bands are kept, but draw, hide and colour nothing; conditional formats by number, text, blank or formula are seen in
  `effectiveFormat`, colour scales are not. Data validation is kept; no value is held to it.
- Formulas beyond arithmetic, comparison, joining, references, names and some sixty functions: all others are `#NAME?`.
  No arrays spill, and a formula's result takes on no number format from the cells that it reads; what `DATE`, `TIME`,
  `NOW` and `TODAY` give is shown as a date.
- Locales other than `en_US` and time zones: dates are typed and shown as in the United States, `NOW` is UTC.
- Hyperlinks, smart chips, pivot tables, images. Runs of rich text are kept as they were sent.
- References in formulas follow inserted, deleted and moved rows and columns, renamed tabs and cells that are cut and
  pasted in their tab, but not cells that are cut and pasted to another tab.
- Exports to PDF, ODS and ZIP are empty files of their kind; CSV, TSV and XLSX hold the values.
- Drive has spreadsheets and folders only: no revisions, no shared drives; `sharedWithMe` and `fullText` find
  nothing. A copy keeps no comments unless gspread copies them.
- The pixels of a fitted column are estimated from the number of letters.
- Concurrent edits: requests are answered one after another. The quota of Drive is not kept.
"""

from tests.sheets_server.client import loopback_client
from tests.sheets_server.faults import Fault
from tests.sheets_server.server import LoopbackSheets

__all__ = ["Fault", "LoopbackSheets", "loopback_client"]
