"""The list of erasures outside the store, and replaying it."""

import string
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.store import Outcome, StoreError
from survey.store.erasure import Erasure, erase_responses, list_erasures, replay_erasures
from survey.store.erasure_list import add_to_erasure_list, read_erasure_list
from survey.store.rebuild import check_tallies
from survey.store.responses import find_responses
from tests.samples import response

ERASURES = st.builds(
    Erasure,
    st.uuids(),
    st.one_of(st.text(string.digits + "abcdef", min_size=64, max_size=64), st.just("restored from the mirror")),
    st.integers(0, 2**40),
)


@given(batches=st.lists(st.lists(ERASURES, max_size=4), max_size=4), cut=st.integers(0, 60))
def test_a_list_holds_each_erasure_once_also_after_a_crash_while_it_was_written(tmp_path_factory, batches, cut):
    path = tmp_path_factory.mktemp("list") / "erasures.csv"
    wanted = {}
    for batch in batches:
        add_to_erasure_list(path, batch)
        wanted = {each.response_id: each for each in batch} | wanted
        with path.open("ab") as file:  # a line that was cut short by a crash
            file.write(f"{uuid4()},{'0' * 64}"[:cut].encode())
        assert {each.response_id for each in read_erasure_list(path)} == set(wanted)
    assert not path.exists() or path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "line", ["no-uuid,aa,1", f"{UUID(int=1)},{'a' * 64}", f"{UUID(int=1)},{'a' * 64},then", f"{UUID(int=1)},É,1"]
)
def test_a_line_that_cannot_be_read_is_named_and_stops_everything(tmp_path, line):
    path = tmp_path / "erasures.csv"
    add_to_erasure_list(path, [Erasure(uuid4(), "a" * 64, 1)])
    path.write_text(path.read_text() + line + "\n")
    for use in (lambda: read_erasure_list(path), lambda: add_to_erasure_list(path, [])):
        with pytest.raises(StoreError, match="line 3"):
            use()


def test_an_empty_file_is_an_empty_list_and_a_missing_one_is_told(tmp_path):
    (tmp_path / "empty").touch()
    assert read_erasure_list(tmp_path / "empty") == []
    with pytest.raises(StoreError, match="cannot be read"):
        read_erasure_list(tmp_path / "none")


def test_replayed_erasures_are_gone_counted_out_and_stay_away(store, catalogue):
    values = [response(catalogue, comment="private") for _ in range(5)]
    for each in values:
        store.submit(each, "{}").result(timeout=30)
    never_here = response(catalogue)
    with store.writing() as connection:
        erase_responses(connection, [values[0].id], catalogue, 1)
        listed = [
            *list_erasures(connection),
            Erasure(values[1].id, values[1].payload_sha256, 2),
            Erasure(never_here.id, never_here.payload_sha256, 3),
        ]
        assert replay_erasures(connection, listed, catalogue, 9) == 1
        assert replay_erasures(connection, listed, catalogue, 9) == 0
        assert {each.response_id for each in list_erasures(connection)} == {each.response_id for each in listed}
    with store.reading() as connection:
        left = {each.id for each in find_responses(connection, [each.id for each in values], catalogue)}
        assert not check_tallies(connection, catalogue)
    assert left == {each.id for each in values[2:]}
    for each in (values[0], values[1], never_here):
        assert store.submit(each, "{}").result(timeout=30) is Outcome.SAME


def test_an_erased_comment_is_not_left_in_the_embedded_file(sqlite_store, catalogue, tmp_path):
    value = response(catalogue, uuid=UUID(int=7), comment="the-words-that-must-go " * 40)
    sqlite_store.submit(value, "{}").result(timeout=30)
    with sqlite_store.writing() as connection:
        erase_responses(connection, [value.id], catalogue, 1)
    sqlite_store.close()
    assert b"words-that-must-go" not in (tmp_path / "compati.db").read_bytes()
    sqlite_store.__init__(f"sqlite:///{tmp_path / 'compati.db'}", catalogue)
    sqlite_store.open()
