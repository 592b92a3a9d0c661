"""What the cells of a CSV say: numbers, names, or nothing. Each distinct text is read once, however often it comes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from analysis.csv_file import CsvFile, decode, printable
from analysis.histogram import Floats

Codes = NDArray[np.int32]

# Ways of not answering that this program writes itself; each is counted apart.
NOT_ANSWERED: Final = ("skipped", "not_applicable", "prefer_not", "not_reached")
NO_VALUE: Final = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "."})
MISSING: Final = NO_VALUE | frozenset(NOT_ANSWERED)

# Larger numbers have squares that no computer number holds, smaller ones squares that it takes for 0.
LARGEST: Final = 1e100
SMALLEST: Final = 1e-70
NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
INFINITE: Final = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
# From so many distinct texts in a block on they are read together.
MANY: Final = 1000
SHORT: Final = 2


def is_missing(text: str) -> bool:
    """Whether a cell without spaces around it says that there is no value; upper and lower case are the same."""
    return text.casefold() in MISSING


@dataclass(frozen=True, eq=False)
class Encoded:
    """A block of cells: codes (n,) say which of the texts each row has; `short` grows from block to block."""

    codes: Codes
    short: Sequence[bytes]
    long: pa.BinaryArray

    @property
    def texts(self) -> list[bytes]:
        """All texts, in the order of their codes."""
        return [*self.short, *self.long.to_pylist()]


class Encoder:
    """Turns one column's cells into codes. Cells of up to two bytes, nearly all answers, go through a table."""

    def __init__(self) -> None:
        self._code = np.full(1 + 256 + 65536, -1, np.int32)
        self._short: list[bytes] = []

    def encode(self, cells: pa.BinaryArray) -> Encoded:
        """The codes of a block's cells."""
        _, offsets, data = cells.buffers()
        ends = np.frombuffer(offsets, np.int32, len(cells) + 1, 4 * cells.offset)
        lengths = np.diff(ends)
        content = np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
        key = content.take(ends[:-1], mode="clip").astype(np.int32)
        key += 1
        longest = int(lengths.max())
        if longest > 1:
            second = content.take(ends[:-1] + 1, mode="clip").astype(np.int32)
            key = np.where(lengths == SHORT, 256 + key + 256 * second, key)
        key[lengths == 0] = 0
        is_long = lengths > SHORT if longest > SHORT else None
        if is_long is not None:
            key[is_long] = 0
        codes = self._code[key]
        if (codes < 0).any():
            self._learn(np.unique(key[codes < 0]))
            codes = self._code[key]
        if is_long is None:
            return Encoded(codes, self._short, pa.array([], pa.binary()))
        long = (cells if is_long.all() else cells.filter(pa.array(is_long))).dictionary_encode()
        codes[is_long] = long.indices.to_numpy(zero_copy_only=False) + len(self._short)
        return Encoded(codes, self._short, long.dictionary)

    def _learn(self, keys: Codes) -> None:
        for key in keys.tolist():
            self._code[key] = len(self._short)
            if key == 0:
                self._short.append(b"")
            elif key <= 256:
                self._short.append(bytes([key - 1]))
            else:
                self._short.append(bytes([(key - 257) % 256, (key - 257) // 256]))


class NumberColumn:
    """Reads a column of numbers. `missing` counts the rows without one: by code, and `no_value` for all others."""

    def __init__(self, file: CsvFile, column: str) -> None:
        self.missing = dict.fromkeys(("no_value", *NOT_ANSWERED), 0)
        self._file, self._column = file, column
        self._encoder = Encoder()
        self._known: dict[bytes, float] = {}
        self._marks: set[str] = set()

    def read(self, cells: pa.BinaryArray) -> tuple[Floats, Codes]:
        """The distinct values of a block, nan where there is none, and each row's place among them.

        Two places may hold the same value (5 and 5.0). Raises UnusableDataError for a cell that is no number.
        """
        encoded = self._encoder.encode(cells)
        together = _read_together(encoded.long) if len(encoded.long) > MANY and not self._file.decimal_comma else None
        if together is None:
            texts = encoded.texts
            values = np.array([self._read_text(text) for text in texts], np.float64)
        else:
            texts = list(encoded.short)
            values = np.concatenate([[self._read_text(text) for text in texts], together])
        refused = np.isinf(values)
        if refused.any():
            self._refuse(encoded.codes, refused, texts)
        self._count_missing(encoded.codes, values, encoded)
        return values, encoded.codes

    def _read_text(self, text: bytes) -> float:
        value = self._known.get(text)
        if value is None:
            value = self._parse(decode(text))
            if len(self._known) < 100 * MANY:
                self._known[text] = value
        return value

    def _parse(self, text: str) -> float:
        """The number; nan for none, infinity for what is refused."""
        if is_missing(text):
            return np.nan
        if self._file.decimal_comma and ("," in text or "." in text):
            self._marks.update({",", "."} & set(text))
            text = text.replace(",", ".")
        # Adding 0 makes one zero of two.
        value = float(text) + 0.0 if NUMBER.fullmatch(text) else np.inf
        fits = value == 0 or SMALLEST <= abs(value) <= LARGEST
        return value if fits and len(self._marks) < 2 else np.inf

    def _refuse(self, codes: Codes, refused: NDArray[np.bool_], texts: list[bytes]) -> None:
        places = np.flatnonzero(refused[codes])
        # A refused text that no row of this block has was refused in an earlier block, which ended the reading.
        place = int(places[0])
        text = decode(texts[codes[place]])
        self._file.fail_at(self._column, place, self._problem(text))

    def _problem(self, text: str) -> str:
        shown = repr(printable(text if len(text) <= 40 else text[:40] + "…"))
        if INFINITE.fullmatch(text):
            return f"the infinite value {shown}"
        if len(self._marks) > 1:
            return f"{shown} where other numbers have another decimal mark"
        if not NUMBER.fullmatch(text):
            return f"the text {shown} instead of a number"
        return f"too {'large' if abs(float(text.replace(',', '.'))) > 1 else 'small'} a number, {shown},"

    def _count_missing(self, codes: Codes, values: Floats, encoded: Encoded) -> None:
        gaps = np.flatnonzero(np.isnan(values))
        if not len(gaps):
            return
        counts = np.bincount(codes, minlength=len(values))[gaps].tolist()
        long = encoded.long
        for gap, count in zip(gaps.tolist(), counts, strict=True):
            place = gap - len(encoded.short)
            text = encoded.short[gap] if place < 0 else long[place].as_py()
            word = decode(text).casefold()
            self.missing[word if word in NOT_ANSWERED else "no_value"] += count


class NameColumn:
    """Reads a column of names, such as groups or levels; `names` are those seen so far, in order of appearance.

    numbered: names that are one number as this file writes numbers, such as 1 and 1.0, are one name, the shortest.
    """

    def __init__(self, *, numbered: CsvFile | None = None) -> None:
        self.names: list[str] = []
        self._numbered = numbered
        self._encoder = Encoder()
        self._place: dict[str | float, int] = {}
        self._known: dict[bytes, int] = {}

    def read(self, cells: pa.BinaryArray) -> NDArray[np.int64]:
        """Each row's place among the names; −1 where it has none."""
        encoded = self._encoder.encode(cells)
        places = np.array([self._read_text(text) for text in encoded.texts], np.int64)
        return places[encoded.codes]

    def _read_text(self, text: bytes) -> int:
        place = self._known.get(text)
        if place is None:
            name = decode(text)
            key = name if self._numbered is None else _number_or_name(name, self._numbered)
            place = -1 if is_missing(name) else self._place.setdefault(key, len(self._place))
            if place == len(self.names):
                self.names.append(name)
            elif place >= 0:
                self.names[place] = min(self.names[place], name, key=lambda each: (len(each), each))
            self._known[text] = place
        return place


def _number_or_name(name: str, file: CsvFile) -> float | str:
    number = name.replace(",", ".") if file.decimal_comma else name
    return float(number) if NUMBER.fullmatch(number) else name


def _read_together(texts: pa.BinaryArray) -> Floats | None:
    """Many numbers at once; None where some text is neither a plain number nor missing, for then each is looked at."""
    try:
        trimmed = pc.utf8_trim_whitespace(texts.cast(pa.string()))
        missing = pc.is_in(pc.utf8_lower(trimmed), pa.array(sorted(MISSING)))
        numbers = pc.if_else(missing, pa.scalar(None, pa.string()), trimmed).cast(pa.float64())
    except pa.ArrowInvalid:
        return None
    values = numbers.to_numpy(zero_copy_only=False) + 0.0
    plain = np.isnan(values) == missing.to_numpy(zero_copy_only=False)
    sizes = np.abs(values)
    fits = np.isnan(values) | (values == 0) | ((sizes >= SMALLEST) & (sizes <= LARGEST))
    return values if plain.all() and fits.all() else None
