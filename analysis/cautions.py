"""Where a usual number is known to be too sure of itself: sentences to stand beside it. The figures are those of
"Calibration" and "Reliability of the items" in docs/methods.md."""

from statistics import fmean
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from analysis.comparison import Comparison
    from analysis.funnel import Funnel
    from analysis.reliability import Reliability

# From this share of answers at one end of the scale on, Feldt's interval has lost more than a little of its 95 %.
PILED_UP: Final = 0.5
# With groups of 100 answers Welch's test is nearly right under a ceiling, too.
ENOUGH: Final = 100


def caution_alpha(result: "Reliability") -> str | None:
    """Feldt's interval supposes normal answers; None where it does for these."""
    share = max(fmean(each.ceiling for each in result.items), fmean(each.floor for each in result.items))
    if result.alpha is None or share < PILED_UP:
        return None
    return (
        f"{share:.0%} of the answers are at one end of the scale, so the interval of alpha is too narrow: in "
        "simulations it held the true alpha in 82 % of the samples, not 95 %, with 76 % at the top, and in 59 % with "
        "93 %."
    )


def caution_comparison(result: "Comparison") -> str | None:
    """Welch's weights and Games and Howell's errors take a small group's spread at its word."""
    smallest = min(each.n for each in result.groups)
    level = [each.group for each in result.groups if each.n > 1 and not each.sd]
    found = []
    if level:
        named = ", ".join(level[:5]) + (" and others" if len(level) > 5 else "")
        found.append(
            f"All answers of {named} are equal: such a mean has no interval, and its pairs rest on the other group's "
            "spread alone, which is too bold."
        )
    if level or smallest < ENOUGH:
        found.append(
            f"Groups are as small as {smallest}: where answers crowd at one end of the scale, Welch's test and p find "
            "differences between identical groups too often (in up to 40 % and 13 % of simulated programs with 11 to "
            "60 answers each, not 5 %). Go by Kruskal–Wallis, p adjusted and Cliff's delta there."
        )
    return " ".join(found) or None


def caution_funnel(result: "Funnel") -> str | None:
    """Drawn limits are interpolated between counts, flags are by the exact probability of a count."""
    unflagged = [each for each in result.groups if each.flag is None and each.value is not None]
    if all((each.low95 or 0) <= (each.value or 0) <= (each.high95 or 0) for each in unflagged):
        return None
    return (
        "A share just outside a limit without a word beside it is outside by less than one case, which chance gives "
        "more often than the limit says."
    )
