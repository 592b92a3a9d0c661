"""Results as tables for people, each with a sentence that says what it means and what to be careful about."""

from collections.abc import Iterable, Sequence
from math import floor, log10
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from analysis.calibration import Calibration
    from analysis.casemix import CaseMix
    from analysis.comparison import Comparison
    from analysis.describe import Description, ItemDescription
    from analysis.estimate import Estimate
    from analysis.icc import Icc
    from analysis.reliability import Reliability
    from analysis.shrinkage import Shrinkage

UNKNOWN: Final = "–"
MOST_PAIRS: Final = 100


def show_reliability(result: "Reliability") -> None:
    """Alpha, omega and the items."""
    _print_pairs(
        ("complete rows", result.n),
        ("items", result.k),
        ("Cronbach's alpha", result.alpha),
        ("alpha, standardized", result.alpha_standardized),
        ("omega total", result.omega_total.estimate),
        ("mean inter-item r", result.mean_inter_item_r),
    )
    _print_table(
        ("item", "n", "mean", "sd", "item-rest r", "alpha without", "at lowest", "at highest", "missing"),
        (
            (
                each.item,
                each.n,
                each.mean,
                each.sd,
                each.item_rest_r,
                each.alpha_if_dropped,
                _percent(each.floor),
                _percent(each.ceiling),
                each.missing,
            )
            for each in result.items
        ),
    )
    _say(
        "Alpha and omega say how well the items agree with each other here, with these respondents; they do not show "
        "that the items measure compassion, nor that a clinician's mean is reliable (see icc)."
    )


def show_icc(result: "Icc") -> None:
    """ICC(1) and the variance components."""
    _print_pairs(
        ("rows", result.n),
        ("groups", result.groups),
        ("mean", result.mean),
        ("variance between groups", result.variance_between),
        ("variance within groups", result.variance_within),
        ("ICC(1)", result.icc1),
        ("answers for reliability 0.70", result.n_for_070),
        ("answers for reliability 0.80", result.n_for_080),
    )
    share = _percent(result.icc1.value)
    if result.n_for_070 is None:
        _say("The groups differ no more than chance makes them: no number of answers would tell them apart.")
    else:
        _say(
            f"{share} of the differences between single answers lie between groups. The answers needed are for groups "
            "like these; where the interval of ICC(1) is wide, so is the uncertainty about them."
        )


def show_shrinkage(result: "Shrinkage") -> None:
    """Each group's fair estimate."""
    _print_pairs(
        ("grand mean", result.grand_mean),
        ("variance between groups (tau2)", result.tau2),
        ("variance within groups (sigma2)", result.sigma2),
    )
    _print_table(
        ("group", "n", "mean", "fair estimate", "95 % interval", "reliability", "P(above grand mean)"),
        (
            (
                each.group,
                each.n,
                each.mean,
                each.estimate,
                _interval(each.low, each.high),
                each.reliability,
                _probability(each.p_above),
            )
            for each in result.groups
        ),
    )
    _say(
        "Each mean is pulled to the grand mean as far as chance may have moved it. Groups stand in the order of their "
        "names: overlapping intervals are no ground for a ranking."
    )


def show_comparison(result: "Comparison") -> None:
    """Tests, groups and pairs."""
    welch, kruskal = result.welch, result.kruskal
    _print_table(
        ("test", "statistic", "df", "p"),
        [
            (
                "Welch's analysis of variance",
                welch.statistic,
                f"{_number(welch.df1)}; {_number(welch.df2)}",
                _p(welch.p),
            )
            if welch
            else ("Welch's analysis of variance", None, None, None),
            ("Kruskal–Wallis", kruskal.statistic, str(kruskal.df), _p(kruskal.p))
            if kruskal
            else ("Kruskal–Wallis", None, None, None),
        ],
    )
    with_top_box = any(each.top_box for each in result.groups)
    _print_table(
        ("group", "n", "mean", "sd", "95 % interval", *(["top-box"] if with_top_box else [])),
        (
            (
                each.group,
                each.n,
                each.mean,
                each.sd,
                _interval(each.low, each.high),
                *([_share(each.top_box)] if with_top_box else []),
            )
            for each in result.groups
        ),
    )
    shown = result.pairs
    if len(shown) > MOST_PAIRS:
        shown = tuple(each for each in shown if each.p_adjusted is not None and each.p_adjusted < 0.05)[:MOST_PAIRS]
        _say(
            f"Of {len(result.pairs):,} pairs those with an adjusted p below 0.05 are shown, the first {MOST_PAIRS} by "
            "name; --json has them all."
        )
    _print_table(
        ("a", "b", "a − b", "95 % interval", "p", "p adjusted", "Cliff's delta"),
        (
            (
                each.a,
                each.b,
                each.difference,
                _interval(each.low, each.high),
                _p(each.p),
                _p(each.p_adjusted),
                each.cliffs_delta,
            )
            for each in shown
        ),
    )
    _say(
        "p is Games and Howell's, which already allows for all pairs; p adjusted is Benjamini and Hochberg's. Nothing "
        "here is adjusted for who the respondents are (see casemix), and a difference is not yet a cause."
    )


