"""What the comparison of units says in words: how units stand beside the program, levels of adjusters, numbers."""

from collections.abc import Mapping, Sequence
from typing import Final

from analysis.estimate import Estimate
from analysis.language import say, sayable
from analysis.report.program import NotAdjusted, Standing, Standings, UnitRate
from analysis.wording import say_share

VERDICTS: Final = {
    "above": sayable("above the program"),
    "below": sayable("below the program"),
    "seems_above": sayable("seems above, may be chance"),
    "seems_below": sayable("seems below, may be chance"),
    "alike": sayable("no difference seen"),
    "unreliable": sayable("not reliable yet"),
    "provisional": sayable("cannot be compared yet"),
}
# The same in few words, and the signs that charts draw.
SHORT: Final = {
    "above": sayable("above"),
    "below": sayable("below"),
    "seems_above": sayable("seems above"),
    "seems_below": sayable("seems below"),
    "alike": sayable("no difference seen"),
    "unreliable": sayable("not reliable yet"),
    "provisional": sayable("cannot be compared yet"),
}
SIGNS: Final = {
    "above": "▲",
    "below": "▼",
    "seems_above": "△",
    "seems_below": "▽",
    "alike": "●",
    "unreliable": "□",
    "provisional": "◇",
}
ADJUSTERS: Final = {
    "mode": sayable("how people answered"),
    "respondent": sayable("who answered"),
    "language": sayable("language"),
    "age_band": sayable("age"),
    "self_rated_health": sayable("health, by themselves"),
    "education": sayable("education"),
}
LEVELS: Final = {
    "kiosk": sayable("kiosk"),
    "own_device": sayable("own device"),
    "paper": sayable("paper"),
    "import": sayable("imported"),
    "patient": sayable("patient"),
    "proxy": sayable("relative or carer"),
    "assisted": sayable("patient with help"),
    "under-18": sayable("under 18"),
    "prefer_not": sayable("prefers not to say"),
    "poor": sayable("poor"),
    "fair": sayable("fair"),
    "good": sayable("good"),
    "very_good": sayable("very good"),
    "excellent": sayable("excellent"),
    "primary": sayable("primary school"),
    "some_secondary": sayable("some secondary school"),
    "secondary": sayable("secondary school"),
    "some_college": sayable("some college"),
    "bachelor": sayable("bachelor's degree"),
    "postgraduate": sayable("postgraduate degree"),
    "en": sayable("English"),
    "es": sayable("Spanish"),
}
NOT_ADJUSTED: Final = {
    "one_mode": sayable(
        "Not adjusted: patients' ages, languages and so on are counted for all modes together only. Choose all modes."
    ),
    "nothing_to_adjust": sayable(
        "Not adjusted: too few people in each unit said their age, language and so on. Choose a longer period, or ask "
        "these questions on the kiosk."
    ),
    "too_few": sayable("Not adjusted: this needs at least two units with enough answers. Choose a longer period."),
}


def say_level(level: str) -> str:
    """A level of an adjuster; age bands and languages without a name here are as they are."""
    return say(LEVELS[level]) if level in LEVELS else level


def say_not_adjusted(reason: NotAdjusted) -> str:
    """Why there are no adjusted means, and what to do."""
    return say(NOT_ADJUSTED[reason.reason])


def say_points(difference: Estimate) -> str:
    """A difference in points with its interval."""
    return say(
        "{value:+.1f} points (95% interval {low:+.1f} to {high:+.1f})",
        value=difference.value, low=difference.low, high=difference.high,
    )  # fmt: skip


def say_reliability(standing: Standing) -> str:
    """A unit's reliability, and how many responses it would take."""
    if standing.reliability is None:
        return say("unknown")
    if standing.reliability >= 0.70:
        return say("{value:.2f}, enough", value=standing.reliability)
    if standing.needed is None:
        return say("{value:.2f}; more answers alone do not help, more clinicians do", value=standing.reliability)
    return say("{value:.2f}; enough from about {n} answers", value=standing.reliability, n=standing.needed)


def list_rates(rates: Sequence[UnitRate]) -> list[dict[str, str | int]]:
    """Response rates as a table."""
    return [
        {
            say("unit"): each.unit,
            say("responses"): each.responses,
            say("asked and said no"): say("not counted") if each.declined is None else each.declined,
            say("share of those asked who answered"): say("unknown") if each.rate is None else say_share(each.rate),
        }
        for each in rates
    ]


def say_rate(rate: UnitRate) -> str:
    """A unit's rate in a line."""
    share = say("unknown") if rate.rate is None else say_share(rate.rate)
    return say("{unit}: {n} answered; of those asked {share}.", unit=rate.unit, n=rate.responses, share=share)


def say_rates(rates: Sequence[UnitRate]) -> str:
    """What the rates say and why some are unknown."""
    if any(each.rate for each in rates):
        return say(
            "Of those who took the tablet, the share who answered; who said no is counted and nothing else about them. "
            "Who was never offered the tablet is in no rate."
        )
    if any(each.unknown == "other_modes" for each in rates):
        return say(
            "Posters and letters do not know who saw them, so there is no response rate for all modes together. Choose "
            "the mode Kiosk: a tablet counts who says no."
        )
    return say(
        "Nobody counts who was asked and said no, so there is no response rate: the number of answers alone "
        "does not tell whom they speak for."
    )


def say_standings(standings: Standings, names: Mapping[str, str]) -> str:
    """Which units differ from the program, in a sentence."""
    if standings.mean is None:
        return say("Fewer than two units have enough answers to be compared.")
    found = {verdict: _named(standings, names, verdict) for verdict in ("above", "below")}
    if not any(found.values()):
        return say("No unit differs from the program by more than chance and the number of units explain.")
    parts = []
    if found["above"]:
        parts.append(say("Above the program: {units}.", units=_list(found["above"])))
    if found["below"]:
        parts.append(say("Below the program: {units}.", units=_list(found["below"])))
    return " ".join(parts)


def group_standings(standings: Standings, names: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """What can be said of the units at a glance: how many of all, which kind of statement, and the units' names."""
    kinds = (
        (say("differ from the program"), ("above", "below")),
        (say("only seem to differ"), ("seems_above", "seems_below")),
        (say("are like the program, as far as can be seen"), ("alike",)),
        (say("cannot be told yet"), ("unreliable", "provisional")),
    )
    found = []
    for statement, verdicts in kinds:
        units = [f"{SIGNS[verdict]} {name}" for verdict in verdicts for name in _named(standings, names, verdict)]
        found.append((f"{len(units)} / {len(standings.units)}", statement, ", ".join(units) or "–"))
    return found


def _named(standings: Standings, names: Mapping[str, str], verdict: str) -> list[str]:
    return sorted(names[each.unit] for each in standings.units if each.verdict == verdict)


def _list(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return say("{some} and {last}", some=", ".join(names[:-1]), last=names[-1])
