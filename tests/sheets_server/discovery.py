"""Bodies, parameters and field masks held to Google's discovery document, which ships in google-api-python-client."""

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

Violation = tuple[str, str]  # the field, and what is wrong with it
# Fields of which a message holds one: the discovery document does not tell them.
_VALUE = frozenset({"numberValue", "stringValue", "boolValue", "formulaValue", "errorValue"})
_ONE_OF: dict[str, tuple[str, frozenset[str]]] = {
    "ColorStyle": ("kind", frozenset({"rgbColor", "themeColor"})),
    "ConditionalFormatRule": ("rule", frozenset({"booleanRule", "gradientRule"})),
    "ConditionValue": ("value", frozenset({"relativeDate", "userEnteredValue"})),
    "DataFilter": ("filter", frozenset({"developerMetadataLookup", "a1Range", "gridRange"})),
    "DeveloperMetadataLocation": ("location", frozenset({"spreadsheet", "sheetId", "dimensionRange"})),
    "ExtendedValue": ("value", _VALUE),
    "FindReplaceRequest": ("scope", frozenset({"range", "sheetId", "allSheets"})),
    "UpdateCellsRequest": ("area", frozenset({"start", "range"})),
    "UpdateConditionalFormatRuleRequest": ("instruction", frozenset({"rule", "newIndex"})),
}


class InvalidBodyError(Exception):
    """A request that Google would refuse with 400, in Google's words; with what is wrong with which field."""

    def __init__(self, violations: list[Violation], message: str = "") -> None:
        super().__init__(message or "\n".join(description for _, description in violations))
        self.details: list[dict[str, Any]] = [
            {
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [
                    {"field": field, "description": description} if field else {"description": description}
                    for field, description in violations
                ],
            }
        ]


@cache
def _document() -> dict[str, Any]:
    return json.loads((files("googleapiclient") / "discovery_cache" / "documents" / "sheets.v4.json").read_text())


def schema(name: str) -> dict[str, Any]:
    """A message of the API, such as `Request`."""
    found: dict[str, Any] = _document()["schemas"][name]
    return found


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
    known = {key: each for key, each in method(name)["parameters"].items() if each["location"] == "query"}
    shared = _document()["parameters"]
    found: list[Violation] = []
    for key, value in query:
        schema = known.get(_camel(key)) or shared.get(key)
        if schema is None:
            found.append(("", f'Invalid JSON payload received. Unknown name "{key}": Cannot bind query parameter. '
                              f"Field '{key}' could not be found in request message."))  # fmt: skip
        elif "enum" in schema and value not in schema["enum"] and key in known:
            found.append((_snake(key), f"Invalid value at '{_snake(key)}' ({_enum_name(key)}), {json.dumps(value)}"))
        elif schema["type"] == "boolean" and value.lower() not in ("true", "false", "1", "0", ""):
            found.append((_snake(key), f"Invalid value at '{_snake(key)}' (TYPE_BOOL), {json.dumps(value)}"))
    if found:
        raise InvalidBodyError(found)


def checked_body(name: str, value: Any) -> Any:
    """The body of a method as Google reads it; InvalidBodyError for unknown fields, wrong types, unknown words."""
    schema = method(name)["request"]["$ref"]
    found: list[Violation] = []
    # The body is the whole request of most methods, but one field of it, `data`, where values are written.
    path = "data" if schema == "ValueRange" else "spreadsheet" if schema == "Spreadsheet" else ""
    if not isinstance(value, dict):
        raise InvalidBodyError(
            [("", 'Invalid JSON payload received. Unknown name "": Root element must be a message.')]
        )
    checked = _checked_object(_document()["schemas"][schema], value, path, found)
    if found:
        raise InvalidBodyError(found)
    return checked


def check_fields(name: str, mask: dict[str, Any]) -> None:
    """Raise InvalidBodyError for a `fields` parameter that names what the method's answer never holds."""
    _check_mask({"$ref": method(name)["response"]["$ref"]}, mask, "")


def unknown_field(schema: str, mask: dict[str, Any]) -> str:
    """The first path of a mask that a message of this schema has not; "" for none."""
    try:
        _check_mask({"$ref": schema}, mask, "")
    except InvalidBodyError as error:
        return str(error.details[0]["fieldViolations"][0]["field"])
    return ""


def _check_mask(schema: dict[str, Any], mask: dict[str, Any], path: str) -> None:
    while "$ref" in schema or schema.get("type") == "array":
        schema = _document()["schemas"][schema["$ref"]] if "$ref" in schema else schema["items"]
    for name, under in mask.items():
        where = f"{path}.{name}" if path else name
        known = schema.get("properties", {}).get(name)
        if name != "*" and known is None and "additionalProperties" not in schema:
            description = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{where}'."
            raise InvalidBodyError([(where, description)], "Request contains an invalid argument.")
        if known is not None:
            _check_mask(known, under, where)


