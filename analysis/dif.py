"""Differential item functioning (DIF): do people of two groups who felt the same answer an item differently?

An item that works differently, say by its translation, makes groups look unlike who are alike. Each item is regressed
on how the person answered the other items; what the person's group says beyond that is DIF.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri
from scipy.stats import chi2, false_discovery_control

from analysis.estimate import Estimate, UnusableDataError
from analysis.histogram import Counts, Floats
from analysis.proportional_odds import fit_proportional_odds, nagelkerke, null_log_likelihood

METHOD: Final = "log odds ratio at equal rest mean, proportional odds, Wald interval"
# Changes in Nagelkerke's R² from which DIF is called moderate and large (Jodoin & Gierl 2001).
MODERATE: Final = 0.035
LARGE: Final = 0.070
FEWEST_IN_GROUP: Final = 30
MOST_ROUNDS: Final = 10
Size = Literal["negligible", "moderate", "large"]
Kind = Literal["uniform", "non_uniform"]


@dataclass(frozen=True, eq=False)
class DifCounts:
    """One item's answers. levels: (L,) rising; matching: (M,) the values of the rest mean; counts: (L, M, G)."""

    item: str
    levels: Floats
    matching: Floats
    groups: tuple[str, ...]
    counts: Counts


@dataclass(frozen=True)
class DifTest:
    """A likelihood-ratio χ² with the change in Nagelkerke's R²; p_adjusted: Benjamini–Hochberg over the items."""

    statistic: float
    df: int
    p: float
    p_adjusted: float
    r2_change: float


@dataclass(frozen=True)
class GroupShift:
    """A group's log odds of higher levels against the reference group's at equal rest mean; None: too few, or apart."""

    group: str
    n: int
    log_odds: Estimate | None


@dataclass(frozen=True)
class DifItem:
    """One item. any_dif: uniform and non-uniform together. Tests, size and flagged are None where it cannot be tested.

    flagged: any_dif's p_adjusted is below the level and its R² change at least 0.035; kind says of which kind it is.
    """

    item: str
    n: int
    any_dif: DifTest | None
    uniform: DifTest | None
    non_uniform: DifTest | None
    size: Size | None
    flagged: bool | None
    kind: Kind | None
    groups: tuple[GroupShift, ...]


@dataclass(frozen=True)
class Dif:
    """reference: the first group; anchors: items in the matching score, the tested one always left out of its own;
    rounds: how often items were tested until the anchors stayed the same.
    """

    reference: str
    anchors: tuple[str, ...]
    rounds: int
    items: tuple[DifItem, ...]


def screen_dif(tables: Sequence[DifCounts], *, level: float = 0.05) -> Dif:
    """DIF of each item by ordinal logistic regression, from one table of counts per item.

    Three models with proportional odds: on the rest mean, and the group, and their product. The second against the
    first is the test of uniform DIF, the third against the second of non-uniform DIF, the third against the first of
    any, each a likelihood-ratio χ². The effect is the change in Nagelkerke's R² (Zumbo 1999, A Handbook on the Theory
    and Methods of DIF, Ottawa; Swaminathan & Rogers 1990, J Educ Meas 27:361, doi:10.1111/j.1745-3984.1990.tb00754.x).
    An item is flagged by both p (Benjamini–Hochberg over the items) and size: from 0.035 moderate, from 0.070 large
    (Jodoin & Gierl 2001, Appl Meas Educ 14:329, doi:10.1207/S15324818AME1404_2). Zumbo's limits of 0.13 and 0.26 are
    so high that an odds ratio of 2.8 between groups passes as negligible (sample "shifted" of tests/oracles/dif.R).

    Groups with fewer than 30 answers to an item are left out of its models. Where fewer than two are left, or the
    item or the rest mean is constant, the item's tests are None. Raises UnusableDataError without tables, for fewer
    than two groups, for tables whose groups differ, and where no item at all can be tested.
    """
    if not tables:
        raise UnusableDataError("DIF needs at least one item.")
    names = tables[0].groups
    if len(names) < 2:
        raise UnusableDataError(f"DIF compares at least two groups, and there are {len(names)}.")
    if any(table.groups != names for table in tables):
        raise UnusableDataError("All items need the same groups for DIF.")
    items = _adjust([_test_item(table) for table in tables], level)
    if all(item.any_dif is None for item in items):
        raise UnusableDataError(
            f"No item can be tested for DIF: at least two groups need {FEWEST_IN_GROUP} answers that differ."
        )
    return Dif(names[0], tuple(table.item for table in tables), 1, items)


