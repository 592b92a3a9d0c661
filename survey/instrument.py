"""What an instrument is, and how its TOML file becomes one.

An instrument is data, not code: items, response scale, scoring rule, where it comes from and what may be done with it.
The files live in `survey/instruments/`; wording that a clinic types from its own licensed form lives beside the store.
"""

import hashlib
import json
import tomllib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

SHIPPED = Path(__file__).parent / "instruments"
MAX_ITEMS = 20  # the store's positional slots q01 … q20
MAX_LEVELS = 11  # the tallies' positional counts l00 … l10


class InstrumentError(Exception):
    """An instrument's file cannot be used; the sentence names the file, the key and what is wrong."""


def _is_language(tag: str) -> str:
    if not (2 <= len(tag.split("-", maxsplit=1)[0]) <= 3 and tag.isascii() and tag.replace("-", "").isalnum()):
        raise ValueError(f"{tag!r} is not a language tag such as en or pt-BR")
    return tag


Language = Annotated[str, AfterValidator(_is_language)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Part):
    """Where the instrument comes from and what its owner permits."""

    citation: str
    doi: str | None = None
    licence: str
    licence_verified: bool = False
    permission: str | None = None


class Item(_Part):
    """One question: its id in answers, what it is about, and whether a high level means less compassion."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,15}$")
    topic: str
    reversed: bool = False


class Scale(_Part):
    """The response scale shared by all items: levels in rising order, each with a stable key."""

    levels: dict[int, str]
    allows_not_applicable: bool = True

    @model_validator(mode="after")
    def _levels_are_usable(self) -> Self:
        values = sorted(self.levels)
        if not 2 <= len(values) <= MAX_LEVELS:
            raise ValueError(f"levels must be 2 to {MAX_LEVELS} values")
        if values != list(range(values[0], values[0] + len(values))):
            raise ValueError("levels must be consecutive whole numbers")
        return self

    @cached_property
    def values(self) -> tuple[int, ...]:
        """The levels' numbers in rising order."""
        return tuple(sorted(self.levels))


class Scoring(_Part):
    """The published rule that turns answers into a score, or ours where none was found (`rule_source` says which)."""

    rule: Literal["mean", "sum"]
    minimum_answered: int = Field(ge=1)
    missing: Literal["person_mean"] = "person_mean"
    range: tuple[float, float]
    rule_source: str


class PublishedReliability(_Part):
    """A reliability someone published, with the people it was found in."""

    statistic: str
    value: str
    population: str
    source: str


class Wording(_Part):
    """The instrument's words in one language: verbatim from a source, or typed from a licensed form."""

    validated: bool
    source: str
    verified: bool = False
    stem: str = ""
    levels: dict[int, str]
    items: dict[str, str]


class SelfRating(_Part):
    """The items turned to clinicians and leads, who say what they expect of patients; the levels are the wording's.

    Nobody has validated such a form, so the file cannot say that somebody has.
    """

    validated: Literal[False]
    source: str
    clinician_stem: str
    lead_stem: str
    items: dict[str, str]


class Instrument(_Part):
    """One version of a validated instrument. Immutable; a version that has collected answers is frozen."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{1,39}$")
    version: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,15}$")
    title: str
    default: bool = False
    source: Source
    scale: Scale
    scoring: Scoring
    items: tuple[Item, ...] = Field(min_length=1, max_length=MAX_ITEMS)
    reliability: tuple[PublishedReliability, ...] = ()
    wording: dict[Language, Wording] = {}
    self_rating: dict[Language, SelfRating] = {}

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        ids = [item.id for item in self.items]
        if len(set(ids)) != len(ids):
            raise ValueError("items: two items have the same id")
        if self.scoring.minimum_answered > len(ids):
            raise ValueError("scoring.minimum_answered is more than the number of items")
        low, high = self.scale.values[0], self.scale.values[-1]
        per_item = 1 if self.scoring.rule == "mean" else len(ids)
        if self.scoring.range != (low * per_item, high * per_item):
            raise ValueError(f"scoring.range must be [{low * per_item}, {high * per_item}] by its rule and levels")
        for language, wording in self.wording.items():
            problem = wording_problem(wording, self)
            if problem:
                raise ValueError(f"wording.{language}: {problem}")
        for language, form in self.self_rating.items():
            problem = self_rating_problem(form, language, self)
            if problem:
                raise ValueError(f"self_rating.{language}: {problem}")
        return self

    @property
    def key(self) -> tuple[str, str]:
        """Id and version: what a response names."""
        return self.id, self.version

    @cached_property
    def item_ids(self) -> tuple[str, ...]:
        """The items' ids in slot order."""
        return tuple(item.id for item in self.items)

    @property
    def top_level(self) -> int:
        """The highest level's number."""
        return self.scale.values[-1]

    def with_wording(self, extra: Mapping[str, Wording]) -> "Instrument":
        """The same instrument with wording added or replaced; raises InstrumentError where it does not fit."""
        for language, wording in extra.items():
            problem = wording_problem(wording, self)
            if problem:
                raise InstrumentError(f"Wording of {self.id} {self.version} in {language}: {problem}.")
        return self.model_copy(update={"wording": {**self.wording, **extra}})

    def fingerprints(self) -> dict[str, str]:
        """SHA-256 of each part that must not change under answers: what is measured, and each language's words."""
        measured = {
            "items": [(item.id, item.reversed) for item in self.items],
            "levels": sorted(self.scale.levels.items()),
            "scoring": self.scoring.model_dump(mode="json", exclude={"rule_source"}),
        }
        parts = {"measure": _digest(measured)}
        for language, wording in self.wording.items():
            words = wording.model_dump(mode="json", include={"stem", "levels", "items"})
            parts[f"wording:{language}"] = _digest(words)
        for language, form in self.self_rating.items():
            turned = form.model_dump(mode="json", exclude={"validated", "source"})
            parts[f"self_rating:{language}"] = _digest({**turned, "levels": self.wording[language].levels})
        return parts


