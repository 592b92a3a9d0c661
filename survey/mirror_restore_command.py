"""`python -m survey import --from-sheet`: an empty store restored from the mirror."""

import time
from dataclasses import asdict

import typer
from rich.console import Console

from survey.command_line import actor, open_store, show
from survey.mirror_commands import mirror_connection
from survey.sheets.client import SheetsClient
from survey.sheets.restore import Restored, restore
from survey.store import StoreError
from survey.store.audit import record_audit
from survey.store.reading import demo_seed


def restore_from_sheet(*, dry_run: bool, accept_changed: bool, as_json: bool) -> None:
    """Restore an empty store from the mirror in the settings; exits 1 if rows were left out, each on a line."""
    with open_store() as (store, settings):
        with store.reading() as connection:
            if demo_seed(connection) is not None:
                raise StoreError("This is a demo store: restore into a store of its own, see DATABASE_URL.")
        client = SheetsClient(mirror_connection(settings), wait=time.sleep)
        with Console(stderr=True).status("Reading the spreadsheet …"):
            found = restore(client, store, accept_changed=accept_changed, dry_run=dry_run, now=int(time.time()))
        if not dry_run:
            with store.writing() as connection:
                detail = f"{found.responses} responses, {found.erased} erased, {sum(found.left_out.values())} left out"
                record_audit(connection, actor=actor(), action="restore from mirror", subject="store", detail=detail)
    _tell(found, dry_run=dry_run, as_json=as_json)
    raise typer.Exit(1 if found.left_out else 0)


def _tell(found: Restored, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        show({**asdict(found), "left_out": dict(found.left_out), "dry_run": dry_run}, as_json=True)
        return
    verb = "Would restore" if dry_run else "Restored"
    typer.echo(f"{verb} {found.responses} responses and {found.erased} tombstones of erased ones.")
    typer.echo(f"The mirror does not hold: {'; '.join(found.not_held)}. The roster is imported apart.")
    for problem in found.problems:
        typer.echo(f"Left out: {problem}", err=True)
