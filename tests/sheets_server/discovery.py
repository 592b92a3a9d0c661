"""Request bodies held to Google's discovery document, which ships in google-api-python-client."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


class InvalidBodyError(Exception):
    """A body that Google would refuse with 400, in Google's words."""


@cache
def _schemas() -> dict[str, Any]:
    document = files("googleapiclient") / "discovery_cache" / "documents" / "sheets.v4.json"
    return json.loads(document.read_text())["schemas"]


def check_body(schema: str, value: Any) -> None:
    """Raise InvalidBodyError for an unknown field, a wrong type or an unknown enum value anywhere in the body."""
    _check({"$ref": schema}, value, "")


def _check(schema: dict[str, Any], value: Any, path: str) -> None:
    if value is None:
        return
    if "$ref" in schema:
        _check_object(_schemas()[schema["$ref"]], value, path)
        return
    kind = schema.get("type", "any")
    if kind == "object":
        _check_object(schema, value, path)
    elif kind == "array":
        if not isinstance(value, list):
            raise InvalidBodyError(f"Invalid value at '{path}' (type), expected a list")
        for place, each in enumerate(value):
            _check(schema["items"], each, f"{path}[{place}]")
    elif not _is(kind, value):
        raise InvalidBodyError(f"Invalid value at '{path}' ({kind}), {json.dumps(value)}")
    elif "enum" in schema and value not in schema["enum"]:
        raise InvalidBodyError(f"Invalid value at '{path}' (enum), {json.dumps(value)}")


def _check_object(schema: dict[str, Any], value: Any, path: str) -> None:
    if not isinstance(value, dict):
        raise InvalidBodyError(f"Invalid value at '{path}' (object), {json.dumps(value)}")
    properties = schema.get("properties", {})
    for name, inner in value.items():
        where = f"{path}.{name}" if path else name
        if name in properties:
            _check(properties[name], inner, where)
        elif "additionalProperties" in schema:
            _check(schema["additionalProperties"], inner, where)
        else:
            raise InvalidBodyError(
                f'Invalid JSON payload received. Unknown name "{name}"{f" at {path!r}" if path else ""}: '
                "Cannot find field."
            )


def _is(kind: str, value: Any) -> bool:
    if kind == "string":
        return isinstance(value, str)
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return True