def _checked(schema: dict[str, Any], value: Any, path: str, found: list[Violation]) -> Any:
    if "$ref" in schema:
        return _checked_object(_document()["schemas"][schema["$ref"]], value, path, found)
    kind = schema.get("type", "any")
    if kind == "any":
        return value
    if kind == "object":
        return _checked_object(schema, value, path, found)
    if kind == "array":
        if not isinstance(value, list):
            if isinstance(value, dict) or schema["items"].get("type") == "array":
                return _invalid(found, path, _list_kind(schema), value)
            value = [value]  # Google's reader takes a single value for a list of one
        if "$ref" in schema["items"]:
            value = _flat(value)  # and lists in a list of messages for their items: some clients send them so
        return [_checked_item(schema["items"], each, f"{path}[{place}]", found) for place, each in enumerate(value)]
    return _checked_scalar(schema, kind, value, path, found)


def _checked_item(schema: dict[str, Any], value: Any, path: str, found: list[Violation]) -> Any:
    # A row of values is a list of its own kind.
    if schema.get("type") == "array" and not isinstance(value, list):
        return _invalid(found, path, "type.googleapis.com/google.protobuf.ListValue", value)
    return _checked(schema, value, path, found)


def _flat(value: list[Any]) -> list[Any]:
    return [item for each in value for item in (_flat(each) if isinstance(each, list) else [each])]


def _list_kind(schema: dict[str, Any]) -> str:
    if schema["items"].get("type") == "array":
        return "type.googleapis.com/google.protobuf.ListValue"
    return f"type.googleapis.com/google.apps.sheets.v4.{schema['items'].get('$ref', 'list')}"


def _invalid(found: list[Violation], path: str, kind: str, value: Any) -> None:
    shown = json.dumps(value) if not isinstance(value, dict | list) else "Starting an object on a scalar field"
    if isinstance(value, dict | list) and kind.startswith("TYPE_"):
        name = path.rpartition(".")[2]
        what = (
            "Starting an object on a scalar field"
            if isinstance(value, dict)
            else "Proto field is not repeating, cannot start list"
        )
        found.append((path.rpartition(".")[0], f'Invalid JSON payload received. Unknown name "{name}" at '
                                               f"'{path.rpartition('.')[0]}': {what}."))  # fmt: skip
    else:
        found.append((path, f"Invalid value at '{path}' ({kind}), {shown}"))


def _checked_scalar(schema: dict[str, Any], kind: str, value: Any, path: str, found: list[Violation]) -> Any:
    if kind == "integer" and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)  # Google's reader takes "100" and 100.0 for 100
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "number" and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", value):
        return float(value)
    fitting = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, int | float) and not isinstance(value, bool),
    }
    names = {"string": "TYPE_STRING", "boolean": "TYPE_BOOL", "integer": "TYPE_INT32", "number": "TYPE_DOUBLE"}
    if "enum" in schema and value not in schema["enum"]:
        return _invalid(found, path, _enum_name(path.rpartition(".")[2]), value)
    if not fitting[kind]:
        return _invalid(found, path, names[kind], value)
    return value


def _checked_object(schema: dict[str, Any], value: Any, path: str, found: list[Violation]) -> Any:
    if not isinstance(value, dict):
        kind = f"type.googleapis.com/google.apps.sheets.v4.{schema.get('id', 'Message')}"
        return _invalid(found, path, kind, value)
    properties = schema.get("properties", {})
    result: dict[str, Any] = {}
    union, members = (
        ("kind", set(properties))
        if schema.get("id") == "Request"
        else _ONE_OF.get(schema.get("id", ""), ("", frozenset()))
    )
    for key, inner in value.items():
        name = key if key in properties else _camel(key)
        known = properties.get(name) or schema.get("additionalProperties")
        if name in members and inner is not None and members & result.keys():
            description = f"oneof field '{union}' is already set. Cannot set '{key}'"
            found.append((path, f"Invalid value at '{path}' (oneof), {description}"))
        elif known is None:
            where = f" at '{path}'" if path else ""
            found.append((path, f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.'))
        elif inner is not None:  # null is the same as missing
            result[name] = _checked(known, inner, f"{path}.{_snake(name)}" if path else _snake(name), found)
    return result


def _enum_name(field: str) -> str:
    """The type of an enumeration, from the field that holds it."""
    camel = _camel(field)
    name = next(
        (known for known in ("Dimension", "ValueRenderOption", "DateTimeRenderOption", "ValueInputOption")
         if camel.lower().endswith(known.lower())),
        camel[:1].upper() + camel[1:],
    )  # fmt: skip
    return f"type.googleapis.com/google.apps.sheets.v4.{name}"


def _snake(name: str) -> str:
    return re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", name)


def _camel(name: str) -> str:
    return re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), name)
