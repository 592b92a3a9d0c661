"""Case-mix adjustment in the manner of the CAHPS analysis program: groups' scores as if all had the same patients.

Patients differ in how they answer: by age, education, health, language, and whether somebody answered for them. A
regression within groups learns by how much; each group's mean is then moved to the mix of all respondents together.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import fdtrc, stdtr

from analysis.casemix_sums import Adjuster, CaseMixSums
from analysis.estimate import UnusableDataError
from analysis.histogram import Floats

# What is left of an adjuster's column within groups and beside earlier columns, as a share of its squares; rounding
# leaves up to a millionth of this.
ALIASED = 1e-9
ROUNDING = 1e-13


@dataclass(frozen=True)
class Coefficient:
    """One term's effect on the score; all None where it cannot be told from groups and earlier terms (aliased)."""

    term: str
    estimate: float | None
    se: float | None
    p: float | None


@dataclass(frozen=True)
class AdjustedGroup:
    """A group's mean as it is and adjusted to the mix of all respondents, with the adjusted mean's standard error."""

    group: str
    n: int
    raw: float
    adjusted: float
    se: float


@dataclass(frozen=True)
class CaseMix:
    """r2: of the whole model about the mean of all cases, groups included."""

    coefficients: tuple[Coefficient, ...]
    r2: float
    groups: tuple[AdjustedGroup, ...]


@dataclass(frozen=True)
class FTest:
    """An F test; statistic and p are None where the model leaves no error, or there is nothing to test (df1 is 0)."""

    statistic: float | None
    df1: int
    df2: int
    p: float | None


@dataclass(frozen=True)
class AdjusterImpact:
    """What an adjuster does. test: its terms together; impact: the standard deviation over groups of Σ b·(x̄ᵤ − x̄)."""

    adjuster: str
    test: FTest
    impact: float


@dataclass(frozen=True)
class GroupDifference:
    """A group's adjusted mean less the unweighted mean of all groups' adjusted means."""

    group: str
    difference: float
    se: float
    p: float | None


@dataclass(frozen=True)
class CaseMixTests:
    """groups_differ: all adjusted means equal; adjusters: their impacts in the order given; mean: of adjusted means."""

    groups_differ: FTest
    adjusters: tuple[AdjusterImpact, ...]
    mean: float
    groups: tuple[GroupDifference, ...]


@dataclass(frozen=True, eq=False)
class _Design:
    """Columns (P) of the model after imputation. center: (U, P) group means less the mean of all; within: (P, P) and
    with_scores: (P,) products within groups; scale: (P,) squares about the mean of all; score_means less the origin."""

    terms: tuple[str, ...]
    owner: tuple[int, ...]
    center: Floats
    scale: Floats
    within: Floats
    with_scores: Floats
    score_squares: float
    score_means: Floats


@dataclass(frozen=True, eq=False)
class _Fit:
    """kept: places of the columns that can be estimated; inverse of their within-group products; df: N − U − rank."""

    kept: tuple[int, ...]
    estimates: Floats
    inverse: Floats
    residual: float
    df: int

    @property
    def variance(self) -> float:
        return self.residual / self.df


def adjust_case_mix(sums: CaseMixSums) -> CaseMix:
    """Adjusted means of groups and the coefficients behind them, by ordinary least squares with group effects.

    y = a_u + Σ b·(x − x̄) + e over the rows with a score. An adjuster with levels is dummy-coded, its first level in
    sorted order is the reference and terms are called adjuster=level; a linear one is a term of its own name. A missing
    adjuster takes the mean of its group's known ones (each dummy its level's share), or, where a group knows none, of
    all respondents; x̄ is the mean of all N respondents after that, so that Σ n·adjusted = Σ n·raw. The adjusted mean
    is the intercept a_u = ȳ_u − b·(x̄_u − x̄), its variance σ²·(1/n_u + dᵀW⁻¹d) with d = x̄_u − x̄ and W the products
    within groups; b = W⁻¹·(products with y), p by t with N − U − rank degrees of freedom. The same coefficients come
    from all columns at once (Frisch & Waugh 1933, Econometrica 1:387, doi:10.2307/1907330). r2 = 1 − RSS/Σ(y − ȳ)²,
    as of a model with an intercept and U − 1 group dummies.

    Source: O'Malley, Zaslavsky, Elliott et al. 2005, Health Serv Res 40:2162, doi:10.1111/j.1475-6773.2005.00470.x.
    A term that is the same for everybody in a group, or follows from earlier terms, has coefficient None, as in R.
    Raises UnusableDataError for one group, for an adjuster or scores that are all the same, for fewer rows than the
    model has unknowns, and where no term at all can be told from the groups.
    """
    return _adjust(sums, *_fit_within(sums))