def wording_problem(wording: Wording, instrument: Instrument) -> str | None:
    """What keeps this wording from fitting the instrument, or None: same items, same levels, no empty text."""
    if set(wording.items) != set(instrument.item_ids):
        return f"items must be exactly {', '.join(instrument.item_ids)}"
    if set(wording.levels) != set(instrument.scale.values):
        return f"levels must be exactly {', '.join(map(str, instrument.scale.values))}"
    if not all(text.strip() for text in [*wording.items.values(), *wording.levels.values()]):
        return "a text is empty"
    return None


def self_rating_problem(form: SelfRating, language: str, instrument: Instrument) -> str | None:
    """What keeps this form from fitting the instrument, or None: its language has levels, same items, no empty text."""
    if language not in instrument.wording:
        return f"there is no wording.{language} to take the levels from"
    if set(form.items) != set(instrument.item_ids):
        return f"items must be exactly {', '.join(instrument.item_ids)}"
    if not all(text.strip() for text in [form.clinician_stem, form.lead_stem, *form.items.values()]):
        return "a text is empty"
    return None


def _digest(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def load_instrument(path: Path) -> Instrument:
    """Read one instrument's TOML file; raises InstrumentError naming the file, the key and what is wrong."""
    try:
        return Instrument.model_validate(read_toml(path))
    except ValidationError as error:
        raise InstrumentError(f"{path.name}: {first_problem(error)}.") from error


def read_toml(path: Path) -> dict[str, object]:
    """A TOML file's table; raises InstrumentError with the place where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InstrumentError(f"{path.name}: cannot be read as TOML: {error}.") from error


def first_problem(error: ValidationError) -> str:
    """The first of pydantic's problems as `key: what is wrong`."""
    problem = error.errors(include_url=False, include_input=False)[0]
    key = ".".join(str(part) for part in problem["loc"])
    text = problem["msg"].removeprefix("Value error, ")
    return f"{key}: {text}" if key else text


class Catalogue:
    """The instruments this installation knows, by id and version."""

    def __init__(self, instruments: Mapping[tuple[str, str], Instrument]) -> None:
        self._instruments = dict(instruments)

    def __iter__(self) -> Iterator[Instrument]:
        return iter(self._instruments.values())

    def get(self, instrument_id: str, version: str) -> Instrument | None:
        """The instrument under this id and version, or None."""
        return self._instruments.get((instrument_id, version))

    def versions(self, instrument_id: str) -> tuple[str, ...]:
        """The versions known under this id; empty when the id is unknown."""
        return tuple(version for known, version in self._instruments if known == instrument_id)

    @property
    def default(self) -> Instrument:
        """The instrument a kiosk asks when nobody chose another."""
        return next(instrument for instrument in self if instrument.default)


def load_catalogue(folder: Path = SHIPPED, installed: Path | None = None) -> Catalogue:
    """Load every `*.toml` in `folder` and the wording installed by this clinic in `installed`.

    Raises InstrumentError for a bad file, for two files of one id and version, and unless exactly one is the default.
    """
    instruments: dict[tuple[str, str], Instrument] = {}
    for path in sorted(folder.glob("*.toml")):
        instrument = load_instrument(path)
        if instrument.key in instruments:
            raise InstrumentError(f"{path.name}: id and version {instrument.key} are also in another file.")
        instruments[instrument.key] = instrument
    defaults = [instrument.id for instrument in instruments.values() if instrument.default]
    if len(defaults) != 1:
        raise InstrumentError(f"{folder.name}: exactly one file must say default = true, found {len(defaults)}.")
    for found in _installed_wording(installed):
        key = found.instrument, found.version
        if key not in instruments:
            raise InstrumentError(f"Installed wording is for {key[0]} {key[1]}, which is not shipped.")
        instruments[key] = instruments[key].with_wording({found.language: found.wording})
    return Catalogue(instruments)


class InstalledWording(_Part):
    """Wording in one language that a clinic installed, as its file says it."""

    instrument: str
    version: str
    language: Language
    wording: Wording


def _installed_wording(folder: Path | None) -> Iterator[InstalledWording]:
    for path in sorted(folder.glob("*.json")) if folder and folder.is_dir() else []:
        try:
            yield InstalledWording.model_validate_json(path.read_bytes())
        except OSError as error:
            raise InstrumentError(f"{path.name}: cannot be read: {error.strerror}.") from error
        except ValidationError as error:
            raise InstrumentError(f"{path.name}: {first_problem(error)}.") from error
