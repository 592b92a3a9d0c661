from datetime import date
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from analysis.estimate import Suppressed
from analysis.report.comments import COMMENTS_TOGETHER, Comments, release_comments
from survey.store.comments import WrittenComment

TODAY = date(2026, 11, 23)
numbers = iter(range(1, 10_000_000))


def written(month, text="Well done.", *, decided=True, thanks=False):
    return WrittenComment(UUID(int=next(numbers)), month, decided, text if decided else None, thanks)


def release(comments, responses, today=TODAY):
    return release_comments(comments, responses, today, 11)


def test_a_quarter_that_is_over_with_enough_answers_and_comments_is_released():
    comments = [written(202607, "A"), written(202608, "B", thanks=True), written(202609, "C")]
    assert release(comments, {202607: 10, 202608: 10, 202609: 2}) == Comments(("B",), ("A", "C"))


def test_one_answer_or_one_comment_fewer_releases_nothing():
    comments = [written(202607), written(202608), written(202609)]
    assert release(comments, {202607: 10, 202608: 10, 202609: 1}) == Suppressed("small_group")
    assert release(comments[:2], {202607: 30}) == Suppressed("small_group")


def test_the_running_quarter_is_not_released():
    comments = [written(202610) for _ in range(5)]
    assert release(comments, {202610: 100}) == Suppressed("small_group")
    assert isinstance(release(comments, {202610: 100}, date(2027, 1, 1)), Comments)


def test_a_small_quarter_waits_for_the_next_one():
    comments = [written(202602, "A"), written(202605, "B"), written(202606, "C")]
    responses = {202602: 12, 202605: 5, 202606: 5}
    assert release(comments, responses, date(2026, 6, 30)) == Suppressed("small_group")
    assert release(comments, responses, date(2026, 7, 1)).others == ("A", "B", "C")


def test_a_batch_comes_whole_so_that_no_comment_appears_by_itself():
    comments = [written(202607, "A"), written(202608, "B"), written(202609, decided=False)]
    assert release(comments, {202607: 40}) == Suppressed("small_group")


def test_rejected_comments_are_never_shown():
    comments = [written(202607, "A"), written(202607, "B"), written(202607, None)]
    assert release(comments, {202607: 40}) == Comments((), ("A", "B"))
    assert release([written(202607, None)] * 3, {202607: 40}) == Suppressed("small_group")


months = st.sampled_from([202510, 202511, 202601, 202603, 202606, 202608, 202610, 202611])


@given(st.lists(months, max_size=15), st.dictionaries(months, st.integers(1, 30)), st.integers(1, 12))
def test_what_is_new_with_time_is_never_fewer_comments_than_a_batch_nor_from_fewer_patients(wrote, answered, later):
    comments = [written(month, str(place)) for place, month in enumerate(wrote)]
    responses = {month: answered.get(month, 0) + wrote.count(month) for month in {*wrote, *answered}}

    def seen(today):
        found = release(comments, responses, today)
        return set() if isinstance(found, Suppressed) else set(found.others)

    # Somebody who looks every month learns what is new.
    looks = [date(2026, month, 28) for month in range(1, later + 1)]
    for before, after in pairwise(looks):
        assert seen(before) <= seen(after)
        new = seen(after) - seen(before)
        if new:
            assert len(new) >= COMMENTS_TOGETHER
            known = max((quarter(wrote[int(text)]) for text in seen(before)), default=0)
            over = quarter(after.year * 100 + after.month)
            assert sum(count for month, count in responses.items() if known < quarter(month) < over) >= 22


def quarter(month):
    return month // 100 * 4 + (month % 100 - 1) // 3
