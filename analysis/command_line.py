"""What every command of `python -m analysis` shares: options read, files opened, results printed, mistakes refused."""

import csv
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from math import isfinite
from pathlib import Path
from shutil import copyfileobj
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.console import Console
from rich.progress import Progress
from typer.core import TyperGroup

if TYPE_CHECKING:
    from analysis.csv_file import CsvFile

STDIN: Final = "-"


class WrongUseError(typer.TyperException):
    """Options that do not go together, or that nobody can mean."""


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


def print_result(as_json: bool, result: Any, *show: Callable[[], None]) -> None:
    """The result as JSON, or what `show` prints for people."""
    if as_json:
        from analysis.results_json import as_json as to_json

        typer.echo(to_json(result))
    else:
        for each in show:
            each()


def read_name(text: str) -> str:
    """A column's name as typed, in whatever letters the terminal has."""
    from analysis.csv_file import decode

    return decode(os.fsencode(text))


def read_names(text: str, option: str) -> list[str]:
    """Names between commas; a name with a comma in it stands in quotes."""
    names = [read_name(each) for each in next(csv.reader([text], skipinitialspace=True), [])]
    if not names or not all(names):
        raise WrongUseError(f"{option} wants names of columns with commas between them.")
    if twice := [name for name in names if names.count(name) > 1]:
        raise WrongUseError(f"{option} names {twice[0]!r} twice.")
    return names


def require_finite(value: float | None, option: str) -> float | None:
    """The number; wrong use where it is infinite or none."""
    if value is not None and not isfinite(value):
        raise WrongUseError(f"{option} wants a finite number.")
    return value


def require_label(label: str, labels: Sequence[str], file: "CsvFile", column: str) -> None:
    """Refuse a label that no row with a value has."""
    from analysis.csv_file import printable
    from analysis.estimate import UnusableDataError

    if label not in labels:
        shown = ", ".join(map(printable, labels[:10])) or "none"
        raise UnusableDataError(
            f"No row of {file.name} with a value has {printable(label)!r} in column {column!r}; the labels are {shown}."
        )


def open_file(path: str, on_bytes: Callable[[int, int], None] | None) -> "CsvFile":
    """The file; an own function because most commands start without its libraries."""
    from analysis.csv_file import CsvFile

    return CsvFile(path, on_bytes=on_bytes)


@contextmanager
def reading(path: str) -> Iterator["CsvFile"]:
    """The file, with a progress bar while it is read."""
    with progress() as on_bytes:
        yield open_file(path, on_bytes)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar that follows the bytes read, only for people who watch a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading", total=None)
        yield lambda done, size: progress.update(task, completed=done, total=size or None)


@contextmanager
def rereadable(path: str) -> Iterator[str]:
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
