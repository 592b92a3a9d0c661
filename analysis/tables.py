"""Results as tables for people, each with a sentence that says what it means and what to be careful about."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from analysis.cautions import caution_alpha, caution_comparison, caution_funnel
from analysis.table_layout import (
    UNKNOWN,
    format_estimate,
    format_interval,
    format_number,
    format_p,
    format_percent,
    format_probability,
    format_share,
    print_pairs,
    print_table,
    say,
    spell_code,
)

if TYPE_CHECKING:
    from analysis.calibration import Calibration
    from analysis.casemix import CaseMix
    from analysis.comparison import ComparedPair, Comparison
    from analysis.describe import Description, ItemDescription
    from analysis.funnel import Funnel
    from analysis.gap import Gap
    from analysis.icc import Icc
    from analysis.planner import Plan
    from analysis.reliability import Reliability
    from analysis.run_chart import Chart
    from analysis.shrinkage import Shrinkage

MOST_PAIRS: Final = 100
FLAGS: Final = {
    "below_998": "below 99.8 %",
    "below_95": "below 95 %",
    "above_95": "above 95 %",
    "above_998": "above 99.8 %",
}


def show_reliability(result: "Reliability") -> None:
    """Alpha, omega and the items."""
    print_pairs(
        ("complete rows", result.n),
        ("items", result.k),
        ("Cronbach's alpha", result.alpha),
        ("alpha, standardized", result.alpha_standardized),
        ("omega total", result.omega_total.estimate),
        ("mean inter-item r", result.mean_inter_item_r),
    )
    print_table(
        ("item", "n", "mean", "sd", "item-rest r", "alpha without", "at lowest", "at highest", "missing"),
        (
            (
                each.item,
                each.n,
                each.mean,
                each.sd,
                each.item_rest_r,
                each.alpha_if_dropped,
                format_percent(each.floor),
                format_percent(each.ceiling),
                each.missing,
            )
            for each in result.items
        ),
    )
    say(
        "Alpha and omega say how well the items agree with each other here, with these respondents; they do not show "
        "that the items measure compassion, nor that a clinician's mean is reliable (see icc)."
    )
    _warn(caution_alpha(result))


def show_icc(result: "Icc") -> None:
    """ICC(1) and the variance components."""
    print_pairs(
        ("rows", result.n),
        ("groups", result.groups),
        ("mean", result.mean),
        ("variance between groups", result.variance_between),
        ("variance within groups", result.variance_within),
        ("ICC(1)", result.icc1),
        ("answers for reliability 0.70", result.n_for_070),
        ("answers for reliability 0.80", result.n_for_080),
    )
    share = format_percent(result.icc1.value)
    if result.n_for_070 is None:
        say("The groups differ no more than chance makes them: no number of answers would tell them apart.")
    else:
        say(
            f"{share} of the differences between single answers lie between groups. The answers needed are for groups "
            "like these; where the interval of ICC(1) is wide, so is the uncertainty about them."
        )


def show_shrinkage(result: "Shrinkage") -> None:
    """Each group's fair estimate."""
    print_pairs(
        ("grand mean", result.grand_mean),
        ("variance between groups (tau2)", result.tau2),
        ("variance within groups (sigma2)", result.sigma2),
    )
    print_table(
        ("group", "n", "mean", "fair estimate", "95 % interval", "reliability", "P(above grand mean)"),
        (
            (
                each.group,
                each.n,
                each.mean,
                each.estimate,
                format_interval(each.low, each.high),
                each.reliability,
                format_probability(each.p_above),
            )
            for each in result.groups
        ),
    )
    say(
        "Each mean is pulled to the grand mean as far as chance may have moved it. Groups stand in the order of their "
        "names: overlapping intervals are no ground for a ranking."
    )


