"""Field masks such as `sheets(properties/title,data.rowData)`: what to return, what to change."""

from typing import Any

from tests.sheets_server.cell import RefusedError
from tests.sheets_server.colours import TWINS

Mask = dict[str, Any]  # each field with the mask of what is under it; an empty mask is everything


def parse_mask(fields: str) -> Mask:
    """The mask as a tree; fields that are named several times are joined."""
    mask: Mask = {}
    for part in _split(fields):
        end = next((place for place, letter in enumerate(part) if letter in "./("), len(part))
        name, separator = part[:end], part[end : end + 1]
        if not name or (separator == "(" and not part.endswith(")")):
            raise RefusedError(f"Invalid field selection {fields}")
        rest = part[end + 1 : -1] if separator == "(" else part[end + 1 :]
        under = parse_mask(rest) if rest else {}
        mask[name] = _united(mask[name], under) if name in mask else under
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


def _united(one: Mask, other: Mask) -> Mask:
    if not one or not other:
        return {}
    return one | {name: _united(one[name], under) if name in one else under for name, under in other.items()}


def selected(value: Any, mask: Mask) -> Any:
    """The part of an answer that a mask asks for, in the answer's own order."""
    if not mask or "*" in mask:
        return value
    if isinstance(value, list):
        return [selected(each, mask) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: selected(part, mask[name]) for name, part in value.items() if name in mask}


def merged(old: Any, new: Any, mask: Mask) -> Any:
    """`old` with the masked fields as they are in `new`; a masked field that is not in `new` goes."""
    if isinstance(new, list):  # a list is replaced as a whole, by what the mask names of its items
        return [merged({}, each, mask) for each in new]
    if "*" in mask:
        return dict(new)
    result = {} if isinstance(old, list) else dict(old)
    for name, under in mask.items():
        if under:
            result[name] = merged(result.get(name) or {}, new.get(name) or {}, under)
        elif name in new:
            result[name] = new[name]
        else:
            result.pop(name, None)
        if name in TWINS and TWINS[name] not in mask:
            result.pop(TWINS[name], None)  # the colour's other form is told again from this one
    return result


def joined(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """A message laid over another one, field by field."""
    found = dict(below)
    for name, value in above.items():
        found[name] = joined(found.get(name, {}), value) if isinstance(value, dict) and name == "textFormat" else value
    return found
