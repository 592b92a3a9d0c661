"""The mirror's state and settings in words."""

import json
from typing import Any

from analysis.language import say, sayable

_STATES = {
    "off": sayable("No spreadsheet is connected. Answers are safe in the store; nothing leaves it."),
    "running": sayable("The spreadsheet mirrors the answers."),
    "waiting": sayable("Another server writes to the spreadsheet; this one waits for its turn."),
    "misaligned": sayable("A tab of the spreadsheet was changed so that it cannot be put right by itself."),
    "no access": sayable("Google refuses access. Answers wait in the store and are written as soon as access is back."),
    "trouble": sayable("Google cannot be reached as it should. It is tried again every half minute; nothing is lost."),
}


def say_state(state: str) -> str:
    """How the mirror stands."""
    return say(_STATES[state])


def say_lag(seconds: int) -> str:
    """How old the oldest row is that is not written yet."""
    if seconds < 120:
        return say("The oldest has waited {n} seconds.", n=seconds)
    return say("The oldest has waited {n} minutes.", n=seconds // 60)


def secrets_for(spreadsheet: str, account: dict[str, Any]) -> str:
    """The settings for a spreadsheet and a service account, as TOML to paste; JSON's strings are TOML's."""
    lines = ["[sheets]", f"spreadsheet = {json.dumps(spreadsheet)}", "", "[gcp_service_account]"]
    lines += [f"{name} = {json.dumps(value)}" for name, value in account.items() if isinstance(value, str)]
    return "\n".join(lines)
