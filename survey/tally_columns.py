"""Tallies of many responses at once, counted by columns: for a rebuild, where answer by answer would take hours.

The numbers are those of `tally_response` and `tally_adjusters`; the tests hold the two ways to each other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

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


def count_answers(answers: Answers, group: Codes, groups: int) -> list[Tally]:
    """The tally of each group; `group` is each response's number, below `groups`."""
    forward, answered = answers.forward(), answers.answered()
    scores = _count_scores(group, answered, forward.sum(axis=1), groups)
    levels, missing = _count_items(answers, group, groups)
    sums, products = _multiply_items(forward, group, answered == forward.shape[1], groups)
    return [
        Tally(answers.instrument, scores[each], levels[each], missing[each], sums[each], products[each])
        for each in range(groups)
    ]


def _count_scores(group: Codes, answered: Codes, total: Codes, groups: int) -> list[dict[tuple[int, int], int]]:
    scores: list[dict[tuple[int, int], int]] = [{} for _ in range(groups)]
    for (place, *score), count in _count_rows(group, answered, total):
        scores[place][score[0], score[1]] = count
    return scores


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


def _multiply_items(forward: Codes, group: Codes, complete: NDArray[np.bool_], groups: int) -> tuple[Codes, Codes]:
    """(groups, k) sums and (groups, k, k) sums of products over complete responses."""
    k = forward.shape[1]
    sums, products = np.zeros((groups, k), np.int64), np.zeros((groups, k, k), np.int64)
    rows = np.flatnonzero(complete)
    rows = rows[np.argsort(group[rows], kind="stable")]
    # In floats for the fast product of matrices: whole numbers far below 2**53 stay exact.
    ordered = forward[rows].astype(np.float64)
    present, starts, sizes = np.unique(group[rows], return_index=True, return_counts=True)
    for place, start, size in zip(present, starts, sizes, strict=True):
        members = ordered[start : start + size]
        sums[place] = members.sum(axis=0)
        products[place] = members.T @ members
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
        for (place, code, *score), count in _count_rows(group[given], codes[given], answered[given], total[given]):
            scores[place][stratum(adjuster, names[code]), score[0], score[1]] = count
    scored = answered >= answers.instrument.scoring.minimum_answered
    for one, other in combinations(ADJUSTERS, 2):
        (codes, names), (other_codes, other_names) = levels[one], levels[other]
        both = scored & (codes >= 0) & (other_codes >= 0)
        for (place, code, other_code), count in _count_rows(group[both], codes[both], other_codes[both]):
            pairs[place][stratum(one, names[code]), stratum(other, other_names[other_code])] = count
    return [AdjusterTally(answers.instrument, scores[each], pairs[each]) for each in range(groups)]


def _count_rows(*columns: Codes) -> Iterator[tuple[list[int], int]]:
    """The distinct rows of these columns and how often each occurs."""
    if not len(columns[0]):
        return
    lowest = [int(column.min()) for column in columns]
    widths = [int(column.max()) - low + 1 for column, low in zip(columns, lowest, strict=True)]
    code = np.zeros(len(columns[0]), np.int64)
    for column, low, width in zip(columns, lowest, widths, strict=True):
        code = code * width + (column - low)
    distinct, counts = np.unique(code, return_counts=True)
    parts: list[Any] = []
    for low, width in zip(reversed(lowest), reversed(widths), strict=True):
        distinct, part = np.divmod(distinct, width)
        parts.append(part + low)
    yield from zip(np.stack(parts[::-1], axis=1).tolist(), counts.tolist(), strict=True)
