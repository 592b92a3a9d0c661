"""Plans for rows and columns that people moved, checked by carrying them out on lists."""

from hypothesis import given
from hypothesis import strategies as st

from survey.sheets.alignment import plan_columns, plan_rows

TITLES = ["id", "month", "unit", "q1", "hash"]


def carry_out_rows(found, plan):
    """The ids that stand in each row afterwards."""
    keyed = sorted([*zip(plan.keys, found, strict=True), *((place, "") for place in plan.fillers)])
    return [which for _, which in keyed][: plan.places], [which for _, which in keyed][plan.places :]


@st.composite
def disturbed_tabs(draw):
    """What was written and is wanted in each place, and what is found after a person was at it."""
    written = draw(st.lists(st.booleans(), max_size=12))
    wanted = [(f"r{place}", was) for place, was in enumerate(written)]
    # A row that is due may be there already: its write was done and its answer lost.
    rows = [which for which, was in wanted if was or draw(st.booleans())]
    for _ in range(draw(st.integers(0, 4))):
        deed = draw(st.sampled_from(["shuffle", "delete", "blank", "copy", "stranger"]))
        if deed == "shuffle":
            rows = draw(st.permutations(rows))
        elif deed == "delete" and rows:
            rows = [each for place, each in enumerate(rows) if place != draw(st.integers(0, len(rows) - 1))]
        elif deed in ("blank", "copy", "stranger"):
            new = {"blank": "", "stranger": "somebody"}.get(deed) or (rows and draw(st.sampled_from(rows))) or ""
            at = draw(st.integers(0, len(rows)))
            rows = [*rows[:at], new, *rows[at:]]
    empty = [row for row, which in enumerate(rows) if not which and draw(st.booleans())]
    return wanted, list(rows), empty


@given(disturbed_tabs())
def test_every_row_comes_to_its_place_and_nothing_is_thrown_away(tab):
    wanted, found, empty = tab
    plan = plan_rows(found, wanted, empty)
    places, rest = carry_out_rows(found, plan)
    assert sorted([*plan.keys, *plan.fillers]) == list(range(len(plan.keys) + len(plan.fillers)))
    present = {which for which, _ in wanted} & set(found)
    for place, which in enumerate(places):
        assert which == (wanted[place][0] if wanted[place][0] in present else "")
    assert [wanted[place][0] for place in plan.absent] == [which for which, was in wanted if was and which not in found]
    assert [found[row] for row in plan.leftovers] == rest
    assert set(found) - set(places) <= set(rest) | {""}
    strangers = {row for row, which in enumerate(found) if not which} - set(empty)
    assert plan.in_order == (found == places and not strangers)


def test_a_tab_as_it_was_left_needs_nothing():
    plan = plan_rows(["a", "b"], [("a", True), ("b", True), ("c", False)])
    assert (plan.in_order, plan.moved, plan.absent, plan.leftovers) == (True, 0, (), ())


def test_rows_below_the_last_place_that_hold_something_are_left_over():
    plan = plan_rows(["a", "", "note"], [("a", True)], empty=[1])
    assert plan.leftovers == (1, 2)


def carry_out_columns(found, steps, titles):
    now = list(found)
    for kind, source, place in steps:
        if kind == "move":
            now.insert(place, now.pop(source))
        elif kind == "insert":
            now.insert(place, titles[place])
        else:
            now[place] = titles[place]
    return now


@given(st.permutations([*TITLES, "mine", "yours"]), st.sets(st.sampled_from(TITLES)))
def test_our_columns_come_to_the_front_and_no_other_is_lost(columns, deleted):
    found = [title for title in columns if title not in deleted]
    steps = plan_columns(found, TITLES)
    now = carry_out_columns(found, steps, TITLES)
    assert now[: len(TITLES)] == TITLES
    assert len(now) == len(found) + sum(kind == "insert" for kind, _, _ in steps)


def test_only_a_title_that_was_changed_in_its_place_is_a_renaming():
    assert plan_columns(["id", "Month!", "unit", "q1", "hash"], TITLES) == [("rename", 1, 1)]
    assert plan_columns(["ID", *TITLES[1:]], TITLES) == [("rename", 0, 0)]
    assert plan_columns(["id", "unit", "q1", "hash", "mine"], TITLES) == [("insert", 1, 1)]
    assert plan_columns(["id", "month", "mine", "unit", "q1", "hash"], TITLES) == [
        ("move", 3, 2), ("move", 4, 3), ("move", 5, 4)
    ]  # fmt: skip
    assert plan_columns(TITLES, TITLES) == []
    assert plan_columns([], TITLES) == [("insert", place, place) for place in range(5)]
