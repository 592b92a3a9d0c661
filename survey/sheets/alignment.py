"""Where the rows and columns of a tab stand, and where they belong: plans without a request.

People sort, delete, insert and copy rows and columns. Every row carries its response's id and every column its title,
so what moved can be worked out; nothing of what people wrote themselves is thrown away.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

ColumnStep = tuple[Literal["move", "insert", "rename"], int, int]


@dataclass(frozen=True)
class RowPlan:
    """How the rows of a part are put right.

    keys: for each row that was found, the place it belongs to; leftovers come after all places.
    fillers: places that need a new empty row. absent: places whose row was written once and is gone.
    leftovers: rows that belong to no place, in the order they come in. places: how many there are.
    """

    keys: tuple[int, ...]
    fillers: tuple[int, ...]
    absent: tuple[int, ...]
    leftovers: tuple[int, ...]
    places: int

    @property
    def in_order(self) -> bool:
        """Whether no row has to move."""
        return not self.fillers and not self.leftovers and not self.moved

    @property
    def moved(self) -> int:
        """How many rows are not where they belong."""
        return sum(key != row for row, key in enumerate(self.keys))


def plan_rows(
    found: Sequence[str],
    wanted: Sequence[tuple[str, bool]],
    empty: Collection[int] = (),
    last: Collection[int] = (),
) -> RowPlan:
    """Put rows to their places.

    found: the id that stands in each row below the header, "" for none. wanted: the id of each place and whether it was
    written. empty: the rows in which nothing stands at all; they may be used for any place. last: rows that come after
    all others if they are left over.
    """
    place_of = {which: place for place, (which, _) in enumerate(wanted)}
    keys: dict[int, int] = {}
    taken: set[int] = set()
    for row, which in enumerate(found):
        place = place_of.get(which)
        if place is not None and place not in taken:
            keys[row] = place
            taken.add(place)
    written = [place for place, (_, was) in enumerate(wanted) if was]
    places = max([*taken, *written], default=-1) + 1
    open_places = [place for place in range(places) if place not in taken]
    free = [row for row in range(len(found)) if row not in keys and row in set(empty)]
    # A row that is empty where an empty row is wanted stays where it is.
    staying = set(free) & set(open_places)
    keys |= {row: row for row in staying}
    movable, waiting = ([each for each in some if each not in staying] for some in (free, open_places))
    keys |= dict(zip(movable, waiting, strict=False))
    fillers = tuple(waiting[len(movable) :])
    leftovers = tuple(sorted((row for row in range(len(found)) if row not in keys), key=lambda row: (row in last, row)))
    keys |= {row: places + number for number, row in enumerate(leftovers)}
    absent = tuple(place for place in written if place not in taken)
    # Empty rows beyond the places need not be carried away: they are simply not used yet.
    return RowPlan(tuple(keys[row] for row in range(len(found))), fillers, absent, leftovers, places)


def plan_columns(found: Sequence[str], titles: Sequence[str]) -> list[ColumnStep]:
    """The steps that bring our columns to the front in their order, people's own to the right of them.

    ("move", from, to), ("insert", at, at) where one of ours is gone, ("rename", at, at) where its title was changed.
    """
    now = list(found)
    steps: list[ColumnStep] = []
    for place, title in enumerate(titles):
        if now[place : place + 1] == [title]:
            continue
        if title in now[place + 1 :]:
            source = now.index(title, place + 1)
            now.insert(place, now.pop(source))
            steps.append(("move", source, place))
        elif place < len(now) and now[place] not in titles and _follows(now, place, titles):
            now[place] = title
            steps.append(("rename", place, place))
        else:
            now.insert(place, title)
            steps.append(("insert", place, place))
    return steps


def _follows(now: Sequence[str], place: int, titles: Sequence[str]) -> bool:
    """Whether the neighbours of a column stand where they belong, so that only its title can have been changed."""
    if place + 1 < len(titles):
        return now[place + 1 : place + 2] == [titles[place + 1]]
    return place > 0
