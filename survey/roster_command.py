"""`python -m survey roster pull`: the roster from a tab of the spreadsheet."""

import time
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from survey.command_line import AsJson, actor, open_store, show
from survey.mirror_commands import mirror_connection
from survey.sheets.client import SheetsClient
from survey.sheets.roster_tab import read_roster_tab
from survey.store import StoreError
from survey.store.audit import record_audit
from survey.store.reading import demo_seed
from survey.store.roster_changes import EntryChange, try_roster


class _NotWantedError(Exception):
    """Ends the transaction: nothing is kept of what was only to be shown."""


def pull_roster(
    tab: Annotated[str, typer.Option(help="The tab with the columns kind,id,name,parent,email,stage.")] = "roster",
    yes: Annotated[bool, typer.Option("--yes", help="Apply the changes that are shown.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Retire everyone whom the tab does not name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what the roster in the spreadsheet would change, and apply it with --yes. A bad row changes nothing."""
    with open_store() as (store, settings):
        client = SheetsClient(mirror_connection(settings), wait=time.sleep)
        with Console(stderr=True).status("Reading the spreadsheet …"):
            rows = read_roster_tab(client, tab)
        changes: list[EntryChange] = []
        try:
            with store.writing() as connection:
                if demo_seed(connection) is not None:
                    raise StoreError("This is a demo store: pull a real roster into a store of its own.")
                changes = try_roster(connection, rows, replace=replace)
                if not yes:
                    raise _NotWantedError
                detail = f"{len(changes)} changes"
                record_audit(connection, actor=actor(), action="pull roster", subject=tab, detail=detail)
        except _NotWantedError:
            pass
    if as_json:
        show({"changes": [asdict(each) for each in changes], "applied": yes}, as_json=True)
    else:
        _show_changes(changes, applied=yes)


def _show_changes(changes: list[EntryChange], *, applied: bool) -> None:
    if not changes:
        typer.echo("The roster is as the spreadsheet says: nothing to change.")
        return
    table = Table("What", "Kind", "Id", "Changes")
    for each in changes:
        fields = (f"{name}: {old or '(empty)'} → {new or '(empty)'}" for name, (old, new) in each.changes.items())
        table.add_row(each.what, each.kind, each.id, "; ".join(fields))
    Console().print(table)
    typer.echo("Applied." if applied else "Nothing was changed: say --yes to apply this.")
