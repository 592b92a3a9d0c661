"""What a run of many timed calls says: how many a second, and the quantiles of their times."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Latency:
    """Calls a second, and quantiles of a call's time in milliseconds."""

    calls: int
    per_second: float
    p50: float
    p95: float
    p99: float

    def row(self) -> str:
        """The cells of a Markdown table's row."""
        return f"{self.calls} | {self.per_second:,.0f} | {self.p50:,.1f} | {self.p95:,.1f} | {self.p99:,.1f}"


def summarise(seconds: Sequence[float], elapsed: float) -> Latency:
    """The summary of calls that took `seconds` each, in `elapsed` seconds all together."""
    p50, p95, p99 = np.percentile(np.array(seconds) * 1_000, [50, 95, 99])
    return Latency(len(seconds), len(seconds) / elapsed, float(p50), float(p95), float(p99))