def show_comparison(result: "Comparison") -> None:
    """Tests, groups and pairs."""
    welch, kruskal = result.welch, result.kruskal
    print_table(
        ("test", "statistic", "df", "p"),
        [
            (
                "Welch's analysis of variance",
                welch.statistic,
                f"{format_number(welch.df1)}; {format_number(welch.df2)}",
                format_p(welch.p),
            )
            if welch
            else ("Welch's analysis of variance", None, None, None),
            ("Kruskal–Wallis", kruskal.statistic, str(kruskal.df), format_p(kruskal.p))
            if kruskal
            else ("Kruskal–Wallis", None, None, None),
        ],
    )
    with_top_box = any(each.top_box for each in result.groups)
    print_table(
        ("group", "n", "mean", "sd", "95 % interval", *(["top-box"] if with_top_box else [])),
        (
            (
                each.group,
                each.n,
                each.mean,
                each.sd,
                format_interval(each.low, each.high),
                *([format_share(each.top_box)] if with_top_box else []),
            )
            for each in result.groups
        ),
    )
    _show_pairs(result.pairs)
    say(
        "p is Games and Howell's, which already allows for all pairs; p adjusted is Benjamini and Hochberg's. Nothing "
        "here is adjusted for who the respondents are (see casemix), and a difference is not yet a cause."
    )
    _warn(caution_comparison(result))


def _show_pairs(pairs: "Sequence[ComparedPair]") -> None:
    shown = pairs
    if len(shown) > MOST_PAIRS:
        shown = tuple(each for each in shown if each.p_adjusted is not None and each.p_adjusted < 0.05)[:MOST_PAIRS]
        say(
            f"Of {len(pairs):,} pairs those with an adjusted p below 0.05 are shown, the first {MOST_PAIRS} by "
            "name; --json has them all."
        )
    print_table(
        ("a", "b", "a − b", "95 % interval", "p", "p adjusted", "Cliff's delta"),
        (
            (
                each.a,
                each.b,
                each.difference,
                format_interval(each.low, each.high),
                format_p(each.p),
                format_p(each.p_adjusted),
                format_estimate(each.cliffs_delta.estimate, each.cliffs_delta.low, each.cliffs_delta.high),
            )
            for each in shown
        ),
    )


def show_case_mix(result: "CaseMix") -> None:
    """Coefficients and adjusted means."""
    print_table(
        ("term", "estimate", "se", "p"),
        ((each.term, each.estimate, each.se, format_p(each.p)) for each in result.coefficients),
    )
    print_table(
        ("group", "n", "raw mean", "adjusted mean", "se"),
        ((each.group, each.n, each.raw, each.adjusted, each.se) for each in result.groups),
    )
    say(
        f"Adjusted means are what groups would have with the same mix of respondents; R² {format_number(result.r2)}. "
        "Adjustment takes away only what the adjusters measure, and only if they work alike in every group."
    )


def show_description(result: "Description", rows: int) -> None:
    """One column's answers."""
    quantiles = result.quantiles
    print_pairs(
        ("rows", rows),
        ("answers", result.n),
        *((f"missing: {spell_code(way)}", count) for way, count in result.missing.items() if count),
        ("mean", result.mean),
        ("sd", result.sd),
        ("skewness", result.skewness),
        *(
            [
                ("lowest, highest", format_interval(quantiles.min, quantiles.max)),
                ("median", quantiles.p50),
                ("middle half", format_interval(quantiles.p25, quantiles.p75)),
                ("5 % to 95 %", format_interval(quantiles.p5, quantiles.p95)),
            ]
            if quantiles
            else []
        ),
    )
    print_table(
        ("value" if result.bin_width is None else "around", "count", "share", ""),
        (
            (
                format_number(bar.value),
                bar.count,
                format_percent(bar.count / result.n),
                "█" * round(40 * bar.count / result.n),
            )
            for bar in result.histogram
        ),
    )
    say(
        "Scores that crowd at the top say more by their distribution than by their mean. Who did not answer is not in "
        "either."
    )


def show_items(items: "tuple[ItemDescription, ...]", rows: int) -> None:
    """Several columns' answers, a line for each."""
    print_table(
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
                ", ".join(f"{count:,} {spell_code(way)}" for way, count in each.missing.items() if count) or "0",
            )
            for each in items
        ),
    )
    say(f"{rows:,} rows read; each item stands for those who answered it. --json has the distributions.")


