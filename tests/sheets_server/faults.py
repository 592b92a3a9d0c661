"""What goes wrong on purpose: single planned faults, or a seeded plan over all requests."""

import random
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong with a request.

    A `status` is answered and nothing applied. The connection is reset "before" or "after" the change is applied. All
    else comes after it: the answer is `delay` seconds late, or it is cut short, either in its "body", which then looks
    whole, or by the end of the "connection".
    """

    status: int = 0
    reset: str = ""
    retry_after: int | None = None
    delay: float = 0
    cut: str = ""

    @property
    def name(self) -> str:
        """What the counts call it."""
        if self.status:
            return f"{self.status}" + (" with Retry-After" if self.retry_after is not None else "")
        if self.reset:
            return f"reset {self.reset}"
        return f"cut {self.cut}" if self.cut else "late"


PASSING = (
    Fault(429), Fault(429, retry_after=1), Fault(500), Fault(503), Fault(reset="before"), Fault(reset="after"),
    Fault(cut="body"), Fault(cut="connection"),
)  # fmt: skip


class FaultPlan:
    """Faults in the order they come: those queued first, then a share of all requests, drawn from a seed."""

    def __init__(self) -> None:
        self.queue: deque[Fault | None] = deque()
        self.counts: Counter[str] = Counter()
        self._random: random.Random | None = None
        self._share = 0.0
        self._kinds: Sequence[Fault] = ()

    def seed(self, seed: int, *, share: float, kinds: Sequence[Fault] = PASSING) -> None:
        """From now on a share of the requests fails, the same ones for the same seed; a share of 0 ends it."""
        self._random, self._share, self._kinds = random.Random(seed), share, kinds

    def end(self) -> None:
        """No more faults, and none counted."""
        self.queue.clear()
        self.counts.clear()
        self._random = None

    def next(self) -> Fault | None:
        """What the request that comes now meets."""
        fault: Fault | None = None
        if self.queue:
            fault = self.queue.popleft()
        elif self._random and self._random.random() < self._share:
            fault = self._random.choice(self._kinds)
        if fault:
            self.counts[fault.name] += 1
        return fault
