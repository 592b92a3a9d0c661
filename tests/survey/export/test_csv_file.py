import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.export import ExportError, neutralise_formula
from survey.export.csv_file import write_csv
from survey.store.responses import iterate_responses
from tests.samples import response


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_response_is_a_row_with_its_answers_by_item(tmp_path, catalogue):
    values = [response(catalogue, comment="=1+1"), response(catalogue, clinician=None, answers={"q1": 1})]
    assert write_csv(tmp_path / "out.csv", values, [catalogue.default], comments=True) == 2
    first, second = read(tmp_path / "out.csv")
    assert first["id"] == str(values[0].id)
    assert [first[f"q{item}"] for item in range(1, 6)] == ["4", "not_applicable", "3", "4", "skipped"]
    assert (first["age_band"], first["day"], first["unit"], first["clinician"]) == ("45-54", "2026-11-20", "u-1", "c-1")
    assert first["comment"] == "'=1+1"
    assert (second["clinician"], second["q2"]) == ("", "not_reached")


def test_flags_of_quality_are_written_and_mentions_of_harm_are_not(tmp_path, sqlite_store):
    for number in range(3):
        hasty = response(
            sqlite_store.catalogue, comment="I want to end my life.",
            started_at="2026-11-20T09:00:00Z", finished_at=f"2026-11-20T09:00:0{number // 2}Z",
        )  # fmt: skip
        sqlite_store.submit(hasty, "{}").result(timeout=30)
    with sqlite_store.reading() as connection:
        values = list(iterate_responses(connection, sqlite_store.catalogue))
    write_csv(tmp_path / "out.csv", values, [sqlite_store.catalogue.default], comments=False)
    assert [row["flags"] for row in read(tmp_path / "out.csv")] == ["too_fast", "too_fast", "repeated too_fast"]


def test_comments_are_written_only_when_asked_for(tmp_path, catalogue):
    write_csv(tmp_path / "out.csv", [response(catalogue, comment="secret")], [catalogue.default], comments=False)
    assert "secret" not in (tmp_path / "out.csv").read_text()


@given(st.text(max_size=20))
def test_no_text_begins_like_a_formula(text):
    safe = neutralise_formula(text)
    assert not safe.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe in (text, f"'{text}")


def test_a_file_that_cannot_be_written_is_told(tmp_path, catalogue):
    with pytest.raises(ExportError, match="cannot be written"):
        write_csv(tmp_path / "no" / "out.csv", [], [catalogue.default], comments=False)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path, catalogue):
    def breaking():
        yield response(catalogue)
        raise OSError(28, "No space left on device")

    with pytest.raises(ExportError, match="No space left"):
        write_csv(tmp_path / "out.csv", breaking(), [catalogue.default], comments=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "/", "/dev/full"])
def test_what_is_no_file_is_told(name, catalogue):
    with pytest.raises(ExportError, match="is no file to write to"):
        write_csv(Path(name), [], [catalogue.default], comments=False)
