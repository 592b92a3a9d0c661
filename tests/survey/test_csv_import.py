"""Answers of other systems: import of what was rendered gives the same answers, bad rows are told, twice is once."""

import csv
import io
import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.csv_import import ImportFileError, import_csv
from survey.csv_mapping import MappingError, read_mapping
from survey.instrument import load_catalogue
from survey.response import NotAnswered
from survey.store import Store
from survey.store.responses import iterate_responses
from survey.store.status import read_status
from tests.samples import small_roster
from tests.server_process import ROOT, ServerProcess

ITEMS = ("q1", "q2", "q3", "q4", "q5")
MAPPING = """
source = "synthetic survey"
instrument = "compassion-5"
version = "2019"
record_id = "id"
unit = {column = "ward", codes = {Cardio = "u-1"}}
clinician = {column = "doctor"}
time = {column = "date", format = "%d/%m/%Y %H:%M", zone = "Europe/Madrid"}
language = {value = "en"}
comment = {column = "remark"}
about.age_band = {column = "age"}
codes = {Always = 4, Usually = 3, Sometimes = 2, Never = 1, "N/A" = "not_applicable", Refused = "prefer_not"}
items = {q1 = {column = "q1"}, q2 = {column = "q2"}, q3 = {column = "q3"}, q4 = {column = "q4"}, q5 = {column = "q5"}}
"""
HEADER = ["id", "ward", "doctor", "date", "remark", "age", *ITEMS]
GOOD = ["1", "Cardio", "c-1", "01/03/2026 00:30", "kind\nand quick", "45-54", "Always", "N/A", "", "Never", "Usually"]


def rendered(rows, *, encoding="utf-8", delimiter=","):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def run(store, tmp_path, content, mapping=MAPPING, **options):
    (tmp_path / "map.toml").write_text(mapping)
    (tmp_path / "answers.csv").write_bytes(content)
    rejections = []
    plan, instrument = read_mapping(tmp_path / "map.toml", store.catalogue)
    report = import_csv(store, tmp_path / "answers.csv", plan, instrument, on_reject=rejections.append, **options)
    return report, rejections


def counted(report):
    return report.stored, report.already_there, report.conflicting, report.rejected


def stored(store):
    with store.reading() as connection:
        return list(iterate_responses(connection, store.catalogue))


def changed(**cells):
    return [cells.get(name, cell) for name, cell in zip(HEADER, GOOD, strict=True)]


def test_a_row_is_stored_once_and_another_row_under_its_id_conflicts(store, tmp_path):
    content = rendered([HEADER, GOOD])
    assert counted(run(store, tmp_path, content, dry_run=True)[0]) == (1, 0, 0, 0)
    assert stored(store) == []
    assert counted(run(store, tmp_path, content)[0]) == (1, 0, 0, 0)
    (found,) = stored(store)
    assert found.answers == (4, NotAnswered.not_applicable, NotAnswered.skipped, 1, 3)
    assert (found.unit_id, found.clinician_id, found.mode, found.comment) == ("u-1", "c-1", "import", GOOD[4])
    assert found.day.isoformat() == "2026-02-28"  # half past midnight in Madrid, still February in UTC
    for altered in (changed(q1="Never"), changed(ward="u-2")):
        again = rendered([HEADER, GOOD, altered])
        assert counted(run(store, tmp_path, again, dry_run=True)[0]) == (0, 1, 1, 0)
        assert counted(run(store, tmp_path, again)[0]) == (0, 1, 1, 0)
    with store.reading() as connection:
        status = read_status(connection)
    assert (status.responses, status.outbox, status.tallies_n, status.conflicts) == (1, 1, 1, 2)


def test_every_bad_row_is_told_by_line_and_column(sqlite_store, tmp_path):
    rows = [
        HEADER, GOOD, changed(id="2", ward="Nowhere"), GOOD[:-1], changed(id="", q1="=1+1"),
        changed(id="5", date="2026-03-01"), changed(id="6", doctor="c-9"), changed(id="7", remark="a\0b"),
        changed(id="8", remark="x" * 10_000_000), changed(id="9", date="29/03/2026 02:30"), changed(id="10"),
    ]  # fmt: skip
    content = rendered(rows)
    report, rejections = run(sqlite_store, tmp_path, content)
    assert counted(report) == (2, 0, 0, 8)
    # Every row takes two lines: its remark has a line break in it, unless it was changed.
    assert [(each.line, each.column) for each in rejections] == [
        (4, "ward"), (6, ""), (8, "id"), (8, "q1"), (10, "date"), (12, "doctor"), (14, ""), (15, "remark"),
        (16, "date"),
    ]  # fmt: skip
    assert all(each.problem and len(each.problem) < 300 for each in rejections)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "windows-1252"])
def test_encodings_and_separators(sqlite_store, tmp_path, encoding):
    name = encoding.removesuffix("-sig")
    mapping = f'encoding = "{name}"\nseparator = ";"\n{MAPPING}'
    content = rendered([HEADER, changed(remark="señal")], encoding=encoding, delimiter=";")
    assert counted(run(sqlite_store, tmp_path, content, mapping)[0]) == (1, 0, 0, 0)
    assert stored(sqlite_store)[0].comment == "señal"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"id,ward\n", "has no column 'doctor'"),
        (rendered([[*HEADER, "id"]]), "has 2 columns 'id'"),
        (b"\xff\xfe\x00", "is not utf-8 text"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence(sqlite_store, tmp_path, content, sentence):
    with pytest.raises(ImportFileError, match=sentence):
        run(sqlite_store, tmp_path, content)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("q5 = {", "q9 = {", r"map.toml: items.q9: is not an item"),
        ("Always = 4", "Always = 9", r"map.toml: codes: 9 is not one of"),
        ("Europe/Madrid", "Mars/Base", r"map.toml: time.*no time zone"),
        ('source = "synthetic survey"', "", r"map.toml: source: Field required"),
        ("about.age_band", "about.shoe", r"map.toml: about.shoe: is not known"),
        ("compassion-5", "none", r"map.toml: instrument: none 2019 is not known"),
        ("source =", "source", r"map.toml: is not TOML"),
    ],
)
def test_a_wrong_mapping_names_file_key_and_problem(tmp_path, catalogue, before, after, sentence):
    (tmp_path / "map.toml").write_text(MAPPING.replace(before, after))
    with pytest.raises(MappingError, match=sentence):
        read_mapping(tmp_path / "map.toml", catalogue)


