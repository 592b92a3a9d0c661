"""`python -m survey tally` and `erase` as an administrator calls them."""

import json
import sqlite3
from uuid import uuid4

from tests.server_process import ServerProcess


def test_tallies_are_checked_and_made_anew(tmp_path):
    installation = ServerProcess(tmp_path)
    assert installation.cli("demo", "--responses", "50").returncode == 0
    assert installation.cli("tally", "check").returncode == 0
    (path,) = tmp_path.rglob("*.db")
    with sqlite3.connect(path) as database:
        database.execute("UPDATE tally_score SET c = c + 1 WHERE c = 1")
    checked = installation.cli("tally", "check")
    assert checked.returncode == 1
    assert "tally rebuild" in checked.stderr
    assert "unit u-" in checked.stdout
    assert installation.cli("tally", "rebuild").returncode == 0
    assert installation.cli("tally", "check").returncode == 0


def test_a_response_is_erased_only_when_asked_twice(tmp_path):
    installation = ServerProcess(tmp_path)
    assert installation.cli("demo", "--responses", "50").returncode == 0
    (path,) = tmp_path.rglob("*.db")
    with sqlite3.connect(path) as database:
        uuid = database.execute("SELECT id FROM response LIMIT 1").fetchone()[0]
    assert "--yes" in installation.cli("erase", uuid).stderr
    unknown = str(uuid4())
    erased = installation.cli("erase", uuid, unknown, "--yes")
    assert (erased.returncode, "1 are not stored" in erased.stderr) == (1, True)
    assert "Traceback" not in installation.cli("erase", "no-uuid", "--yes").stderr
    with sqlite3.connect(path) as database:
        assert database.execute("SELECT count(*) FROM response").fetchone() == (49,)
        assert database.execute("SELECT count(*) FROM audit WHERE action = 'erase responses'").fetchone() == (1,)
    assert installation.cli("tally", "check").returncode == 0


def test_retention_counts_first_and_deletes_when_told(tmp_path):
    policy = {"COMPATI_RETENTION__COMMENTS_MONTHS": "3", "COMPATI_RETENTION__RESPONSES_MONTHS": "12"}
    installation = ServerProcess(tmp_path, **policy)
    assert installation.cli("demo", "--responses", "300").returncode == 0
    counted = installation.cli("retention", "--json")
    overdue = json.loads(counted.stdout)["overdue"]
    assert overdue["comments"] > 0
    assert 0 < overdue["responses"] < 300
    assert "--yes" in counted.stderr
    assert json.loads(installation.cli("retention", "--yes", "--json").stdout) == {"deleted": overdue}
    assert set(json.loads(installation.cli("retention", "--json").stdout)["overdue"].values()) == {0}
    assert json.loads(installation.cli("status", "--json").stdout)["responses"] == 300 - overdue["responses"]
    assert len((tmp_path / "var" / "erasures.csv").read_text().splitlines()) == overdue["responses"] + 1
    assert installation.cli("tally", "check").returncode == 0


def test_retention_without_a_policy_says_where_to_put_one(tmp_path):
    refused = ServerProcess(tmp_path).cli("retention", "--yes")
    assert (refused.returncode, "[retention]" in refused.stderr) == (1, True)
