"""Numbers and results in plain words, the same on every screen."""

from typing import Final

from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.group import GroupSummary
from analysis.language import say, sayable, spoken_language
from survey.instrument import Instrument

HIDDEN: Final = {
    "small_group": sayable("Hidden: fewer than {threshold} responses."),
    "recoverable": sayable("Hidden: this selection would give a smaller group away."),
    "small_remainder": sayable("Hidden: too few other clinicians to stay anonymous."),
}
TOO_LITTLE: Final = {
    "no_answers": sayable("no answers"),
    "one_answer": sayable("one answer only"),
    "all_alike": sayable("all answers are alike"),
}


def say_hidden(value: Suppressed, threshold: int) -> str:
    """Why a number is hidden."""
    return say(HIDDEN[value.reason], threshold=threshold)


def say_month(month: int) -> str:
    """A month such as 202611 as 2026-11."""
    return f"{month // 100}-{month % 100:02d}"


def say_months(first: int, last: int) -> str:
    """A run of months."""
    return say_month(first) if first == last else say("{first} to {last}", first=say_month(first), last=say_month(last))


def say_score(value: Estimate | NotEstimable) -> str:
    """A score on 0 to 100 with its interval."""
    if isinstance(value, NotEstimable):
        return say(TOO_LITTLE[value.reason])
    return say("{value:.1f} (95% interval {low:.1f} to {high:.1f})", value=value.value, low=value.low, high=value.high)


def say_share(value: Estimate | NotEstimable) -> str:
    """A share with its interval, in percent."""
    if isinstance(value, NotEstimable):
        return say(TOO_LITTLE[value.reason])
    return say("{value:.0%} (95% interval {low:.0%} to {high:.0%})", value=value.value, low=value.low, high=value.high)


def say_summary(summary: GroupSummary) -> str:
    """A group's score in a sentence."""
    if isinstance(summary.score, NotEstimable):
        reason = say(TOO_LITTLE[summary.score.reason])
        return say("{n} responses: {reason} that can be scored.", n=summary.n, reason=reason)
    sentence = say(
        "{n} responses; the score is {value:.1f} of 100, likely between {low:.1f} and {high:.1f}.",
        n=summary.n, value=summary.score.value, low=summary.score.low, high=summary.score.high,
    )  # fmt: skip
    return f"{sentence} {say('Provisional: too few answers to compare.')}" if summary.provisional else sentence


def say_item(instrument: Instrument, item_id: str) -> str:
    """What an item is about: its topic, which is English, or its wording in the language of the moment."""
    wording = instrument.wording.get(spoken_language())
    if spoken_language() != "en" and wording is not None:
        return wording.items[item_id]
    return next(item.topic for item in instrument.items if item.id == item_id)


def say_levels(instrument: Instrument) -> list[str]:
    """The levels of the scale from the lowest, as patients read them where the instrument has the language."""
    wording = instrument.wording.get(spoken_language()) or instrument.wording.get("en")
    if wording is not None:
        return [wording.levels[level] for level in instrument.scale.values]
    return [instrument.scale.levels[level].replace("_", " ") for level in instrument.scale.values]


WAYS_OF_NOT_ANSWERING: Final = {
    "skipped": sayable("skipped"),
    "not_applicable": sayable("does not apply"),
    "prefer_not": sayable("prefers not to say"),
    "not_reached": sayable("not reached"),
}
