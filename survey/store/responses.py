"""Responses as rows and back: the one place that knows slots and the mask of ways of not answering."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, insert, select, union_all

from survey.flags import QUALITY_FLAGS, RepeatWatch, flags_of
from survey.instrument import Catalogue, Instrument
from survey.respondent import ABOUT
from survey.response import Answer, NotAnswered, Response
from survey.store.connection import upsert
from survey.store.prepared import Prepared, PreparedLookup
from survey.store.schema import (
    SLOT_COLUMNS,
    erasure,
    instrument_item,
    instrument_part,
    outbox,
    response,
    response_conflict,
    response_flag,
)

_INSERT: Final = Prepared(insert(response))
_DIGESTS: Final = PreparedLookup(
    lambda ids: union_all(
        *(
            select(column, digest).where(column.in_(ids))
            for column, digest in (
                (response.c.id, response.c.payload_sha256),
                (erasure.c.response_id, erasure.c.payload_sha256),
            )
        )
    ),
    response.c.id.type,
)
_FLAG: Final = Prepared(insert(response_flag))
BITS_PER_SLOT = 2
# Of a response that was restored from the mirror no payload is known: what a device sends again is taken for the same.
RESTORED_DIGEST: Final = "restored from the mirror"
_SAME_COLUMNS = (
    "id", "instrument", "version", "language", "mode", "respondent", "device_id", "unit_id", "clinician_id",
    "day", "seconds", "comment", "payload_sha256",
)  # fmt: skip


def response_row(value: Response) -> dict[str, Any]:
    """A response as the columns of its table."""
    row: dict[str, Any] = {column: getattr(value, column) for column in _SAME_COLUMNS}
    row |= {field: value.about.get(field) for field in ABOUT}
    row |= dict.fromkeys(SLOT_COLUMNS)
    mask = 0
    for slot, answer in enumerate(value.answers):
        if isinstance(answer, NotAnswered):
            mask |= int(answer) << (BITS_PER_SLOT * slot)
        else:
            row[SLOT_COLUMNS[slot]] = answer
    row["missing"] = mask
    return row


def response_from_row(row: Mapping[str, Any], items: int) -> Response:
    """The response in a row of an instrument with that many items."""
    return Response(
        **{column: row[column] for column in _SAME_COLUMNS},
        answers=tuple(_answer(row, slot) for slot in range(items)),
        about={field: row[field] for field in ABOUT if row[field] is not None},
    )


def _answer(row: Mapping[str, Any], slot: int) -> Answer:
    level = row[SLOT_COLUMNS[slot]]
    if level is not None:
        return int(level)
    return NotAnswered((row["missing"] >> (BITS_PER_SLOT * slot)) & 0b11)


def stored_digests(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, str]:
    """The payload digest of each of these uuids that is already stored, or was and has been erased."""
    return dict(_DIGESTS.rows(connection, ids))


def is_same_payload(stored: str | None, sent: str) -> bool:
    """Whether a payload is the one that is stored under its uuid, by their digests."""
    return stored in (sent, RESTORED_DIGEST)


def find_responses(connection: Connection, ids: Sequence[UUID], catalogue: Catalogue) -> list[Response]:
    """Those of these responses that are stored, in no order."""
    rows = connection.execute(select(response).where(response.c.id.in_(ids))).mappings()
    found = ((row, catalogue.get(row["instrument"], row["version"])) for row in rows)
    return [response_from_row(dict(row), len(instrument.items)) for row, instrument in found if instrument is not None]


def iterate_responses(connection: Connection, catalogue: Catalogue) -> Iterator[Response]:
    """Every stored response in the order of arrival in its tab, streamed, with its quality flags."""
    flags = _quality_flags(connection)
    query = select(response).join(outbox, outbox.c.response_id == response.c.id).order_by(outbox.c.tab_id, outbox.c.seq)
    for row in connection.execute(query, execution_options={"yield_per": 1_000}).mappings():
        instrument = catalogue.get(row["instrument"], row["version"])
        if instrument is not None:
            yield replace(response_from_row(dict(row), len(instrument.items)), flags=tuple(flags[row["id"]]))


def _quality_flags(connection: Connection) -> defaultdict[UUID, list[str]]:
    """The quality flags of the few responses that have any."""
    found: defaultdict[UUID, list[str]] = defaultdict(list)
    query = select(response_flag).where(response_flag.c.flag.in_(QUALITY_FLAGS)).order_by(response_flag.c.flag)
    for row in connection.execute(query):
        found[row.response_id].append(row.flag)
    return found


def insert_responses(connection: Connection, values: Sequence[Response]) -> None:
    """Insert new responses; the caller has made sure that none of their uuids is stored."""
    _INSERT.run(connection, [response_row(value) for value in values])


def keep_conflict(connection: Connection, value: Response, payload: str, received_at: int) -> None:
    """Keep another payload that came under a stored uuid; the same one twice is kept once."""
    statement = upsert(connection, response_conflict).values(
        response_id=value.id,
        payload_sha256=value.payload_sha256,
        device_id=value.device_id,
        payload=payload,
        received_at=received_at,
    )
    connection.execute(statement.on_conflict_do_nothing())


def keep_flags(connection: Connection, values: Sequence[Response], watch: RepeatWatch) -> None:
    """Note what is noticed of new responses, in the order they came; `watch` knows those before."""
    flagged = [{"response_id": value.id, "flag": flag} for value in values for flag in flags_of(value)]
    flagged += [{"response_id": value.id, "flag": "repeated"} for value in values if watch.is_repeated(value)]
    _FLAG.run(connection, flagged)


def freeze_instrument(connection: Connection, instrument: Instrument, language: str) -> None:
    """Note what an instrument measures and how it is worded in this language, now that someone answered it."""
    _freeze(connection, instrument, f"wording:{language}")


def freeze_self_rating(connection: Connection, instrument: Instrument, language: str) -> None:
    """The same of its form for clinicians and leads, now that one of them rated."""
    _freeze(connection, instrument, f"self_rating:{language}")


def _freeze(connection: Connection, instrument: Instrument, worded: str) -> None:
    fingerprints = instrument.fingerprints()
    parts = [part for part in ("measure", worded) if part in fingerprints]
    key = {"instrument": instrument.id, "version": instrument.version}
    connection.execute(
        upsert(connection, instrument_part).on_conflict_do_nothing(),
        [{**key, "part": part, "fingerprint": fingerprints[part]} for part in parts],
    )
    connection.execute(
        upsert(connection, instrument_item).on_conflict_do_nothing(),
        [{**key, "slot": slot, "item": item} for slot, item in enumerate(instrument.item_ids, start=1)],
    )
