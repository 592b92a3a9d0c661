"""A clinician's results in plain words: what each number means, how sure it is, and what it does not say."""

from math import isinf
from statistics import mean, median
from typing import Final

from analysis.estimate import Estimate, NotEstimable, Suppressed
from analysis.group import PROVISIONAL_BELOW, GroupSummary
from analysis.key_drivers import KeyDrivers
from analysis.language import say, sayable
from analysis.report.course import Course, Periods, SinceChange
from analysis.report.standing import Standing
from analysis.wording import TOO_LITTLE, say_item, say_months
from survey.instrument import Instrument

SIGNALS: Final = {
    "outside": sayable("{months}: farther from your usual level than chance carries a single period ({side})."),
    "shift": sayable("{months}: seven or more periods in a row on one side of your usual level ({side})."),
    "trend": sayable("{months}: seven or more steps in a row in one direction ({side})."),
    "near_limit": sayable("{months}: two of three periods close to the limit on the same side ({side})."),
}
SIDES: Final = {1: sayable("improvement"), -1: sayable("concern")}
QUADRANT_WORDS: Final = {
    "concentrate": sayable("Work on this first: {item}; it is felt less than the rest and goes closely with it."),
    "keep_up": sayable("Keep this up: {item}; it is felt more than the rest and goes closely with it."),
    "low_priority": sayable("Less urgent: {item}; it is felt less than the rest but goes little with it."),
    "maintain": sayable("In good order: {item}; it is felt more than the rest and goes little with it."),
}


def say_headline(summary: GroupSummary, standing: Standing | NotEstimable | Suppressed) -> str:
    """How many answered, where the score likely lies, and when it may be compared, in one sentence."""
    if isinstance(summary.score, NotEstimable):
        reason = say(TOO_LITTLE[summary.score.reason])
        return say("{n} responses: {reason} that can be scored.", n=summary.n, reason=reason)
    score = summary.score
    first = say(
        "{n} patients; likely between {low:.0f} and {high:.0f}", n=score.n, low=score.low, high=score.high
    )  # fmt: skip
    return f"{first}; {_say_when(summary, standing)}"


def _say_when(summary: GroupSummary, standing: Standing | NotEstimable | Suppressed) -> str:
    if isinf(summary.needed):
        return say("no number of answers would make it reliable enough to compare.")
    more = summary.needed - summary.scored
    if more > 0:
        return say("reliable enough to compare from about {more:.0f} more.", more=more)
    if isinstance(standing, Standing):
        return say("reliable enough to compare.")
    return say("enough to compare by convention ({n} answers).", n=PROVISIONAL_BELOW)


def explain_reliability(standing: Standing | NotEstimable | Suppressed) -> str:
    """Where the number of answers for a comparison comes from."""
    if not isinstance(standing, Standing):
        return say(
            "How many answers a comparison needs is best learned from how far the clinicians of your program differ. "
            "That cannot be told here, or not without giving somebody away, so the convention of {n} answers is used.",
            n=PROVISIONAL_BELOW,
        )
    if isinf(standing.needed):
        return say(
            "The scores of the {clinicians} clinicians of your program differ no more than chance alone would make "
            "them: nobody can be told apart by them, so nobody should be compared by them.",
            clinicians=standing.clinicians,
        )
    return say(
        "In your program ({clinicians} clinicians) about {share:.0%} of the differences between single answers come "
        "from who the clinician is; the rest is patients and chance. So a score says reliably (0.70) who differs from "
        "about {needed:.0f} answers on. Below that it is called provisional: good for your own reflection, not for "
        "comparisons.",
        clinicians=standing.clinicians,
        share=standing.icc.value,
        needed=standing.needed,
    )


def explain_fair_estimate(standing: Standing) -> str:
    """The shrunken estimate in plain words."""
    fair = standing.fair
    first = say(
        "With few answers a score is partly luck. The best guess of what many more patients would say lies between "
        "your own average, {mean:.1f}, and your program's, {program:.1f}: the more answers, the nearer to your own. "
        "With your {n} answers it is {estimate:.1f}, likely between {low:.1f} and {high:.1f}.",
        mean=fair.mean, program=standing.mean, n=fair.n, estimate=fair.estimate, low=fair.low, high=fair.high,
    )  # fmt: skip
    if fair.low <= standing.mean <= fair.high:
        second = say("Your program's average lies within: you may well be no different from it.")
    elif fair.low > standing.mean:
        second = say(
            "Your program's average lies below: your patients very likely feel more compassion than usual here."
        )
    else:
        second = say(
            "Your program's average lies above: your patients very likely feel less compassion than usual here."
        )
    return f"{first} {second}"


def say_course(course: Course) -> str:
    """A course over time in a sentence or two: where it was, where it is, and whether chance would do."""
    scores = [(point, point.summary.score) for point in course.points if isinstance(point.summary.score, Estimate)]
    if not scores:
        return say("No period has enough answers to be shown.")
    (first, one), (last, other) = scores[0], scores[-1]
    if len(scores) == 1:
        return say(
            "One period so far, {months}: {value:.1f} (95% interval {low:.1f} to {high:.1f}).",
            months=say_months(first.first, first.last), value=one.value, low=one.low, high=one.high,
        )  # fmt: skip
    course_words = say(
        "{n} periods: {first:.1f} in {first_months}, {last:.1f} in {last_months}.",
        n=len(scores), first=one.value, first_months=say_months(first.first, first.last),
        last=other.value, last_months=say_months(last.first, last.last),
    )  # fmt: skip
    signals = explain_signals(course)
    return " ".join([course_words, *signals]) if signals else f"{course_words} {_no_signal(course)}"


