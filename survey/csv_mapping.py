"""The mapping file of an import: which column of another system's CSV holds what, and what its codes mean."""

import codecs
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from survey.instrument import Catalogue, Instrument
from survey.respondent import ABOUT
from survey.response import NotAnswered

_CLOCK_CODES: Final = ("%H", "%I", "%X", "%c", "%T")


class MappingError(Exception):
    """A mapping file cannot be used; the sentence names the file, the key and what is wrong."""


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TextField(_Part):
    """Where a text comes from: a column, with its codes in other words, or one value for the whole file.

    `value` stands where there is no column and where its cell is blank.
    """

    column: str | None = None
    value: str | None = None
    codes: dict[str, str] = {}

    @model_validator(mode="after")
    def _has_a_source(self) -> "TextField":
        if self.column is None and self.value is None:
            raise ValueError("needs a column or a value")
        return self

    def read(self, cell: str) -> str | None:
        """What a cell says; None for nothing."""
        cell = cell.strip()
        return self.codes.get(cell, cell) or self.value


class TimeField(_Part):
    """The column of the date, how it is written (strptime) and in which time zone."""

    column: str
    format: str
    zone: str = "UTC"

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError, KeyError) as error:
            raise ValueError(f"{name!r} is no time zone such as Europe/Madrid") from error
        return name

    def read(self, cell: str) -> datetime:
        """The moment in a cell, in UTC. A date without a time is that day, in whatever zone it was written.

        Raises ValueError for another form, and for a time that the zone's clocks skipped.
        """
        moment = datetime.strptime(cell.strip(), self.format)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        if not any(code in self.format for code in _CLOCK_CODES):
            return moment.replace(tzinfo=UTC)
        local = moment.replace(tzinfo=ZoneInfo(self.zone))
        if local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) != moment:
            raise ValueError("the clocks skipped this time")
        return local.astimezone(UTC)


class ItemField(_Part):
    """The column of an item and what its codes mean; without codes the file's own are used, or the levels' numbers."""

    column: str
    codes: dict[str, int | str] | None = None


class CsvMapping(_Part):
    """A mapping file. `source` names the other system: the same source and record id are the same response."""

    source: Annotated[str, Field(min_length=1, max_length=100)]
    instrument: str
    version: str
    encoding: str = "utf-8"
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    record_id: str | None = None
    unit: TextField
    clinician: TextField | None = None
    time: TimeField
    respondent: TextField = TextField(value="patient")
    language: TextField
    mode: TextField = TextField(value="import")
    comment: TextField | None = None
    about: dict[str, TextField] = {}
    codes: dict[str, int | str] = {}
    items: Annotated[dict[str, ItemField], Field(min_length=1)]

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            found = codecs.lookup(name).name
            "".encode(found)
        except (LookupError, ValueError) as error:
            raise ValueError(f"{name!r} is no encoding such as utf-8, utf-16 or windows-1252") from error
        return "utf-8-sig" if found == "utf-8" else found

    @field_validator("separator")
    @classmethod
    def _usable_separator(cls, mark: str) -> str:
        if mark.isalnum() or mark in '"\r\n\0 ':
            raise ValueError(f"{mark!r} cannot separate cells")
        return mark

    @property
    def columns(self) -> dict[str, str]:
        """The column of each field of a response, by the field's path as validation names it."""
        texts = {
            "unit": self.unit, "clinician": self.clinician, "respondent": self.respondent, "language": self.language,
            "mode": self.mode, "comment": self.comment, **{f"about.{name}": each for name, each in self.about.items()},
        }  # fmt: skip
        found = {name: each.column for name, each in texts.items() if each is not None and each.column is not None}
        found |= {f"answers.{item}": each.column for item, each in self.items.items()}
        found |= {"started_at": self.time.column, "finished_at": self.time.column}
        return found if self.record_id is None else {**found, "record_id": self.record_id}

    def codes_of(self, item: str) -> dict[str, int | str]:
        """What an item's cells mean; empty where the levels' numbers stand in the file."""
        own = self.items[item].codes
        return self.codes if own is None else own


def read_mapping(path: Path, catalogue: Catalogue) -> tuple[CsvMapping, Instrument]:
    """The mapping in a file and the instrument it fills; raises MappingError."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        mapping = CsvMapping.model_validate(table)
    except OSError as error:
        raise MappingError(f"{path}: cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        problems = (
            f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors(include_url=False, include_input=False)
        )
        raise MappingError(f"{path.name}: {'; '.join(problems)}.") from error
    except ValueError as error:
        raise MappingError(f"{path.name}: is not TOML in UTF-8: {error}.") from error
    instrument = catalogue.get(mapping.instrument, mapping.version)
    if instrument is None:
        raise MappingError(
            f"{path.name}: instrument: {mapping.instrument} {mapping.version} is not known: see "
            "`python -m survey instrument list`."
        )
    problems_found = _misfits(mapping, instrument)
    if problems_found:
        raise MappingError(f"{path.name}: {'; '.join(problems_found)}.")
    return mapping, instrument


def _misfits(mapping: CsvMapping, instrument: Instrument) -> list[str]:
    found = [f"about.{name}: is not known; known: {', '.join(ABOUT)}" for name in mapping.about if name not in ABOUT]
    tables = {"codes": mapping.codes}
    for item, field in mapping.items.items():
        if item not in instrument.item_ids:
            found.append(f"items.{item}: is not an item of {instrument.id}; known: {', '.join(instrument.item_ids)}")
        tables[f"items.{item}.codes"] = field.codes or {}
    allowed = (*instrument.scale.values, *NotAnswered.__members__)
    for name, table in tables.items():
        wrong = sorted({str(value) for value in table.values() if value not in allowed})
        found += [f"{name}: {value} is not one of {', '.join(map(str, allowed))}" for value in wrong]
    return found