def _adjust(sums: CaseMixSums, design: _Design, fit: _Fit) -> CaseMix:
    terms: list[Coefficient] = [Coefficient(term, None, None, None) for term in design.terms]
    errors = np.sqrt(fit.variance * np.diag(fit.inverse))
    for place, estimate, error in zip(fit.kept, fit.estimates.tolist(), errors.tolist(), strict=True):
        terms[place] = Coefficient(design.terms[place], estimate, error, _t_test(estimate, error, fit.df))
    adjusted = sums.origin + _adjusted(design, fit)
    center = design.center[:, fit.kept]
    variance = fit.variance * (1 / sums.n + ((center @ fit.inverse) * center).sum(1))
    raw = sums.origin + design.score_means
    total = design.score_squares + _between(sums, design.score_means)
    rows = zip(sums.groups, sums.n.tolist(), raw.tolist(), adjusted.tolist(), np.sqrt(variance).tolist(), strict=True)
    return CaseMix(tuple(terms), 1 - fit.residual / total, tuple(AdjustedGroup(*row) for row in rows))


def measure_case_mix(sums: CaseMixSums) -> tuple[CaseMix, CaseMixTests]:
    """What `adjust_case_mix` tells and, of the same fit, how groups differ and what each adjuster does.

    groups_differ: F of the model against the one without group effects, U − 1 degrees of freedom (of which aliased
    terms take theirs). An adjuster's test: F of the model against the one without it; its impact, how far it moves
    groups apart: the standard deviation (U − 1) of its Σ b·(x̄_u − x̄). A group's difference is from the unweighted mean
    of the adjusted means, itself among them, with that contrast's exact variance and t with the residual df.

    Source and errors as `adjust_case_mix`; impact as in O'Malley et al. 2005, who combine an adjuster's effect with
    how unevenly it is spread over groups.
    """
    design, fit = _fit_within(sums)
    return _adjust(sums, design, fit), _check(sums, design, fit)


def _check(sums: CaseMixSums, design: _Design, fit: _Fit) -> CaseMixTests:
    moves = np.zeros_like(design.center)
    moves[:, fit.kept] = design.center[:, fit.kept] * fit.estimates
    impacts = []
    for at, adjuster in enumerate(sums.adjusters):
        mine = [place for place, owner in enumerate(design.owner) if owner == at]
        others = [place for place, owner in enumerate(design.owner) if owner != at]
        smaller = _solve_within(
            design.within[np.ix_(others, others)],
            design.with_scores[others],
            design.score_squares,
            fit.df + len(fit.kept),
            design.scale[others],
        )
        test = _f_test(max(smaller.residual - fit.residual, 0.0), smaller.df - fit.df, fit)
        impact = float(np.std(moves[:, mine].sum(1), ddof=1))
        impacts.append(AdjusterImpact(adjuster.name, test, impact))
    return CaseMixTests(_test_groups(sums, design, fit), tuple(impacts), *_compare_with_mean(sums, design, fit))


