"""Rounds of self-ratings: the groups of people whose ratings are only ever shown together.

A lead knows who works in the program, and numbers that follow each rating at once would give every new rater away by
the difference of two looks. So a round is a run of whole months that are over, closed as soon as enough people rated in
it, with each one's latest rating of those months. Ratings of a month that is over cannot change, nor can closed rounds;
no rating is in two of them. Whatever somebody adds and subtracts, over time as well, they have sums of whole rounds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from analysis.disclosure import LEAST_THRESHOLD
from survey.store.self_ratings import SelfRating


@dataclass(frozen=True)
class Round:
    """The months first to last (yyyymm) and one rating of each person who rated in them."""

    first: int
    last: int
    ratings: tuple[SelfRating, ...]

    def besides(self, person_id: str | None, slot: int | None = None) -> int:
        """How many others than this person rated, or answered the item in this slot."""
        return sum(
            each.person_id != person_id and (slot is None or each.levels[slot] is not None) for each in self.ratings
        )


def close_rounds(ratings: Iterable[SelfRating], today: date, threshold: int) -> tuple[Round, ...]:
    """The rounds that are closed, the oldest first; later ratings wait for the round that they begin.

    Unlike blocks of responses, what is left over never joins the round before: that one has been shown.
    """
    if threshold < LEAST_THRESHOLD:
        raise ValueError(f"The threshold must be at least {LEAST_THRESHOLD}.")
    this_month = today.year * 100 + today.month
    rounds: list[Round] = []
    people: dict[str, SelfRating] = {}
    first = 0
    over = sorted((each for each in ratings if each.month < this_month), key=lambda each: each.month)
    for place, rating in enumerate(over):
        first = first if people else rating.month
        people[rating.person_id] = rating
        whole_month = place + 1 == len(over) or over[place + 1].month > rating.month
        if whole_month and len(people) >= threshold:
            rounds.append(Round(first, rating.month, tuple(people.values())))
            people = {}
    return tuple(rounds)
