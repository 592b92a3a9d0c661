"""`python -m survey`: what an administrator does from a command line."""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from survey import backup_command, import_command, kiosk_commands, mirror_commands, retention_command, roster_command
from survey.command_line import AsJson, actor, open_store, show
from survey.demo import create_demo, unfinished_demo
from survey.export import FORMATS, ExportError, export_responses
from survey.instrument import Instrument, InstrumentError, load_catalogue
from survey.roster import RosterError, read_roster
from survey.settings import SettingsError, load_settings
from survey.sheets import MirrorError
from survey.store import StoreError
from survey.store.audit import record_audit
from survey.store.devices import Device, add_device, list_devices, revoke_device
from survey.store.erasure_list import erase_for_good
from survey.store.reading import answered_instruments, demo_seed
from survey.store.rebuild import check_tallies, rebuild_tallies
from survey.store.responses import iterate_responses
from survey.store.roster import apply_roster
from survey.store.status import read_status
from survey.wording import install_wording, read_wording

KNOWN_ERRORS = (
    StoreError,
    RosterError,
    InstrumentError,
    SettingsError,
    ExportError,
    MirrorError,
    *import_command.KNOWN_ERRORS,
    *kiosk_commands.KNOWN_ERRORS,
)

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
device_app = typer.Typer(no_args_is_help=True, help="Kiosks, posters and links.")
unit_app = typer.Typer(no_args_is_help=True, help="How a unit's kiosks ask.")
roster_app = typer.Typer(no_args_is_help=True, help="Programs, units, clinicians and staff.")
instrument_app = typer.Typer(no_args_is_help=True, help="Instruments and their wording.")
tally_app = typer.Typer(no_args_is_help=True, help="The counts that every statistic is made from.")
app.command(epilog="Example: python -m survey sync")(mirror_commands.sync)
app.command(epilog="Example: python -m survey verify --repair")(mirror_commands.verify)
app.command("import", epilog="Example: python -m survey import answers.csv --mapping mapping.toml --dry-run")(
    import_command.import_answers
)
app.command(epilog="Example: python -m survey backup --out /backups/compati-2026-11-24.db")(backup_command.backup)
app.command(epilog="Example: python -m survey restore /backups/compati-2026-11-24.db --replace")(backup_command.restore)
app.command(epilog="Example: python -m survey retention --yes")(retention_command.retention)
app.add_typer(tally_app, name="tally")
app.add_typer(device_app, name="device")
app.add_typer(unit_app, name="unit")
app.add_typer(roster_app, name="roster")
app.add_typer(instrument_app, name="instrument")


@app.command(epilog="Example: python -m survey demo --responses 20000 --seed 1")
def demo(
    responses: Annotated[int, typer.Option(min=0, help="How many responses.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same program.")] = 1,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing in a store that is not empty.")] = False,
) -> None:
    """Fill an empty store with a synthetic program to look around in."""
    with open_store() as (store, _settings):
        with store.reading() as connection:
            status = read_status(connection)
            unfinished = unfinished_demo(connection)
        if if_empty and unfinished is None and (status.responses or status.programs):
            return
        with Console(stderr=True).status("Making synthetic responses …"):
            stored = create_demo(store, seed=seed, responses=responses, now=datetime.now(UTC))
        typer.echo(f"Stored {stored} synthetic responses.")


@app.command(epilog="Example: python -m survey status --json")
def status(as_json: AsJson = False) -> None:
    """Count what is stored: responses, outbox, tallies' n, roster, devices."""
    with open_store() as (store, _settings), store.reading() as connection:
        counts = asdict(read_status(connection))
        counts["demo"] = demo_seed(connection) is not None
    show(counts, as_json)


