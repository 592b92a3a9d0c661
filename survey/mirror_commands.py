"""The commands about the mirror: write what is due, compare the sheet with the store."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from survey.command_line import AsJson, open_store, show
from survey.settings import Settings, SettingsError
from survey.sheets import SheetsConnection, connection_of
from survey.sheets import sync as write_due
from survey.sheets.verify import Verification
from survey.sheets.verify import verify as compare
from survey.sheets.worker import open_mirror

WAIT_SECONDS = 330  # longer than a lease: a worker that died with it is waited for


def sync() -> None:
    """Write what the mirror does not have yet, now, without a running server."""
    with open_store() as (store, settings):
        connection = mirror_connection(settings)
        with Console(stderr=True).status("Writing to the spreadsheet …"):
            rows = write_due(store, connection)
    typer.echo(f"Wrote {rows} rows.")


def verify(
    repair: Annotated[bool, typer.Option("--repair", help="Write again just what differs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read the whole mirror and list what is missing, doubled, moved, changed or foreign; exits 1 if anything is."""
    with open_store() as (store, settings):
        connection = mirror_connection(settings)
        with Console(stderr=True).status("Comparing the spreadsheet with the store …"):
            mirror = open_mirror(store, connection, wait_seconds=WAIT_SECONDS)
            try:
                found = compare(mirror, repair=repair)
                after = compare(mirror) if repair and not found.clean else found
            finally:
                mirror.turn.end()
    if as_json:
        show({**asdict(found), "clean": after.clean}, as_json=True)
    else:
        _show_findings(found)
        if after is not found:
            typer.echo("Put right: all is as the store says." if after.clean else "Not everything could be put right.")
    raise typer.Exit(0 if after.clean else 1)


def mirror_connection(settings: Settings) -> SheetsConnection:
    """The spreadsheet in the settings; raises SettingsError when there is none."""
    connection = connection_of(settings)
    if connection is None:
        raise SettingsError("No spreadsheet is set: put its address under [sheets] in .streamlit/secrets.toml.")
    return connection


def _show_findings(found: Verification) -> None:
    counts = ", ".join(f"{count} {kind}" for kind, count in found.counts.items())
    typer.echo(f"{found.rows} rows compared: {counts}; {found.waiting} waiting, {found.refused} refused by Google.")
    if not found.findings:
        return
    table = Table("What", "Tab", "Row", "Id", "Detail")
    for each in found.findings:
        table.add_row(each.kind, each.tab, "" if each.row is None else str(each.row), each.id, each.detail)
    Console().print(table)
