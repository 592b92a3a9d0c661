"""What can be said of one group from its tally: score, top-box, items, distribution."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.clustered import clustered_proportion_interval, widen_for_clusters
from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.mean import mean_interval, mean_intervals
from analysis.proportion import wilson_interval, wilson_intervals
from survey.instrument import Instrument
from survey.store.cube import ClinicianSums, UnitCounts
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
    """The summary of a unit's composite; `clinicians` are all those whose responses are in `tally`."""
    values, counts = tally.percent_histogram()
    return _summarise(tally.n, mean_interval(values, counts), clinicians)


def summarise_unit(counts: UnitCounts, unit: str, clinicians: Sequence[ClinicianSums]) -> GroupSummary:
    """The summary of a unit's composite; `clinicians` are all those whose scored responses are in its counts."""
    at = counts.units.index(unit)
    return _summarise(int(counts.n[at]), mean_interval(counts.percents, counts.scores[at]), clinicians)


def summarise_total(counts: UnitCounts, members: Mapping[str, ClinicianSums]) -> GroupSummary | None:
    """The summary of all units together; None without units. members: by unit, as in `summarise_unit`."""
    if not counts.units:
        return None
    everybody = [members[unit] for unit in counts.units if unit in members]
    return _summarise(int(counts.n.sum()), mean_interval(counts.percents, counts.scores.sum(axis=0)), everybody)


def _summarise(n: int, mean: Estimate | NotEstimable, clinicians: Sequence[ClinicianSums]) -> GroupSummary:
    """The summary of n responses with this mean as if they were independent; clinicians: those with scored ones."""
    if not clinicians:
        return GroupSummary(n, mean, NotEstimable("no_answers"))
    scored, at_top, sums = (
        np.concatenate([getattr(each, name) for each in clinicians]) for name in ("n", "at_top", "sums")
    )
    score = widen_for_clusters(mean, scored, sums) if isinstance(mean, Estimate) else mean
    return GroupSummary(n, score, clustered_proportion_interval(at_top, scored))


def count_answers(tally: Tally) -> Counts:
    """(2 + k,) responses, scored ones, and answers to each item: what disclosure control looks at."""
    return np.array([tally.n, tally.scored, *tally.levels.sum(axis=1)])


def summarise_items(tally: Tally, shown: Sequence[bool]) -> tuple[ItemSummary | Suppressed, ...]:
    """The summary of each item in the instrument's order, suppressed where it may not be shown."""
    return summarise_items_of_units(tally.instrument, tally.levels[None], tally.missing[None], [shown])[0]


def summarise_items_of_units(
    instrument: Instrument, levels: Counts, missing: Counts, shown: Sequence[Sequence[bool]]
) -> list[tuple[ItemSummary | Suppressed, ...]]:
    """`summarise_items` of U units at once; levels, missing: as in `UnitCounts`; shown: U times k."""
    items = instrument.items
    turned = np.array([item.reversed for item in items])
    forward = np.where(turned[:, None], levels[:, :, ::-1], levels).reshape(-1, levels.shape[2])
    n = forward.sum(axis=1)
    scores = mean_intervals(np.linspace(0, 100, forward.shape[1]), forward)
    tops = wilson_intervals(forward[:, -1], n)
    shares = (levels.reshape(forward.shape) / np.maximum(n, 1)[:, None]).tolist()
    ways = missing.reshape(-1, missing.shape[2]).tolist()
    each = zip(scores, tops, shares, ways, strict=True)
    return [
        tuple(
            ItemSummary(
                item.id, item.topic, score, top, tuple(share), dict(zip(WAYS_OF_NOT_ANSWERING, way, strict=True))
            )
            if may
            else Suppressed("small_group")
            for item, may, (score, top, share, way) in zip(items, unit, each, strict=False)
        )
        for unit in shown
    ]


def distribute_scores(tally: Tally) -> Distribution:
    """The distribution of a group's scores."""
    values, counts = tally.percent_histogram()
    n = int(counts.sum())
    bins = np.minimum(values // (100 / BINS), BINS - 1).astype(int)
    shares = np.bincount(bins, weights=counts, minlength=BINS) / max(n, 1)
    return Distribution(n, tuple(shares.tolist()))
