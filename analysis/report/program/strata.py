"""Which levels of which adjusters may be counted in which unit, so that no small group can be solved for.

A unit's scored responses fall, for each adjuster, into its published levels and one remainder: whoever gave no answer,
or gave one that few in the unit gave. Every part holds nobody or enough people in what each window shows and in what
the next wider one has more: all that is shown are sums of such parts. A level that is folded into the remainder counts
as not said in that unit, in the case-mix model too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.histogram import Counts, Floats
from analysis.report.published_group import PublishedGroup
from survey.respondent import ABOUT, ADJUSTERS, PREFER_NOT
from survey.store.adjuster_cells import StrataSums


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
    sums: StrataSums,
    groups: Mapping[str, PublishedGroup],
    windows: Mapping[str, int],
    window: str,
    threshold: int,
) -> PublishedStrata:
    """The strata of these units in a window. windows: each one's first month, the widest first."""
    units = sorted(groups)
    shown: list[dict[str, list[int]]] = []
    place = {adjuster: _places(sums.strata, adjuster) for adjuster in ADJUSTERS}
    owner = np.array(sums.units, dtype=object)
    scored = []
    for unit in units:
        group = groups[unit]
        mine = np.flatnonzero(owner == unit)
        fitting = {name: first for name, first in windows.items() if group.blocks.months_since(first)}
        parts = [_Window.of(group, sums, mine, first) for first in fitting.values()]
        at = list(fitting).index(window)
        found = {
            adjuster: _shown_levels(parts, places, at, threshold)
            for adjuster, places in place.items()
            # Where modes may not be told apart in the unit, they are not a stratum either.
            if places and (adjuster != "mode" or group.blocks.by_mode)
        }
        shown.append(found)
        scored.append(parts[at].scored)
    return _masked(sums, units, shown, windows[window], np.array(scored, np.int64))


@dataclass(frozen=True, eq=False)
class _Window:
    """A unit in a window: (S,) counts by stratum, all scored responses, and those that the viewer knows."""

    counts: Counts
    scored: int
    own: int

    @classmethod
    def of(cls, group: PublishedGroup, sums: StrataSums, mine: Counts, first: int) -> "_Window":
        chosen = mine[sums.months[mine] >= first]
        scored = sum(int(each[1]) for (month, _), each in group.counts.items() if month >= first)
        own = sum(int(each[1]) for (month, _), each in group.known.items() if month >= first)
        return cls(sums.moments[chosen, :, 0].sum(axis=0).astype(np.int64), scored, own)


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
    counts = {place: int(widest.counts[place]) for place in places}
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
    counts = [int(part.counts[place]) for place in kept]
    return [*counts, part.scored - sum(counts)]


def _enough(count: int, own: int, threshold: int) -> bool:
    """Nobody, or enough people even if all that the viewer knows are among them."""
    return count == 0 or count - own >= threshold


def _masked(
    sums: StrataSums, units: Sequence[str], shown: Sequence[Mapping[str, list[int]]], first: int, scored: Counts
) -> PublishedStrata:
    present = {
        adjuster: sorted({place for each in shown for place in each.get(adjuster, ())}, key=every.index)
        for adjuster in ADJUSTERS
        if (every := _places(sums.strata, adjuster))
    }
    # A model can use an adjuster that has two levels at least.
    places = {adjuster: found for adjuster, found in present.items() if len(found) > 1}
    columns = [place for found in places.values() for place in found]
    kept = np.array([[place in {p for found in each.values() for p in found} for place in columns] for each in shown])
    kept = kept.reshape(len(units), len(columns)).astype(np.bool_)
    row = {unit: at for at, unit in enumerate(units)}
    chosen = [cell for cell, unit in enumerate(sums.units) if unit in row and sums.months[cell] >= first]
    owners = np.array([row[sums.units[cell]] for cell in chosen], np.int64)
    moments, joint = np.zeros((len(units), len(columns), 3)), np.zeros((len(units), len(columns), len(columns)), int)
    np.add.at(moments, owners, sums.moments[chosen][:, columns])
    np.add.at(joint, owners, sums.joint[chosen][:, columns][:, :, columns])
    moments[~kept] = 0
    joint[~kept] = 0
    joint = np.where(kept[:, None, :], joint, 0)
    levels = {adjuster: tuple(sums.strata[at].split("=", 1)[1] for at in found) for adjuster, found in places.items()}
    return PublishedStrata(tuple(units), levels, scored, moments, joint, kept)
