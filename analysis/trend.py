"""Does a score rise or fall with time or over the stages of training? Rank tests, with slopes that say how much.

Stages compare different people: a trend over stages may be people changing, or other people having come. Change within
the same people is `analysis/within_person.py`; the sign of neither is ever assumed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import copysign, sqrt
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, stdtr, stdtrit
from scipy.stats import kendalltau, theilslopes

from analysis.clustered import measure_clustered_mean, robust_error
from analysis.estimate import Estimate, NotEstimable, UnusableDataError
from analysis.histogram import Counts, Floats, Histogram, count_values, merge_histograms
from analysis.mean import SCALE, mean_interval

THEIL_SEN: Final = "Theil–Sen slope, Sen's interval"
CONTRAST: Final = "linear contrast of stage means, cluster-robust, Satterthwaite"
FEWEST_TIMES: Final = 5
FEWEST_CASES: Final = 6
# Without ties and up to this many times Kendall's distribution is counted out.
EXACT_UP_TO: Final = 49


@dataclass(frozen=True)
class MannKendall:
    """statistic: S, pairs that rise less pairs that fall; tau: S over the most it can be with these ties (tau-b);
    z: S with continuity correction over its standard error; exact: whether p is counted out or z's.
    """

    statistic: int
    tau: float
    z: float
    p: float
    exact: bool


@dataclass(frozen=True)
class MonotoneTrend:
    """A series' trend; slope: per unit of time."""

    n: int
    mann_kendall: MannKendall
    slope: Estimate


@dataclass(frozen=True)
class JonckheereTerpstra:
    """statistic: J, pairs from two stages where the later is higher, ties half; share: J of all such pairs, 0.5 without
    trend; cases: clinicians' means, or patients.
    """

    cases: int
    statistic: float
    share: float
    z: float
    p: float


@dataclass(frozen=True)
class StageMean:
    """A stage's mean; clusters: clinicians with patients; mean None for fewer than two patients."""

    stage: str
    n: int
    clusters: int
    mean: Estimate | None


@dataclass(frozen=True)
class LinearContrast:
    """The slope of the stages' means, in points per stage, each stage weighing the same."""

    slope: Estimate
    df: float
    p: float


@dataclass(frozen=True)
class StageTrend:
    """Stages in the order given; contrast and jonckheere are None where the clinicians are too few or do not vary."""

    stages: tuple[StageMean, ...]
    contrast: LinearContrast | None
    jonckheere: JonckheereTerpstra | None


def measure_trend(times: ArrayLike, values: ArrayLike, *, level: float = 0.95) -> MonotoneTrend:
    """Mann & Kendall's test of a series and Theil & Sen's slope.

    times, values: (n,) in any order, no time twice, nan left out. S = Σ sign(yⱼ − yᵢ) over pairs i before j,
    var S = (n(n−1)(2n+5) − Σ u(u−1)(2u+5))/18 over ties of u values, z = (S ∓ 1)/√var S (Mann 1945, Econometrica
    13:245, doi:10.2307/1907187; Kendall 1975, Rank Correlation Methods). Without ties and below 50 times p is exact.
    The slope is the median of all pairs' slopes, its limits are the slopes at ranks (N ∓ z·√var S)/2 of N (Sen 1968,
    J Am Stat Assoc 63:1379, doi:10.1080/01621459.1968.10480934), as in scipy.

    Values count as independent: months that resemble their neighbours make p too small. Raises UnusableDataError for
    fewer than five times (no 95% interval exists) and values all the same; ValueError for a time that comes twice.
    """
    t, y = np.asarray(times, np.float64), np.asarray(values, np.float64)
    if t.shape != y.shape or t.ndim != 1:
        raise ValueError("A series needs one value for each time.")
    kept = np.isfinite(t) & np.isfinite(y)
    order = np.argsort(t[kept], kind="stable")
    t, y = t[kept][order], y[kept][order]
    if (np.diff(t) == 0).any():
        raise ValueError("A series has one value at each time.")
    if len(y) < FEWEST_TIMES:
        raise UnusableDataError(f"A trend needs values at {FEWEST_TIMES} times or more, and there are {len(y)}.")
    if np.ptp(y) == 0:
        raise UnusableDataError("All values of the series are the same, so that there is no trend to estimate.")
    slope, _, low, high = theilslopes(y - np.median(y), t - t[0], alpha=level)
    estimate = Estimate(float(slope), float(low), float(high), len(y), THEIL_SEN, level)
    return MonotoneTrend(len(y), _mann_kendall(y), estimate)


