"""`python -m analysis`: the statistics of this program for any CSV."""

import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from io import TextIOWrapper
from math import isfinite
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from typer.core import TyperGroup

if TYPE_CHECKING:
    from analysis.csv_file import CsvFile

STDIN = "-"


class Commands(TyperGroup):
    """Bad data and wrong use end with one sentence on stderr and exit code 2, however a command is run."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and, in standalone mode, end the process."""
        # Not above, because --help is to come at once.
        from analysis.estimate import UnusableDataError

        if isinstance(sys.stdout, TextIOWrapper):
            # A terminal that has no letter for a name shows a question mark.
            sys.stdout.reconfigure(errors="replace")
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except UnusableDataError as error:
            code = _refuse(str(error))
        except typer.TyperException as error:
            format_message = getattr(error, "format_message", error.__str__)
            code = _refuse(f"{format_message()} See --help.")
        if standalone_mode:
            sys.exit(code)
        return code


def _refuse(sentence: str) -> int:
    typer.echo("Error: " + " ".join(sentence.split()).encode("utf-8", "backslashreplace").decode(), err=True)
    return 2


app = typer.Typer(cls=Commands, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


class Overdispersion(StrEnum):
    """How a funnel allows for groups that differ more than chance."""

    none = "none"
    phi = "phi"
    tau2 = "tau2"


class Chart(StrEnum):
    """The charts of values over time."""

    run = "run"
    xmr = "xmr"
    p = "p"
    pprime = "pprime"


File = Annotated[str, typer.Argument(metavar="FILE", help="A CSV with a header; - reads standard input.")]
Value = Annotated[str, typer.Option(help="The column with the numbers.", metavar="COLUMN")]
Group = Annotated[str, typer.Option(help="The column that names the groups.", metavar="COLUMN")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, numbers not rounded.")]
COLUMNS = "COLUMN,COLUMN,…"


@app.command(epilog="Example: python -m analysis describe answers.csv --items kind,listened,explained")
def describe(
    file: File,
    items: Annotated[str | None, typer.Option(help="Several columns.", metavar=COLUMNS)] = None,
    value: Annotated[str | None, typer.Option(help="One column.", metavar="COLUMN")] = None,
    as_json: AsJson = False,
) -> None:
    """Count, mean, spread, quantiles, histogram and what is missing, of each column by itself."""
    from analysis import tables
    from analysis.csv_sums import read_counts
    from analysis.describe import describe_items, describe_scores

    if (items is None) == (value is None):
        raise typer.BadParameter("Give either --items or --value.")
    columns = _names(items, "--items") if items is not None else [_name(value or "")]
    with _reading(file) as rows:
        counts = dict(zip(columns, read_counts(rows, columns), strict=True))
    if value is not None:
        (found,) = counts.values()
        result = describe_scores(found.answers, found.missing)
        _print(as_json, result, lambda: tables.show_description(result, rows.rows))
    else:
        described = describe_items(
            {name: each.answers for name, each in counts.items()}, {name: each.missing for name, each in counts.items()}
        )
        _print(as_json, {"n": rows.rows, "items": described}, lambda: tables.show_items(described, rows.rows))


@app.command(epilog="Example: python -m analysis reliability answers.csv --items kind,listened,explained --json")
def reliability(
    file: File,
    items: Annotated[str, typer.Option(help="The instrument's items, all worded in one direction.", metavar=COLUMNS)],
    as_json: AsJson = False,
) -> None:
    """Cronbach's alpha, McDonald's omega, and each item's part in them, over rows with every item answered."""
    from analysis import tables
    from analysis.csv_sums import read_item_sums
    from analysis.reliability import measure_reliability

    with _reading(file) as rows:
        sums = read_item_sums(rows, _names(items, "--items"))
    result = measure_reliability(sums)
    _print(
        as_json,
        result,
        lambda: tables.show_reliability(result),
        lambda: tables.say_rows(sums.rows, sums.n, "an answer to some item"),
    )


@app.command(epilog="Example: python -m analysis icc answers.csv --value score --group clinician --json")
def icc(file: File, value: Value, group: Group, as_json: AsJson = False) -> None:
    """Do groups differ at all? ICC(1) by REML, and how many answers make a group's mean reliable."""
    from analysis import tables
    from analysis.csv_sums import read_group_sums
    from analysis.icc import measure_icc

    with _reading(file) as rows:
        sums = read_group_sums(rows, _name(value), _name(group))
    result = measure_icc(sums)
    _print(
        as_json, result, lambda: tables.show_icc(result), lambda: tables.say_rows(rows.rows, result.n, VALUE_OR_GROUP)
    )


@app.command(epilog="Example: python -m analysis shrink answers.csv --value score --group clinician")
def shrink(file: File, value: Value, group: Group, as_json: AsJson = False) -> None:
    """A fair estimate of each group's mean: pulled to the grand mean as far as chance may have moved it."""
    from analysis import tables
    from analysis.csv_sums import read_group_sums
    from analysis.shrinkage import shrink_groups

    with _reading(file) as rows:
        sums = read_group_sums(rows, _name(value), _name(group))
    result = shrink_groups(sums)
    used = int(sums.n.sum())
    _print(
        as_json, result, lambda: tables.show_shrinkage(result), lambda: tables.say_rows(rows.rows, used, VALUE_OR_GROUP)
    )


@app.command(epilog="Example: python -m analysis compare answers.csv --value score --group unit --top-box 100")
def compare(
    file: File,
    value: Value,
    group: Group,
    top_box: Annotated[float | None, typer.Option(help="Values from here on are the top-box.")] = None,
    as_json: AsJson = False,
) -> None:
    """Do groups differ, and which pairs? Welch, Kruskal–Wallis, Games–Howell, Cliff's delta."""
    from analysis import tables
    from analysis.comparison import compare_groups
    from analysis.csv_sums import read_group_histograms

    with _reading(file) as rows:
        groups = read_group_histograms(rows, _name(value), _name(group))
    result = compare_groups(groups, top_box=_finite(top_box, "--top-box"))
    used = sum(each.n for each in groups.values())
    _print(
        as_json,
        result,
        lambda: tables.show_comparison(result),
        lambda: tables.say_rows(rows.rows, used, VALUE_OR_GROUP),
    )


@app.command(
    epilog="Example: python -m analysis casemix answers.csv --value score --group unit --adjusters age_band,health"
)
def casemix(
    file: File,
    value: Value,
    group: Group,
    adjusters: Annotated[str, typer.Option(help="What to adjust for.", metavar=COLUMNS)],
    categorical: Annotated[
        str | None, typer.Option(help="Adjusters to take by their levels although they are numbers.", metavar=COLUMNS)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare groups as if all had the same respondents: case-mix adjustment in the manner of CAHPS.

    An adjuster whose every value is a number has one straight line; any other one has its levels.
    """
    from analysis import tables
    from analysis.casemix import adjust_case_mix
    from analysis.csv_adjusters import read_case_mix

    names = _names(adjusters, "--adjusters")
    levels = _names(categorical, "--categorical") if categorical is not None else []
    if unknown := [name for name in levels if name not in names]:
        raise typer.BadParameter(f"--categorical names {unknown[0]!r}, which is not among --adjusters.")
    with _rereadable(file) as path, _progress() as on_bytes:
        sums, rows = read_case_mix(lambda: _open(path, on_bytes), _name(value), _name(group), names, categorical=levels)
    result = adjust_case_mix(sums)
    used = int(sums.n.sum())
    _print(as_json, result, lambda: tables.show_case_mix(result), lambda: tables.say_rows(rows, used, VALUE_OR_GROUP))


@app.command(epilog="Example: python -m analysis calibrate --repeats 1000")
def calibrate(
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.", min=0)] = 20261101,
    repeats: Annotated[int, typer.Option(help="Samples of each kind; 200 take seconds.", min=20)] = 10_000,
    as_json: AsJson = False,
) -> None:
    """Measure by simulation how often the intervals hold the truth. The populations are synthetic."""
    from analysis import tables
    from analysis.calibration import calibrate as measure

    with Console(stderr=True).status("Drawing synthetic samples …"):
        result = measure(seed=seed, repeats=repeats)
    _print(as_json, result, lambda: tables.show_calibration(result))


VALUE_OR_GROUP = "a value or a group"


def _print(as_json: bool, result: Any, *show: Callable[[], None]) -> None:
    if as_json:
        from analysis.results_json import as_json as to_json

        typer.echo(to_json(result))
    else:
        for each in show:
            each()


def _name(text: str) -> str:
    """A column's name as typed, in whatever letters the terminal has."""
    from analysis.csv_file import decode

    return decode(os.fsencode(text))


def _names(text: str, option: str) -> list[str]:
    """Names between commas; a name with a comma in it stands in quotes."""
    names = [_name(each) for each in next(csv.reader([text], skipinitialspace=True), [])]
    if not names or not all(names):
        raise typer.BadParameter(f"{option} wants names of columns with commas between them.")
    if twice := [name for name in names if names.count(name) > 1]:
        raise typer.BadParameter(f"{option} names {twice[0]!r} twice.")
    return names


def _finite(value: float | None, option: str) -> float | None:
    if value is not None and not isfinite(value):
        raise typer.BadParameter(f"{option} wants a finite number.")
    return value


def _open(path: str, on_bytes: Callable[[int, int], None] | None) -> "CsvFile":
    from analysis.csv_file import CsvFile

    return CsvFile(path, on_bytes=on_bytes)


@contextmanager
def _reading(path: str) -> Iterator["CsvFile"]:
    with _progress() as on_bytes:
        yield _open(path, on_bytes)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar that follows the bytes read, only for people who watch a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading", total=None)
        yield lambda done, size: progress.update(task, completed=done, total=size or None)


@contextmanager
def _rereadable(path: str) -> Iterator[str]:
    """The path of a file that can be read twice: what comes through a pipe is set down first."""
    if path != STDIN and not Path(path).is_fifo():
        yield path
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "standard input"
        with copy.open("wb") as target:
            if path == STDIN:
                copyfileobj(sys.stdin.buffer, target)
            else:
                with Path(path).open("rb") as source:
                    copyfileobj(source, target)
        yield str(copy)


def main() -> None:
    """Run a command."""
    app()


if __name__ == "__main__":
    main()
