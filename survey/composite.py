"""The composite score of one instrument from (items answered, total of their levels).

Reversed items are turned before they are added, so a high total always means more compassion. Everything a score needs
is those two integers, which is why tallies keep exactly them.
"""

import numpy as np
from numpy.typing import NDArray

from survey.instrument import Instrument


def forward_level(instrument: Instrument, slot: int, level: int) -> int:
    """The level as it counts: mirrored on the scale where the item is reversed."""
    if instrument.items[slot].reversed:
        return instrument.scale.values[0] + instrument.top_level - level
    return level


def score_composite(instrument: Instrument, answered: int, total: int) -> float | None:
    """The score on the instrument's own range, or None when fewer than `minimum_answered` items were answered.

    Missing items take the person's own mean (for a mean rule that is the mean of the answered items).
    `total` is the sum of the answered items' forward levels.
    """
    if answered < instrument.scoring.minimum_answered:
        return None
    mean = total / answered
    return mean * len(instrument.items) if instrument.scoring.rule == "sum" else mean


def score_percents(
    instrument: Instrument, answered: NDArray[np.int64], total: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Scores as percent of the maximum possible, 0 to 100 (POMP; Cohen et al. 1999, doi:10.1207/S15327906MBR3403_2).

    POMP = 100 (mean − lowest level) / (highest level − lowest level), for (N,) items answered and totals of forward
    levels; nan where fewer than `minimum_answered` items were answered.
    """
    low, high = instrument.scale.values[0], instrument.top_level
    scored = answered >= instrument.scoring.minimum_answered
    return np.where(scored, 100.0 * (total - low * answered) / np.maximum((high - low) * answered, 1), np.nan)