def measure_jonckheere(groups: Sequence[Histogram]) -> JonckheereTerpstra | None:
    """Jonckheere & Terpstra's test that cases of later groups tend to be higher (or lower), from histograms, in order.

    J = Σ over pairs of groups of Mann–Whitney counts; z by its mean Σ nᵢnⱼ/2 and its variance with ties in values
    (Jonckheere 1954, Biometrika 41:133, doi:10.1093/biomet/41.1-2.133; Hollander & Wolfe 1999, Nonparametric
    Statistical Methods, 6.2), without continuity correction; two-sided p by the normal distribution. None for fewer
    than six cases or two groups with cases, and where all values are the same.
    """
    named = [group for group in groups if group.n]
    values = np.unique(np.concatenate([group.values for group in named])) if named else np.zeros(0)
    sizes = [group.n for group in named]
    n = sum(sizes)
    if n < FEWEST_CASES or len(named) < 2 or len(values) < 2:
        return None
    table = np.zeros((len(named), len(values)), np.int64)
    for at, group in enumerate(named):
        table[at, np.searchsorted(values, group.values)] = group.counts
    ties = [int(count) for count in table.sum(0)]
    excess = _kendall_excess(table)
    pairs = (n * n - sum(size * size for size in sizes)) / 2
    z = excess / sqrt(_kendall_variance(n, sizes, ties))
    return JonckheereTerpstra(n, (excess + pairs) / 2, (excess / pairs + 1) / 2, z, float(2 * ndtr(-abs(z))))


def measure_stage_trend(
    stages: Mapping[str, Sequence[Histogram]],
    *,
    clustered: bool = True,
    scale: tuple[float, float] = SCALE,
    level: float = 0.95,
) -> StageTrend:
    """Means by stage of training and their trend, from the score histograms of each stage's clinicians.

    stages: in order; each clinician a histogram of patients' scores. The contrast is the least-squares slope of the
    stages' means on their places 0, 1, 2 …, Σ c·mean with c = (place − mean place)/Σ(place − mean place)², so that many
    patients in one stage do not outweigh the others; its variance is Σ c²·v with v as `analysis.clustered.robust_error`
    gives it, its degrees of freedom Satterthwaite's (1946, Biometrics Bulletin 2:110, doi:10.2307/3002019). Jonckheere
    & Terpstra's test takes each clinician's mean as one case. `clustered=False` takes patients as independent, as is
    right only where each clinician has one. A person seen in two stages belongs to `analysis.within_person`.

    A stage with one clinician leaves no contrast (None), for its clinicians' spread is unknown. Raises
    UnusableDataError for fewer than two stages with patients and for scores that are all the same.
    """
    filled = {stage: [each for each in clinicians if each.n] for stage, clinicians in stages.items()}
    used = [clinicians for clinicians in filled.values() if clinicians]
    if len(used) < 2:
        raise UnusableDataError(
            f"A trend over stages needs at least two stages with scores, and there are {len(used)}."
        )
    if len(merge_histograms([each for clinicians in used for each in clinicians]).values) == 1:
        raise UnusableDataError("All scores are the same, so that there is no trend to estimate.")
    means = tuple(_mean_of(stage, each, clustered, scale, level) for stage, each in filled.items())
    # Rounded, for equal means of different numbers of patients must tie.
    cases = [count_values([round(_mean(each), 9) for each in clinicians]) for clinicians in used] if clustered else None
    contrast = _contrast([filled[stage] for stage in filled], clustered, level)
    return StageTrend(means, contrast, measure_jonckheere(cases or [merge_histograms(each) for each in used]))


def _mean_of(
    stage: str, clinicians: Sequence[Histogram], clustered: bool, scale: tuple[float, float], level: float
) -> StageMean:
    whole = merge_histograms(clinicians)
    if clustered:
        score = measure_clustered_mean(clinicians, scale=scale, level=level).score
    else:
        score = mean_interval(whole.values, whole.counts, scale=scale, level=level)
    return StageMean(stage, whole.n, len(clinicians), None if isinstance(score, NotEstimable) else score)


