"""Which levels of which adjusters may be counted in which unit, so that no small group can be solved for.

A unit's scored responses fall, for each adjuster, into its published levels and one remainder: whoever gave no answer,
or gave one that few in the unit gave. Every part holds nobody or enough people in what each window shows and in what
the next wider one has more: all that is shown are sums of such parts. A level that is folded into the remainder counts
as not said in that unit, in the case-mix model too.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from analysis.histogram import Counts, Floats
from analysis.report.published_group import PublishedGroup
from survey.respondent import ABOUT, ADJUSTERS, PREFER_NOT
from survey.store.adjuster_cells import StrataSums
from survey.store.cube import TallyCube

Shown = tuple[set[str], int]
Keep = Callable[[str, str, Callable[[], Shown]], Shown]


@dataclass(frozen=True, eq=False)
class PublishedStrata:
    """The strata of U units in a view. levels: each adjuster's that some unit may show, F together.

    units: sorted; scored: (U,) scored responses; moments: (U, F, 3) how many have a level, Σ and Σ² of their scores,
    and joint: (U, F, F) how many have two levels, both 0 where a unit's level is hidden; shown: (U, F) whether it is
    not.
    """

    units: tuple[str, ...]
    levels: Mapping[str, tuple[str, ...]]
    scored: Counts
    moments: Floats
    joint: Counts
    shown: NDArray[np.bool_]

    @property
    def columns(self) -> tuple[tuple[str, str], ...]:
        """Adjuster and level of each of the F levels."""
        return tuple((adjuster, level) for adjuster, levels in self.levels.items() for level in levels)


def publish_strata(
    cube: TallyCube,
    groups: Mapping[str, PublishedGroup],
    windows: Mapping[str, int],
    window: str,
    threshold: int,
    *,
    keep: Keep,
) -> PublishedStrata:
    """The strata of these units in a window. windows: each one's first month, the widest first.

    keep: keeps what was made of a unit until its tallies change.
    """
    units = sorted(groups)
    by_window = {name: cube.sum_strata(units, since=first) for name, first in windows.items()}
    sums = by_window[window]
    counts = {name: each.moments[:, :, 0].astype(np.int64).tolist() for name, each in by_window.items()}
    places = {adjuster: found for adjuster in ADJUSTERS if (found := _places(sums.strata, adjuster))}

    def show(row: int, group: PublishedGroup) -> Shown:
        """The strata of a unit that may be shown, and its scored responses."""
        fitting = [name for name, first in windows.items() if group.blocks.months_since(first)]
        answers = group.scored_since([windows[name] for name in fitting])
        parts = [_Window(counts[name][row], *each) for name, each in zip(fitting, answers, strict=True)]
        at = fitting.index(window)
        levels = {
            sums.strata[place]
            for adjuster, levels in places.items()
            # Where modes may not be told apart in the unit, they are not a stratum either.
            if adjuster != "mode" or group.blocks.by_mode
            for place in _shown_levels(parts, levels, at, threshold)
        }
        return levels, parts[at].scored

    each = [keep(unit, "strata shown", partial(show, row, groups[unit])) for row, unit in enumerate(units)]
    scored = np.array([number for _, number in each], np.int64)
    return _masked(sums, units, places, [levels for levels, _ in each], scored)


@dataclass(frozen=True)
class _Window:
    """A unit in a window: counts by stratum, all scored responses, and those that the viewer knows."""

    counts: Sequence[int]
    scored: int
    own: int


def _places(strata: Sequence[str], adjuster: str) -> list[int]:
    """Where an adjuster's levels are among the strata, in their natural order."""
    order = [*ABOUT.get(adjuster, ()), PREFER_NOT]

    def rank(at: int) -> tuple[int, str]:
        level = strata[at].split("=", 1)[1]
        return (order.index(level) if level in order else -1, level)

    return sorted((at for at, name in enumerate(strata) if name.split("=", 1)[0] == adjuster), key=rank)


def _shown_levels(parts: Sequence[_Window], places: Sequence[int], at: int, threshold: int) -> list[int]:
    """The places of the levels that may be shown in window `at`; they are chosen in the widest one."""
    widest = parts[0]
    counts = {place: widest.counts[place] for place in places}
    kept = [place for place in places if counts[place] and _enough(counts[place], widest.own, threshold)]
    while kept and not _enough(widest.scored - sum(counts[place] for place in kept), widest.own, threshold):
        kept.remove(min(kept, key=lambda place: (counts[place], place)))
    last, own = _split(widest, kept), widest.own
    seen = bool(kept)
    for part in parts[1 : at + 1]:
        these = _split(part, kept)
        seen = all(
            _enough(now, part.own, threshold) and _enough(before - now, own - part.own, threshold)
            for before, now in zip(last, these, strict=True)
        )
        if seen:
            last, own = these, part.own
    return kept if seen else []


def _split(part: _Window, kept: Sequence[int]) -> list[int]:
    """How many have each level that is kept, and how many have none of them."""
    counts = [part.counts[place] for place in kept]
    return [*counts, part.scored - sum(counts)]


def _enough(count: int, own: int, threshold: int) -> bool:
    """Nobody, or enough people even if all that the viewer knows are among them."""
    return count == 0 or count - own >= threshold


def _masked(
    sums: StrataSums,
    units: Sequence[str],
    places: Mapping[str, Sequence[int]],
    shown: Sequence[Collection[str]],
    scored: Counts,
) -> PublishedStrata:
    """Only what is shown, of the levels that anybody has in the view."""
    may = np.array([[name in each for name in sums.strata] for each in shown], np.bool_)
    may = may.reshape(len(units), len(sums.strata))
    present = np.any(may & (sums.moments[:, :, 0] > 0), axis=0).tolist()
    found = {adjuster: [place for place in levels if present[place]] for adjuster, levels in places.items()}
    # A model can use an adjuster that has two levels at least.
    found = {adjuster: levels for adjuster, levels in found.items() if len(levels) > 1}
    columns = [place for levels in found.values() for place in levels]
    kept = may[:, columns]
    moments = np.where(kept[:, :, None], sums.moments[:, columns], 0)
    joint = np.where(kept[:, :, None] & kept[:, None, :], sums.joint[:, columns][:, :, columns], 0)
    names = {adjuster: tuple(sums.strata[at].split("=", 1)[1] for at in levels) for adjuster, levels in found.items()}
    return PublishedStrata(tuple(units), names, scored, moments, joint, kept)
