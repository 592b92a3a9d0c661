import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.instrument import load_catalogue
from survey.response import InvalidResponseError, NotAnswered, Place, payload_digest, read_document, validate_response
from tests.samples import NOW, document, response

CATALOGUE = load_catalogue()
PLACE = Place("d-1", "u-1", frozenset({"c-1"}))


def problems(**changes):
    with pytest.raises(InvalidResponseError) as caught:
        validate_response(document(**changes), response_id=uuid4(), catalogue=CATALOGUE, place=PLACE, now=NOW)
    return {each.field: each.problem for each in caught.value.problems}


def test_a_document_becomes_an_immutable_response():
    value = response(CATALOGUE)
    skipped, not_applicable = NotAnswered.skipped, NotAnswered.not_applicable
    assert value.answers == (4, not_applicable, 3, 4, skipped)
    assert (value.day, value.month, value.seconds) == (date(2026, 11, 20), 202611, 70)
    assert (value.unit_id, value.device_id, value.clinician_id) == ("u-1", "d-1", "c-1")
    with pytest.raises(AttributeError):
        value.unit_id = "u-2"


def test_items_that_are_not_named_were_not_reached():
    assert response(CATALOGUE, answers={"q1": 1}).answers == (1, *[NotAnswered.not_reached] * 4)


def test_the_day_is_the_one_in_utc():
    value = response(CATALOGUE, started_at="2026-11-01T00:30:00+02:00", finished_at="2026-11-01T00:31:00+02:00")
    assert value.month == 202610


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"instrument": "nonsense"}, "instrument"),
        ({"version": "1999"}, "version"),
        ({"language": "english!"}, "language"),
        ({"mode": "telepathy"}, "mode"),
        ({"respondent": "dog"}, "respondent"),
        ({"clinician": "c-404"}, "clinician"),
        ({"clinician": 7}, "clinician"),
        ({"answers": {}}, "answers"),
        ({"answers": [4]}, "answers"),
        ({"answers": {"q9": 4}}, "answers.q9"),
        ({"answers": {"q1": 5}}, "answers.q1"),
        ({"answers": {"q1": 0}}, "answers.q1"),
        ({"answers": {"q1": True}}, "answers.q1"),
        ({"answers": {"q1": 4.0}}, "answers.q1"),
        ({"answers": {"q1": "4"}}, "answers.q1"),
        ({"answers": {"q1": None}}, "answers.q1"),
        ({"answers": {"q1": 10**30}}, "answers.q1"),
        ({"comment": "x" * 4_001}, "comment"),
        ({"comment": "bell\a"}, "comment"),
        ({"comment": "nul\x00"}, "comment"),
        ({"comment": 5}, "comment"),
        ({"about": {"age_band": "middle"}}, "about.age_band"),
        ({"about": {"shoe_size": "44"}}, "about.shoe_size"),
        ({"started_at": "yesterday"}, "started_at"),
        ({"started_at": "1790000000"}, "started_at"),
        ({"started_at": 1790000000}, "started_at"),
        ({"finished_at": "2026-11-20"}, "finished_at"),
        ({"finished_at": "2026-11-20T08:59:59Z"}, "finished_at"),
        ({"finished_at": "2026-11-20T09:01:10"}, "finished_at"),
        ({"finished_at": (NOW + timedelta(hours=1)).isoformat()}, "finished_at"),
        ({"started_at": "1970-01-01T00:00:00Z"}, "started_at"),
        ({"started_at": "0001-01-01T00:00:00+10:00"}, "started_at"),
        ({"finished_at": "9999-12-31T23:59:59-10:00"}, "finished_at"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_each_bad_field_is_named(changes, field):
    assert list(problems(**changes)) == [field]


def test_all_problems_are_told_at_once():
    assert set(problems(instrument="nonsense", clinician="c-404", comment="\x01")) == {
        "instrument",
        "clinician",
        "comment",
    }


def test_missing_fields_are_named():
    incomplete = document()
    del incomplete["clinician"], incomplete["finished_at"]
    with pytest.raises(InvalidResponseError) as caught:
        validate_response(incomplete, response_id=uuid4(), catalogue=CATALOGUE, place=PLACE, now=NOW)
    assert {each.field for each in caught.value.problems} == {"clinician", "finished_at"}


def test_comment_and_about_may_be_missing():
    short = document()
    del short["comment"], short["about"]
    value = validate_response(short, response_id=uuid4(), catalogue=CATALOGUE, place=PLACE, now=NOW)
    assert (value.comment, dict(value.about)) == (None, {})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b"[" * 60_000,
        b"\xff\xfe{}",
        b'{"a": ' + b"9" * 5_000 + b"}",
    ],
)
def test_a_body_that_is_no_json_object_is_refused(body):
    with pytest.raises(InvalidResponseError) as caught:
        read_document(body)
    assert [each.field for each in caught.value.problems] == ["body"]


def test_the_digest_is_of_the_payload_not_of_its_spelling():
    one = document()
    other = dict(reversed(list(one.items())))
    assert payload_digest(one) == payload_digest(read_document(json.dumps(other, indent=3).encode()))
    assert payload_digest(one) != payload_digest(one | {"comment": ""})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=5,
)


@given(field=st.sampled_from(sorted(document())), value=json_values)
def test_any_json_in_any_field_is_a_response_or_a_list_of_problems(field, value):
    body = json.dumps(document(**{field: value})).encode()
    try:
        found = validate_response(read_document(body), response_id=uuid4(), catalogue=CATALOGUE, place=PLACE, now=NOW)
    except InvalidResponseError as error:
        assert all(each.field and each.problem for each in error.problems)
    else:
        assert len(found.answers) == 5
