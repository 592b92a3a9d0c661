"""What an answer is: one respondent's immutable, validated response to one instrument.

`read_document` turns the bytes a device sent into plain JSON, `validate_response` turns that into a `Response` or says
exactly which field is wrong. Nothing else in the program makes a `Response` from the outside.
"""

import dataclasses
import hashlib
import json
import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import Annotated, Any, Final, NoReturn
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from survey.instrument import Catalogue, Instrument, Language
from survey.respondent import ABOUT, PREFER_NOT, Mode, RespondentKind

MAX_COMMENT: Final = 4_000
MAX_SECONDS: Final = 86_400
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# A comment may have tabs and lines.
_CONTROL_IN_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class NotAnswered(IntEnum):
    """The four ways of not answering. The numbers are what the store's mask and the tallies' columns use."""

    skipped = 0
    not_applicable = 1
    prefer_not = 2
    not_reached = 3


Answer = int | NotAnswered


@dataclass(frozen=True)
class FieldProblem:
    """One thing wrong with a document: the field by its path, and a sentence."""

    field: str
    problem: str


class InvalidResponseError(Exception):
    """A document is no response; `problems` says of each field what is wrong."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("; ".join(f"{each.field}: {each.problem}" for each in problems))
        self.problems = problems


@dataclass(frozen=True)
class Place:
    """Where a response was given: the device, its unit, and the clinicians that can be named there.

    `mode` is the only one possible there, where only one is; `link` is the hash of the link that lets one visit in.
    """

    device_id: str
    unit_id: str
    clinician_ids: Container[str]
    mode: Mode | None = None
    link: str | None = None


@dataclass(frozen=True)
class Response:
    """One stored answer sheet. `answers` is in the instrument's slot order, one entry for every item."""

    id: UUID
    instrument: str
    version: str
    language: str
    mode: str
    respondent: str
    device_id: str
    unit_id: str
    clinician_id: str | None
    answers: tuple[Answer, ...]
    comment: str | None
    about: Mapping[str, str]
    day: date
    seconds: int
    payload_sha256: str
    # Known while a visit comes in, to notice repeats; never stored, so that nobody is found by the minute.
    finished_at: datetime | None = dataclasses.field(default=None, compare=False)
    # What the server noticed of its quality, where somebody asks for it; see `survey.flags`.
    flags: tuple[str, ...] = dataclasses.field(default=(), compare=False)

    @property
    def month(self) -> int:
        """The month of the encounter as yyyymm."""
        return self.day.year * 100 + self.day.month


def _is_timestamp(value: Any) -> Any:
    # pydantic would take seconds since 1970 in a text for a time as well.
    if not isinstance(value, str) or not _TIMESTAMP.match(value):
        raise ValueError("must be a time such as 2026-11-23T09:00:00Z")
    return value


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("must be a time of the years 1 to 9999") from error


# In UTC from here on: times of pydantic's own zone take ten times as long to compare.
Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_is_timestamp), AfterValidator(_in_utc)]


