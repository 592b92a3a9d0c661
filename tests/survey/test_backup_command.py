"""`python -m survey backup` and `restore` as an administrator calls them, beside the real server."""

import hashlib
import json
import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from survey.store.devices import revoke_device
from tests.samples import document
from tests.server_process import ServerProcess


def said(done, code=0):
    """What a command printed as JSON, or its one sentence of an error."""
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == code, done.stderr
    if code:
        assert done.stderr.count("Error: ") == 1
        return done.stderr
    return json.loads(done.stdout)


def rows(path, query):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def put(server, which, **changes):
    headers = {"Authorization": f"Bearer {server.token}"}
    return httpx.put(f"{server.url}/api/responses/{which}", json=document(**changes), headers=headers, timeout=30)


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory):
    """A folder with a store of fifty synthetic responses and a backup of it, `a.db`."""
    folder = tmp_path_factory.mktemp("backed_up")
    installation = ServerProcess(folder)
    assert installation.cli("demo", "--responses", "50").returncode == 0
    said(installation.cli("backup", "--out", str(folder / "a.db"), "--json"))
    return folder


@pytest.fixture
def installation(backed_up, tmp_path):
    """A copy of that folder, to do harm to."""
    shutil.copytree(backed_up, tmp_path, dirs_exist_ok=True)
    return ServerProcess(tmp_path)


def test_a_backup_of_a_working_server_is_whole_and_is_put_back_only_when_it_is_stopped(server, tmp_path):
    out = tmp_path / "backups" / "one.db"
    out.parent.mkdir()
    before = [uuid4() for _ in range(20)]
    assert {put(server, each).status_code for each in before} == {201}
    meanwhile, ended = [], threading.Event()

    def patients():
        while not ended.is_set():
            which = uuid4()
            assert put(server, which).status_code == 201
            meanwhile.append(which)

    writing = threading.Thread(target=patients)
    writing.start()
    told = said(server.cli("backup", "--out", str(out), "--json"))
    ended.set()
    writing.join()
    manifest = json.loads((out.parent / "one.db.json").read_text())
    assert hashlib.sha256(out.read_bytes()).hexdigest() == manifest["sha256"] == told["sha256"]
    assert {path.stat().st_mode & 0o777 for path in out.parent.iterdir()} == {0o600}
    assert sorted(path.name for path in out.parent.iterdir()) == ["one.db", "one.db.json"]
    saved = {each for (each,) in rows(out, "SELECT id FROM response")}
    assert {each.hex for each in before} <= saved <= {each.hex for each in before + meanwhile}
    assert told["response"] == len(saved)
    # A second one never overwrites.
    assert "never overwrites" in said(server.cli("backup", "--out", str(out)), 1)

    late = uuid4()
    assert put(server, late).status_code == 201
    assert "is in use" in said(server.cli("restore", str(out), "--replace"), 1)
    server.kill()  # leaves a write-ahead log behind
    assert "--replace" in said(server.cli("restore", str(out)), 1)
    dry = said(server.cli("restore", str(out), "--replace", "--dry-run", "--json"))
    assert dry["responses"] == len(saved)
    assert (late.hex,) in rows(server.folder / "var" / "compati.db", "SELECT id FROM response")
    done = said(server.cli("restore", str(out), "--replace", "--json"))
    assert done["responses"] == len(saved)
    assert (late.hex,) in rows(done["replaced_store_kept_as"], "SELECT id FROM response")
    server.start()
    assert put(server, late).status_code == 201  # a tablet that still had it brings it back
    assert put(server, before[0]).status_code == 200
    assert server.cli("tally", "check").returncode == 0


def test_what_was_erased_or_revoked_after_the_backup_does_not_come_back(server, tmp_path):
    erased, kept = uuid4(), uuid4()
    put(server, erased, comment="private")
    put(server, kept)
    server.stop()
    said(server.cli("backup", "--out", str(tmp_path / "a.db"), "--json"))
    assert server.cli("erase", str(erased), "--yes").returncode == 0
    store = server.open_store()
    with store.writing() as connection:
        revoke_device(connection, server.device_id)
    store.close()
    done = said(server.cli("restore", str(tmp_path / "a.db"), "--replace", "--json"))
    assert (done["responses"], done["erased_again"], done["devices_revoked_again"]) == (1, 1, 1)
    path = server.folder / "var" / "compati.db"
    actions = [each for (each,) in rows(path, "SELECT action FROM audit ORDER BY id")]
    assert actions.count("erase responses") == 1
    assert "restore backup" in actions
    # The store is lost with all it knew; the list beside it, or on another disk, still knows.
    path.unlink()
    assert said(server.cli("restore", str(tmp_path / "a.db"), "--json"))["erased_again"] == 1
    path.unlink()
    elsewhere = (server.folder / "var" / "erasures.csv").rename(tmp_path / "elsewhere.csv")
    done = said(server.cli("restore", str(tmp_path / "a.db"), "--replay-erasures", str(elsewhere), "--json"))
    assert (done["responses"], done["erased_again"]) == (1, 1)
    assert server.cli("tally", "check").returncode == 0