answer = st.one_of(st.integers(1, 4), st.sampled_from(["skipped", "not_applicable", "prefer_not", "not_reached"]))


@settings(max_examples=25)
@given(
    st.lists(st.tuples(*[answer] * 5), min_size=1, max_size=8),
    st.permutations(HEADER[1:]),
    st.lists(st.text("abcxyzÄ ;,\"'=\n", min_size=1).map(str.strip), min_size=8, max_size=8, unique=True),
    st.booleans(),
)
def test_import_gives_back_what_was_rendered(sheets, columns, words, with_id):
    meanings = [1, 2, 3, 4, "skipped", "not_applicable", "prefer_not", "not_reached"]
    codes = dict(zip(words, meanings, strict=True))
    table = ", ".join(f"{json.dumps(word, ensure_ascii=False)} = {json.dumps(value)}" for word, value in codes.items())
    mapping = "\n".join(f"codes = {{{table}}}" if line.startswith("codes") else line for line in MAPPING.splitlines())
    if not with_id:
        mapping = mapping.replace('record_id = "id"\n', "")
    word_of = {value: word for word, value in codes.items()}
    rows = [
        changed(id=str(number)) [:6] + [word_of[value] for value in sheet] for number, sheet in enumerate(sheets)
    ]  # fmt: skip
    order = ["id", *columns]
    content = rendered([order, *([row[HEADER.index(name)] for name in order] for row in rows)])
    with tempfile.TemporaryDirectory() as folder:
        store = Store(f"sqlite:///{folder}/compati.db", load_catalogue()).open()
        small_roster(store)
        assert counted(run(store, Path(folder), content, mapping)[0]) == (len(sheets), 0, 0, 0)
        assert counted(run(store, Path(folder), content, mapping)[0]) == (0, len(sheets), 0, 0)
        wanted = [tuple(NotAnswered[each] if isinstance(each, str) else each for each in sheet) for sheet in sheets]
        assert sorted(response.answers for response in stored(store)) == sorted(wanted)
        store.close()


def test_same_rows_without_an_id_are_as_many_as_stand_in_the_file(sqlite_store, tmp_path):
    mapping = MAPPING.replace('record_id = "id"', "")
    assert counted(run(sqlite_store, tmp_path, rendered([HEADER, GOOD, GOOD]), mapping)[0]) == (2, 0, 0, 0)
    assert counted(run(sqlite_store, tmp_path, rendered([HEADER, GOOD, GOOD, GOOD]), mapping)[0]) == (1, 2, 0, 0)


def test_a_killed_import_is_finished_by_the_next_exactly_once(tmp_path):
    installation = ServerProcess(tmp_path)
    installation.prepare()
    rows = 12_000
    (tmp_path / "map.toml").write_text(MAPPING)
    (tmp_path / "answers.csv").write_bytes(rendered([HEADER, *(changed(id=str(each)) for each in range(rows))]))
    arguments = ["import", str(tmp_path / "answers.csv"), "--mapping", str(tmp_path / "map.toml"), "--json"]
    process = subprocess.Popen([sys.executable, "-m", "survey", *arguments], cwd=ROOT, env=installation._environment)
    store = installation.open_store()

    def count():
        with store.reading() as connection:
            status = read_status(connection)
        return status.responses, status.outbox, status.tallies_n

    while process.poll() is None and not count()[0]:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    before = count()
    assert 0 < before[0] < rows, "the kill did not fall into the import"
    again = installation.cli(*arguments)
    assert (again.returncode, again.stderr) == (0, "")
    told = json.loads(again.stdout)
    assert (told["stored"], told["already_there"]) == (rows - before[0], before[0])
    assert count() == (rows, rows, rows)
    store.close()


def test_the_command_tells_rejects_and_its_exit_code_is_honest(tmp_path):
    installation = ServerProcess(tmp_path)
    installation.prepare()
    (tmp_path / "map.toml").write_text(MAPPING)
    (tmp_path / "answers.csv").write_bytes(rendered([HEADER, GOOD, changed(id="2", q1="Maybe")]))
    arguments = ["import", str(tmp_path / "answers.csv"), "--mapping", str(tmp_path / "map.toml")]
    told = installation.cli(*arguments, "--dry-run")
    assert (told.returncode, told.stderr) == (1, "Line 4, q1: 'Maybe' is not one of the codes.\n")
    done = installation.cli(*arguments, "--json", "--rejects", str(tmp_path / "rejects.csv"))
    assert done.returncode == 1
    assert json.loads(done.stdout)["stored"] == 1
    assert "4,q1," in (tmp_path / "rejects.csv").read_text(encoding="utf-8-sig")
    missing = installation.cli("import", str(tmp_path / "none.csv"), "--mapping", str(tmp_path / "map.toml"))
    assert (missing.returncode, "Traceback" in missing.stderr) == (1, False)
    assert "cannot be read" in missing.stderr
