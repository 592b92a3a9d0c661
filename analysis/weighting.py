"""Weights that make those who answered look like those who were asked, and what the weights cost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.estimate import UnusableDataError
from analysis.histogram import Floats

_TOLERANCE = 1e-10
# Cells that differ a millionfold need thousands of rounds; margins that cannot be met are given up after a second.
_ROUNDS = 20_000


@dataclass(frozen=True, eq=False)
class Raking:
    """weights: of each cell, shaped like the counts, 1 on average over cases; 0 where nobody is to be weighted.

    iterations: rounds over all margins; design_effect: Kish's, by which the weights inflate variances; effective_n:
    the cases over it.
    """

    weights: Floats
    iterations: int
    design_effect: float
    effective_n: float


def rake_to_margins(counts: ArrayLike, margins: Sequence[ArrayLike], *, names: Sequence[str] = ()) -> Raking:
    """Weights by iterative proportional fitting, so that the weighted counts have the given margins (raking).

    counts: cases in each cell of a table with d dimensions, such as age band × language; margins: for each dimension
    the shares, or the numbers in the population, of its categories (only their proportions matter); names: of the
    dimensions, for messages. Each round scales the cells along one dimension after the other to its margin (Deming &
    Stephan 1940, doi:10.1214/aoms/1177731829), until no margin is off by more than 1e-10 of all. Cells keep the
    association that the answers have. Raises UnusableDataError for a category that has a margin but no answers, or
    answers but no margin, and where no weights can meet all margins, because too many cells are empty.
    """
    table = np.asarray(counts, np.float64)
    targets = [np.asarray(margin, np.float64) for margin in margins]
    called = list(names) or [f"dimension {i + 1}" for i in range(table.ndim)]
    if table.ndim != len(targets) or table.shape != tuple(len(each) for each in targets) or table.ndim != len(called):
        raise ValueError("Raking needs one margin for each dimension of the counts, one number for each category.")
    if not np.isfinite(table).all() or (table < 0).any():
        raise ValueError("Counts are finite and not negative.")
    n = float(table.sum())
    if n == 0:
        raise UnusableDataError("There are no answers to weight.")
    for axis, (name, target) in enumerate(zip(called, targets, strict=True)):
        _check_margin(name, target, _margin(table, axis))
    targets = [each * (n / each.sum()) for each in targets]
    fitted, rounds = _fit(table, targets, called)
    weights = np.divide(fitted, table, out=np.zeros_like(table), where=table > 0)
    effect = kish_design_effect(weights, table)
    return Raking(weights, rounds, effect, n / effect)


def kish_design_effect(weights: ArrayLike, counts: ArrayLike) -> float:
    """By how much weights inflate the variance of a mean: n·Σw² / (Σw)² over all cases (Kish 1965, Survey Sampling).

    weights: of each cell or case; counts: the cases with each, of the same shape. It is 1 + the squared coefficient of
    variation of the weights: right where they have nothing to do with the answers, else a rough guide. Raises
    UnusableDataError where no case has any weight.
    """
    weight, cases = np.asarray(weights, np.float64), np.asarray(counts, np.float64)
    if weight.shape != cases.shape or not np.isfinite(weight).all() or (weight < 0).any() or (cases < 0).any():
        raise ValueError("Each count needs a weight, and neither may be negative.")
    total = float((weight * cases).sum())
    if total == 0:
        raise UnusableDataError("No case has any weight.")
    # Shares of the total, because squares of tiny or huge weights leave the range of numbers.
    return float(cases.sum()) * float(((weight / total) ** 2 * cases).sum())


def _fit(table: Floats, targets: Sequence[Floats], names: Sequence[str]) -> tuple[Floats, int]:
    """The table with the target margins, in cases, and the rounds it took."""
    fitted = table.copy()
    for rounds in range(1, _ROUNDS + 1):
        for axis, target in enumerate(targets):
            now = _margin(fitted, axis)
            factor = np.divide(target, now, out=np.zeros_like(now), where=now > 0)
            fitted = fitted * np.expand_dims(factor, [i for i in range(table.ndim) if i != axis])
        off = max(float(np.abs(_margin(fitted, axis) - each).max()) for axis, each in enumerate(targets))
        if off < _TOLERANCE * table.sum():
            return fitted, rounds
    raise _unreachable(names)


def _margin(table: Floats, axis: int) -> Floats:
    return np.asarray(table.sum(tuple(i for i in range(table.ndim) if i != axis)), np.float64)


def _check_margin(name: str, target: Floats, answers: Floats) -> None:
    if not np.isfinite(target).all() or (target < 0).any() or target.sum() == 0:
        raise UnusableDataError(f"The margin of {name} needs numbers that are not negative, some of them above 0.")
    for i in range(len(target)):
        if target[i] > 0 and answers[i] == 0:
            raise UnusableDataError(
                f"Nobody answered in category {i + 1} of {name}, which has a margin; join it to another category."
            )
        if target[i] == 0 and answers[i] > 0:
            raise UnusableDataError(
                f"Category {i + 1} of {name} has answers but no margin; give it one or leave its answers out."
            )


def _unreachable(names: Sequence[str]) -> UnusableDataError:
    return UnusableDataError(
        f"No weights meet the margins of {' and '.join(names)} at once, because too many combinations have no answers; "
        "join categories."
    )
