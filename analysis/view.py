"""What a viewer chose to look at: an instrument's version, a window of months up to now, a mode."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from survey.instrument import Instrument

# Windows reach from so many months ago to now; None is everything. They are nested, widest first.
WINDOWS: Final[dict[str, int | None]] = {"all": None, "12": 12, "6": 6, "3": 3}
ALL_MODES: Final = "all"
_BEFORE_ALL: Final = 0


@dataclass(frozen=True)
class View:
    """A choice of what to look at. `mode` is "all" or one of the modes."""

    instrument: Instrument
    window: str = "all"
    mode: str = ALL_MODES


def first_month(window: str, today: date) -> int:
    """The first month of a window as yyyymm; 0 for everything. Raises KeyError for an unknown window."""
    months = WINDOWS[window]
    if months is None:
        return _BEFORE_ALL
    index = today.year * 12 + today.month - months
    return index // 12 * 100 + index % 12 + 1


def months_until(today: date, count: int) -> list[int]:
    """So many months up to now as yyyymm, the latest first."""
    latest = today.year * 12 + today.month - 1
    return [index // 12 * 100 + index % 12 + 1 for index in range(latest, latest - count, -1)]
