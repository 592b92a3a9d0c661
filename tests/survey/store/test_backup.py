"""Backups: what a manifest brings along, and replacing a store's content."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime

import pytest

from survey.store import Store, StoreError
from survey.store.backup import catalogue_of, copy_backup, put_wording_back, read_manifest, write_backup
from survey.store.replacement import hold_place, replace_content
from tests.samples import response

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def test_installed_wording_comes_along_and_never_over_another(sqlite_store, tmp_path):
    wording, new = tmp_path / "instruments", tmp_path / "new"
    wording.mkdir()
    english = sqlite_store.catalogue.get("compassion-5", "2019").wording["en"].model_dump(mode="json")
    document = {"instrument": "compassion-5", "version": "2019", "language": "qq", "wording": english}
    (wording / "one.json").write_text(json.dumps(document))
    manifest = write_backup(tmp_path / "compati.db", tmp_path / "a.db", wording=wording)
    assert read_manifest(tmp_path / "a.db") == manifest
    assert "qq" in catalogue_of(manifest, new).get("compassion-5", "2019").wording
    assert not new.exists()
    put_wording_back(manifest, new)
    assert (new / "one.json").read_text() == json.dumps(document)
    (new / "one.json").write_text("mine")
    put_wording_back(manifest, new)
    assert (new / "one.json").read_text() == "mine"
    with pytest.raises(StoreError, match="no file of installed wording"):
        put_wording_back(manifest.model_copy(update={"wording": {"../evil.json": "{}"}}), new)


@pytest.mark.parametrize("problem", ["exists", "manifest exists", "no folder", "no store", "empty name"])
def test_a_backup_that_cannot_be_made_leaves_nothing(sqlite_store, tmp_path, problem):
    out, source = tmp_path / "backups" / "a.db", tmp_path / "compati.db"
    if problem != "no folder":
        out.parent.mkdir()
    if problem == "exists":
        out.write_text("mine")
    if problem == "manifest exists":
        (out.parent / "a.db.json").write_text("mine")
    if problem == "no store":
        source = tmp_path / "none.db"
    if problem == "empty name":
        out = type(out)("")
    before = {path: path.read_bytes() for path in tmp_path.glob("backups/*")}
    with pytest.raises(StoreError):
        write_backup(source, out, wording=tmp_path)
    assert {path: path.read_bytes() for path in tmp_path.glob("backups/*")} == before


def test_replacing_keeps_the_old_content_and_a_failure_on_the_way_changes_nothing(sqlite_store, catalogue, tmp_path):
    path = tmp_path / "compati.db"
    manifest = write_backup(path, tmp_path / "a.db", wording=tmp_path / "none")
    value = response(catalogue)
    sqlite_store.submit(value, "{}").result(timeout=30)
    with pytest.raises(StoreError, match="in use"), hold_place(path):
        pass
    sqlite_store.close()
    copy_backup(tmp_path / "a.db", tmp_path / "prepared.db", manifest)
    with hold_place(path) as place:
        assert not place.is_empty
        # Nobody else gets in meanwhile.
        with closing(sqlite3.connect(path, timeout=0)) as other, pytest.raises(sqlite3.OperationalError):
            other.execute("SELECT count(*) FROM response")
        kept = replace_content(place, tmp_path / "prepared.db", NOW)
    assert kept is not None
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("SELECT count(*) FROM response").fetchone() == (1,)
    assert kept.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(path)) as new:
        assert new.execute("SELECT count(*) FROM response").fetchone() == (0,)
    # The same second again: what is kept is never overwritten, and the store stays.
    before = path.read_bytes()
    with pytest.raises(FileExistsError), hold_place(path) as place:
        replace_content(place, tmp_path / "prepared.db", NOW)
    assert path.read_bytes() == before
    sqlite_store.__init__(f"sqlite:///{path}", catalogue)
    assert isinstance(sqlite_store.open(), Store)
