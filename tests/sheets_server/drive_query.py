"""The search expressions of Drive's files.list: `mimeType = '…' and name contains 'x' and trashed = false`."""

import re
from collections.abc import Callable
from typing import Any

_TOKEN = re.compile(r"""\s*(?:('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(!=|<=|>=|=|<|>|\(|\))|([A-Za-z][\w.]*))""")
Test = Callable[[dict[str, Any]], bool]
_FIELDS = {"name", "fullText", "mimeType", "trashed", "starred", "parents", "modifiedTime", "createdTime", "id",
           "owners", "writers", "readers", "sharedWithMe", "viewedByMeTime", "visibility"}  # fmt: skip


class QueryError(Exception):
    """A search expression that Drive would refuse."""


def parse_query(text: str) -> Test:
    """What tells whether a file is found; QueryError."""
    tokens, place = [], 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if not match:
            raise QueryError("Invalid Value")
        tokens.append(match[0].strip())
        place = match.end()
    if not tokens:
        return lambda _file: True
    parser = _Parser(tokens)
    found = parser.either()
    if parser.tokens:
        raise QueryError("Invalid Value")
    return found


class _Parser:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def _take(self) -> str:
        if not self.tokens:
            raise QueryError("Invalid Value")
        return self.tokens.pop(0)

    def either(self) -> Test:
        tests = [self._both()]
        while self.tokens and self.tokens[0].lower() == "or":
            self._take()
            tests.append(self._both())
        return lambda file: any(test(file) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self.tokens and self.tokens[0].lower() == "and":
            self._take()
            tests.append(self._one())
        return lambda file: all(test(file) for test in tests)

    def _one(self) -> Test:
        token = self._take()
        if token.lower() == "not":
            inner = self._one()
            return lambda file: not inner(file)
        if token == "(":
            inner = self.either()
            if self._take() != ")":
                raise QueryError("Invalid Value")
            return inner
        if token[0] in "'\"":  # 'id' in parents
            if self._take().lower() != "in":
                raise QueryError("Invalid Value")
            return _compared(self._take(), "in", _text(token))
        operator, value = self._take().lower(), self._take()
        return _compared(token, operator, value.lower() if value.lower() in ("true", "false") else _text(value))


def _text(token: str) -> str:
    if len(token) < 2 or token[0] not in "'\"":
        raise QueryError("Invalid Value")
    return re.sub(r"\\(.)", r"\1", token[1:-1])


def _compared(field: str, operator: str, value: str) -> Test:
    if field not in _FIELDS:
        raise QueryError("Invalid Value")

    def test(file: dict[str, Any]) -> bool:
        found = file.get(field)
        if isinstance(found, bool) or found is None:
            return (str(bool(found)).lower() == value) == (operator == "=")
        if operator == "in":
            return value in found
        if operator == "contains":
            return any(word.startswith(value.lower()) for word in _words(str(found)))
        tests = {
            "=": lambda: str(found).lower() == value.lower(), "!=": lambda: str(found).lower() != value.lower(),
            "<": lambda: found < value, ">": lambda: found > value,
            "<=": lambda: found <= value, ">=": lambda: found >= value,
        }  # fmt: skip
        if operator not in tests:
            raise QueryError("Invalid Value")
        return tests[operator]()

    return test


def _words(text: str) -> list[str]:
    """The text from every word on: `contains` finds what words begin with."""
    lower = text.lower()
    return [lower[match.start() :] for match in re.finditer(r"\w+|\S", lower)]
