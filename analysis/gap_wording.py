"""What is said and what is felt, in words: never which way is to be expected, and never without its doubt."""

from collections.abc import Iterable, Sequence
from typing import Final

from analysis.language import say, sayable, spoken_language
from analysis.report.espoused import Expectation, ExpectedItem
from analysis.report.program import RoundGaps, SaidAndFelt
from analysis.wording import say_item, say_month, say_months
from survey.instrument import Instrument
from survey.store.self_ratings import RaterRole

FALSE_ALARMS: Final = 0.05
PEOPLE: Final[dict[RaterRole, str]] = {
    "clinician": sayable("Clinicians who said what they expect, {months}: {n}."),
    "lead": sayable("Leads who said what they expect, {months}: {n}."),
}
NO_ROUND: Final[dict[RaterRole, str]] = {
    "clinician": sayable(
        "What clinicians say is not shown yet. Ask them to say on “My feedback” what they expect their patients to "
        "feel: it appears when a month is over and {threshold} or more have, all together, so that nobody's own answer "
        "can be told."
    ),
    "lead": sayable(
        "What leads say is counted apart from what clinicians say, and shown from {threshold} of them in this program."
    ),
}


def form_language(instrument: Instrument) -> str | None:
    """The language in which somebody can be asked what they expect: theirs, or English, or another; None for none."""
    forms = instrument.self_rating
    return next((each for each in (spoken_language(), "en", *forms) if each in forms), None)


def differs(item: SaidAndFelt) -> bool:
    """Whether said and felt differ by more than chance and the number of items explain."""
    return item.p_adjusted is not None and item.p_adjusted < FALSE_ALARMS


def say_expectation(expectation: Expectation, instrument: Instrument) -> str:
    """Where one person's expectation and what patients felt clearly differ."""
    when = say("You said what you expect in {month}.", month=say_month(expectation.month))
    if any(each.clear is None for each in expectation.items):
        found = say("Provisional: too few answers yet to say where that and what patients felt differ.")
        return f"{when} {found}"
    clear = [each for each in expectation.items if each.clear]
    parts = _both_ways(
        _names(instrument, (each for each in clear if each.gap.value > 0)),
        _names(instrument, (each for each in clear if each.gap.value < 0)),
        sayable("Patients felt this less often than you expected: {items}."),
        sayable("Patients felt this more often than you expected: {items}."),
    )
    nowhere = say("On no question would another answer clearly have been nearer to what patients felt.")
    return " ".join([when, *(parts or [nowhere])])


def say_gaps(of: RoundGaps, role: RaterRole, instrument: Instrument) -> str:
    """Where what people say and what patients feel differ."""
    shown = [each for each in of.items if isinstance(each, SaidAndFelt)]
    real = [each for each in shown if each.gap is not None and differs(each)]
    parts = _both_ways(
        _names(instrument, (each for each in real if each.gap and each.gap.value > 0)),
        _names(instrument, (each for each in real if each.gap and each.gap.value < 0)),
        sayable("Said more than felt: {items}."),
        sayable("Felt more than said: {items}."),
    )
    nowhere = say("What they say and what patients feel differ by no more than chance and the number of items explain.")
    who = say(PEOPLE[role], months=say_months(of.first, of.last), n=of.people)
    return " ".join([who, *(parts or [nowhere])])


def say_clear(item: ExpectedItem) -> str:
    """What one person's gap means."""
    if item.clear is None:
        return say("provisional")
    if not item.clear:
        return say("no clear difference")
    return say("less often than expected") if item.gap.value > 0 else say("more often than expected")


def _names(instrument: Instrument, items: Iterable[ExpectedItem | SaidAndFelt]) -> str:
    return "; ".join(say_item(instrument, each.item) for each in items)


def _both_ways(more: str, less: str, if_more: str, if_less: str) -> Sequence[str]:
    return [say(text, items=items) for items, text in ((more, if_more), (less, if_less)) if items]
