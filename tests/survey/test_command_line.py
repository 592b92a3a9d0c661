"""`python -m survey` as an administrator calls it: a process of its own, its exit code and its two streams."""

import csv
import json
import sqlite3

import pytest

from survey.store.schema import audit
from tests.samples import ROSTER, response
from tests.server_process import ServerProcess


@pytest.fixture
def installation(tmp_path):
    return ServerProcess(tmp_path)


@pytest.fixture
def with_roster(installation, tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER)
    assert installation.cli("roster", "import", str(tmp_path / "roster.csv")).returncode == 0
    return installation


def told(process):
    """The one sentence of a failed command."""
    assert process.returncode != 0
    assert "Traceback" not in process.stderr
    return process.stderr.strip()


def test_a_device_is_added_listed_and_revoked(with_roster):
    added = json.loads(with_roster.cli("device", "add", "--unit", "u-1", "--name", "Desk", "--json").stdout)
    assert added["unit"] == "u-1"
    assert added["token"]
    listed = with_roster.cli("device", "list", "--json").stdout
    assert added["token"] not in listed
    assert [(each["id"], each["revoked"]) for each in json.loads(listed)["devices"]] == [(added["id"], False)]
    assert with_roster.cli("device", "revoke", added["id"]).returncode == 0
    assert json.loads(with_roster.cli("device", "list", "--json").stdout)["devices"][0]["revoked"] is True


def test_bad_input_is_one_sentence_and_changes_nothing(with_roster, tmp_path):
    bad = tmp_path / "bad.csv"
    bad.write_text(ROSTER + "unit,u-9,Lost,p-404,,\n")
    assert "Row 14: program 'p-404' of unit 'u-9' is unknown" in told(with_roster.cli("roster", "import", str(bad)))
    assert "cannot be read" in told(with_roster.cli("roster", "import", str(tmp_path / "none.csv")))
    assert "Unit 'u-404'" in told(with_roster.cli("device", "add", "--unit", "u-404", "--name", "x"))
    assert "'d-404' is not registered" in told(with_roster.cli("device", "revoke", "d-404"))
    assert "Format 'xls'" in told(with_roster.cli("export", "--format", "xls", "--out", str(tmp_path / "x")))
    assert "No such command" in told(with_roster.cli("nonsense"))
    assert "The store is not empty" in told(with_roster.cli("demo"))
    status = json.loads(with_roster.cli("status", "--json").stdout)
    assert (status["units"], status["devices"], status["responses"], status["demo"]) == (3, 0, 0, False)


def test_a_wrong_setting_is_one_sentence(tmp_path):
    assert "use sqlite or postgresql" in told(ServerProcess(tmp_path, DATABASE_URL="mysql://x").cli("status"))
    assert "small_group" in told(ServerProcess(tmp_path, COMPATI_SMALL_GROUP="3").cli("status"))
    (tmp_path / "secrets.toml").write_text("[sheets")
    assert "secrets file" in told(ServerProcess(tmp_path).cli("status"))


@pytest.mark.parametrize(
    "address",
    ["sqlite+aiosqlite:///x", "postgresql://x:notaport/y", "junk", "sqlite:///{no_database}", "postgresql://x/y"],
)
def test_an_address_of_no_store_is_one_sentence(tmp_path, address):
    (tmp_path / "text").write_text("no database at all, but a text that is long enough to have a header")
    url = address.format(no_database=tmp_path / "text")
    assert told(ServerProcess(tmp_path, DATABASE_URL=url).cli("status")).startswith("Error: ")


@pytest.mark.parametrize("name", ["a b", "a?b", "a%20b", "a#b", "ä"])
def test_the_folder_of_the_store_may_have_any_name(tmp_path, name):
    assert ServerProcess(tmp_path, COMPATI_DATA=str(tmp_path / name)).cli("status").returncode == 0
    assert (tmp_path / name / "compati.db").is_file()


def test_a_store_of_a_newer_version_is_one_sentence(installation, tmp_path):
    assert installation.cli("status").returncode == 0
    (path,) = tmp_path.rglob("*.db")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "another version of Compati" in told(installation.cli("status"))


def test_an_argument_that_is_no_text_is_one_sentence(installation):
    assert "not text in UTF-8" in told(installation.cli("device", "add", "--unit", "\udcff", "--name", "x"))