@pytest.mark.parametrize("harm", ["flipped", "short", "no manifest", "no store", "newer"])
def test_a_backup_that_is_not_what_it_should_be_changes_nothing(installation, tmp_path, harm):
    backup, manifest = tmp_path / "a.db", tmp_path / "a.db.json"
    path = tmp_path / "var" / "compati.db"
    before = rows(path, "SELECT id FROM response")
    content = bytearray(backup.read_bytes())
    options = ()
    if harm == "flipped":
        content[len(content) // 2] ^= 1
        backup.write_bytes(content)
    elif harm == "short":
        backup.write_bytes(content[: len(content) // 2])
    elif harm == "no manifest":
        manifest.unlink()
    elif harm == "no store":
        manifest.unlink()
        backup.write_text("no database")
        options = ("--without-manifest",)
    else:
        manifest.unlink()
        with closing(sqlite3.connect(backup)) as database, database:
            database.execute("UPDATE alembic_version SET version_num = '9999'")
        options = ("--without-manifest",)
    problem = {
        "flipped": "SHA-256", "short": "SHA-256", "no manifest": "--without-manifest", "no store": "is no backup",
        "newer": "newer version",
    }[harm]  # fmt: skip
    assert problem in said(installation.cli("restore", str(backup), "--replace", *options), 1)
    assert rows(path, "SELECT id FROM response") == before
    assert sorted(each.name for each in path.parent.iterdir()) == ["compati.db"]


def test_a_damaged_store_is_replaced_only_if_its_erasures_are_known(installation, tmp_path):
    path = tmp_path / "var" / "compati.db"
    path.write_bytes(b"rubbish" * 1_000)
    path.with_name("compati.db-wal").write_bytes(b"a log of the damaged store")
    assert "--replay-erasures" in said(installation.cli("restore", str(tmp_path / "a.db"), "--replace"), 1)
    (tmp_path / "none.csv").touch()
    done = said(
        installation.cli(
            "restore", str(tmp_path / "a.db"), "--replace", "--replay-erasures", str(tmp_path / "none.csv"), "--json"
        )
    )
    assert done["responses"] == 50
    assert Path(done["replaced_store_kept_as"]).read_bytes().startswith(b"rubbish")
    assert installation.cli("tally", "check").returncode == 0


def test_a_backup_of_an_older_version_is_brought_up_to_date(installation, tmp_path):
    manifest = json.loads((tmp_path / "a.db.json").read_text())
    (tmp_path / "a.db.json").unlink()
    with closing(sqlite3.connect(tmp_path / "a.db")) as database, database:
        database.execute("DROP TABLE self_rating")
        database.execute("DROP TABLE visit_link")
        database.execute("ALTER TABLE device DROP COLUMN kind")
        database.execute("UPDATE alembic_version SET version_num = '0005'")
    assert manifest["revision"] > "0005"
    other = ServerProcess(tmp_path / "other")
    done = said(other.cli("restore", str(tmp_path / "a.db"), "--without-manifest", "--json"))
    assert done["responses"] == 50
    assert json.loads(other.cli("status", "--json").stdout)["tallies_n"] == 50
    assert (tmp_path / "other" / "var" / "compati.db").stat().st_mode & 0o777 == 0o600


def test_a_postgresql_is_left_to_its_own_tools_and_its_erasures_are_replayed(tmp_path, postgres_url):
    installation = ServerProcess(tmp_path, DATABASE_URL=postgres_url)
    assert installation.cli("demo", "--responses", "20").returncode == 0
    store = installation.open_store()
    with store.reading() as connection:
        (which,) = connection.exec_driver_sql("SELECT id FROM response LIMIT 1").one()
    store.close()
    assert "pg_dump" in said(installation.cli("backup", "--out", str(tmp_path / "a.db")), 1)
    (tmp_path / "a.db").touch()
    assert "pg_restore" in said(installation.cli("restore", str(tmp_path / "a.db")), 1)
    listed = tmp_path / "elsewhere.csv"
    listed.write_text(f"{which},{'a' * 64},1\n")
    dry = said(installation.cli("restore", "--replay-erasures", str(listed), "--dry-run", "--json"))
    assert dry["erased_again"] == 1
    assert said(installation.cli("restore", "--replay-erasures", str(listed), "--json"))["erased_again"] == 1
    assert json.loads(installation.cli("status", "--json").stdout)["tallies_n"] == 19
    told = said(installation.cli("backup", "--erasures", str(tmp_path / "list.csv"), "--json"))
    assert told["erasures_listed"] == 1
    assert str(which) in (tmp_path / "list.csv").read_text()
    assert "Say where to" in said(installation.cli("backup"), 1)
