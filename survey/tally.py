"""The tally of a group of responses: its sufficient statistics, additive and exact.

Every statistic on every screen is a function of tallies. Two disjoint groups' tallies add up to the union's, and what
an erased response added is subtracted again, to the last unit, because everything here is a whole number.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from survey.composite import forward_level, score_percents
from survey.instrument import Instrument
from survey.respondent import ADJUSTERS
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
    def scored(self) -> int:
        """Responses with enough answers for a score."""
        least = self.instrument.scoring.minimum_answered
        return sum(count for (answered, _), count in self.scores.items() if answered >= least)

    @property
    def n_complete(self) -> int:
        """Responses with every item answered: the cases behind `complete_sums` and `products`."""
        k = len(self.instrument.items)
        return sum(count for (answered, _), count in self.scores.items() if answered == k)

    def percent_histogram(self) -> tuple[NDArray[np.float64], Counts]:
        """Composite scores, 0 to 100, in rising order, and how many responses have each; unscored ones left out."""
        if not self.scores:
            return np.zeros(0), np.zeros(0, np.int64)
        answered, total = np.array(list(self.scores), np.int64).T
        percents = score_percents(self.instrument, answered, total)
        scored = ~np.isnan(percents)
        values, place = np.unique(percents[scored], return_inverse=True)
        counts = np.zeros(len(values), np.int64)
        np.add.at(counts, place, np.array(list(self.scores.values()), np.int64)[scored])
        return values[counts > 0], counts[counts > 0]

    def __add__(self, other: "Tally") -> "Tally":
        return self._combined(other, 1)

    def __sub__(self, other: "Tally") -> "Tally":
        return self._combined(other, -1)

    def __neg__(self) -> "Tally":
        return empty_tally(self.instrument) - self

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
        return Tally(
            self.instrument,
            _sum_counts(self.scores, other.scores, sign),
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
    return tally_responses([response], instrument)


def tally_responses(responses: Iterable[Response], instrument: Instrument) -> Tally:
    """What these responses of one group add to it.

    Counted in plain numbers: for the few responses that come in together an array's overhead is most of the work.
    """
    items, lowest = range(len(instrument.items)), instrument.scale.values[0]
    scores: defaultdict[tuple[int, int], int] = defaultdict(int)
    levels = [[0] * len(instrument.scale.values) for _ in items]
    missing = [[0] * len(NotAnswered) for _ in items]
    complete: list[list[int]] = []
    for response in responses:
        forward: list[int] = []
        for slot, answer in enumerate(response.answers):
            if isinstance(answer, NotAnswered):
                missing[slot][answer] += 1
            else:
                levels[slot][answer - lowest] += 1
                forward.append(forward_level(instrument, slot, answer))
        scores[len(forward), sum(forward)] += 1
        if len(forward) == len(items):
            complete.append(forward)
    answers = np.array(complete, np.int64).reshape(-1, len(items))
    return Tally(
        instrument,
        dict(scores),
        np.array(levels, np.int64),
        np.array(missing, np.int64),
        answers.sum(axis=0),
        answers.T @ answers,
    )


def add_tallies(instrument: Instrument, tallies: Iterable[Tally]) -> Tally:
    """The tally of the union of disjoint groups."""
    parts = [empty_tally(instrument), *tallies]
    if any(each.instrument.key != instrument.key for each in parts):
        raise ValueError(f"Only tallies of {instrument.key} add up to one of it.")
    scores: Counter[tuple[int, int]] = Counter()
    for each in parts:
        for key, count in each.scores.items():
            scores[key] += count
    levels, missing, sums, products = (sum(arrays) for arrays in zip(*(each._arrays for each in parts), strict=True))
    return Tally(instrument, {key: count for key, count in scores.items() if count}, levels, missing, sums, products)


@dataclass(frozen=True)
class AdjusterTally:
    """What case-mix adjustment needs of one group: scores one stratum at a time, and strata two at a time.

    scores: responses by (stratum, items answered, total of forward levels); a stratum is named such as `language=es`.
    pairs: scored responses by two strata of different adjusters, in the order of `ADJUSTERS`.
    Who gave no answer to an adjuster is in none of its strata.
    """

    instrument: Instrument
    scores: Mapping[tuple[str, int, int], int]
    pairs: Mapping[tuple[str, str], int]

    def __add__(self, other: "AdjusterTally") -> "AdjusterTally":
        return self._combined(other, 1)

    def __sub__(self, other: "AdjusterTally") -> "AdjusterTally":
        return self._combined(other, -1)

    def __neg__(self) -> "AdjusterTally":
        return AdjusterTally(self.instrument, {}, {}) - self

    def _combined(self, other: "AdjusterTally", sign: int) -> "AdjusterTally":
        if self.instrument.key != other.instrument.key:
            raise ValueError(f"Tallies of {self.instrument.key} and {other.instrument.key} do not add up.")
        return AdjusterTally(
            self.instrument, _sum_counts(self.scores, other.scores, sign), _sum_counts(self.pairs, other.pairs, sign)
        )


def stratum(adjuster: str, level: str) -> str:
    """The name of the stratum of responses with this level of an adjuster."""
    return f"{adjuster}={level}"


def strata_of(response: Response) -> tuple[str, ...]:
    """The strata that a response is in, in the order of `ADJUSTERS`."""
    levels = {
        "mode": response.mode, "respondent": response.respondent, "language": response.language, **response.about,
    }  # fmt: skip
    return tuple(stratum(adjuster, levels[adjuster]) for adjuster in ADJUSTERS if adjuster in levels)


def tally_adjusters(responses: Iterable[Response], instrument: Instrument) -> AdjusterTally:
    """What these responses of one group add to its adjusters."""
    scores: Counter[tuple[str, int, int]] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for each in responses:
        levels = [
            forward_level(instrument, slot, answer)
            for slot, answer in enumerate(each.answers)
            if not isinstance(answer, NotAnswered)
        ]
        answered, total = len(levels), sum(levels)
        strata = strata_of(each)
        scores.update((name, answered, total) for name in strata)
        if answered >= instrument.scoring.minimum_answered:
            pairs.update(combinations(strata, 2))
    return AdjusterTally(instrument, dict(scores), dict(pairs))


_Key = TypeVar("_Key")


def _sum_counts(one: Mapping[_Key, int], other: Mapping[_Key, int], sign: int) -> dict[_Key, int]:
    counts = Counter(one)
    for key, count in other.items():
        counts[key] += sign * count
    return {key: count for key, count in counts.items() if count}