def _compare_with_mean(sums: CaseMixSums, design: _Design, fit: _Fit) -> tuple[float, tuple[GroupDifference, ...]]:
    adjusted = _adjusted(design, fit)
    mean = sums.origin + float(adjusted.mean())
    count = len(sums.n)
    center = design.center[:, fit.kept]
    center = center - center.mean(0)
    shares = (1 - 2 / count) / sums.n + (1 / sums.n).sum() / count**2
    errors = np.sqrt(fit.variance * (shares + ((center @ fit.inverse) * center).sum(1)))
    differences = adjusted - adjusted.mean()
    if fit.residual <= 0:
        squares = design.score_squares + _between(sums, design.score_means)
        differences[differences**2 * sums.n.sum() <= ROUNDING * squares] = 0
    rows = zip(sums.groups, differences.tolist(), errors.tolist(), strict=True)
    return mean, tuple(GroupDifference(group, value, se, _t_test(value, se, fit.df)) for group, value, se in rows)


def _test_groups(sums: CaseMixSums, design: _Design, fit: _Fit) -> FTest:
    means = design.score_means - sums.n @ design.score_means / sums.n.sum()
    weighted = design.center * sums.n[:, None]
    pooled = _solve_within(
        design.within + weighted.T @ design.center,
        design.with_scores + weighted.T @ means,
        design.score_squares + float(sums.n @ means**2),
        int(sums.n.sum()) - 1,
    )
    return _f_test(max(pooled.residual - fit.residual, 0.0), pooled.df - fit.df, fit)


def _adjusted(design: _Design, fit: _Fit) -> Floats:
    """Adjusted means less the origin of the scores."""
    return np.asarray(design.score_means - design.center[:, fit.kept] @ fit.estimates)


def _fit_within(sums: CaseMixSums) -> tuple[_Design, _Fit]:
    if len(sums.groups) < 2:
        raise UnusableDataError(
            f"A comparison needs at least two groups with scores, and there are {len(sums.groups)}."
        )
    if not sums.adjusters:
        raise UnusableDataError("Case-mix adjustment needs at least one adjuster.")
    design = _build_design(sums)
    unknowns = int(sums.n.sum()) - len(sums.groups)
    if design.score_squares + _between(sums, design.score_means) <= 0:
        raise UnusableDataError("All scores are the same, so that there is nothing to adjust.")
    fit = _solve_within(design.within, design.with_scores, design.score_squares, unknowns, design.scale)
    if fit.df < 1:
        raise UnusableDataError(
            f"{int(sums.n.sum())} rows are too few for {len(sums.groups)} groups and {len(fit.kept)} terms: "
            "use fewer adjusters, or leave out the smallest groups."
        )
    if not fit.kept:
        raise UnusableDataError(
            "Every adjuster is the same for all rows of a group, so that it cannot be told from the groups: "
            "adjusters must differ between the rows of a group."
        )
    return design, fit


def _build_design(sums: CaseMixSums) -> _Design:
    """The model's columns with missing adjusters at their group's mean: such rows add nothing to sums within groups."""
    terms, take, owner, known_by = _lay_out(sums.adjusters)
    n = sums.n.astype(np.float64)
    score_means = sums.scores / n
    by_known = sums.products[:, take] @ known_by.T
    both_known = known_by @ sums.products @ known_by.T
    known = np.einsum("uaa->ua", both_known)[:, owner]
    totals = by_known[:, np.arange(len(take)), owner]
    filled = np.divide(totals, known, out=np.zeros_like(totals), where=known > 0)
    weight = np.where(known > 0, n[:, None], 0.0)
    overall = (weight * filled).sum(0) / np.maximum(weight.sum(0), 1)
    means = np.where(known > 0, filled, overall)
    crossed = np.einsum("up,uqp->pq", means, by_known[:, :, owner])
    squares = np.einsum("up,uq,upq->pq", means, means, both_known[:, owner][:, :, owner], optimize=True)
    within = sums.products.sum(0)[np.ix_(take, take)] - crossed - crossed.T + squares
    known_scores = (sums.feature_scores @ known_by.T)[:, owner]
    with_scores = (
        sums.feature_scores[:, take]
        - means * known_scores
        - score_means[:, None] * totals
        + means * score_means[:, None] * known
    ).sum(0)
    score_squares = sums.squares - sums.scores * score_means
    score_squares[score_squares <= ROUNDING * sums.squares] = 0
    center = means - overall
    scale = np.diag(within) + n @ center**2
    _require_spread(sums.adjusters, owner, scale)
    return _Design(terms, owner, center, scale, within, with_scores, float(score_squares.sum()), score_means)


