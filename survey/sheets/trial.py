"""Trying a connection before one relies on it: step by step, with what to do where a step fails."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from survey.sheets.books import Books, Sheet
from survey.sheets.changes import add_tab, write_cells
from survey.sheets.client import AccessLostError, MirrorError, SheetsClient, SheetsConnection
from survey.sheets.opening import new_sheet_id

TEST_TITLE: Final = "Compati test"
_SECONDS: Final = 15


@dataclass(frozen=True)
class Step:
    """One thing that was tried. `words` say what was seen, or what is wrong and what to do."""

    name: str
    passed: bool
    words: str


def send_test_row(connection: SheetsConnection, now: datetime) -> list[Step]:
    """Open the spreadsheet, write a row into a tab of its own and read it back; ends with the first step that fails."""
    steps: list[Step] = []

    def attempt(name: str, work: Callable[[], str]) -> bool:
        try:
            steps.append(Step(name, True, work()))
        except MirrorError as error:
            steps.append(Step(name, False, _advice(error, connection)))
        return steps[-1].passed

    row = [f"Test row of {now:%Y-%m-%d %H:%M:%S} UTC"]
    holder: list[SheetsClient] = []
    books: list[Books] = []

    def sign_in() -> str:
        quick = SheetsConnection(connection.spreadsheet, connection.service_account, connection.api_base, _SECONDS)
        holder.append(SheetsClient(quick, wait=_give_up, pace_seconds=0))
        books.append(Books(holder[0]))
        return f"The key of {connection.account_email or 'the test server'} can be read."

    def find() -> str:
        return f"The spreadsheet is {books[0].title(connection.spreadsheet_id)!r}."

    def write() -> str:
        book = connection.spreadsheet_id
        sheet = books[0].titled(book, TEST_TITLE)
        changes = []
        if sheet is None:
            sheet = Sheet(new_sheet_id(), TEST_TITLE, 10, 2)
            changes.append(add_tab(sheet.id, TEST_TITLE, rows=10, columns=2))
        holder[0].change([*changes, write_cells(sheet.id, 1, [row])], book)
        return f"A row was written to the tab {TEST_TITLE!r}."

    def read_back() -> str:
        if holder[0].read([f"'{TEST_TITLE}'!A2"]) != [[row]]:
            raise MirrorError("Another row came back than the one that was written: try again.")
        return "The same row came back. The mirror can work; you may delete that tab."

    for name, work in (("key", sign_in), ("spreadsheet", find), ("write", write), ("read", read_back)):
        if not attempt(name, work):
            break
    return steps


def _give_up(_seconds: float) -> None:
    raise MirrorError("Google does not answer as it should for now: try again in a minute.")


def _advice(error: MirrorError, connection: SheetsConnection) -> str:
    email = connection.account_email
    if isinstance(error, AccessLostError) and "not shared" in str(error) and email:
        return f"{error} Open the spreadsheet in your browser, press Share and add {email} as an editor."
    return str(error)
