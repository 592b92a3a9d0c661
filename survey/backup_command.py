"""`python -m survey backup` and `restore`: a copy of the store, and the store put back from one."""

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import URL, Connection, inspect

from survey.command_line import AsJson, actor, open_store, show
from survey.instrument import Catalogue
from survey.settings import Settings, load_settings
from survey.sheets import connection_of
from survey.sheets.client import MirrorError, SheetsClient
from survey.sheets.completion import Completed, complete_from_mirror
from survey.store import Store, StoreError
from survey.store.audit import record_audit
from survey.store.backup import (
    catalogue_of,
    copy_backup,
    manifest_of,
    new_file_beside,
    put_wording_back,
    read_manifest,
    why,
    write_backup,
)
from survey.store.connection import embedded_path, open_engine, read_transaction, write_transaction
from survey.store.erasure import Erasure, list_erasures, replay_erasures
from survey.store.erasure_list import add_to_erasure_list, read_erasure_list
from survey.store.migrations import require_known_revision
from survey.store.reading import demo_seed
from survey.store.replacement import Place, carry_over, erasures_of, hold_place, part_with_past, replace_content
from survey.store.status import read_status

Lists = Annotated[
    list[Path] | None,
    typer.Option("--replay-erasures", metavar="LIST", help="Erase again what this erasure list names; repeatable."),
]


