"""`python -m survey import`: answers of other systems from a CSV file."""

import csv
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from survey.command_line import AsJson, actor, open_store, show
from survey.csv_import import ImportFileError, ImportReport, Rejection, import_csv
from survey.csv_mapping import MappingError, read_mapping
from survey.export import neutralise_formula
from survey.mirror_restore_command import restore_from_sheet
from survey.store import StoreError
from survey.store.audit import record_audit

KNOWN_ERRORS: Final = (ImportFileError, MappingError)


def import_answers(
    file: Annotated[Path | None, typer.Argument(help="The CSV file.")] = None,
    mapping: Annotated[
        Path | None, typer.Option(help="TOML that names columns and codes, see docs/importing.md.")
    ] = None,
    from_sheet: Annotated[
        bool, typer.Option("--from-sheet", help="Restore an empty store from the mirror instead, see docs/mirror.md.")
    ] = False,
    accept_changed: Annotated[
        bool, typer.Option("--accept-changed", help="With --from-sheet: take rows that somebody changed as well.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
    rejects: Annotated[Path | None, typer.Option(help="Write the rejected rows' problems to this CSV.")] = None,
    as_json: AsJson = False,
) -> None:
    """Store answers of another system. Doing it again, or after a crash, stores nothing twice.

    Exit code 1 where a row was rejected or conflicts with what is stored; the good rows are stored all the same.
    """
    if from_sheet and file is None and mapping is None:
        restore_from_sheet(dry_run=dry_run, accept_changed=accept_changed, as_json=as_json)
        return
    if file is None or mapping is None or from_sheet:
        raise ImportFileError("Give a CSV file and its --mapping, or --from-sheet alone.")
    with ExitStack() as stack:
        store, _settings = stack.enter_context(open_store())
        if store.is_demo():
            raise StoreError("This is a demo store: import real answers into a store of their own, see DATABASE_URL.")
        plan, instrument = read_mapping(mapping, store.catalogue)
        tell = stack.enter_context(_telling(rejects, as_json))
        advance = stack.enter_context(_progress())
        report = import_csv(store, file, plan, instrument, dry_run=dry_run, on_reject=tell, on_progress=advance)
        if not dry_run:
            with store.writing() as connection:
                detail = f"{report.stored} stored, {report.rejected} rejected, source {plan.source}"
                record_audit(connection, actor=actor(), action="import answers", subject=file.name, detail=detail)
    counts = {
        "stored": report.stored,
        "already_there": report.already_there,
        "conflicting": report.conflicting,
        "rejected": report.rejected,
    }
    show({**counts, "dry_run": dry_run}, as_json)
    _end(report, dry_run=dry_run)


def _end(report: ImportReport, *, dry_run: bool) -> None:
    if report.stopped:
        raise ImportFileError(f"{report.stopped} The rows before it {'could be' if dry_run else 'are'} stored.")
    if report.rejected or report.conflicting:
        raise typer.Exit(1)


@contextmanager
def _telling(rejects: Path | None, as_json: bool) -> Iterator[Callable[[Rejection], None]]:
    """Every rejection goes to the file, or else to stderr: one sentence or one JSON object a line."""
    if rejects is None:
        yield lambda each: typer.echo(_line(each, as_json), err=True)
        return
    try:
        file = rejects.open("w", encoding="utf-8-sig", newline="")
    except OSError as error:
        raise ImportFileError(f"{rejects}: cannot be written: {error.strerror}.") from error
    with file:
        writer = csv.writer(file)
        writer.writerow(["line", "column", "problem"])
        yield lambda each: writer.writerow(
            [each.line, neutralise_formula(each.column), neutralise_formula(each.problem)]
        )


def _line(each: Rejection, as_json: bool) -> str:
    if as_json:
        return json.dumps({"line": each.line, "column": each.column, "problem": each.problem})
    return f"Line {each.line}{f', {each.column}' if each.column else ''}: {each.problem}."


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} rows"), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("import", total=None)
        yield lambda rows: progress.advance(task, rows)