def screen_dif_purified(
    items: Sequence[str], count_item: Callable[[str, tuple[str, ...]], DifCounts], *, level: float = 0.05
) -> Dif:
    """`screen_dif` with a matching score of items without DIF, for an item that differs would make others look so.

    count_item gives an item's table by the mean of the anchors other than it. Flagged items leave the anchors, all
    are tested again, and so on until the same items are flagged twice, at most ten times (Holland & Thayer 1988; for
    ordinal regression Crane et al. 2006, Med Care 44:S115, doi:10.1097/01.mlr.0000245183.28384.ed). Where all items
    but one would be flagged, nothing is left to match on: then all items stay anchors. Errors as `screen_dif`, also
    for fewer than three items.
    """
    if len(items) < 3:
        raise UnusableDataError(f"DIF needs at least three items to match people on the others, not {len(items)}.")
    anchors = tuple(items)
    seen: list[tuple[str, ...]] = []
    while True:
        seen.append(anchors)
        found = screen_dif([count_item(item, anchors) for item in items], level=level)
        clean = tuple(item.item for item in found.items if not item.flagged)
        clean = clean if len(clean) >= 2 else tuple(items)
        if clean in seen or len(seen) == MOST_ROUNDS:
            return replace(found, anchors=anchors, rounds=len(seen))
        anchors = clean


def count_rest_means(
    items: Sequence[str],
    answers: ArrayLike,
    groups: Sequence[str],
    group: ArrayLike,
    *,
    item: str,
    anchors: Collection[str],
    counts: ArrayLike | None = None,
) -> DifCounts:
    """The table of one item from rows: its level by the mean of the anchors other than it, by group.

    answers: (n, k) levels, nan for none, all items on one scale; groups: names in sorted order; group: (n,) places
    among them, −1 for none; counts: (n,) how often each row comes (once without). A row counts where it answers the
    item and at least half of those anchors; its rest mean is over the answered ones.
    """
    table = np.asarray(answers, np.float64)
    place = np.asarray(group, np.int64)
    weights = np.ones(len(table), np.int64) if counts is None else np.asarray(counts, np.int64)
    rest = table[:, [at for at, name in enumerate(items) if name in anchors and name != item]]
    if not rest.shape[1]:
        raise UnusableDataError(f"Item {item!r} has no other item to match people on.")
    own = table[:, list(items).index(item)]
    answered = (~np.isnan(rest)).sum(1)
    kept = (place >= 0) & ~np.isnan(own) & (2 * answered >= rest.shape[1]) & (weights > 0)
    # Equal means of different sums must be equal.
    means = np.round(np.nansum(rest[kept], axis=1) / answered[kept], 9)
    levels, level_at = np.unique(own[kept], return_inverse=True)
    matching, match_at = np.unique(means, return_inverse=True)
    shape = (len(levels), len(matching), len(groups))
    key = np.ravel_multi_index((level_at, match_at, place[kept]), shape) if kept.any() else np.zeros(0, np.int64)
    found = np.zeros(int(np.prod(shape)), np.int64)
    np.add.at(found, key, weights[kept])
    return DifCounts(item, levels, matching, tuple(groups), found.reshape(shape))