def _no_signal(course: Course) -> str:
    if course.chart is None:
        return say("All periods are alike.")
    return say("The ups and downs are no larger than chance makes them: no sign of a change.")


def explain_signals(course: Course) -> list[str]:
    """Each signal on the chart in words: in which months, in which direction, and what it means."""
    if course.chart is None:
        return []
    words = [
        say(SIGNALS[name], months=say_months(first, last), side=say(SIDES[side]))
        for name in SIGNALS
        for first, last, side in _stretches(course, name)
    ]
    runs = course.chart.runs
    if not words and runs.longest is not None and runs.longest_limit is not None and runs.longest > runs.longest_limit:
        words.append(
            say("{n} periods in a row lie on one side of the middle, more than chance usually brings.", n=runs.longest)
        )
    return words


def signal_side(course: Course, place: int) -> int:
    """1 where the point's signal is an improvement, −1 where it is a concern, 0 without a signal.

    By the side of its own phase's centre, or, of a trend alone, by its direction.
    """
    chart = course.chart
    if chart is None or not chart.points[place].signals:
        return 0
    point = chart.points[place]
    assert point.value is not None  # noqa: S101  a signal is a value's
    if point.signals == ("trend",):
        before = next(each.value for each in reversed(chart.points[:place]) if each.value is not None)
        return 1 if point.value > before else -1
    center = phase_center(course, place)
    return 1 if center is None or point.value > center else -1


def phase_center(course: Course, place: int) -> float | None:
    """The centre of the phase that a point is in: the middle between its limits, or of its phase's values."""
    if course.chart is None:
        return None
    start, end = (
        (0, course.changed_at) if course.changed_at and place < course.changed_at else (course.changed_at or 0, None)
    )
    values = [point.value for point in course.chart.points[start:end] if point.value is not None]
    if not values:
        return None
    return float(mean(values) if course.kind == "xmr" else median(values))


def _stretches(course: Course, name: str) -> list[tuple[int, int, int]]:
    """First and last month, and side, of each unbroken row of points with this signal on one side."""
    assert course.chart is not None  # noqa: S101  asked by the caller
    found: list[tuple[int, int, int]] = []
    open_at: int | None = None
    for place, (point, charted) in enumerate(zip(course.points, course.chart.points, strict=True)):
        side = signal_side(course, place)
        if name not in charted.signals:
            open_at = None
        elif open_at is not None and found[-1][2] == side and name != "outside":
            found[-1] = (found[-1][0], point.last, side)
        else:
            open_at = place
            found.append((point.first, point.last, side))
    return found


def say_periods(periods: Periods) -> str:
    """Two periods in a sentence: how much the later differs, and whether that may be chance."""
    if periods.difference is None:
        return say("One of the two periods has too few answers for a score.")
    months = {"earlier": say_months(*periods.earlier_months), "later": say_months(*periods.later_months)}
    change = periods.difference
    words = say(
        "{later} against {earlier}: {change:+.1f} points, likely between {low:+.1f} and {high:+.1f}.",
        **months, change=change.value, low=change.low, high=change.high,
    )  # fmt: skip
    return f"{words} {_say_direction(change)}"


def _say_direction(change: Estimate) -> str:
    if change.low > 0:
        return say("That is an improvement that chance alone hardly explains.")
    if change.high < 0:
        return say("That is a decline that chance alone hardly explains.")
    return say("That may well be chance.")


def say_since(since: SinceChange) -> str:
    """What changed since the marked month; and, with enough months, set against the trend that was under way."""
    if isinstance(since.periods, Suppressed):
        return say("There are not yet enough answers on both sides of the month you marked.")
    words = say_periods(since.periods)
    if since.series is None:
        more = say("From three periods on each side, seven in all, the trend from before is allowed for as well.")
        return f"{words} {more}"
    level = since.series.level_change.estimate
    trend = say(
        "Set against the trend from before, the level changed by {change:+.1f} points at that month, likely between "
        "{low:+.1f} and {high:+.1f}.",
        change=level.value, low=level.low, high=level.high,
    )  # fmt: skip
    caution = say("Whether it was your change that did it, the numbers cannot say.")
    return f"{words} {trend} {_say_direction(level)} {caution}"


def say_drivers(drivers: KeyDrivers, instrument: Instrument) -> str:
    """What the map of key drivers says, item by item where it is clear."""
    clear = [
        say(QUADRANT_WORDS[item.quadrant], item=say_item(instrument, item.item))
        for item in drivers.items
        if item.quadrant is not None
    ]
    below = [
        say_item(instrument, item.item)
        for item in drivers.items
        if item.quadrant is None and item.performance_side == "below"
    ]
    if below:
        clear.append(say("Clearly below your other items: {items}.", items=", ".join(below)))
    caution = say("This shows what goes together in {n} patients' answers, not what causes what.", n=drivers.n)
    if not clear:
        clear = [say("No item stands out clearly: work on whatever matters most to you and your patients.")]
    return " ".join([*clear, caution])
