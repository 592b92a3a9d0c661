"""Bodies and parameters held to Google's discovery document, which ships in google-api-python-client."""

import json
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any


class InvalidBodyError(Exception):
    """A request that Google would refuse with 400, in Google's words."""


@cache
def _document() -> dict[str, Any]:
    return json.loads((files("googleapiclient") / "discovery_cache" / "documents" / "sheets.v4.json").read_text())


@cache
def method(name: str) -> dict[str, Any]:
    """A method of the spreadsheets resource, such as `get` or `values.append`."""
    resource = _document()["resources"]["spreadsheets"]
    *parents, last = name.split(".")
    for parent in parents:
        resource = resource["resources"][parent]
    return resource["methods"][last]


def check_parameters(name: str, query: Iterable[tuple[str, str]]) -> None:
    """Raise InvalidBodyError for a query parameter that the method does not know, or a value that it does not."""
    known = _document()["parameters"] | method(name)["parameters"]
    for key, value in query:
        if key not in known:
            raise InvalidBodyError(
                f'Invalid JSON payload received. Unknown name "{key}": Cannot bind query parameter. '
                f"Field '{key}' could not be found in request message."
            )
        allowed = known[key].get("enum")
        if allowed and value not in allowed:
            raise InvalidBodyError(f"Invalid value at '{key}' (enum), \"{value}\"")
        if known[key]["type"] == "boolean" and value.lower() not in ("true", "false"):
            raise InvalidBodyError(f"Invalid value at '{key}' (TYPE_BOOL), \"{value}\"")


def checked_body(name: str, value: Any) -> Any:
    """The body of a method as Google reads it; InvalidBodyError for an unknown field, a wrong type, an unknown word."""
    return _checked({"$ref": method(name)["request"]["$ref"]}, value, "")


def _checked(schema: dict[str, Any], value: Any, path: str) -> Any:
    if "$ref" in schema:
        return _checked_object(_document()["schemas"][schema["$ref"]], value, path)
    kind = schema.get("type", "any")
    if kind == "any":
        return value
    if kind == "object":
        return _checked_object(schema, value, path)
    if kind == "array":
        if not isinstance(value, list):
            raise InvalidBodyError(f"Invalid value at '{path}' (type), expected a list, found {json.dumps(value)}")
        return [_checked(schema["items"], each, f"{path}[{place}]") for place, each in enumerate(value)]
    return _checked_scalar(schema, kind, value, path)


def _checked_scalar(schema: dict[str, Any], kind: str, value: Any, path: str) -> Any:
    if kind == "integer":
        # Google's reader takes "100" and 100.0 for 100.
        if isinstance(value, str) and value.lstrip("-").isdigit():
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
    fitting = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
    }
    if not fitting[kind]:
        name = {"string": "TYPE_STRING", "boolean": "TYPE_BOOL", "integer": "TYPE_INT32", "number": "TYPE_DOUBLE"}[kind]
        raise InvalidBodyError(f"Invalid value at '{path}' ({name}), {json.dumps(value)}")
    if "enum" in schema and value not in schema["enum"]:
        raise InvalidBodyError(f"Invalid value at '{path}' (enum), {json.dumps(value)}")
    return value


def _checked_object(schema: dict[str, Any], value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidBodyError(f"Invalid value at '{path}' (type), expected an object, found {json.dumps(value)}")
    properties = schema.get("properties", {})
    result = {}
    for name, inner in value.items():
        known = properties.get(name) or schema.get("additionalProperties")
        if known is None:
            where = f" at '{path}'" if path else ""
            raise InvalidBodyError(f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.')
        if inner is not None:  # null is the same as missing
            result[name] = _checked(known, inner, f"{path}.{name}" if path else name)
    return result