def _test_item(table: DifCounts) -> DifItem:
    sizes = table.counts.sum((0, 1))
    enough = sizes >= FEWEST_IN_GROUP
    shifts = tuple(GroupShift(name, n, None) for name, n in zip(table.groups, sizes.tolist(), strict=True))
    empty = DifItem(table.item, int(sizes.sum()), None, None, None, None, None, None, shifts)
    counts = table.counts[:, :, enough]
    counts = counts[counts.sum((1, 2)) > 0]
    if enough.sum() < 2 or len(counts) < 2:
        return empty
    cells = counts.reshape(len(counts), -1).T
    matching, group = (each.ravel() for each in np.meshgrid(table.matching, np.flatnonzero(enough), indexing="ij"))
    used = cells.sum(1) > 0
    cells, matching, group = cells[used], matching[used], group[used]
    others = np.flatnonzero(enough)[1:]
    dummies = (group[:, None] == others).astype(np.float64)
    centered = (matching - np.average(matching, weights=cells.sum(1)))[:, None]
    columns = np.hstack([centered, dummies, dummies * centered])
    kept = _independent(columns)
    if 0 not in kept:
        return empty
    sizes_of_models = [1, sum(at <= len(others) for at in kept), len(kept)]
    fits = [fit_proportional_odds(cells, columns[:, kept[:size]]) for size in sizes_of_models]
    n, null = int(cells.sum()), null_log_likelihood(cells)

    def compare(small: int, large: int) -> DifTest | None:
        df = sizes_of_models[large] - sizes_of_models[small]
        if df == 0:
            return None
        statistic = max(2 * (fits[large].log_likelihood - fits[small].log_likelihood), 0.0)
        change = nagelkerke(fits[large].log_likelihood, null, n) - nagelkerke(fits[small].log_likelihood, null, n)
        p = float(chi2.sf(statistic, df))
        return DifTest(statistic, df, p, p, max(change, 0.0))

    places = {kept[at] - 1: at for at in range(1, sizes_of_models[1])}
    wide = float(ndtri(0.975))
    found = list(shifts)
    for order, at in enumerate(others.tolist()):
        value = fits[1].coefficients[places[order]] if order in places else np.nan
        if np.isfinite(value):
            half = wide * float(fits[1].errors[places[order]])
            odds = Estimate(float(value), float(value) - half, float(value) + half, found[at].n, METHOD)
            found[at] = replace(found[at], log_odds=odds)
    return replace(
        empty, n=n, any_dif=compare(0, 2), uniform=compare(0, 1), non_uniform=compare(1, 2), groups=tuple(found)
    )


def _independent(columns: Floats) -> list[int]:
    """The columns that do not follow from a constant and earlier ones."""
    basis = np.ones((len(columns), 1)) / np.sqrt(len(columns))
    kept = []
    for at in range(columns.shape[1]):
        norm = np.linalg.norm(columns[:, at])
        rest = columns[:, at]
        for _ in range(2):
            rest = rest - basis @ (basis.T @ rest)
        if np.linalg.norm(rest) > 1e-7 * norm:
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
            kept.append(at)
    return kept


def _adjust(items: Sequence[DifItem], level: float) -> tuple[DifItem, ...]:
    """Benjamini & Hochberg (1995, doi:10.1111/j.2517-6161.1995.tb02031.x) over the items, and what follows from it."""
    adjusted = [
        _adjust_tests([getattr(item, name) for item in items]) for name in ("any_dif", "uniform", "non_uniform")
    ]
    found = [
        replace(item, any_dif=either, uniform=uniform, non_uniform=crossing)
        for item, either, uniform, crossing in zip(items, *adjusted, strict=True)
    ]
    return tuple(_judge(item, level) for item in found)


def _adjust_tests(tests: Sequence[DifTest | None]) -> list[DifTest | None]:
    known = [test.p for test in tests if test]
    adjusted = iter(false_discovery_control(known).tolist() if known else [])
    return [replace(test, p_adjusted=next(adjusted)) if test else None for test in tests]


def _judge(item: DifItem, level: float) -> DifItem:
    if item.any_dif is None:
        return item
    change = item.any_dif.r2_change
    size: Size = "large" if change >= LARGE else "moderate" if change >= MODERATE else "negligible"
    flagged = item.any_dif.p_adjusted < level and size != "negligible"
    crossing = item.non_uniform is not None and (
        item.non_uniform.p_adjusted < level and item.non_uniform.r2_change >= MODERATE
    )
    kind: Kind | None = None if not flagged else "non_uniform" if crossing else "uniform"
    return replace(item, size=size, flagged=flagged, kind=kind)
