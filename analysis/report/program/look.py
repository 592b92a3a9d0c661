"""One look at a program: its units, what of them may be shown in the view, and the tallies in memory."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property, partial
from typing import TypeVar

from sqlalchemy import Connection

from analysis.disclosure import Cell, publishable_blocks
from analysis.estimate import Suppressed
from analysis.group import count_answers
from analysis.report.program.strata import PublishedStrata, publish_strata
from analysis.report.published_group import Choices, PublishedGroup, offered_choices, size_rules
from analysis.view import ALL_MODES, WINDOWS, View, first_month
from survey.access import Viewer, require_program
from survey.store.cube import ClinicianSums, Memory, TallyCube, UnitCounts
from survey.store.reading import Selection, read_tallies
from survey.store.roster import Clinician, Unit, list_clinicians, list_programs, list_units
from survey.tally import Counts

_Made = TypeVar("_Made")


@dataclass(frozen=True, eq=False)
class ProgramLook:
    """What every panel of a program's view is made from; `look_at_program` makes it after asking for access.

    units: by name; groups: each unit's blocks, by id; shown: its cells in the view or why they are hidden; memory: what
    the cube remembered when the look was taken, so that nothing made of older numbers is kept with newer ones.
    """

    program: str
    view: View
    today: date
    threshold: int
    viewer: Viewer
    units: tuple[Unit, ...]
    clinicians: tuple[Clinician, ...]
    groups: Mapping[str, PublishedGroup]
    shown: Mapping[str, list[Cell] | Suppressed]
    cube: TallyCube
    memory: Memory

    @cached_property
    def visible(self) -> tuple[str, ...]:
        """The ids of the units that are shown in the view."""
        return tuple(unit.id for unit in self.units if not isinstance(self.shown[unit.id], Suppressed))

    @cached_property
    def names(self) -> dict[str, str]:
        """The units' names by id."""
        return {unit.id: unit.name for unit in self.units}

    @property
    def since(self) -> int:
        """The first month of the view."""
        return first_month(self.view.window, self.today)

    @property
    def mode(self) -> str | None:
        """The mode of the view, None for all."""
        return None if self.view.mode == ALL_MODES else self.view.mode

    @cached_property
    def _windows(self) -> dict[str, int]:
        """Each window's first month, the widest first."""
        return {window: first_month(window, self.today) for window in WINDOWS}

    @cached_property
    def _seen_by(self) -> Hashable:
        """Who looks at what, all but the units."""
        return (self.viewer.clinician_id, self.threshold, *self._windows.values(), self.view.window, self.view.mode)

    def kept(self, name: str, make: Callable[[], _Made]) -> _Made:
        """What `make` makes of the tallies alone: made once, until a tally changes, for everybody who sees the same."""
        return self.cube.remember((name, self._seen_by, self.visible), make, memory=self.memory)

    def kept_of(self, unit: str, name: str, make: Callable[[], _Made]) -> _Made:
        """The same of one visible unit's tallies, until one of that unit's changes."""
        return self.cube.remember((name, self._seen_by), make, unit=unit, memory=self.memory)

    @cached_property
    def counts(self) -> UnitCounts:
        """The responses of the visible units in the view."""
        return self.kept("counts", lambda: self.cube.sum_units(self.visible, since=self.since, mode=self.mode))

    @cached_property
    def members(self) -> dict[str, ClinicianSums]:
        """The sums of each visible unit's clinicians in the view."""
        return self.kept("members", lambda: self.cube.sum_clinicians(self.visible, since=self.since, mode=self.mode))

    @cached_property
    def strata(self) -> PublishedStrata | Suppressed:
        """The strata of the visible units; hidden where the view is of one mode, for strata are not counted by mode."""
        if self.mode is not None:
            return Suppressed("recoverable")
        return self.kept("strata", self._publish_strata)

    def _publish_strata(self) -> PublishedStrata:
        groups = {unit: self.groups[unit] for unit in self.visible}
        return publish_strata(self.cube, groups, self._windows, self.view.window, self.threshold, keep=self.kept_of)

    def items_shown(self, unit: str) -> list[bool]:
        """Whether each item of a visible unit may be shown in the view."""
        group = self.groups[unit]
        make = partial(group.items_shown, self.view, self.today, self.threshold)
        return self.kept_of(unit, "items shown", make)

    @property
    def choices(self) -> Choices:
        """The windows and modes in which something can be shown."""
        return offered_choices(list(self.groups.values()), self.view, self.today)


def look_at_program(
    connection: Connection,
    cube: TallyCube,
    viewer: Viewer,
    program_id: str,
    view: View,
    *,
    today: date,
    threshold: int,
) -> ProgramLook:
    """The program as this viewer may see it; raises AccessDeniedError unless they lead it.

    `cube` is of the view's instrument. A unit is shown whole or hidden whole in a view.
    """
    require_program(viewer, program_id)
    memory = cube.memory_of(connection)
    units = list_units(connection, [program_id])
    program = next((each.name for each in list_programs(connection) if each.id == program_id), program_id)
    ids = [unit.id for unit in units]
    clinicians = list_clinicians(connection, ids)

    @cache
    def own_counts() -> dict[str, dict[Cell, Counts]]:
        return _own_counts(connection, viewer, view, ids)

    def make_group(unit: str) -> PublishedGroup:
        return _unit_group(cube.count_units([unit]).get(unit, {}), own_counts().get(unit, {}), threshold)

    key = ("blocks", viewer.clinician_id, threshold)
    groups = {unit: cube.remember(key, partial(make_group, unit), unit=unit, memory=memory) for unit in ids}
    seen = ("shown", *key, first_month(view.window, today), view.mode)
    shown = {
        unit: cube.remember(seen, partial(group.in_view, view, today), unit=unit, memory=memory)
        for unit, group in groups.items()
    }
    return ProgramLook(
        program, view, today, threshold, viewer, tuple(units), tuple(clinicians), groups, shown, cube, memory
    )


def _own_counts(
    connection: Connection, viewer: Viewer, view: View, units: Sequence[str]
) -> dict[str, dict[Cell, Counts]]:
    """What the viewer sees as a clinician elsewhere, by unit."""
    counts: dict[str, dict[Cell, Counts]] = defaultdict(dict)
    if viewer.clinician_id is not None:
        mine = Selection(view.instrument, frozenset(units), clinician_id=viewer.clinician_id)
        for (unit_id, month, mode), tally in read_tallies(connection, mine, by=("unit_id", "month", "mode")).items():
            counts[unit_id][month, mode] = count_answers(tally)
    return counts


def _unit_group(counts: Mapping[Cell, Counts], own: Mapping[Cell, Counts], threshold: int) -> PublishedGroup:
    """A unit's blocks: large enough as they are, and still so without the responses that the viewer knows."""
    return PublishedGroup(counts, publishable_blocks(counts, *size_rules(counts, threshold, own)), own)