@app.command(epilog="Example: python -m survey export --format csv --out answers.csv")
def export(
    out: Annotated[Path, typer.Option(help="The file to write.")],
    format: Annotated[str, typer.Option(help=", ".join(FORMATS))] = "csv",
    instrument: Annotated[str | None, typer.Option(help="Only this instrument, by id or as id:version.")] = None,
    comments: Annotated[bool, typer.Option("--comments", help="Write the comments as well.")] = False,
) -> None:
    """Write the stored responses, one row each, answers in columns named by item."""
    with open_store() as (store, _settings):
        with store.reading() as connection:
            found = (store.catalogue.get(*key) for key in answered_instruments(connection))
            instruments = [each for each in found if each is not None and _is_meant(each, instrument)]
            if instrument is not None and not instruments:
                raise ExportError(f"Nobody has answered an instrument {instrument!r}.")
            keys = {each.key for each in instruments}
            every = iterate_responses(connection, store.catalogue)
            responses = (each for each in every if (each.instrument, each.version) in keys)
            count = export_responses(out, format, responses, instruments, comments=comments)
        with store.writing() as connection:
            detail = f"{count} responses, {'with' if comments else 'without'} comments"
            record_audit(connection, actor=actor(), action="export responses", subject=out.name, detail=detail)
    typer.echo(f"Wrote {count} responses to {out}.")


def _is_meant(instrument: Instrument, name: str | None) -> bool:
    return name is None or name in (instrument.id, ":".join(instrument.key))


roster_app.command("pull", epilog="Example: python -m survey roster pull --tab roster")(roster_command.pull_roster)


unit_app.command("set", epilog='Example: python -m survey unit set --unit u-1 --help-line "en=Call 555 0100"')(
    kiosk_commands.set_unit
)
device_app.command("code", epilog='Example: python -m survey device code --unit u-1 --name "Front desk"')(
    kiosk_commands.make_device_code
)


device_app.command(
    "poster", epilog='Example: python -m survey device poster --unit u-1 --name "Ward door" --out poster.pdf'
)(kiosk_commands.make_poster)
device_app.command(
    "links", epilog='Example: python -m survey device links --unit u-1 --name "Letters of May" --out links.csv'
)(kiosk_commands.make_link_batch)