class _Payload(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    instrument: str = Field(max_length=40)
    version: str = Field(max_length=16)
    language: Language = Field(max_length=16)
    mode: Mode
    respondent: RespondentKind
    clinician: str | None = Field(max_length=64)
    answers: dict[str, Any] = Field(min_length=1)
    comment: str | None = Field(default=None, max_length=MAX_COMMENT)
    about: dict[str, str] = {}
    started_at: Moment
    finished_at: Moment


def read_document(body: bytes) -> dict[str, Any]:
    """The JSON object in a request's body; raises InvalidResponseError for anything else, doubled keys included."""
    try:
        document = _READER.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidResponseError([FieldProblem("body", f"is not valid JSON: {error}")]) from error
    if not isinstance(document, dict):
        raise InvalidResponseError([FieldProblem("body", "must be a JSON object")])
    return document


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return table


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


# Kept: made anew for each answer they cost a quarter of its reading and a sixth of its writing.
_READER: Final = json.JSONDecoder(object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
_WRITER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def payload_digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of a document however its keys are ordered and spaced: equal digests are the same payload."""
    return _digest(_canonical(document))


def _canonical(document: Mapping[str, Any]) -> str:
    return _WRITER.encode(document)


def _digest(canonical: str) -> str:
    return hashlib.sha256(canonical.encode()).hexdigest()


def validate_response(
    document: Mapping[str, Any], *, response_id: UUID, catalogue: Catalogue, place: Place, now: datetime
) -> Response:
    """The response in a document that a device at `place` sent, judged at `now` (UTC).

    Raises InvalidResponseError with every problem found: unknown instrument, item, level or clinician, wrong types,
    times in the future or in the wrong order, control characters.
    """
    canonical = _canonical(document)
    try:
        payload = _Payload.model_validate_json(canonical)
    except ValidationError as error:
        raise InvalidResponseError(_shape_problems(error)) from error
    problems = [*_time_problems(payload, now), *_text_problems(payload), *_about_problems(payload.about)]
    instrument = catalogue.get(payload.instrument, payload.version)
    if instrument is None:
        problems.append(_unknown_instrument(payload, catalogue))
    else:
        problems += _answer_problems(payload.answers, instrument)
    if payload.clinician is not None and payload.clinician not in place.clinician_ids:
        problems.append(FieldProblem("clinician", "is not a clinician of this device's program"))
    if place.mode not in (None, payload.mode):
        problems.append(FieldProblem("mode", f"must be {place.mode} here"))
    if problems or instrument is None:
        raise InvalidResponseError(problems)
    elapsed = int((payload.finished_at - payload.started_at).total_seconds())
    return Response(
        id=response_id,
        instrument=payload.instrument,
        version=payload.version,
        language=payload.language,
        mode=payload.mode,
        respondent=payload.respondent,
        device_id=place.device_id,
        unit_id=place.unit_id,
        clinician_id=payload.clinician,
        answers=tuple(_answer(payload.answers.get(item, "not_reached")) for item in instrument.item_ids),
        comment=(payload.comment or "").strip() or None,
        about=payload.about,
        day=payload.finished_at.date(),
        seconds=min(elapsed, MAX_SECONDS),
        payload_sha256=_digest(canonical),
        finished_at=payload.finished_at,
    )


def _answer(value: int | str) -> Answer:
    return NotAnswered[value] if isinstance(value, str) else value


def _shape_problems(error: ValidationError) -> list[FieldProblem]:
    found = []
    for problem in error.errors(include_url=False, include_input=False):
        field = ".".join(str(part) for part in problem["loc"]) or "body"
        found.append(FieldProblem(field, problem["msg"].removeprefix("Value error, ")))
    return found


def _unknown_instrument(payload: _Payload, catalogue: Catalogue) -> FieldProblem:
    versions = catalogue.versions(payload.instrument)
    if versions:
        return FieldProblem("version", f"is not known for this instrument; known: {', '.join(versions)}")
    return FieldProblem("instrument", "is not known here")


def _answer_problems(answers: Mapping[str, Any], instrument: Instrument) -> list[FieldProblem]:
    scale = instrument.scale
    problems = []
    for item, value in answers.items():
        if item not in instrument.item_ids:
            text = f"is not an item of {instrument.id} {instrument.version}"
        # By its exact type: True is no 1, and 1.0 is none either.
        elif type(value) is int and value in scale.values:
            continue
        elif not isinstance(value, str) or value not in NotAnswered.__members__:
            text = f"must be one of {', '.join(map(str, scale.values))} or one of {', '.join(NotAnswered.__members__)}"
        elif value != "not_applicable" or scale.allows_not_applicable:
            continue
        else:
            text = "this instrument has no 'does not apply'"
        problems.append(FieldProblem(f"answers.{item}", text))
    return problems


def moment_problem(field: str, moment: datetime, now: datetime) -> list[FieldProblem]:
    """What is wrong with a time that a device gave, judged at `now`: nothing, or one problem."""
    if moment > now + CLOCK_TOLERANCE:
        return [FieldProblem(field, "is in the future: check the device's clock")]
    if moment < EARLIEST:
        return [FieldProblem(field, "is before the year 2000: check the device's clock")]
    return []


def _time_problems(payload: _Payload, now: datetime) -> list[FieldProblem]:
    problems = [
        *moment_problem("started_at", payload.started_at, now),
        *moment_problem("finished_at", payload.finished_at, now),
    ]
    if payload.finished_at < payload.started_at:
        problems.append(FieldProblem("finished_at", "is before started_at"))
    return problems


def _text_problems(payload: _Payload) -> list[FieldProblem]:
    texts = (("comment", payload.comment, _CONTROL_IN_TEXT), ("clinician", payload.clinician, _CONTROL))
    return [
        FieldProblem(field, "has a control character")
        for field, text, control in texts
        if text and control.search(text)
    ]


def _about_problems(about: Mapping[str, str]) -> list[FieldProblem]:
    problems = []
    for field, value in about.items():
        if field not in ABOUT:
            problems.append(FieldProblem(f"about.{field}", f"is not known; known: {', '.join(ABOUT)}"))
        elif value not in (*ABOUT[field], PREFER_NOT):
            problems.append(FieldProblem(f"about.{field}", f"must be one of {', '.join(ABOUT[field])} or {PREFER_NOT}"))
    return problems