def _lay_out(adjusters: tuple[Adjuster, ...]) -> tuple[tuple[str, ...], list[int], tuple[int, ...], Floats]:
    """Terms, each one's feature and adjuster, and (adjusters, features) which features say that one is known."""
    terms: list[str] = []
    take: list[int] = []
    owner: list[int] = []
    known_by = np.zeros((len(adjusters), sum(each.features for each in adjusters)))
    start = 0
    for at, adjuster in enumerate(adjusters):
        end = start + adjuster.features
        names = [f"{adjuster.name}={level}" for level in adjuster.levels[1:]] if adjuster.levels else [adjuster.name]
        terms += names
        take += range(start + 1, end)
        owner += [at] * len(names)
        known_by[at, start : end if adjuster.levels else start + 1] = 1
        start = end
    return tuple(terms), take, tuple(owner), known_by


def _require_spread(adjusters: tuple[Adjuster, ...], owner: tuple[int, ...], squares: Floats) -> None:
    for at, adjuster in enumerate(adjusters):
        if not any(squares[place] > 0 for place, mine in enumerate(owner) if mine == at):
            raise UnusableDataError(
                f"Adjuster {adjuster.name!r} has no two different values in the rows that have a score: leave it out."
            )


def _between(sums: CaseMixSums, score_means: Floats) -> float:
    return float(sums.n @ (score_means - sums.n @ score_means / sums.n.sum()) ** 2)


def _solve_within(
    products: Floats, with_scores: Floats, score_squares: float, unknowns: int, scale: Floats | None = None
) -> _Fit:
    """Least squares on the columns that do not follow from earlier ones; unknowns: rows less what is fitted already."""
    norms = np.sqrt(np.diag(products) if scale is None else scale)
    norms = np.where(norms > 0, norms, 1.0)
    scaled = products / np.outer(norms, norms)
    kept: list[int] = []
    # Cholesky, column by column, so that an aliased one can be passed over.
    lower = np.zeros((len(scaled), len(scaled)))
    for column in range(len(scaled)):
        rest = scaled[:, column] - lower @ lower[column]
        if rest[column] > ALIASED:
            lower[:, len(kept)] = rest / np.sqrt(rest[column])
            kept.append(column)
    inverse = np.linalg.inv(scaled[np.ix_(kept, kept)]) / np.outer(norms[kept], norms[kept])
    estimates = inverse @ with_scores[kept]
    residual = score_squares - float(estimates @ with_scores[kept])
    if residual <= ROUNDING * score_squares:
        # Nothing is left over, so that no error hides which estimates are only what rounding left of 0.
        residual = 0.0
        estimates[estimates**2 * np.diag(products)[kept] <= ROUNDING * score_squares] = 0
    return _Fit(tuple(kept), estimates, inverse, residual, unknowns - len(kept))


def _t_test(estimate: float, error: float, df: int) -> float | None:
    """Two-sided p; None where nothing differs and nothing varies."""
    if error > 0:
        return float(2 * stdtr(df, -abs(estimate) / error))
    return 0.0 if estimate else None


def _f_test(gain: float, df: int, fit: _Fit) -> FTest:
    """The squares that `df` terms explain against the model's error."""
    if df < 1 or fit.residual <= 0:
        return FTest(None, df, fit.df, None)
    statistic = gain / df / fit.variance
    return FTest(statistic, df, fit.df, float(fdtrc(df, fit.df, statistic)))
