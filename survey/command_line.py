"""What every command of `python -m survey` shares: the open store, who is asking, how a result is shown."""

import getpass
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from survey.instrument import load_catalogue
from survey.settings import Settings, load_settings
from survey.store import Store

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object for programs.")]


@contextmanager
def open_store() -> Iterator[tuple[Store, Settings]]:
    """The store of this installation, open for the length of a command."""
    settings = load_settings()
    store = Store(settings.store_url, load_catalogue(installed=settings.installed_wording)).open()
    try:
        yield store, settings
    finally:
        store.close()


def show(value: dict[str, Any], as_json: bool) -> None:
    """Print a result: a table for people, or one JSON object."""
    if as_json:
        typer.echo(json.dumps(value))
        return
    table = Table(show_header=False)
    for key, cell in value.items():
        table.add_row(key, str(cell))
    Console().print(table)


def actor() -> str:
    """Who is asking, for the audit log."""
    return f"command line: {getpass.getuser()}"