def _contrast(stages: Sequence[Sequence[Histogram]], clustered: bool, level: float) -> LinearContrast | None:
    rows = []
    for place, clinicians in enumerate(stages):
        if not clinicians:
            continue
        whole = merge_histograms(clinicians)
        mean = _mean(whole)
        if clustered and len(clinicians) > 1:
            excess = [float(each.counts @ (each.values - mean)) for each in clinicians]
            robust = robust_error([each.n for each in clinicians], excess)
            rows.append((place, mean, robust.standard_error**2, robust.degrees, whole.n))
        elif not clustered and whole.n > 1:
            variance = float(whole.counts @ (whole.values - mean) ** 2) / (whole.n - 1) / whole.n
            rows.append((place, mean, variance, whole.n - 1, whole.n))
        else:
            return None
    return contrast_means(rows, level=level)


def contrast_means(
    rows: Sequence[tuple[float, float, float, float, int]], *, level: float = 0.95
) -> LinearContrast | None:
    """The contrast of `measure_stage_trend` from each stage's place, mean, its variance and degrees of freedom, and n;
    None where no mean has any variance."""
    places, means, variances, degrees, sizes = (np.array(column, np.float64) for column in zip(*rows, strict=True))
    weights = (places - places.mean()) / ((places - places.mean()) ** 2).sum()
    parts = weights**2 * variances
    if parts.sum() <= 0:
        return None
    value, error = float(weights @ (means - means.mean())), sqrt(parts.sum())
    df = float(parts.sum() ** 2 / (parts**2 / degrees).sum())
    half = float(stdtrit(df, (1 + level) / 2)) * error
    estimate = Estimate(value, value - half, value + half, int(sizes.sum()), CONTRAST, level)
    return LinearContrast(estimate, df, float(2 * stdtr(df, -abs(value) / error)))


def _mean(histogram: Histogram) -> float:
    """The mean, exact where all values are the same."""
    first = float(histogram.values[0])
    return first + float(histogram.counts @ (histogram.values - first)) / histogram.n


def _mann_kendall(values: Floats) -> MannKendall:
    """Of values in order of time."""
    n = len(values)
    statistic = int(np.triu(np.sign(values[None, :] - values[:, None]), 1).sum())
    ties = np.unique(values, return_counts=True)[1].tolist()
    z = copysign(max(abs(statistic) - 1, 0), statistic) / sqrt(_kendall_variance(n, [1] * n, ties))
    pairs = n * (n - 1) / 2
    tau = statistic / sqrt(pairs * (pairs - sum(u * (u - 1) / 2 for u in ties)))
    exact = len(ties) == n and n <= EXACT_UP_TO
    p = kendalltau(np.arange(n), values, method="exact").pvalue if exact else 2 * ndtr(-abs(z))
    return MannKendall(statistic, tau, z, float(p), exact)


def _kendall_excess(table: Counts) -> int:
    """Pairs of cases that rise from an earlier row to a later one, less those that fall. table: (rows, values)."""
    earlier = np.cumsum(table, axis=0) - table
    lower = np.cumsum(earlier, axis=1) - earlier
    higher = earlier.sum(1, keepdims=True) - lower - earlier
    return int((table * (lower - higher)).sum())


def _kendall_variance(n: int, sizes: Sequence[int], ties: Sequence[int]) -> float:
    """The variance of Kendall's S with ties in both variables (Kendall 1975; also what R's cor.test takes)."""

    def spread(counts: Sequence[int]) -> int:
        return sum(u * (u - 1) * (2 * u + 5) for u in counts)

    pairs = [sum(u * (u - 1) for u in counts) for counts in (sizes, ties)]
    triples = [sum(u * (u - 1) * (u - 2) for u in counts) for counts in (sizes, ties)]
    variance = (n * (n - 1) * (2 * n + 5) - spread(sizes) - spread(ties)) / 18
    return variance + pairs[0] * pairs[1] / (2 * n * (n - 1)) + triples[0] * triples[1] / (9 * n * (n - 1) * (n - 2))