@pytest.mark.parametrize(
    ("row", "language", "complaint"),
    [
        ("item,q1,Was it kind, or not", "en", "must have 3 columns"),
        ("level,01,Poor", "en", "a level's key is its number"),
        ("item,q1,one\x07two", "en", "cannot be shown"),
        ("stem,,How was it?", "../x", "is no language tag"),
    ],
)
def test_wording_that_cannot_be_installed_is_one_sentence(installation, tmp_path, row, language, complaint):
    levels = "".join(f"level,{level},Level {level}\n" for level in range(1, 6))
    items = "".join(f"item,q{item},Item {item}\n" for item in range(1, 11) if not row.startswith(f"item,q{item},"))
    words = tmp_path / "wording.csv"
    words.write_text(f"kind,key,text\n{row}\n{levels}{items}")
    assert complaint in told(installation.cli("instrument", "install", "care", str(words), "--language", language))


def test_demo_status_and_export_agree(installation, tmp_path):
    assert installation.cli("demo", "--responses", "300", "--seed", "3").returncode == 0
    assert installation.cli("demo", "--if-empty").returncode == 0
    status = json.loads(installation.cli("status", "--json").stdout)
    assert (status["responses"], status["tallies_n"], status["outbox"], status["demo"]) == (300, 300, 300, True)
    out = tmp_path / "answers.csv"
    assert installation.cli("export", "--format", "csv", "--out", str(out)).returncode == 0
    with out.open() as file:
        rows = list(csv.DictReader(file))
    assert len({row["id"] for row in rows}) == 300
    (tmp_path / "roster.csv").write_text(ROSTER)
    assert "This is a demo store" in told(installation.cli("roster", "import", str(tmp_path / "roster.csv")))


def test_set_up_changes_and_exports_are_in_the_audit_log(with_roster, tmp_path):
    with_roster.cli("device", "add", "--unit", "u-1", "--name", "Desk")
    with_roster.cli("export", "--out", str(tmp_path / "answers.csv"))
    store = with_roster.open_store()
    with store.reading() as connection:
        entries = connection.execute(audit.select().order_by(audit.c.id)).all()
    store.close()
    assert [entry.action for entry in entries] == ["import roster", "add device", "export responses"]
    assert all(entry.actor.startswith("command line: ") for entry in entries)


def wording(tmp_path, items):
    lines = ["kind,key,text", 'stem,,"How was your clinician at …"']
    lines += [f"level,{level},Level {level}" for level in range(1, 6)]
    lines += [f"item,q{item},Item {item}" for item in range(1, items + 1)]
    path = tmp_path / "wording.csv"
    path.write_text("\n".join(lines))
    return str(path)


def test_wording_from_a_licensed_form_is_checked_and_installed(installation, tmp_path):
    assert "items must be exactly q1" in told(installation.cli("instrument", "install", "care", wording(tmp_path, 9)))
    assert "'nonsense' is not known" in told(
        installation.cli("instrument", "install", "nonsense", wording(tmp_path, 10))
    )
    assert installation.cli("instrument", "install", "care", wording(tmp_path, 10)).returncode == 0
    listed = json.loads(installation.cli("instrument", "list", "--json").stdout)["instruments"]
    assert {each["id"]: each["languages"] for each in listed}["care"] == ["en"]


def test_words_that_were_answered_to_cannot_be_replaced(with_roster, tmp_path, catalogue):
    store = with_roster.open_store()
    store.submit(response(catalogue), "{}").result(timeout=30)
    store.close()
    lines = ["kind,key,text", "stem,,Other"]
    lines += [f"level,{level},Level {level}" for level in range(1, 5)] + [f"item,q{n},Item {n}" for n in range(1, 6)]
    (tmp_path / "other.csv").write_text("\n".join(lines))
    command = ("instrument", "install", "compassion-5", str(tmp_path / "other.csv"))
    assert "collected in en with other words" in told(with_roster.cli(*command, "--language", "en"))
    assert with_roster.cli(*command, "--language", "es").returncode == 0
    assert with_roster.cli("status").returncode == 0


@pytest.mark.parametrize("command", [["--help"], ["demo", "--help"], ["device", "add", "--help"], ["export", "--help"]])
def test_help_is_there(installation, command):
    process = installation.cli(*command)
    assert process.returncode == 0
    assert "Usage" in process.stdout
    assert command == ["--help"] or "Example: python -m survey" in process.stdout
