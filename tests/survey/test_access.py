import pytest

from survey.access import (
    AccessDeniedError,
    find_viewer,
    list_personas,
    require_own_results,
    require_program,
    require_role,
)
from survey.roster import parse_roster
from survey.store.roster import apply_roster
from tests.samples import ROSTER


def viewer(store, email):
    with store.reading() as connection:
        return find_viewer(connection, email)


def test_roles_come_from_the_roster(store):
    assert viewer(store, " C1@Example.org ").clinician_id == "c-1"
    assert viewer(store, "lead@example.org").leads == frozenset({"p-1"})
    assert viewer(store, "moderator@example.org").roles == {"moderator"}
    assert viewer(store, "admin@example.org").roles == {"administrator"}
    assert viewer(store, "stranger@example.org").roles == frozenset()


def test_one_person_may_have_several_roles_and_lead_several_programs(store):
    extra = "kind,id,name,parent,email,stage\nlead,l-1,Lead 1,p-2,lead@example.org,\nlead,l-7,C,p-2,c1@example.org,\n"
    with store.writing() as connection:
        apply_roster(connection, parse_roster(extra))
    assert viewer(store, "lead@example.org").leads == frozenset({"p-1", "p-2"})
    assert viewer(store, "c1@example.org").roles == {"clinician", "lead"}


def test_someone_retired_from_the_roster_has_no_role_left(store):
    without = "\n".join(line for line in ROSTER.splitlines() if "lead@" not in line and "c1@" not in line)
    with store.writing() as connection:
        apply_roster(connection, parse_roster(without), replace=True)
    assert viewer(store, "lead@example.org").roles == frozenset()
    assert viewer(store, "c1@example.org").roles == frozenset()


def test_nobody_sees_what_is_not_theirs(store):
    clinician, lead = viewer(store, "c1@example.org"), viewer(store, "lead@example.org")
    require_own_results(clinician, "c-1")
    require_program(lead, "p-1")
    require_role(lead, "clinician", "lead")
    for refused in (
        lambda: require_own_results(clinician, "c-2"),
        lambda: require_own_results(lead, "c-1"),
        lambda: require_program(lead, "p-2"),
        lambda: require_program(clinician, "p-1"),
        lambda: require_role(clinician, "lead", "administrator"),
        lambda: require_role(viewer(store, "stranger@example.org"), "clinician"),
    ):
        with pytest.raises(AccessDeniedError):
            refused()


def test_a_real_store_has_no_personas(store):
    with store.reading() as connection, pytest.raises(AccessDeniedError, match="demo store only"):
        list_personas(connection)