def show_case_mix(result: "CaseMix") -> None:
    """Coefficients and adjusted means."""
    _print_table(
        ("term", "estimate", "se", "p"),
        ((each.term, each.estimate, each.se, _p(each.p)) for each in result.coefficients),
    )
    _print_table(
        ("group", "n", "raw mean", "adjusted mean", "se"),
        ((each.group, each.n, each.raw, each.adjusted, each.se) for each in result.groups),
    )
    _say(
        f"Adjusted means are what the groups would have with the same mix of respondents; R² {_number(result.r2)}. "
        "Adjustment takes away only what the adjusters measure, and only if they work alike in every group."
    )


def show_description(result: "Description", rows: int) -> None:
    """One column's answers."""
    quantiles = result.quantiles
    _print_pairs(
        ("rows", rows),
        ("answers", result.n),
        *((f"missing: {_words(way)}", count) for way, count in result.missing.items() if count),
        ("mean", result.mean),
        ("sd", result.sd),
        ("skewness", result.skewness),
        *(
            [
                ("lowest, highest", _interval(quantiles.min, quantiles.max)),
                ("median", quantiles.p50),
                ("middle half", _interval(quantiles.p25, quantiles.p75)),
                ("5 % to 95 %", _interval(quantiles.p5, quantiles.p95)),
            ]
            if quantiles
            else []
        ),
    )
    _print_table(
        ("value" if result.bin_width is None else "around", "count", "share", ""),
        (
            (_number(bar.value), bar.count, _percent(bar.count / result.n), "█" * round(40 * bar.count / result.n))
            for bar in result.histogram
        ),
    )
    _say(
        "Scores that crowd at the top say more by their distribution than by their mean. Who did not answer is not in "
        "either."
    )


def show_items(items: "tuple[ItemDescription, ...]", rows: int) -> None:
    """Several columns' answers, a line for each."""
    _print_table(
        ("item", "n", "mean", "sd", "lowest", "median", "highest", "missing"),
        (
            (
                each.item,
                each.n,
                each.mean,
                each.sd,
                each.quantiles and each.quantiles.min,
                each.quantiles and each.quantiles.p50,
                each.quantiles and each.quantiles.max,
                ", ".join(f"{count:,} {_words(way)}" for way, count in each.missing.items() if count) or "0",
            )
            for each in items
        ),
    )
    _say(f"{rows:,} rows read; each item stands for those who answered it. --json has the distributions.")


def show_calibration(result: "Calibration") -> None:
    """How often intervals held the truth."""
    _print_table(
        ("study", "scenario", "n", "rate", "aim", "verdict"),
        (
            (each.study, each.scenario, each.n, f"{each.rate:.3f} ± {each.standard_error:.3f}", each.aim, each.verdict)
            for each in result.rates
        ),
    )
    _say(
        f"Synthetic populations, seed {result.seed}, {result.repeats:,} repeats; ± is the simulation's own error. "
        "docs/methods.md explains every deviation."
    )


def say_rows(rows: int, used: int, lacking: str) -> None:
    """How many rows were read and how many the result rests on."""
    if used < rows:
        _say(f"{rows:,} rows read, {rows - used:,} left out because they lack {lacking}.")
    else:
        _say(f"{rows:,} rows read, all of them used.")


def _print_pairs(*pairs: tuple[str, Any]) -> None:
    _print_table(("", "value"), pairs, header=False)


def _print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, header: bool = True) -> None:
    table = Table(show_header=header)
    for place, column in enumerate(columns):
        table.add_column(Text(column), justify="right" if place and column else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(each)) for each in row))
    _console().print(table)


def _say(sentence: str) -> None:
    _console().print(Text(sentence))


def _words(code: str) -> str:
    return code.replace("_", " ")


def _console() -> Console:
    """A terminal's own width; a pipe or a file takes lines as long as they come."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=160)


def _cell(value: Any) -> str:
    from analysis.estimate import Estimate

    if value is None:
        return UNKNOWN
    if isinstance(value, str):
        return value
    if isinstance(value, Estimate):
        return f"{_number(value.value)} ({_interval(value.low, value.high)})"
    return f"{value:,}" if isinstance(value, int) else _number(value)


def _number(value: float | None) -> str:
    """Four digits that count, at most four of them after the point."""
    if value is None:
        return UNKNOWN
    if value == 0 or not abs(value) < 1e15:
        return f"{value:.4g}"
    digits = 3 - floor(log10(abs(value)))
    return f"{value:.3g}" if digits > 6 else f"{value:,.{min(max(digits, 0), 4)}f}"


def _interval(low: float | None, high: float | None) -> str:
    return UNKNOWN if low is None or high is None else f"{_number(low)} to {_number(high)}"


def _percent(value: float | None) -> str:
    return UNKNOWN if value is None else f"{100 * value:.1f} %"


def _share(share: "Estimate | None") -> str:
    if share is None:
        return UNKNOWN
    return f"{_percent(share.value)} ({_percent(share.low)} to {_percent(share.high)})"


def _p(value: float | None) -> str:
    if value is None:
        return UNKNOWN
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _probability(value: float) -> str:
    return "> 0.999" if value > 0.999 else "< 0.001" if value < 0.001 else f"{value:.3f}"
