"""How a table for people is laid out: four digits that count, intervals, shares, and a dash for what is not known."""

from collections.abc import Iterable, Sequence
from math import floor, log10
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from analysis.estimate import Estimate

UNKNOWN: Final = "–"


def print_pairs(*pairs: tuple[str, Any]) -> None:
    """Names with their values."""
    print_table(("", "value"), pairs, header=False)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, header: bool = True) -> None:
    """Rows under their columns; a cell is a text, a number, an `Estimate` or None."""
    table = Table(show_header=header)
    for place, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if place and column else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(each)) for each in row))
    _console().print(table)


def say(sentence: str) -> None:
    """A sentence under a table."""
    _console().print(Text(sentence))


def spell_code(code: str) -> str:
    """A code in words."""
    return code.replace("_", " ")


def _console() -> Console:
    """A terminal's own width; a pipe or a file takes lines as long as they come."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def _cell(value: Any) -> str:
    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if isinstance(value, Estimate):
        return format_estimate(value.value, value.low, value.high)
    return f"{value:,}" if isinstance(value, int) else format_number(value)


def format_number(value: float | None) -> str:
    """Four digits that count, at most four of them after the point."""
    if value is None:
        return UNKNOWN
    if value == 0 or not abs(value) < 1e15:
        return f"{value:.4g}"
    digits = 3 - floor(log10(abs(value)))
    return f"{value:.3g}" if digits > 6 else f"{value:,.{min(max(digits, 0), 4)}f}"


def format_interval(low: float | None, high: float | None) -> str:
    """Both limits."""
    return UNKNOWN if low is None or high is None else f"{format_number(low)} to {format_number(high)}"


def format_estimate(value: float, low: float | None, high: float | None) -> str:
    """A number with both its limits, or alone."""
    return format_number(value) + ("" if low is None or high is None else f" ({format_interval(low, high)})")


def format_percent(value: float | None) -> str:
    """A share as a percentage."""
    return UNKNOWN if value is None else f"{100 * value:.1f} %"


def format_share(share: Estimate | None) -> str:
    """A share with its interval, as percentages."""
    if share is None:
        return UNKNOWN
    return f"{format_percent(share.value)} ({format_percent(share.low)} to {format_percent(share.high)})"


def format_p(value: float | None) -> str:
    """A p-value."""
    if value is None:
        return UNKNOWN
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def format_probability(value: float) -> str:
    """A probability, which is never shown as certain."""
    return "> 0.999" if value > 0.999 else "< 0.001" if value < 0.001 else f"{value:.3f}"
