"""A result as one JSON object for programs: numbers as they are, null for what could not be computed, never NaN."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from math import isfinite
from typing import Any

from analysis.estimate import Estimate, NotEstimable, Suppressed


def as_json(result: Any) -> str:
    """One line of JSON with the fields of the result as keys; an `Estimate` becomes estimate, low, high."""
    return json.dumps(as_plain(result), allow_nan=False)


def as_plain(value: Any) -> Any:
    """Dictionaries, lists, numbers, texts and None in place of dataclasses, tuples and arrays."""
    if isinstance(value, Estimate):
        return {"estimate": as_plain(value.value), "low": as_plain(value.low), "high": as_plain(value.high)}
    if value is None or isinstance(value, (NotEstimable, Suppressed)):
        return None
    if isinstance(value, (bool, str, int)):
        return value
    if isinstance(value, float):
        return float(value) if isfinite(value) else None
    return _plain_fields(value)


def _plain_fields(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: as_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_plain(each) for key, each in value.items()}
    if hasattr(value, "tolist"):
        return as_plain(value.tolist())
    return [as_plain(each) for each in value]
