"""Google's limits, each as one named constant, with where it was read."""

from typing import Final

ROWS_PER_ROUND: Final = 500  # ours: well under 2 MB a request (Google's usage-limits page recommends at most that)
CHARACTERS_PER_CELL: Final = 50_000  # second-hand
WRITES_PER_MINUTE: Final = 60  # per user and project; Google's usage-limits page
ROUND_SECONDS: Final = 2 * 60 / WRITES_PER_MINUTE  # a round is one write: half the quota is left to people
ROWS_ADDED_AT_ONCE: Final = 1_000  # ours: how much a full tab grows
