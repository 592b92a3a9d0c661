"""Tallies of many responses at once, counted by columns: for a rebuild, where answer by answer would take hours.

The numbers are those of `tally_response` and `tally_adjusters`; the tests hold the two ways to each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from survey.instrument import Instrument
from survey.respondent import ADJUSTERS
from survey.response import NotAnswered
from survey.tally import AdjusterTally, Tally, stratum

Codes = NDArray[np.int64]
_WAYS = len(NotAnswered)


@dataclass(frozen=True, eq=False)
class Answers:
    """N responses to one instrument. codes: (N, k) levels counted from the lowest as 0; −1 − way where not answered."""

    instrument: Instrument
    codes: Codes

    def forward(self) -> Codes:
        """(N, k) levels as they count, 0 where not answered."""
        lowest, top = self.instrument.scale.values[0], self.instrument.top_level
        turned = np.array([item.reversed for item in self.instrument.items])
        levels = np.where(turned, top - self.codes, self.codes + lowest)
        return np.where(self.codes >= 0, levels, 0)

    def answered(self) -> Codes:
        """(N,) how many items were answered."""
        return np.asarray((self.codes >= 0).sum(axis=1), np.int64)


@dataclass(frozen=True, eq=False)
class GroupCounts:
    """The tallies of G groups as arrays.

    scores: (S, 4) group, items answered, total of forward levels and responses, sorted; levels: (G, k, L); missing:
    (G, k, 4); sums: (G, k) and products: (G, k, k) of complete responses.
    """

    instrument: Instrument
    scores: Codes
    levels: Codes
    missing: Codes
    sums: Codes
    products: Codes

    def tallies(self) -> list[Tally]:
        """Each group's tally."""
        ends = np.searchsorted(self.scores[:, 0], np.arange(len(self.levels) + 1))
        rows = self.scores[:, 1:].tolist()
        return [
            Tally(
                self.instrument,
                {(answered, total): count for answered, total, count in rows[ends[each] : ends[each + 1]]},
                self.levels[each],
                self.missing[each],
                self.sums[each],
                self.products[each],
            )
            for each in range(len(self.levels))
        ]


def count_groups(answers: Answers, group: Codes, groups: int) -> GroupCounts:
    """The counts of each group; `group` is each response's number, below `groups`."""
    forward, answered = answers.forward(), answers.answered()
    levels, missing = _count_items(answers, group, groups)
    complete = answered == forward.shape[1]
    sums, products = _multiply_items(forward[complete], group[complete], groups)
    scores = np.column_stack(_count_rows(group, answered, forward.sum(axis=1)))
    return GroupCounts(answers.instrument, scores, levels, missing, sums, products)


def _count_items(answers: Answers, group: Codes, groups: int) -> tuple[Codes, Codes]:
    """(groups, k, L) answers by level and (groups, k, 4) by way of not answering."""
    width = len(answers.instrument.scale.values) + _WAYS
    counted = np.stack(
        [
            np.bincount(group * width + codes + _WAYS, minlength=groups * width).reshape(groups, width)
            for codes in answers.codes.T
        ],
        axis=1,
    )
    return counted[:, :, _WAYS:], counted[:, :, _WAYS - 1 :: -1]


def _multiply_items(forward: Codes, group: Codes, groups: int) -> tuple[Codes, Codes]:
    """(groups, k) sums and (groups, k, k) sums of products over complete responses."""
    k = forward.shape[1]
    sums, products = np.zeros((groups, k), np.int64), np.zeros((groups, k, k), np.int64)
    # Summed in floats, which is fast: whole numbers far below 2**53 stay exact.
    columns = np.ascontiguousarray(forward.T.astype(np.float64))
    for one in range(k):
        sums[:, one] = np.bincount(group, columns[one], groups)
        for other in range(one, k):
            products[:, one, other] = products[:, other, one] = np.bincount(
                group, columns[one] * columns[other], groups
            )
    return sums, products


def count_adjusters(
    answers: Answers, group: Codes, groups: int, levels: Mapping[str, tuple[Codes, Sequence[str]]]
) -> list[AdjusterTally]:
    """The adjusters' tally of each group. `levels`: each adjuster's codes, −1 for none, and what they stand for."""
    answered, total = answers.answered(), answers.forward().sum(axis=1)
    scores: list[dict[tuple[str, int, int], int]] = [{} for _ in range(groups)]
    pairs: list[dict[tuple[str, str], int]] = [{} for _ in range(groups)]
    for adjuster in ADJUSTERS:
        codes, names = levels[adjuster]
        given = codes >= 0
        for place, code, answers_given, sum_given, count in _rows(
            group[given], codes[given], answered[given], total[given]
        ):
            scores[place][stratum(adjuster, names[code]), answers_given, sum_given] = count
    scored = answered >= answers.instrument.scoring.minimum_answered
    for one, other in combinations(ADJUSTERS, 2):
        (codes, names), (other_codes, other_names) = levels[one], levels[other]
        both = scored & (codes >= 0) & (other_codes >= 0)
        for place, code, other_code, count in _rows(group[both], codes[both], other_codes[both]):
            pairs[place][stratum(one, names[code]), stratum(other, other_names[other_code])] = count
    return [AdjusterTally(answers.instrument, scores[each], pairs[each]) for each in range(groups)]


def _rows(*columns: Codes) -> list[list[int]]:
    counted: list[list[int]] = np.column_stack(_count_rows(*columns)).tolist()
    return counted


def _count_rows(*columns: Codes) -> list[Codes]:
    """The distinct rows of these columns, column by column in sorted order, and how often each occurs."""
    if not len(columns[0]):
        return [np.zeros(0, np.int64) for _ in range(len(columns) + 1)]
    lowest = [int(column.min()) for column in columns]
    widths = [int(column.max()) - low + 1 for column, low in zip(columns, lowest, strict=True)]
    code = np.zeros(len(columns[0]), np.int64)
    for column, low, width in zip(columns, lowest, widths, strict=True):
        code = code * width + (column - low)
    distinct, counts = np.unique(code, return_counts=True)
    parts: list[Codes] = [counts]
    for low, width in zip(reversed(lowest), reversed(widths), strict=True):
        distinct, part = np.divmod(distinct, width)
        parts.append(part + low)
    return parts[::-1]