def backup(
    out: Annotated[Path | None, typer.Option(help="The file to write; a manifest is written beside it.")] = None,
    erasures: Annotated[
        Path | None, typer.Option(help="Also add the erasures to this list, on another disk than the store.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy the store while the server runs, whole and checked; never over a file that exists.

    Without --out only the erasure list is brought up to date, also of a PostgreSQL store.
    """
    settings = load_settings()
    if out is None and erasures is None:
        raise StoreError("Say where to: --out FILE for a backup, --erasures LIST for the erasure list.")
    source = embedded_path(settings.store_url)
    if out is not None and source is None:
        raise StoreError(
            "The store is a PostgreSQL: back it up with pg_dump, and its erasures with "
            "`python -m survey backup --erasures LIST`, see docs/operations.md."
        )
    if source is not None and not source.is_file():
        raise StoreError(f"There is no store at {source}.")
    told: dict[str, Any] = {"file": str(out) if out else None}
    if out is not None and source is not None:
        with Progress(console=Console(stderr=True), disable=not Console(stderr=True).is_terminal) as progress:
            task = progress.add_task("backup", total=1.0)
            manifest = write_backup(
                source,
                out,
                wording=settings.installed_wording,
                on_progress=lambda share: progress.update(task, completed=share),
            )
        told |= {"revision": manifest.revision, "sha256": manifest.sha256, "bytes": manifest.bytes}
        told |= {name: manifest.counts.get(name, 0) for name in ("response", "erasure", "outbox", "device", "audit")}
    told["erasures_listed"] = _keep_erasures(settings, [settings.erasures, *([erasures] if erasures else [])], out)
    show(told, as_json)


def _keep_erasures(settings: Settings, lists: Sequence[Path], out: Path | None) -> int:
    """Add the store's erasures to the lists, as the store is, without bringing its schema up to date."""
    engine = open_engine(settings.store_url)
    try:
        with read_transaction(engine) as connection:
            found = list_erasures(connection) if inspect(connection).has_table("erasure") else []
        added = [add_to_erasure_list(path, found) for path in lists if found or path != settings.erasures]
        with write_transaction(engine) as connection:
            if inspect(connection).has_table("audit"):
                subject = out.name if out else "erasure list"
                record_audit(connection, actor=actor(), action="back up store", subject=subject)
    finally:
        engine.dispose()
    return max(added, default=0)


@dataclass(frozen=True)
class Wishes:
    """How to restore."""

    replace: bool
    dry_run: bool
    skip_sheet: bool
    accept_changed: bool
    without_manifest: bool


def restore(
    file: Annotated[Path | None, typer.Argument(help="The backup that `backup` wrote.")] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a store that is not empty; it is kept beside.")
    ] = False,
    replay: Lists = None,
    skip_sheet: Annotated[
        bool, typer.Option("--skip-sheet", help="Do not take what came after the backup from the mirror.")
    ] = False,
    accept_changed: Annotated[
        bool, typer.Option("--accept-changed", help="Take rows of the mirror that somebody changed as well.")
    ] = False,
    without_manifest: Annotated[
        bool, typer.Option("--without-manifest", help="Take a copy that has none, on SQLite's own check.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put a backup back while the server is stopped; what was erased since stays erased.

    What came after the backup is taken from the mirror, if there is one. Without FILE, after a pg_restore: replay the
    erasures of --replay-erasures in the present store, and complete it from the mirror.
    """
    settings = load_settings()
    wishes = Wishes(replace, dry_run, skip_sheet, accept_changed, without_manifest)
    path = embedded_path(settings.store_url)
    if file is None:
        if replay is None:
            raise StoreError("Say what to restore: FILE, or --replay-erasures LIST for the store as it is.")
        told = _complete_present(settings, _listed(settings, replay), wishes)
    elif path is None:
        raise StoreError(
            "The store is a PostgreSQL: put it back with pg_restore, then run "
            "`python -m survey restore --replay-erasures LIST`, see docs/operations.md."
        )
    else:
        try:
            told = _restore_file(settings, file, path, replay, wishes)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{file}: could not be restored: {why(error)}.") from error
    problems = told.pop("problems", [])
    show({**told, "dry_run": dry_run}, as_json)
    for problem in problems:
        typer.echo(f"Not taken from the mirror: {problem}", err=True)


def _listed(settings: Settings, lists: Sequence[Path]) -> list[Erasure]:
    own = [settings.erasures] if settings.erasures.exists() else []
    return [each for path in (*own, *lists) for each in read_erasure_list(path)]


def _restore_file(
    settings: Settings, file: Path, path: Path, replay: Sequence[Path] | None, wishes: Wishes
) -> dict[str, Any]:
    manifest = None if wishes.without_manifest and not manifest_of(file).exists() else read_manifest(file)
    listed = _listed(settings, replay or ())
    with hold_place(path) as place:
        if not place.is_empty and not wishes.replace:
            raise StoreError(f"The store {path} is not empty: --replace replaces it, and keeps it beside.")
        if place.is_damaged and replay is None and not settings.erasures.exists():
            raise StoreError(
                f"The store {path} is damaged, so that nobody knows what was erased in it: give an erasure list with "
                "--replay-erasures, an empty file if nothing was."
            )
        with new_file_beside(path) as prepared:
            require_known_revision(copy_backup(file, prepared, manifest))
            catalogue = catalogue_of(manifest, settings.installed_wording)
            told = _prepare(prepared, catalogue, place, [*erasures_of(place), *listed], settings, wishes, file)
            if not wishes.dry_run:
                if manifest is not None:
                    put_wording_back(manifest, settings.installed_wording)
                kept = replace_content(place, prepared, datetime.now(UTC))
                told["replaced_store_kept_as"] = str(kept) if kept else None
    return told


def _prepare(
    prepared: Path,
    catalogue: Catalogue,
    place: Place,
    erasures: Sequence[Erasure],
    settings: Settings,
    wishes: Wishes,
    file: Path,
) -> dict[str, Any]:
    """Bring the copy of the backup to the state in which it can serve."""
    store = Store(URL.create("sqlite", database=str(prepared)), catalogue).open()
    try:
        with store.writing() as connection:
            told: dict[str, Any] = {"devices_revoked_again": carry_over(connection, place)}
            told |= _complete(connection, catalogue, erasures, settings, wishes)
            detail = f"{told['erased_again']} erased again, {told['from_mirror']} from the mirror"
            record_audit(connection, actor=actor(), action="restore backup", subject=file.name, detail=detail)
        with store.reading() as connection:
            status = read_status(connection)
            if status.responses != status.tallies_n:
                raise StoreError(f"{file}: its tallies do not add up to its responses: take another backup.")
        return {"responses": status.responses, **told}
    finally:
        store.close()


def _complete_present(settings: Settings, erasures: Sequence[Erasure], wishes: Wishes) -> dict[str, Any]:
    class DryRunError(Exception):
        """Undo everything."""

    told: dict[str, Any] = {}
    with open_store() as (store, _settings):
        try:
            with store.writing() as connection:
                told |= _complete(connection, store.catalogue, erasures, settings, wishes)
                detail = f"{told['erased_again']} erased again, {told['from_mirror']} from the mirror"
                record_audit(connection, actor=actor(), action="replay erasures", subject="store", detail=detail)
                if wishes.dry_run:
                    raise DryRunError
        except DryRunError:
            pass
    return told


def _complete(
    connection: Connection, catalogue: Catalogue, erasures: Sequence[Erasure], settings: Settings, wishes: Wishes
) -> dict[str, Any]:
    now = int(time.time())
    erased = replay_erasures(connection, erasures, catalogue, now)
    sheet = connection_of(settings)
    done = Completed()
    mirrored = settings.sheets is not None and settings.sheets.content == "responses" and demo_seed(connection) is None
    if sheet is not None and mirrored and not wishes.skip_sheet:
        client = SheetsClient(sheet, wait=time.sleep)
        try:
            with Console(stderr=True).status("Reading the mirror …"):
                done = complete_from_mirror(
                    client, connection, catalogue, accept_changed=wishes.accept_changed, now=now
                )
        except MirrorError as error:
            raise MirrorError(f"{error} Nothing was restored; --skip-sheet does without the mirror.") from error
    part_with_past(connection)
    told = {**asdict(done), "from_mirror": done.responses, "erased_again": erased, "erased_by_mirror": done.erased}
    return {key: value for key, value in told.items() if key not in ("responses", "erased")}
