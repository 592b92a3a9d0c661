import csv
import io

import pytest


@pytest.fixture
def write(tmp_path):
    """Writes rows, with a header, and gives the file's path."""

    def write_rows(header, rows, name="data.csv"):
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        path = tmp_path / name
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        return str(path)

    return write_rows
