"""What can be said of one group from its tally: score, top-box, items, distribution."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.clustered import clustered_proportion_interval, mean_over_clusters
from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.histogram import count_values
from analysis.mean import BETA, mean_interval, mean_limits
from analysis.proportion import wilson_interval
from survey.store.cube import ClinicianSums
from survey.tally import WAYS_OF_NOT_ANSWERING, Counts, Tally

# Below this a score is shown as provisional: published counts for a usable clinician's score begin at 27 to 40
# (docs/methods.md); each program's own reliability replaces it once it is estimated.
PROVISIONAL_BELOW: Final = 30
BINS: Final = 10


@dataclass(frozen=True)
class GroupSummary:
    """A group's score, 0 to 100, and the share of its scored responses at the very top.

    needed: scored responses from which the score may be compared; infinite where no number is enough.
    """

    n: int
    score: Estimate | NotEstimable
    top_box: Estimate | NotEstimable
    needed: float = PROVISIONAL_BELOW

    @property
    def scored(self) -> int:
        """How many of the responses have a score."""
        return self.score.n if isinstance(self.score, Estimate) else min(self.n, 1)

    @property
    def provisional(self) -> bool:
        """Whether the score rests on too few answers to be compared."""
        return self.scored < self.needed


@dataclass(frozen=True)
class ItemSummary:
    """One item: its mean on 0 to 100, its top-box, the share of each level, and the ways of not answering."""

    item: str
    topic: str
    score: Estimate | NotEstimable
    top_box: Estimate | NotEstimable
    shares: tuple[float, ...]
    missing: dict[str, int]


@dataclass(frozen=True)
class Distribution:
    """Shares of scored responses in ten equal bins of 0 to 100; the last one includes 100."""

    n: int
    shares: tuple[float, ...]


def summarise_group(tally: Tally, needed: float = PROVISIONAL_BELOW) -> GroupSummary:
    """The summary of a group's composite; it is provisional below `needed` scored responses."""
    values, counts = tally.percent_histogram()
    scored = int(counts.sum())
    at_top = int(counts[values == 100].sum())
    return GroupSummary(tally.n, mean_interval(values, counts), wilson_interval(at_top, scored), needed)


def summarise_clustered(tally: Tally, clinicians: Sequence[ClinicianSums]) -> GroupSummary:
    """The summary of a unit's or program's composite; `clinicians` are all those whose responses are in `tally`."""
    if not clinicians:
        return summarise_group(tally)
    n, at_top, sums = (np.concatenate([getattr(each, name) for each in clinicians]) for name in ("n", "at_top", "sums"))
    score = mean_over_clusters(count_values(*tally.percent_histogram()), n, sums).score
    return GroupSummary(tally.n, score, clustered_proportion_interval(at_top, n))


def count_answers(tally: Tally) -> Counts:
    """(2 + k,) responses, scored ones, and answers to each item: what disclosure control looks at."""
    return np.array([tally.n, tally.percent_histogram()[1].sum(), *tally.levels.sum(axis=1)])


def summarise_items(tally: Tally, shown: Sequence[bool]) -> tuple[ItemSummary | Suppressed, ...]:
    """The summary of each item in the instrument's order, suppressed where it may not be shown."""
    items = tally.instrument.items
    turned = np.array([item.reversed for item in items])
    forward = np.where(turned[:, None], tally.levels[:, ::-1], tally.levels)
    percent = np.linspace(0, 100, forward.shape[1])
    n = forward.sum(axis=1)
    means = forward @ percent / np.maximum(n, 1)
    squares = (forward * (percent - means[:, None]) ** 2).sum(axis=1)
    low, high = mean_limits(n, means, squares)
    scores = [
        NotEstimable("no_answers" if count == 0 else "one_answer")
        if count < 2
        else Estimate(float(means[slot]), float(low[slot]), float(high[slot]), count, BETA)
        for slot, count in enumerate(n.tolist())
    ]
    return tuple(
        ItemSummary(
            item=item.id,
            topic=item.topic,
            score=scores[slot],
            top_box=wilson_interval(int(forward[slot, -1]), int(n[slot])),
            shares=tuple((tally.levels[slot] / max(int(n[slot]), 1)).tolist()),
            missing=dict(zip(WAYS_OF_NOT_ANSWERING, tally.missing[slot].tolist(), strict=True)),
        )
        if shown[slot]
        else Suppressed("small_group")
        for slot, item in enumerate(items)
    )


def distribute_scores(tally: Tally) -> Distribution:
    """The distribution of a group's scores."""
    values, counts = tally.percent_histogram()
    n = int(counts.sum())
    bins = np.minimum(values // (100 / BINS), BINS - 1).astype(int)
    shares = np.bincount(bins, weights=counts, minlength=BINS) / max(n, 1)
    return Distribution(n, tuple(shares.tolist()))