def show_funnel(result: "Funnel") -> None:
    """Each group's share against the limits at its size."""
    print_pairs(
        ("target, all cases together", format_percent(result.target)),
        ("phi", result.phi),
        ("tau2", result.tau2),
    )
    print_table(
        ("group", "cases", "share", "z", "95 % limits", "99.8 % limits", "beyond"),
        (
            (
                each.group,
                f"{each.numerator:,} of {each.denominator:,}",
                format_percent(each.value),
                each.z,
                _percents(each.low95, each.high95),
                _percents(each.low998, each.high998),
                FLAGS[each.flag] if each.flag else "",
            )
            for each in result.groups
        ),
    )
    flagged = sum(each.flag is not None for each in result.groups)
    compared = sum(each.value is not None for each in result.groups)
    say(
        f"{flagged} of {compared} groups lie beyond their 95 % limits; of as many groups without any real difference "
        f"chance puts about {0.05 * compared:.1f} there. A group beyond is a question to ask, not a verdict."
    )
    _warn(caution_funnel(result))


def show_chart(result: "Chart", *, shares: bool) -> None:
    """Points over time with their signals, and the runs."""
    shown = format_percent if shares else format_number
    runs = result.runs
    print_pairs(
        ("center", shown(result.center)),
        *([("sigma z", result.sigma_z)] if result.sigma_z is not None else []),
        ("longest run", f"{_or_dash(runs.longest)} (at most {_or_dash(runs.longest_limit)} by chance)"),
        ("crossings", f"{_or_dash(runs.crossings)} (at least {_or_dash(runs.crossings_limit)} by chance)"),
    )
    print_table(
        ("date", "value", "lower limit", "upper limit", "signals"),
        (
            (
                each.date,
                shown(each.value),
                shown(each.lower),
                shown(each.upper),
                ", ".join(map(spell_code, each.signals)),
            )
            for each in result.points
        ),
    )
    signalled = sum(bool(each.signals) for each in result.points)
    say(
        f"{signalled} of {len(result.points)} points belong to a pattern that chance seldom makes. The chart says that "
        "something changed, not what it was; limits are not targets."
    )


def show_gap(result: "Gap", espoused: str, experienced: str) -> None:
    """What we say against what we do."""
    print_table(
        ("", "ratings", "mean"),
        (
            (f"espoused ({espoused})", result.n_espoused, result.espoused),
            (f"experienced ({experienced})", result.n_experienced, result.experienced),
        ),
    )
    print_pairs(("gap, espoused − experienced", result.gap))
    if result.gap.low > 0:
        meaning = "More is espoused than experienced."
    elif result.gap.high < 0:
        meaning = "More is experienced than espoused."
    else:
        meaning = "The data do not tell in which direction the two differ."
    say(f"{meaning} Both sides must have rated the same things on the same scale; each rating counts as independent.")


def show_plan(result: "Plan") -> None:
    """How many answers are needed."""
    print_pairs(
        ("answers in each group", result.n),
        ("clusters in each group", result.clusters),
        ("design effect", result.design_effect),
    )
    say(f"Formula: {result.formula}.")
    say("Answers that will come in, not patients who will be asked; the plan is as good as the ICC and sd it rests on.")


def show_calibration(result: "Calibration") -> None:
    """How often intervals held the truth."""
    print_table(
        ("study", "scenario", "n", "rate", "aim", "verdict"),
        (
            (each.study, each.scenario, each.n, f"{each.rate:.3f} ± {each.standard_error:.3f}", each.aim, each.verdict)
            for each in result.rates
        ),
    )
    say(
        f"Synthetic populations, seed {result.seed}, {result.repeats:,} repeats; ± is the simulation's own error. "
        "docs/methods.md explains every deviation."
    )


def _warn(caution: str | None) -> None:
    if caution:
        say(caution)


def _or_dash(count: int | None) -> str:
    return UNKNOWN if count is None else str(count)


def _percents(low: float | None, high: float | None) -> str | None:
    return None if low is None or high is None else f"{format_percent(low)} to {format_percent(high)}"


def say_rows(rows: int, used: int, lacking: str) -> None:
    """How many rows were read and how many the result rests on."""
    if used < rows:
        say(f"{rows:,} rows read, {rows - used:,} left out because they lack {lacking}.")
    else:
        say(f"{rows:,} rows read, all of them used.")
