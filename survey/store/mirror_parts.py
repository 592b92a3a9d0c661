"""Where the mirror's rows are: the parts of each tab, in which spreadsheet, from which place on."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from survey.store.connection import upsert
from survey.store.outbox import DUE, Tab
from survey.store.schema import mirror_part, outbox, store_fact

_HOME: Final = "mirror_spreadsheet"


@dataclass(frozen=True)
class Part:
    """A run of a tab's places on one sheet: the row of `first_seq` is the first below the header."""

    tab_id: int
    number: int
    first_seq: int
    spreadsheet: str
    sheet_id: int
    repairs: int = 0


def list_parts(connection: Connection, tab: Tab | None = None) -> list[Part]:
    """The parts of a tab, or of all tabs, in their order."""
    query = select(mirror_part).order_by(mirror_part.c.tab_id, mirror_part.c.number)
    if tab is not None:
        query = query.where(mirror_part.c.tab_id == tab.id)
    return [Part(*row) for row in connection.execute(query)]


def keep_part(connection: Connection, part: Part) -> None:
    """Note a new part, or that a part is on another sheet now."""
    where = {"spreadsheet": part.spreadsheet, "sheet_id": part.sheet_id}
    key = {"tab_id": part.tab_id, "number": part.number}
    changed = connection.execute(update(mirror_part).filter_by(**key).values(where))
    if not changed.rowcount:
        connection.execute(insert(mirror_part).values(**key, first_seq=part.first_seq, **where))


def count_repair(connection: Connection, part: Part) -> None:
    """Note that the part was put right once more."""
    mine = (mirror_part.c.tab_id == part.tab_id, mirror_part.c.number == part.number)
    connection.execute(update(mirror_part).where(*mine).values(repairs=part.repairs + 1))


def settle_home(connection: Connection, spreadsheet: str, now: int) -> bool:
    """Have the mirror live in this spreadsheet; True when it lived in another one and everything is due again."""
    fact = store_fact.c.key == _HOME
    home = connection.execute(select(store_fact.c.value).where(fact)).scalar_one_or_none()
    if home == spreadsheet:
        return False
    statement = upsert(connection, store_fact).values(key=_HOME, value=spreadsheet)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": spreadsheet}))
    if home is None:
        return False
    connection.execute(delete(mirror_part))
    connection.execute(update(outbox).values(state=DUE, turn=outbox.c.turn + 1, queued_at=now, problem=None))
    return True
