"""The commands about kiosks: a code that registers one, and how a unit's kiosks ask."""

import time
from dataclasses import replace
from typing import Annotated

import typer

from survey.command_line import AsJson, actor, open_store, show
from survey.store.audit import record_audit
from survey.store.enrolments import MINUTES, make_code
from survey.store.unit_settings import hash_pin, keep_unit_settings, read_unit_settings

UnitId = Annotated[str, typer.Option("--unit", help="The unit's id.")]


def make_device_code(
    unit: UnitId, name: Annotated[str, typer.Option(help="What staff call the device.")], as_json: AsJson = False
) -> None:
    """Make a code that registers one tablet, once, within 15 minutes: type it there, on /kiosk/."""
    with open_store() as (store, _settings), store.writing() as connection:
        code = make_code(connection, unit, name, int(time.time()))
        record_audit(connection, actor=actor(), action="make device code", subject=unit, detail=name)
    show({"code": code, "minutes": MINUTES, "address": f"/kiosk/#enrol={code}"}, as_json)


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
