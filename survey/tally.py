"""The tally of a group of responses: its sufficient statistics, additive and exact.

Every statistic on every screen is a function of tallies. Two disjoint groups' tallies add up to the union's, and what
an erased response added is subtracted again, to the last unit, because everything here is a whole number.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from survey.composite import forward_level, score_percent
from survey.instrument import Instrument
from survey.response import NotAnswered, Response

Counts = NDArray[np.int64]
WAYS_OF_NOT_ANSWERING = tuple(way.name for way in NotAnswered)


@dataclass(frozen=True, eq=False)
class Tally:
    """The counts of one group on one instrument version, k items and L levels.

    scores: responses by (items answered, total of forward levels); lossless for every composite.
    levels: (k, L) answers by item and level, as answered (not turned).
    missing: (k, 4) by item and way of not answering, in `NotAnswered`'s order.
    complete_sums: (k,) sums of forward levels over responses with every item answered.
    products: (k, k) sums of products of forward levels over those same responses, symmetric.
    """

    instrument: Instrument
    scores: Mapping[tuple[int, int], int]
    levels: Counts
    missing: Counts
    complete_sums: Counts
    products: Counts

    @property
    def n(self) -> int:
        """Responses in the group, scored or not."""
        return sum(self.scores.values())

    @property
    def n_complete(self) -> int:
        """Responses with every item answered: the cases behind `complete_sums` and `products`."""
        k = len(self.instrument.items)
        return sum(count for (answered, _), count in self.scores.items() if answered == k)

    def percent_histogram(self) -> tuple[NDArray[np.float64], Counts]:
        """Composite scores, 0 to 100, in rising order, and how many responses have each; unscored ones left out."""
        bins: Counter[float] = Counter()
        for (answered, total), count in self.scores.items():
            percent = score_percent(self.instrument, answered, total)
            if percent is not None and count:
                bins[percent] += count
        values = sorted(bins)
        return np.array(values, dtype=np.float64), np.array([bins[value] for value in values], dtype=np.int64)

    def __add__(self, other: "Tally") -> "Tally":
        return self._combined(other, 1)

    def __sub__(self, other: "Tally") -> "Tally":
        return self._combined(other, -1)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally):
            return NotImplemented
        return (
            self.instrument.key == other.instrument.key
            and dict(self.scores) == dict(other.scores)
            and all(np.array_equal(mine, theirs) for mine, theirs in zip(self._arrays, other._arrays, strict=True))
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def _arrays(self) -> tuple[Counts, ...]:
        return self.levels, self.missing, self.complete_sums, self.products

    def _combined(self, other: "Tally", sign: int) -> "Tally":
        if self.instrument.key != other.instrument.key:
            raise ValueError(f"Tallies of {self.instrument.key} and {other.instrument.key} do not add up.")
        scores = Counter(self.scores)
        for key, count in other.scores.items():
            scores[key] += sign * count
        return Tally(
            self.instrument,
            {key: count for key, count in scores.items() if count},
            self.levels + sign * other.levels,
            self.missing + sign * other.missing,
            self.complete_sums + sign * other.complete_sums,
            self.products + sign * other.products,
        )


def empty_tally(instrument: Instrument) -> Tally:
    """The tally of no responses: zero everywhere."""
    k, width = len(instrument.items), len(instrument.scale.values)
    return Tally(instrument, {}, _zeros(k, width), _zeros(k, len(NotAnswered)), _zeros(k), _zeros(k, k))


def _zeros(*shape: int) -> Counts:
    return np.zeros(shape, dtype=np.int64)


def tally_response(response: Response, instrument: Instrument) -> Tally:
    """What one response adds to its group."""
    tally = empty_tally(instrument)
    lowest = instrument.scale.values[0]
    forward: list[int] = []
    for slot, answer in enumerate(response.answers):
        if isinstance(answer, NotAnswered):
            tally.missing[slot, answer] = 1
        else:
            tally.levels[slot, answer - lowest] = 1
            forward.append(forward_level(instrument, slot, answer))
    if len(forward) == len(instrument.items):
        tally.complete_sums[:] = forward
        tally.products[:] = np.outer(forward, forward)
    return replace(tally, scores={(len(forward), sum(forward)): 1})


def add_tallies(instrument: Instrument, tallies: Iterable[Tally]) -> Tally:
    """The tally of the union of disjoint groups."""
    return sum(tallies, start=empty_tally(instrument))
