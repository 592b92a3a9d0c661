"""Simulated patients for calibration: instruments of a few items with few levels, under a ceiling. No real answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from analysis.histogram import Counts, Floats

# Enough points that a score's distribution does not change in the fourth decimal.
PATIENTS, CLINICIANS = 61, 51


@dataclass(frozen=True, eq=False)
class Population:
    """Scores 0 to 100 of the patients of many clinicians. values: (V,); shares: (T, V), how often each score comes with
    each of T equally frequent kinds of clinicians (one kind: all clinicians are identical)."""

    name: str
    values: Floats
    shares: Floats

    @property
    def mean(self) -> float:
        """The mean over all patients of all clinicians."""
        return float(self.clinician_means().mean())

    @property
    def icc1(self) -> float:
        """The share of a single score's variance that lies between clinicians."""
        everyone = self.shares.mean(axis=0)
        return float(self.clinician_means().var() / (everyone @ (self.values - self.mean) ** 2))

    @property
    def top_box(self) -> float:
        """The share of scores at 100."""
        return float(self.shares[:, -1].mean())

    def clinician_means(self) -> Floats:
        """(T,) true means of the kinds of clinicians."""
        return self.shares @ self.values

    def draw(self, sizes: Counts, generator: np.random.Generator) -> tuple[NDArray[np.int64], Counts]:
        """Clinicians with `sizes` (…) patients each: their kinds (…) and how many patients have each score (…, V)."""
        kinds = generator.integers(len(self.shares), size=sizes.shape)
        return kinds, generator.multinomial(sizes, self.shares[kinds])


def simulate_instrument(
    mean: float, *, items: int = 5, levels: int = 4, alike: float = 0.6, between: float = 0.0, step: float = 0.9
) -> Population:
    """The mean of `items` items with `levels` levels each, as percent of the maximum possible.

    A patient's regard for a clinician is standard normal, items correlate `alike` through it (latent scale), thresholds
    lie `step` apart and items differ in difficulty by up to 0.6. `between` is the standard deviation of clinicians on
    the same latent scale. The whole is shifted so that the mean over all patients is `mean`.
    """
    kinds = ndtri((np.arange(CLINICIANS) + 0.5) / CLINICIANS) if between else np.zeros(1)
    difficulty = np.linspace(-0.3, 0.3, items) if items > 1 else np.zeros(1)
    thresholds = step * (np.arange(1, levels) - levels / 2) + difficulty[:, None]

    def distance(shift: float) -> float:
        return float(ndtr(shift + between * kinds[:, None, None] - thresholds).mean() * 100 - mean)

    place = brentq(distance, -20.0, 20.0, xtol=1e-12) + between * kinds
    regard, weight = np.polynomial.hermite_e.hermegauss(PATIENTS)
    latent = (place[:, None] + np.sqrt(alike) * regard)[..., None, None]
    reached = ndtr((latent - thresholds) / np.sqrt(1 - alike))
    full = np.concatenate([np.ones((*reached.shape[:-1], 1)), reached, np.zeros((*reached.shape[:-1], 1))], axis=-1)
    answers = -np.diff(full)
    total = np.ones((*answers.shape[:2], 1))
    for item in range(items):
        longer = np.zeros((*answers.shape[:2], total.shape[-1] + levels - 1))
        for level in range(levels):
            longer[..., level : level + total.shape[-1]] += total * answers[:, :, item, level, None]
        total = longer
    shares = np.einsum("q,tqv->tv", weight / weight.sum(), total)
    what = f"{items} items of {levels} levels, r {alike:g}" if items > 1 else f"1 item of {levels} levels"
    name = f"{what}, mean {mean:g}" + (", clinicians differ" if between else "")
    return Population(name, np.linspace(0, 100, items * (levels - 1) + 1), _normalise(shares))


def mix_in_dissatisfied(population: Population, dissatisfied: Population, share: float) -> Population:
    """A population in which `share` of the patients answer as the dissatisfied do."""
    shares = _normalise((1 - share) * population.shares + share * dissatisfied.shares)
    mixed = Population("", population.values, shares)
    return Population(f"{population.name}, {share:.0%} dissatisfied: mean {mixed.mean:.1f}", population.values, shares)


def _normalise(shares: Floats) -> Floats:
    """Shares that add up to 1 as closely as multinomial draws demand."""
    positive = np.maximum(shares, 0.0)
    return np.asarray(positive / positive.sum(axis=-1, keepdims=True))
