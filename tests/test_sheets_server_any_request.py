"""Whatever fits Google's discovery document is answered: done, or refused with 400 and nothing changed."""

import random

import httpx
import pytest

from tests.sheets_server import LoopbackSheets
from tests.sheets_server.changes import CHANGES
from tests.sheets_server.discovery import schema

SEEDS = range(4)


@pytest.fixture(scope="module")
def http():
    with LoopbackSheets() as server, httpx.Client(base_url=server.url, timeout=10) as client:
        # A small tab: what a change does to a cell it does to all.
        small = {"properties": {"gridProperties": {"rowCount": 30, "columnCount": 12}}, "fields": "gridProperties"}
        change = {"requests": [{"updateSheetProperties": small}]}
        client.post("/v4/spreadsheets/book-1:batchUpdate", json=change).raise_for_status()
        yield client


def made_up(chance, kind, depth=0):
    """A value that fits a schema: small numbers, so that tabs and cells are hit."""
    if "$ref" in kind:
        kind = schema(kind["$ref"])
    if "enum" in kind:
        return chance.choice(kind["enum"])
    if kind.get("type") == "array":
        return [made_up(chance, kind["items"], depth + 1) for _ in range(chance.randint(0, 2))]
    if kind.get("type") == "object" or "properties" in kind:
        known = kind.get("properties", {})
        names = [name for name in known if chance.random() < (0.7 if depth < 4 else 0.2)] if depth < 7 else []
        return {name: made_up(chance, known[name], depth + 1) for name in names}
    if kind.get("type") == "integer":
        return chance.choice([0, 0, 0, 1, 2, 3, 5, 40, -1])
    plain = {"number": 0.5, "boolean": chance.random() < 0.5, "any": "x"}
    return plain.get(kind.get("type", "any"), chance.choice(["*", "x", "=A1+1", "Sheet1", "A1:B2", ""]))


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_every_change_that_fits_the_document_is_made_or_refused(http, name):
    path = "/v4/spreadsheets/book-1"
    for seed in SEEDS:
        chance = random.Random(f"{name} {seed}")
        body = made_up(chance, schema("Request")["properties"][name])
        before = http.get(path, params={"includeGridData": True}).json()
        answer = http.post(f"{path}:batchUpdate", json={"requests": [{name: body}]})
        after = http.get(path, params={"includeGridData": True})
        assert (answer.status_code, after.status_code) in ((200, 200), (400, 200)), (seed, body, answer.text)
        if answer.status_code == 400:
            assert after.json() == before, (seed, body)
