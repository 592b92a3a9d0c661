import pytest

from survey.roster import RosterError, parse_roster, read_roster
from survey.store.roster import apply_roster, list_clinicians, list_programs, list_units
from tests.samples import ROSTER

HEADER = "kind,id,name,parent,email,stage\n"


def rows(*lines):
    return parse_roster(HEADER + "\n".join(lines) + "\n")


def test_a_roster_is_read_row_by_row():
    parsed = parse_roster(ROSTER)
    assert [row.kind for row in parsed[:3]] == ["program", "program", "unit"]
    assert (parsed[5].number, parsed[5].parent, parsed[5].stage) == (7, "u-1", "resident")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ward,w-1,Ward,p-1,,", "Row 2: kind 'ward' is not one of"),
        ("unit,,Ward,p-1,,", "Row 2: id '' must be"),
        ("unit,u 1,Ward,p-1,,", "Row 2: id 'u 1' must be"),
        ("unit,u-1,,p-1,,", "Row 2: name must be"),
        ("unit,u-1,Ward,,,", "Row 2: a unit needs the program"),
        ("program,p-1,P,x,,", "Row 2: a program has no parent"),
        ("lead,l-1,L,p-1,,", "Row 2: a lead needs an e-mail"),
        ("clinician,c-1,C,u-1,not an address,", "Row 2: 'not an address' is no e-mail address"),
        ("unit,u-1,Ward,p-1,,resident", "Row 2: only a clinician has a stage"),
        ("unit,u-1,Ward", "Row 2: has not 6 columns"),
        ("unit,u-1,Ward,p-1,,,,", "Row 2: has not 6 columns"),
        ('unit,u-1,"Ward"x,p-1,,', "is not CSV"),
    ],
)
def test_a_bad_row_is_told_with_its_number(line, complaint):
    with pytest.raises(RosterError, match="Row 2") as caught:
        rows(line)
    assert complaint in str(caught.value)


def test_doubled_entries_are_told_with_both_rows():
    with pytest.raises(RosterError, match="Row 3: unit 'u-1' is also in row 2"):
        rows("unit,u-1,Ward,p-1,,", "unit,u-1,Ward again,p-1,,")
    with pytest.raises(RosterError, match=r"Row 3: e-mail 'c@x.org' is also in row 2"):
        rows("clinician,c-1,C,u-1,c@x.org,", "clinician,c-2,D,u-1,C@X.org,")


def test_a_wrong_header_an_empty_roster_and_an_unreadable_file_are_told(tmp_path):
    with pytest.raises(RosterError, match="header must be kind,id,name,parent,email,stage"):
        parse_roster("id,name\n1,x\n")
    with pytest.raises(RosterError, match="no rows"):
        parse_roster(HEADER)
    with pytest.raises(RosterError, match="cannot be read"):
        read_roster(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes(HEADER.encode() + "unit,u-1,Pädiatrie,p-1,,".encode("latin-1"))
    with pytest.raises(RosterError, match="not UTF-8"):
        read_roster(tmp_path / "latin.csv")


def test_excel_marks_its_utf8_and_it_is_read_all_the_same(tmp_path):
    (tmp_path / "excel.csv").write_bytes(b"\xef\xbb\xbf" + ROSTER.replace("\n", "\r\n").encode())
    assert len(read_roster(tmp_path / "excel.csv")) == len(parse_roster(ROSTER))


def test_an_unknown_parent_changes_nothing(store):
    with pytest.raises(RosterError, match="Row 3: program 'p-404' of unit 'u-9' is unknown"), store.writing() as c:
        apply_roster(c, rows("unit,u-8,New,p-1,,", "unit,u-9,Lost,p-404,,"))
    with store.reading() as connection:
        assert [unit.id for unit in list_units(connection)] == ["u-1", "u-2", "u-3"]


def test_someone_elses_address_changes_nothing(store):
    with pytest.raises(RosterError, match="already signs in clinician 'c-1'"), store.writing() as connection:
        apply_roster(connection, rows("clinician,c-7,Other,u-1,c1@example.org,"))


def test_importing_again_changes_names_and_replace_retires_the_rest(store):
    with store.writing() as connection:
        change = apply_roster(connection, rows("program,p-1,Internal medicine,,,", "unit,u-1,Heart,p-1,,"))
        assert (change.taken["unit"], change.retired) == (1, 0)
        assert [each.name for each in list_programs(connection)] == ["Internal medicine", "Surgery"]
        assert len(list_clinicians(connection)) == 4
        change = apply_roster(
            connection, parse_roster(ROSTER.replace("unit,u-2", "unit,u-2b").replace("u-2,c3", "u-2b,c3")), replace=True
        )
        assert change.retired == 1
        assert [each.id for each in list_units(connection)] == ["u-1", "u-2b", "u-3"]


def test_replacing_needs_the_parents_in_the_file(store):
    with pytest.raises(RosterError, match="Row 2: program 'p-1' of unit 'u-1' is unknown"), store.writing() as c:
        apply_roster(c, rows("unit,u-1,Heart,p-1,,"), replace=True)
    with store.reading() as connection:
        assert [each.id for each in list_programs(connection)] == ["p-1", "p-2"]


def test_a_retired_parent_takes_no_children(store):
    kept = parse_roster("\n".join(line for line in ROSTER.splitlines() if "u-3" not in line))
    with store.writing() as connection:
        apply_roster(connection, kept, replace=True)
    with pytest.raises(RosterError, match="unit 'u-3' of clinician 'c-7' is unknown or retired"), store.writing() as c:
        apply_roster(c, rows("clinician,c-7,New,u-3,,"))


def test_two_clinicians_may_swap_addresses(store):
    with store.writing() as connection:
        apply_roster(connection, rows("clinician,c-1,A,u-1,c2@example.org,", "clinician,c-2,B,u-1,c1@example.org,"))


@pytest.mark.parametrize("address", ["a\x00b@x.org", "a\u200eb@x.org", "a" * 250 + "@x.org"])
def test_an_address_that_nobody_can_type_is_refused(address):
    with pytest.raises(RosterError, match="is no e-mail address"):
        rows(f"clinician,c-1,C,u-1,{address},")
