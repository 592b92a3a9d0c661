"""Colours: each is told twice, as `…Color` and as `…ColorStyle`, and shades of zero are left out."""

import struct
from typing import Any

TWINS = {
    name: f"{name}Style"
    for name in ("backgroundColor", "foregroundColor", "tabColor", "color", "firstBandColor", "secondBandColor")
}
TWINS |= {style: name for name, style in TWINS.items()}


def with_styles(message: dict[str, Any]) -> dict[str, Any]:
    """A CellFormat or SheetProperties with every colour in both forms."""
    found: dict[str, Any] = {}
    for name, value in message.items():
        if name in ("textFormat", "borders", "top", "bottom", "left", "right") and isinstance(value, dict):
            found[name] = with_styles(value)
        elif name in TWINS and not name.endswith("Style"):
            if TWINS[name] not in message:
                found |= {name: _shades(value), TWINS[name]: {"rgbColor": _shades(value)}}
        elif name in TWINS:
            found |= _both(name, value)
        else:
            found[name] = value
    return found


def _both(style: str, value: dict[str, Any]) -> dict[str, Any]:
    if "rgbColor" not in value:
        return {style: value} if value else {}
    shades = _shades(value["rgbColor"])
    return {TWINS[style]: shades, style: {"rgbColor": shades}}


def _shades(colour: dict[str, float]) -> dict[str, float]:
    """Each shade as the nearest lower one of 256, as Google tells it back."""
    steps = {name: int(share * 255 + 1e-4) if name != "alpha" else share * 255 for name, share in colour.items()}
    return {name: 1 if step == 255 else single_precision(step / 255) for name, step in steps.items() if step}


def single_precision(share: float) -> float:
    """A share in the fewest digits that a float of 32 bits needs: 229 / 255 is told as 0.8980392."""
    single = struct.unpack("f", struct.pack("f", share))[0]
    found = (float(f"{share:.{digits}g}") for digits in range(6, 10))
    return next((each for each in found if struct.unpack("f", struct.pack("f", each))[0] == single), share)
