"""Google's limits and what the mirror makes of them, each as one named constant, with where it was read."""

from typing import Final

CHARACTERS_PER_CELL: Final = 50_000  # second-hand
CELLS_PER_SPREADSHEET: Final = 10_000_000  # second-hand
TABS_PER_SPREADSHEET: Final = 200  # second-hand
READS_PER_MINUTE: Final = 60  # per user and project; Google's usage-limits page
WRITES_PER_MINUTE: Final = 60  # the same page
REQUEST_SECONDS: Final = 180  # from memory: a request that takes longer fails, so none is applied later than this

# Ours: from one write (read) to the next, so that no minute holds as many as are allowed.
PACE_SECONDS: Final = 60 / (min(READS_PER_MINUTE, WRITES_PER_MINUTE) - 5)
FULL_SHARE: Final = 0.9  # ours: the rest of a spreadsheet's cells is left to people, and to putting tabs right
ROWS_PER_ROUND: Final = 500  # ours: well under 2 MB a request (Google's usage-limits page recommends at most that)
ROWS_ADDED_AT_ONCE: Final = 1_000  # ours: how much a full tab grows
ROWS_PER_PART: Final = 100_000  # ours: a tab that people can still open; then the next one begins
ROWS_READ_AT_ONCE: Final = 5_000  # ours: whole rows in one request
IDS_READ_AT_ONCE: Final = 50_000  # ours: cells of the id column in one request
ROWS_SORTED_AT_ONCE: Final = 20_000  # ours: places written in one request when rows are put back in order
