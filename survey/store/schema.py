"""The store's tables. `migrations/` brings a database to this state; a test holds the two to each other."""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)

from survey.instrument import MAX_ITEMS, MAX_LEVELS
from survey.response import NotAnswered

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)

SLOT_COLUMNS: Final = tuple(f"q{slot:02d}" for slot in range(1, MAX_ITEMS + 1))
LEVEL_COLUMNS: Final = tuple(f"l{level:02d}" for level in range(MAX_LEVELS))
MISSING_COLUMNS: Final = tuple(way.name for way in NotAnswered)
PRODUCT_COLUMNS: Final = tuple(f"x{slot:02d}" for slot in range(1, MAX_ITEMS + 1))
# What a row of `tally_item` counts, in this order.
ITEM_COUNTS: Final = (*LEVEL_COLUMNS, *MISSING_COLUMNS, "complete_sum", *PRODUCT_COLUMNS)

Id = String(64)

# What kind of store this is: `demo` holds the seed of synthetic data, in a demo store only.
store_fact = Table("store_fact", metadata, Column("key", String(40), primary_key=True), Column("value", Text))

# The roster -------------------------------------------------------------------------------------------------------

program = Table(
    "program", metadata, Column("id", Id, primary_key=True), Column("name", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)  # fmt: skip

unit = Table(
    "unit", metadata, Column("id", Id, primary_key=True), Column("name", Text, nullable=False),
    Column("program_id", ForeignKey("program.id"), nullable=False), Column("active", Boolean, nullable=False),
)  # fmt: skip

clinician = Table(
    "clinician", metadata, Column("id", Id, primary_key=True), Column("name", Text, nullable=False),
    Column("unit_id", ForeignKey("unit.id"), nullable=False), Column("email", Text),
    Column("stage", String(40)), Column("active", Boolean, nullable=False),
)  # fmt: skip

# Leads, moderators and administrators. `program_id` is empty for roles that are not of one program.
staff = Table(
    "staff", metadata, Column("role", String(16), primary_key=True), Column("id", Id, primary_key=True),
    Column("program_id", Id, primary_key=True), Column("name", Text, nullable=False),
    Column("email", Text, nullable=False), Column("active", Boolean, nullable=False),
)  # fmt: skip

device = Table(
    "device", metadata, Column("id", Id, primary_key=True), Column("name", Text, nullable=False),
    Column("unit_id", ForeignKey("unit.id"), nullable=False),
    Column("token_sha256", String(64), nullable=False, unique=True),
    Column("created_at", BigInteger, nullable=False), Column("revoked_at", BigInteger),
    Column("kind", String(16), nullable=False, server_default="kiosk"),
)  # fmt: skip

# A link that lets one visit in; only its hash is stored, and nothing that says which visit it was.
visit_link = Table(
    "visit_link", metadata, Column("link_sha256", String(64), primary_key=True),
    Column("device_id", ForeignKey("device.id"), nullable=False, index=True),
    Column("expires_at", BigInteger, nullable=False),
    Column("answered", Boolean, nullable=False), Column("declined", Boolean, nullable=False),
)  # fmt: skip

# Instruments that have collected answers --------------------------------------------------------------------------

# One row for what an instrument measures and one for each language answered in: these must not change any more.
instrument_part = Table(
    "instrument_part", metadata, Column("instrument", String(40), primary_key=True),
    Column("version", String(16), primary_key=True), Column("part", String(40), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
)  # fmt: skip

# Which item stands in which of a response's slots.
instrument_item = Table(
    "instrument_item", metadata, Column("instrument", String(40), primary_key=True),
    Column("version", String(16), primary_key=True), Column("slot", SmallInteger, primary_key=True),
    Column("item", String(16), nullable=False),
)  # fmt: skip

# Responses --------------------------------------------------------------------------------------------------------

# Wide and typed: a level in its slot, or NULL and two bits in `missing` that say which way of not answering.
response = Table(
    "response", metadata,
    Column("id", Uuid, primary_key=True),
    Column("instrument", String(40), nullable=False), Column("version", String(16), nullable=False),
    Column("language", String(16), nullable=False), Column("mode", String(16), nullable=False),
    Column("respondent", String(16), nullable=False),
    Column("device_id", Id, nullable=False), Column("unit_id", Id, nullable=False), Column("clinician_id", Id),
    Column("day", Date, nullable=False), Column("seconds", Integer, nullable=False),
    *(Column(slot, SmallInteger) for slot in SLOT_COLUMNS),
    Column("missing", BigInteger, nullable=False),
    Column("age_band", String(16)), Column("self_rated_health", String(16)), Column("education", String(16)),
    Column("comment", Text),
    Column("payload_sha256", String(64), nullable=False),
    # Few responses have a comment, and only those are looked for.
    Index(
        "ix_response_comment", "clinician_id",
        sqlite_where=text("comment IS NOT NULL"), postgresql_where=text("comment IS NOT NULL"),
    ),
)  # fmt: skip

# Another payload under a uuid that was already taken: kept for staff, the first one stands.
response_conflict = Table(
    "response_conflict", metadata, Column("response_id", Uuid, primary_key=True),
    Column("payload_sha256", String(64), primary_key=True), Column("device_id", Id, nullable=False),
    Column("payload", Text, nullable=False), Column("received_at", BigInteger, nullable=False),
)  # fmt: skip

# A response that was erased: its uuid stays taken, so that a device that sends it again does not bring it back.
erasure = Table(
    "erasure", metadata, Column("response_id", Uuid, primary_key=True),
    Column("payload_sha256", String(64), nullable=False), Column("erased_at", BigInteger, nullable=False),
)  # fmt: skip

# What a moderator decided about a response's comment. `text` is what may be shown instead of it, if it was redacted.
comment_review = Table(
    "comment_review", metadata, Column("response_id", Uuid, primary_key=True),
    Column("decision", String(10), nullable=False), Column("text", Text), Column("thanks", Boolean, nullable=False),
    Column("reviewer", Text, nullable=False), Column("reviewed_at", BigInteger, nullable=False),
)  # fmt: skip

# A month in which a clinician changed something, to see before and after; yyyymm.
marked_change = Table(
    "marked_change", metadata, Column("clinician_id", Id, primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False), Column("marked_at", BigInteger, nullable=False),
)  # fmt: skip

# What a clinician or lead expects patients of this program to answer, once a month (yyyymm); no finer time is kept.
self_rating = Table(
    "self_rating", metadata, Column("role", String(16), primary_key=True), Column("person_id", Id, primary_key=True),
    Column("program_id", Id, primary_key=True), Column("instrument", String(40), primary_key=True),
    Column("version", String(16), primary_key=True), Column("month", Integer, primary_key=True, autoincrement=False),
    Column("language", String(16), nullable=False), *(Column(slot, SmallInteger) for slot in SLOT_COLUMNS),
    Index("ix_self_rating_program", "program_id", "instrument", "version", "role"),
)  # fmt: skip

# What the server noticed of a response: `harm` (its comment mentions harm), `too_fast`, `repeated`.
# Never a reason to drop it.
response_flag = Table(
    "response_flag", metadata, Column("response_id", Uuid, primary_key=True),
    Column("flag", String(16), primary_key=True),
)  # fmt: skip

# Who was asked and would rather not answer: the other part of the response rate's denominator.
decline = Table(
    "decline", metadata, Column("id", Uuid, primary_key=True), Column("unit_id", Id, nullable=False),
    Column("instrument", String(40), nullable=False), Column("version", String(16), nullable=False),
    Column("language", String(16), nullable=False), Column("mode", String(16), nullable=False),
    Column("month", Integer, nullable=False),
    Index("ix_decline_unit", "instrument", "version", "unit_id", "month"),
)  # fmt: skip

# How a unit's kiosks ask. A unit without a row has the defaults of `survey.store.unit_settings`.
unit_setting = Table(
    "unit_setting", metadata, Column("unit_id", ForeignKey("unit.id"), primary_key=True),
    Column("paused", Boolean, nullable=False), Column("idle_seconds", Integer, nullable=False),
    Column("keep_partial", Boolean, nullable=False), Column("help_line", Text),
    Column("pin_salt", String(64)), Column("pin_iterations", Integer), Column("pin_sha256", String(64)),
)  # fmt: skip

# A code that registers one device, once, for a short time; only its hash is stored.
enrolment = Table(
    "enrolment", metadata, Column("code_sha256", String(64), primary_key=True),
    Column("unit_id", ForeignKey("unit.id"), nullable=False), Column("name", Text, nullable=False),
    Column("expires_at", BigInteger, nullable=False), Column("used_at", BigInteger),
)  # fmt: skip

# The mirror -------------------------------------------------------------------------------------------------------

# One tab of the mirror per instrument version and year; `next_seq` is the sequence number of its next response.
mirror_tab = Table(
    "mirror_tab", metadata, Column("id", Integer, primary_key=True),
    Column("instrument", String(40), nullable=False), Column("version", String(16), nullable=False),
    Column("year", SmallInteger, nullable=False), Column("next_seq", BigInteger, nullable=False),
    UniqueConstraint("instrument", "version", "year"),
)  # fmt: skip

# Where a tab's rows are: part 1 begins with `first_seq` 1, the next one with the first response it holds. `repairs`
# counts how often its rows or columns were put right.
mirror_part = Table(
    "mirror_part", metadata, Column("tab_id", ForeignKey("mirror_tab.id"), primary_key=True),
    Column("number", SmallInteger, primary_key=True), Column("first_seq", BigInteger, nullable=False),
    Column("spreadsheet", Text, nullable=False), Column("sheet_id", BigInteger, nullable=False),
    Column("repairs", Integer, nullable=False, server_default="0"),
)  # fmt: skip

# Each response's place in its tab, dense from 1. `queued_at` (when it was received) is forgotten once delivered.
# `turn` counts how often it became due: what was written in an earlier turn does not count as delivered.
outbox = Table(
    "outbox", metadata, Column("tab_id", ForeignKey("mirror_tab.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True), Column("response_id", Uuid, nullable=False, unique=True),
    Column("state", String(10), nullable=False), Column("turn", Integer, nullable=False, server_default="0"),
    Column("queued_at", BigInteger), Column("problem", Text),
    Index("ix_outbox_state", "state", "tab_id", "seq"),
)  # fmt: skip

mirror_lease = Table(
    "mirror_lease", metadata, Column("name", String(40), primary_key=True), Column("holder", Text, nullable=False),
    Column("fence", BigInteger, nullable=False), Column("expires_at", BigInteger, nullable=False),
)  # fmt: skip

# Tallies ----------------------------------------------------------------------------------------------------------

# A cell at level "clinician" is one clinician's ("" where the patient was not sure); at level "unit" it is all of a
# unit's responses ("*"), so that a program's view reads few rows. At level "adjusters" it is all of a unit's responses,
# whatever their mode and respondent ("*"): those are strata there, so that cells do not multiply.
tally_cell = Table(
    "tally_cell", metadata, Column("id", Integer, primary_key=True),
    Column("level", String(10), nullable=False), Column("unit_id", Id, nullable=False),
    Column("clinician_id", Id, nullable=False), Column("month", Integer, nullable=False),
    Column("instrument", String(40), nullable=False), Column("version", String(16), nullable=False),
    Column("mode", String(16), nullable=False), Column("respondent", String(16), nullable=False),
    Column("revision", BigInteger, nullable=False, server_default="0", index=True),
    UniqueConstraint(
        "level", "instrument", "version", "unit_id", "clinician_id", "month", "mode", "respondent",
        name="uq_tally_cell_key",
    ),
    Index("ix_tally_cell_clinician", "clinician_id"),
)  # fmt: skip

# One row. `revision` grows with each change of tallies and each cell keeps that of its last change; `generation` grows
# when all cells were made anew.
tally_state = Table(
    "tally_state", metadata, Column("id", Integer, primary_key=True),
    Column("revision", BigInteger, nullable=False), Column("generation", BigInteger, nullable=False),
)  # fmt: skip

tally_score = Table(
    "tally_score", metadata, Column("cell_id", Integer, primary_key=True, autoincrement=False),
    Column("answered", SmallInteger, primary_key=True), Column("total", SmallInteger, primary_key=True),
    Column("c", BigInteger, nullable=False), sqlite_with_rowid=False,
)  # fmt: skip

tally_item = Table(
    "tally_item", metadata, Column("cell_id", Integer, primary_key=True, autoincrement=False),
    Column("slot", SmallInteger, primary_key=True),
    *(
        Column(name, BigInteger, nullable=False)
        for name in ITEM_COUNTS
    ),
    sqlite_with_rowid=False,
)  # fmt: skip

# Counts one stratum at a time, by score, and two strata at a time, of scored responses. A stratum is `language=es`.
tally_stratum = Table(
    "tally_stratum", metadata, Column("cell_id", Integer, primary_key=True, autoincrement=False),
    Column("stratum", String(64), primary_key=True),
    Column("answered", SmallInteger, primary_key=True), Column("total", SmallInteger, primary_key=True),
    Column("c", BigInteger, nullable=False), sqlite_with_rowid=False,
)  # fmt: skip

tally_pair = Table(
    "tally_pair", metadata, Column("cell_id", Integer, primary_key=True, autoincrement=False),
    Column("one", String(64), primary_key=True), Column("other", String(64), primary_key=True),
    Column("c", BigInteger, nullable=False), sqlite_with_rowid=False,
)  # fmt: skip

# The append-only record of looks at a person's results and changes of set-up --------------------------------------

audit = Table(
    "audit", metadata, Column("id", Integer, primary_key=True), Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False), Column("action", String(40), nullable=False),
    Column("subject", Text, nullable=False), Column("detail", Text),
)  # fmt: skip
