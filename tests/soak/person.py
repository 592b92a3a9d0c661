"""A person who is at the spreadsheet while the mirror writes: sorts, deletes, inserts, copies, renames."""

import contextlib
import random
from collections import Counter

import gspread
import requests

from tests.sheets_server.client import loopback_client

NOTE = "a note of my own"
OWN_TABS = ("My tab 1", "My tab 2", "My tab 3")
OWN_CELLS = (500, 20)
BOOKS = ("book-1", "book-2", "book-3")
DEEDS = (
    "sort", "delete rows", "insert rows", "copy row", "note below", "insert column", "delete column", "rename",
)  # fmt: skip
FAILURES = (gspread.exceptions.GSpreadException, requests.RequestException, OSError, ValueError)


class Person:
    """Does one thing after the other, the same ones for the same seed; what fails is not tried again."""

    def __init__(self, url: str, seed: int) -> None:
        self.deeds: Counter[str] = Counter()
        self.rooms_made = 0
        self._random = random.Random(seed)
        self._client = loopback_client(url, timeout=30)
        for name in BOOKS:
            for title in OWN_TABS:
                self._client.open_by_key(name).add_worksheet(title, *OWN_CELLS)

    def make_room(self) -> None:
        """Delete a tab that nobody needs, as the mirror asks where a spreadsheet is too full to put a tab right."""
        for name in BOOKS:
            with contextlib.suppress(*FAILURES):
                book = self._client.open_by_key(name)
                own = [tab for tab in book.worksheets() if tab.title in OWN_TABS]
                for tab in own[:1]:
                    book.del_worksheet(tab)
                    self.rooms_made += 1

    def do_something(self) -> bool:
        """One deed in one of the mirror's data tabs; False when there is none yet or it failed."""
        with contextlib.suppress(*FAILURES):
            book = self._client.open_by_key(self._random.choice(["book-1", "book-1", "book-2"]))
            tabs = [tab for tab in book.worksheets() if tab.get("A1:A1") == [["id"]]]
            if not tabs:
                return False
            deed = self._random.choice(self._not_done() or DEEDS)
            getattr(self, "_" + deed.replace(" ", "_"))(self._random.choice(tabs))
            self.deeds[deed] += 1
            return True
        return False

    def _not_done(self) -> list[str]:
        """Each is done once before one is done again."""
        return [deed for deed in DEEDS if not self.deeds[deed]]

    def _rows(self, tab: gspread.Worksheet) -> int:
        return max(len(tab.col_values(1)), 3)

    def _sort(self, tab: gspread.Worksheet) -> None:
        column = self._random.randint(1, 12)
        tab.sort((column, self._random.choice(["asc", "des"])), range=f"A2:{'Z'}{self._rows(tab)}")

    def _delete_rows(self, tab: gspread.Worksheet) -> None:
        first = self._random.randint(2, self._rows(tab) - 1)
        tab.delete_rows(first, min(first + self._random.randint(0, 20), tab.row_count - 2))

    def _insert_rows(self, tab: gspread.Worksheet) -> None:
        tab.insert_rows([[NOTE], []], row=self._random.randint(2, self._rows(tab)))

    def _copy_row(self, tab: gspread.Worksheet) -> None:
        copied = tab.row_values(self._random.randint(2, self._rows(tab) - 1), value_render_option="UNFORMATTED_VALUE")
        tab.insert_row(copied, self._random.randint(2, self._rows(tab)))

    def _note_below(self, tab: gspread.Worksheet) -> None:
        tab.update([[NOTE]], f"A{self._rows(tab) + self._random.randint(1, 30)}")

    def _insert_column(self, tab: gspread.Worksheet) -> None:
        tab.insert_cols([["mine", NOTE]], col=self._random.randint(1, 12))

    def _delete_column(self, tab: gspread.Worksheet) -> None:
        tab.delete_columns(self._random.randint(1, 12))

    def _rename(self, tab: gspread.Worksheet) -> None:
        tab.update_title(f"Mine {self._random.randint(0, 10**9)}")
