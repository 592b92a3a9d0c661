"""Formulas: arithmetic, comparison, joining, references and the commonest functions; all others are `#NAME?`.

Nothing is kept: a formula is computed whenever its cell is read.
"""

import re
from collections.abc import Iterator
from typing import Any, Protocol

from tests.sheets_server.a1 import Area
from tests.sheets_server.cell import Value
from tests.sheets_server.formula_functions import FUNCTIONS, FormulaError, number, truth, wording

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)
  | (?P<text>"(?:[^"]|"")*")
  | (?P<range>(?:(?:'(?:[^']|'')+'|[A-Za-z_][A-Za-z0-9_.]*)!)?
      (?:\$?[A-Za-z]{1,3}\$?[1-9]\d*(?::\$?[A-Za-z]{0,3}\$?\d*)?|\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}|\$?\d+:\$?\d+)
      (?![A-Za-z0-9_(]))
  | (?P<error>\#REF!|\#N/A|\#NUM!|\#VALUE!|\#NAME\?|\#DIV/0!)
  | (?P<name>[A-Za-z_][A-Za-z0-9_.]*)
  | (?P<operator><>|<=|>=|[-+*/^&=<>%(),;])
    )""",
    re.X,
)
_BINDING = {"=": 1, "<>": 1, "<": 1, ">": 1, "<=": 1, ">=": 1, "&": 2, "+": 3, "-": 3, "*": 4, "/": 4, "^": 6}
_ERRORS = {
    "#REF!": "REF", "#N/A": "N_A", "#NUM!": "NUM", "#VALUE!": "VALUE", "#NAME?": "NAME", "#DIV/0!": "DIVIDE_BY_ZERO",
}  # fmt: skip
_DEEPEST = 100


class Grid(Protocol):
    """What formulas refer to."""

    def read(self, area: Area) -> list[list[Any]]:
        """The values of an area; None is an empty cell."""

    def locate(self, text: str, home: str) -> Area:
        """The area that a reference or a name in the tab `home` stands for; FormulaError."""


def compute(formula: str, grid: Grid, home: str) -> Value:
    """The ExtendedValue of a formula that stands in the tab `home`."""
    try:
        parser = _Parser(list(_tokens(formula[1:])), grid, home)
        value = parser.whole()
        if isinstance(value, list):
            value = value[0][0] if value and value[0] else None
        if isinstance(value, FormulaError):
            raise value
    except FormulaError as error:
        return {"errorValue": {"type": error.kind, "message": str(error)}}
    except RecursionError:
        return {"errorValue": {"type": "REF", "message": "Circular dependency detected."}}
    except OverflowError:
        return {"errorValue": {"type": "NUM", "message": "The result is too large."}}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    return {"numberValue": value or 0}


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while place < len(text.rstrip()):
        match = _TOKEN.match(text, place)
        if not match or not match.lastgroup:
            raise FormulaError("ERROR", "Formula parse error.")
        yield match.lastgroup, match[match.lastgroup]
        place = match.end()


class _Parser:
    """Reads and computes in one go, by binding strength."""

    def __init__(self, tokens: list[tuple[str, str]], grid: Grid, home: str) -> None:
        self._tokens = tokens
        self._place = 0
        self._grid = grid
        self._home = home
        self._depth = 0

    def whole(self) -> Any:
        value = self._expression(0)
        if self._place < len(self._tokens):
            raise FormulaError("ERROR", "Formula parse error.")
        return value

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _expression(self, strength: int) -> Any:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FormulaError("ERROR", "Formula parse error.")
        left = self._operand()
        while True:
            kind, word = self._peek()
            if kind == "operator" and word == "%":
                self._next()
                left = number(left) / 100
                continue
            binding = _BINDING.get(word, 0) if kind == "operator" else 0
            if binding <= strength:
                self._depth -= 1
                return left
            self._next()
            left = _apply(word, left, self._expression(binding))

    def _operand(self) -> Any:
        kind, word = self._next()
        if kind == "number":
            return float(word) if re.search(r"[.eE]", word) else int(word)
        if kind == "text":
            return word[1:-1].replace('""', '"')
        if kind == "error":
            raise FormulaError(_ERRORS[word], "Reference does not exist.")
        if kind == "operator" and word in "+-":
            value = self._expression(7)  # tighter than a power: =-2^2 is 4
            return -number(value) if word == "-" else value
        if kind == "operator" and word == "(":
            value = self._expression(0)
            self._expect(")")
            return value
        if kind == "range":
            return self._referred(word)
        if kind == "name":
            return self._call(word) if self._peek() == ("operator", "(") else self._named(word)
        raise FormulaError("ERROR", "Formula parse error.")

    def _expect(self, word: str) -> None:
        if self._next() != ("operator", word):
            raise FormulaError("ERROR", "Formula parse error.")

    def _named(self, word: str) -> Any:
        if word.upper() in ("TRUE", "FALSE"):
            return word.upper() == "TRUE"
        return self._referred(word)

    def _referred(self, word: str) -> Any:
        return self._grid.read(self._grid.locate(word, self._home))

    def _call(self, name: str) -> Any:
        self._next()
        arguments: list[Any] = []
        while self._peek() != ("operator", ")"):
            try:
                arguments.append(self._expression(0))
            except FormulaError as error:
                if error.kind == "ERROR" or name.upper() not in ("IFERROR", "IF"):
                    raise
                arguments.append(error)
                self._skip()
            if self._peek() not in (("operator", ","), ("operator", ";"), ("operator", ")")):
                raise FormulaError("ERROR", "Formula parse error.")
            if self._peek()[1] in ",;":
                self._next()
        self._next()
        if name.upper() not in FUNCTIONS:
            raise FormulaError("NAME", f"Unknown function: '{name}'.")
        return FUNCTIONS[name.upper()](*arguments) if _fits(name, arguments) else None

    def _skip(self) -> None:
        """To the end of an argument that was an error."""
        depth = 0
        while self._peek()[0] != "end" and (depth or self._peek()[1] not in (",", ";", ")")):
            depth += (self._peek()[1] == "(") - (self._peek()[1] == ")")
            self._next()


def _fits(name: str, arguments: list[Any]) -> bool:
    code = FUNCTIONS[name.upper()].__code__
    least = code.co_argcount - len(FUNCTIONS[name.upper()].__defaults__ or ())
    most = float("inf") if code.co_flags & 4 else code.co_argcount
    if not least <= len(arguments) <= most:
        raise FormulaError("N_A", f"Wrong number of arguments to {name.upper()}.")
    return True


def _apply(word: str, left: Any, right: Any) -> Any:
    if word == "&":
        return wording(left) + wording(right)
    if word in ("=", "<>", "<", ">", "<=", ">="):
        return _compared(word, left, right)
    one, other = number(left), number(right)
    if word == "/":
        if other == 0:
            raise FormulaError("DIVIDE_BY_ZERO", "Function DIVIDE parameter 2 cannot be zero.")
        return one / other
    if word == "^":
        return one**other
    return one + other if word == "+" else one - other if word == "-" else one * other


def _compared(word: str, left: Any, right: Any) -> bool:
    one, other = _rank(left, right), _rank(right, left)
    return {
        "=": one == other, "<>": one != other, "<": one < other,
        ">": one > other, "<=": one <= other, ">=": one >= other,
    }[word]  # fmt: skip


def _rank(value: Any, beside: Any) -> tuple[int, Any]:
    """Numbers come before text, text before TRUE and FALSE; an empty cell is the other's zero."""
    if isinstance(value, list):
        value = value[0][0] if value and value[0] else None
    if isinstance(value, FormulaError):
        raise value
    if value is None:
        value = "" if isinstance(beside, str) else truth(None) if isinstance(beside, bool) else 0
    if isinstance(value, bool):
        return 2, value
    return (1, value.lower()) if isinstance(value, str) else (0, value)