@roster_app.command("import", epilog="Example: python -m survey roster import roster.csv")
def roster_import(
    file: Annotated[Path, typer.Argument(help="CSV with the columns kind,id,name,parent,email,stage.")],
    replace: Annotated[bool, typer.Option("--replace", help="Retire everyone whom the file does not name.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add and change programs, units, clinicians and staff. A file with a bad row changes nothing."""
    rows = read_roster(file)
    with open_store() as (store, _settings), store.writing() as connection:
        if demo_seed(connection) is not None:
            raise StoreError("This is a demo store: import a real roster into a store of its own, see DATABASE_URL.")
        change = apply_roster(connection, rows, replace=replace)
        record_audit(connection, actor=actor(), action="import roster", subject=file.name, detail=f"{len(rows)} rows")
    show({**change.taken, "retired": change.retired}, as_json)


@device_app.command("add", epilog='Example: python -m survey device add --unit u-01 --name "Front desk" --json')
def device_add(
    unit: Annotated[str, typer.Option(help="The unit's id in the roster.")],
    name: Annotated[str, typer.Option(help="What staff call it.")],
    as_json: AsJson = False,
) -> None:
    """Register a kiosk and print its token, once; only a hash of it is stored."""
    with open_store() as (store, _settings), store.writing() as connection:
        device, token = add_device(connection, unit, name)
        record_audit(connection, actor=actor(), action="add device", subject=device.id, detail=unit)
    show({**_device(device), "token": token}, as_json)


@device_app.command("list", epilog="Example: python -m survey device list --json")
def device_list(as_json: AsJson = False) -> None:
    """List kiosks, posters and batches of links, revoked ones included."""
    with open_store() as (store, _settings), store.reading() as connection:
        devices = [_device(device) for device in list_devices(connection)]
    if as_json:
        typer.echo(json.dumps({"devices": devices}))
        return
    table = Table("id", "kind", "name", "unit", "revoked")
    for device in devices:
        revoked = "yes" if device["revoked"] else ""
        table.add_row(device["id"], device["kind"], device["name"], device["unit"], revoked)
    Console().print(table)


@device_app.command("revoke", epilog="Example: python -m survey device revoke d-1f2e3d4c")
def device_revoke(device_id: Annotated[str, typer.Argument(help="The device's id.")], as_json: AsJson = False) -> None:
    """Take the right to send from a kiosk, a poster or a batch of links, at once."""
    with open_store() as (store, _settings), store.writing() as connection:
        device = revoke_device(connection, device_id)
        record_audit(connection, actor=actor(), action="revoke device", subject=device.id)
    show(_device(device), as_json)


def _device(device: Device) -> dict[str, Any]:
    return {
        "id": device.id,
        "kind": device.kind,
        "name": device.name,
        "unit": device.unit_id,
        "created_at": datetime.fromtimestamp(device.created_at, UTC).isoformat(),
        "revoked": device.revoked_at is not None,
    }


@instrument_app.command("list", epilog="Example: python -m survey instrument list")
def instrument_list(as_json: AsJson = False) -> None:
    """List the instruments, and in which languages each has wording."""
    settings = load_settings()
    found = [
        {"id": each.id, "version": each.version, "title": each.title, "languages": sorted(each.wording)}
        for each in load_catalogue(installed=settings.installed_wording)
    ]
    if as_json:
        typer.echo(json.dumps({"instruments": found}))
        return
    table = Table("id", "version", "title", "wording")
    for each in found:
        table.add_row(str(each["id"]), str(each["version"]), str(each["title"]), ", ".join(each["languages"]) or "none")
    Console().print(table)


@instrument_app.command("install", epilog="Example: python -m survey instrument install care wording.csv --language en")
def instrument_install(
    instrument_id: Annotated[str, typer.Argument(metavar="ID", help="The instrument's id.")],
    file: Annotated[Path, typer.Argument(help="CSV with the columns kind,key,text; kind is stem, level or item.")],
    language: Annotated[str, typer.Option(help="Language tag, such as en.")] = "en",
    source: Annotated[str, typer.Option(help="Where the wording comes from.")] = "Typed from the licensed form.",
    unvalidated: Annotated[bool, typer.Option("--unvalidated", help="The translation is not a validated one.")] = False,
) -> None:
    """Install the wording that a clinic typed from its own licensed form, after checking that it fits."""
    with open_store() as (store, settings):
        wording = read_wording(file, source=source, validated=not unvalidated)
        path = install_wording(store, settings.installed_wording, instrument_id, language, wording)
        with store.writing() as connection:
            record_audit(connection, actor=actor(), action="install wording", subject=instrument_id, detail=language)
    typer.echo(f"Installed {path.name}. Restart the server to ask in it.")


@tally_app.command("check", epilog="Example: python -m survey tally check")
def tally_check() -> None:
    """Count all responses anew and compare with the tallies that are kept; exit 1 where they differ."""
    with open_store() as (store, _settings), store.reading() as connection:
        differing = check_tallies(connection, store.catalogue)
    for cell in differing:
        typer.echo(" ".join(map(str, cell)))
    if differing:
        raise StoreError(f"{len(differing)} tallies differ from the responses: run `python -m survey tally rebuild`.")
    typer.echo("Every tally is what its responses add up to.")


@tally_app.command("rebuild", epilog="Example: python -m survey tally rebuild")
def tally_rebuild() -> None:
    """Make every tally anew from the stored responses; answers that arrive meanwhile wait."""
    with open_store() as (store, _settings), store.writing() as connection:
        cells = rebuild_tallies(connection, store.catalogue)
        record_audit(connection, actor=actor(), action="rebuild tallies", subject="store", detail=f"{cells} cells")
    typer.echo(f"Made {cells} tallies anew.")


@app.command(epilog="Example: python -m survey erase 3f2504e0-4f89-41d3-9a0c-0305e82c3301 --yes")
def erase(
    ids: Annotated[list[UUID], typer.Argument(metavar="UUID...", help="The responses' uuids.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it; without this nothing is erased.")] = False,
) -> None:
    """Erase responses for good: here, in the tallies and, by a tombstone, in the mirror."""
    if not yes:
        raise StoreError(f"{len(ids)} responses would be erased for good: repeat with --yes.")
    with open_store() as (store, settings), store.writing() as connection:
        erased = erase_for_good(connection, ids, store.catalogue, settings.erasures)
        record_audit(connection, actor=actor(), action="erase responses", subject=" ".join(map(str, ids)))
    if erased < len(set(ids)):
        raise StoreError(f"Erased {erased} responses; {len(set(ids)) - erased} are not stored.")
    typer.echo(f"Erased {erased} responses.")


def main() -> None:
    """Run a command; a known problem is one sentence on stderr and exit code 1."""
    if any(not argument.isascii() and argument.encode(errors="replace").decode() != argument for argument in sys.argv):
        sys.exit("Error: an argument is not text in UTF-8.")
    try:
        app()
    except KNOWN_ERRORS as error:
        sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
