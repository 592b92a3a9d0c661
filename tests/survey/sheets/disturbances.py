"""What a person does to a tab between two rounds, in the loopback server's grid."""

from tests.sheets_server.client import loopback_client


class Person:
    """Somebody who works in the spreadsheet with a client of their own."""

    def __init__(self, sheets, title):
        self._book = loopback_client(sheets.url).open_by_key("book-1")
        self._title = title

    @property
    def tab(self):
        """The tab, as it is now."""
        return self._book.worksheet(self._title)

    def sort(self, column, order="des"):
        """Sort the rows below the header."""
        rows, columns = self.tab.row_count, self.tab.col_count
        self._book.batch_update({"requests": [{"sortRange": {
            "range": {"sheetId": self.tab.id, "startRowIndex": 1, "endRowIndex": rows, "endColumnIndex": columns},
            "sortSpecs": [{"dimensionIndex": column, "sortOrder": "DESCENDING" if order == "des" else "ASCENDING"}],
        }}]})  # fmt: skip

    def note(self, cell, text):
        """Write something of their own."""
        self.tab.update([[text]], cell)
