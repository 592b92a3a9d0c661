"""What a statistic may come out as: an estimate, too little data for one, or hidden to protect people.

The three are different things and stay different values up to the screen: none of them is ever a zero.
"""

from dataclasses import dataclass
from typing import Literal

NoEstimate = Literal["no_answers", "one_answer", "all_alike"]
Hidden = Literal["small_group", "recoverable", "small_remainder"]


class UnusableDataError(ValueError):
    """Data that a method cannot say anything about; one sentence says what is wrong and what to do."""


@dataclass(frozen=True)
class Estimate:
    """An estimate with the limits of its interval, the number of cases behind it and the method's name."""

    value: float
    low: float
    high: float
    n: int
    method: str
    level: float = 0.95


@dataclass(frozen=True)
class NotEstimable:
    """Too little data for a statement. `no_answers`: nobody answered; `one_answer`: a spread needs two.

    all_alike: where nothing differs, nothing can be told of differences.
    """

    reason: NoEstimate


@dataclass(frozen=True)
class Suppressed:
    """Hidden to protect the people behind it: the number has not left the report.

    small_group: fewer answers than may be shown; recoverable: it would give a smaller hidden group away by subtraction;
    small_remainder: what remains of a whole without the viewer's own part is too small a group.
    """

    reason: Hidden
