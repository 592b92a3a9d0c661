"""The rules that tell a change from chance on a chart over time, as NHS England's "Making Data Count" sets them.

Each rule returns which points belong to its pattern. Points are those with a value, in the order of time.
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.histogram import Floats

Signal = Literal["outside", "shift", "trend", "near_limit"]
Marks = NDArray[np.bool_]
Signs = NDArray[np.int8]

IN_A_ROW: Final = 7
NEAR: Final = 2 / 3
# A difference this small beside the numbers it comes from is rounding.
ROUNDING: Final = 16 * np.finfo(np.float64).eps


def sign_of_difference(values: Floats, others: Floats | float) -> Signs:
    """(n,) −1, 0 or 1: below, equal to (but for rounding) or above; 0 where the other is unknown (nan)."""
    difference = values - others
    rounding = ROUNDING * np.maximum(np.abs(values), np.abs(others))
    return np.where(np.abs(difference) > rounding, np.sign(difference), 0).astype(np.int8)


def run_lengths(signs: Signs) -> NDArray[np.int64]:
    """(n,) how many equal signs in a row each one stands in."""
    starts = np.flatnonzero(np.concatenate([[True], signs[1:] != signs[:-1]])) if len(signs) else np.array([], int)
    lengths = np.diff(np.append(starts, len(signs)))
    return np.repeat(lengths, lengths)


def mark_shift(sides: Signs) -> Marks:
    """Seven or more in a row on one side of the centre; a point on the centre ends a row."""
    return np.asarray((sides != 0) & (run_lengths(sides) >= IN_A_ROW))


def mark_trend(values: Floats) -> Marks:
    """Seven or more in a row that are each above (or each below) the one before; where they set out is not marked."""
    marks = np.zeros(len(values), np.bool_)
    marks[1:] = mark_shift(sign_of_difference(values[1:], values[:-1]))
    return marks


def mark_outside(values: Floats, center: float, reach: Floats) -> Marks:
    """Farther from the centre than `reach` (n,), the distance to the limits; none where that is unknown (nan)."""
    return np.asarray(_beyond(values, center, reach) != 0)


def mark_near_limit(values: Floats, center: float, reach: Floats) -> Marks:
    """At least two of three in a row more than two thirds of the way to the limit on the same side; marks those."""
    near = _beyond(values, center, NEAR * reach)
    marks = np.zeros(len(values), np.bool_)
    for side in (-1, 1):
        # Two neighbours suffice at either end, whatever came before or comes after.
        here = np.pad(near == side, 2)
        in_three = np.lib.stride_tricks.sliding_window_view(here, 3).sum(-1) >= 2
        marks |= here[2:-2] & (in_three[:-2] | in_three[1:-1] | in_three[2:])
    return marks


def name_signals(marks: dict[Signal, Marks]) -> list[tuple[Signal, ...]]:
    """(n,) each point's signals, in the order of the rules."""
    if not marks:
        return []
    points = zip(*(mark.tolist() for mark in marks.values()), strict=True)
    return [tuple(name for name, marked in zip(marks, point, strict=True) if marked) for point in points]


def _beyond(values: Floats, center: float, reach: Floats) -> Signs:
    high, low = sign_of_difference(values, center + reach), sign_of_difference(values, center - reach)
    return ((high > 0).astype(np.int8) - (low < 0)).astype(np.int8)
