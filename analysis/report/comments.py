"""Which comments a clinician may read: in batches, so large and so late that none can be tied to a patient."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from analysis.estimate import Suppressed
from survey.store.comments import WrittenComment

# A comment tells more than a number: twice as many patients as a number needs, and never a comment alone.
TIMES_THRESHOLD: Final = 2
COMMENTS_TOGETHER: Final = 3
MONTHS_TOGETHER: Final = 3


@dataclass(frozen=True)
class Comments:
    """What patients wrote, after moderation: thanks and the rest, without dates and in no order of time."""

    thanks: tuple[str, ...]
    others: tuple[str, ...]


def release_comments(
    comments: Sequence[WrittenComment], responses: Mapping[int, int], today: date, threshold: int
) -> Comments | Suppressed:
    """The comments of all batches that are ready.

    responses: how many by month (yyyymm). A batch is a run of whole calendar quarters that are over, in which at least
    twice the threshold answered and at least three wrote something, whatever a moderator makes of it; it is ready when
    all its comments are decided about. So a new comment never appears by itself or soon after a visit, and whoever
    tries to guess has at least as many patients to choose from as answered in the batch.
    """
    batches = _closed_batches(comments, responses, today, threshold)
    ready = [comment for batch in batches if all(each.decided for each in batch) for comment in batch]
    shown = sorted((comment for comment in ready if comment.text), key=lambda comment: str(comment.response_id))
    if not shown:
        return Suppressed("small_group")
    texts = [(comment.thanks, comment.text or "") for comment in shown]
    return Comments(
        tuple(text for thanks, text in texts if thanks), tuple(text for thanks, text in texts if not thanks)
    )


def _closed_batches(
    comments: Sequence[WrittenComment], responses: Mapping[int, int], today: date, threshold: int
) -> list[list[WrittenComment]]:
    current = _quarter(today.year * 100 + today.month)
    batches: list[list[WrittenComment]] = []
    batch: list[WrittenComment] = []
    answered = 0
    for quarter in sorted({_quarter(month) for month in responses}):
        if quarter >= current:
            break
        answered += sum(count for month, count in responses.items() if _quarter(month) == quarter)
        batch += [comment for comment in comments if _quarter(comment.month) == quarter]
        if answered >= TIMES_THRESHOLD * threshold and len(batch) >= COMMENTS_TOGETHER:
            batches.append(batch)
            batch, answered = [], 0
    return batches


def _quarter(month: int) -> int:
    return month // 100 * 4 + (month % 100 - 1) // MONTHS_TOGETHER
