"""Field masks such as `sheets(properties/title,data.rowData)`: what to return, what to change."""

from typing import Any

from tests.sheets_server.cell import RefusedError

Mask = dict[str, Any]  # each field with the mask of what is under it; an empty mask is everything


def parse_mask(fields: str) -> Mask:
    """The mask as a tree; fields that are named several times are joined."""
    mask: Mask = {}
    for part in _split(fields):
        end = next((place for place, letter in enumerate(part) if letter in "./("), len(part))
        name, separator = part[:end], part[end : end + 1]
        if not name:
            raise RefusedError(f"Invalid field selection {fields}")
        rest = part[end + 1 : -1] if separator == "(" else part[end + 1 :]
        under = parse_mask(rest) if rest else {}
        mask[name] = _joined(mask[name], under) if name in mask else under
    return mask


def _split(fields: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(fields + ","):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            parts.append(fields[start:place].strip())
            start = place + 1
    if depth:
        raise RefusedError(f"Invalid field selection {fields}")
    return parts


def _joined(one: Mask, other: Mask) -> Mask:
    if not one or not other:
        return {}
    return one | {name: _joined(one[name], under) if name in one else under for name, under in other.items()}


def selected(value: Any, mask: Mask) -> Any:
    """The part of an answer that a mask asks for."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [selected(each, mask) for each in value]
    return {name: selected(value[name], under) for name, under in mask.items() if name in value}


def merged(old: dict[str, Any], new: dict[str, Any], mask: Mask) -> dict[str, Any]:
    """`old` with the masked fields as they are in `new`; a masked field that is not in `new` goes."""
    if "*" in mask:
        return dict(new)
    result = dict(old)
    for name, under in mask.items():
        if under:
            result[name] = merged(result.get(name) or {}, new.get(name) or {}, under)
        elif name in new:
            result[name] = new[name]
        else:
            result.pop(name, None)
    return result
