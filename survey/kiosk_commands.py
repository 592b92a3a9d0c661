"""The commands about kiosks and own phones: codes, posters, links, and how a unit asks."""

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from survey.command_line import AsJson, actor, open_store, show
from survey.own_phone import AddressError, Poster, PosterError, link_table, print_poster, visit_address
from survey.settings import Settings
from survey.store.audit import record_audit
from survey.store.devices import add_device
from survey.store.enrolments import MINUTES, make_code
from survey.store.links import make_links
from survey.store.roster import list_units
from survey.store.unit_settings import hash_pin, keep_unit_settings, read_unit_settings

KNOWN_ERRORS = (AddressError, PosterError)

Address = Annotated[
    str | None, typer.Option(help="Where phones reach the server, such as https://compati.example.org.")
]
UnitId = Annotated[str, typer.Option("--unit", help="The unit's id.")]


def make_device_code(
    unit: UnitId, name: Annotated[str, typer.Option(help="What staff call the device.")], as_json: AsJson = False
) -> None:
    """Make a code that registers one tablet, once, within 15 minutes: type it there, on /kiosk/."""
    with open_store() as (store, _settings), store.writing() as connection:
        code = make_code(connection, unit, name, int(time.time()))
        record_audit(connection, actor=actor(), action="make device code", subject=unit, detail=name)
    show({"code": code, "minutes": MINUTES, "address": f"/kiosk/#enrol={code}"}, as_json)


def make_poster(
    unit: UnitId,
    name: Annotated[str, typer.Option(help="Where it will hang; small print on it.")],
    out: Annotated[Path, typer.Option(help="The file to write, .pdf or .png.")],
    address: Address = None,
    language: Annotated[list[str] | None, typer.Option(help="Once for each, the first one largest; en.")] = None,
    paper: Annotated[str, typer.Option(help="a4 or us-letter")] = "a4",
    as_json: AsJson = False,
) -> None:
    """Make a poster whose QR code any number of phones may scan. It cannot be printed again: keep the file."""
    with open_store() as (store, settings), store.writing() as connection:
        poster, token = add_device(connection, unit, name, "poster")
        names = {each.id: each.name for each in list_units(connection)}
        told = Poster(
            unit=names[unit],
            name=f"{poster.name} · {poster.id}",
            address=visit_address(_server(address, settings), token),
            languages=language or ["en"],
        )
        record_audit(connection, actor=actor(), action="make poster", subject=poster.id, detail=unit)
        printed = print_poster(told, paper=paper, format=out.suffix.lower().removeprefix("."))
        _write_private(out, printed)
    show({"device": poster.id, "unit": unit, "file": str(out)}, as_json)


def make_link_batch(
    unit: UnitId,
    name: Annotated[str, typer.Option(help="What staff call the batch, such as 'Letters of May'.")],
    out: Annotated[Path, typer.Option(help="The CSV to write, with the columns link and expires.")],
    count: Annotated[int, typer.Option(help="How many links.")] = 100,
    days: Annotated[int, typer.Option(help="How long they are good.")] = 30,
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Make links for letters or messages: each lets one visit in. They cannot be had again: keep the file."""
    now = int(time.time())
    with open_store() as (store, settings), store.writing() as connection:
        batch, links = make_links(connection, unit, name, count=count, days=days, now=now)
        table = link_table(_server(address, settings), links, now + days * 86_400)
        record_audit(connection, actor=actor(), action="make links", subject=batch.id, detail=f"{unit} {count}")
        _write_private(out, table)
    show({"device": batch.id, "unit": unit, "links": count, "days": days, "file": str(out)}, as_json)


def _server(given: str | None, settings: Settings) -> str:
    server = given or settings.address
    if not server:
        raise AddressError("Phones must find the server: give --address, or set `address` in the secrets file.")
    return server


def _write_private(path: Path, content: bytes) -> None:
    """Write a new file that only its owner can read: who has its links can answer."""
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(content)
    except OSError as error:
        raise PosterError(f"{path} cannot be written: {error.strerror}.") from error


def set_unit(
    unit: UnitId,
    pause: Annotated[bool | None, typer.Option("--pause/--resume", help="Stop asking for now, or ask again.")] = None,
    idle: Annotated[int | None, typer.Option(help="Seconds without a touch until the warning, 15 to 600.")] = None,
    keep_partial: Annotated[
        bool | None, typer.Option("--keep-partial/--drop-partial", help="Keep what was answered before somebody left.")
    ] = None,
    help_line: Annotated[
        list[str] | None, typer.Option(help="Whom to call for help now, as LANGUAGE=TEXT; LANGUAGE= takes it away.")
    ] = None,
    pin: Annotated[bool, typer.Option("--pin", help="Ask for a new PIN of the staff menu (4 to 12 digits).")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how a unit's kiosks ask; without options show it. Kiosks hear of it before their next visit."""
    new_pin = typer.prompt("New PIN", hide_input=True, confirmation_prompt=True, err=True) if pin else None
    with open_store() as (store, _settings), store.writing() as connection:
        settings = read_unit_settings(connection, unit)
        lines = dict(settings.help_line)
        for each in help_line or []:
            language, found, text = each.partition("=")
            if not found:
                raise typer.BadParameter(f"{each!r} is not LANGUAGE=TEXT.", param_hint="--help-line")
            lines[language] = text
        changed = replace(
            settings,
            paused=settings.paused if pause is None else pause,
            idle_seconds=settings.idle_seconds if idle is None else idle,
            keep_partial=settings.keep_partial if keep_partial is None else keep_partial,
            help_line={language: text for language, text in lines.items() if text},
            pin=settings.pin if new_pin is None else hash_pin(new_pin),
        )
        keep_unit_settings(connection, unit, changed)
        if changed != settings:
            record_audit(connection, actor=actor(), action="change unit settings", subject=unit)
    show({**changed.document(), "pin": changed.pin is not None}, as_json)
