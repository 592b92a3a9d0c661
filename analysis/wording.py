"""Numbers and results in plain words, the same on every screen."""

from typing import Final

from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.group import GroupSummary

HIDDEN: Final = {
    "small_group": "Hidden: fewer than {threshold} responses.",
    "recoverable": "Hidden: this selection would give a smaller group away.",
    "small_remainder": "Hidden: too few other clinicians to stay anonymous.",
}
TOO_LITTLE: Final = {"no_answers": "no answers", "one_answer": "one answer only"}


def say_hidden(value: Suppressed, threshold: int) -> str:
    """Why a number is hidden."""
    return HIDDEN[value.reason].format(threshold=threshold)


def say_month(month: int) -> str:
    """A month such as 202611 as 2026-11."""
    return f"{month // 100}-{month % 100:02d}"


def say_months(first: int, last: int) -> str:
    """A run of months."""
    return say_month(first) if first == last else f"{say_month(first)} to {say_month(last)}"


def say_score(value: Estimate | NotEstimable) -> str:
    """A score on 0 to 100 with its interval."""
    if isinstance(value, NotEstimable):
        return TOO_LITTLE[value.reason]
    return f"{value.value:.1f} (95% interval {value.low:.1f} to {value.high:.1f})"


def say_share(value: Estimate | NotEstimable) -> str:
    """A share with its interval, in percent."""
    if isinstance(value, NotEstimable):
        return TOO_LITTLE[value.reason]
    return f"{value.value:.0%} (95% interval {value.low:.0%} to {value.high:.0%})"


def say_summary(summary: GroupSummary) -> str:
    """A group's score in a sentence."""
    if isinstance(summary.score, NotEstimable):
        return f"{summary.n} responses: {TOO_LITTLE[summary.score.reason]} that can be scored."
    sentence = (
        f"{summary.n} responses; the score is {summary.score.value:.1f} of 100, "
        f"likely between {summary.score.low:.1f} and {summary.score.high:.1f}."
    )
    return f"{sentence} Provisional: too few answers to compare." if summary.provisional else sentence
