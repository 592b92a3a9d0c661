"""`python -m analysis`: the statistics of this program for any CSV."""

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from analysis.command_line import (
    Commands,
    WrongUseError,
    open_file,
    print_result,
    progress,
    read_name,
    read_names,
    reading,
    require_finite,
    require_label,
    rereadable,
)

if TYPE_CHECKING:
    from analysis.histogram import Counts, Floats
    from analysis.run_chart import Chart as ChartResult

VALUE_OR_GROUP = "a value or a group"

app = typer.Typer(cls=Commands, add_completion=False, pretty_exceptions_enable=False, help=__doc__)


class Overdispersion(StrEnum):
    """How a funnel allows for groups that differ more than chance."""

    none = "none"
    phi = "phi"
    tau2 = "tau2"


class Chart(StrEnum):
    """The charts of values over time."""

    run = "run"
    xmr = "xmr"
    p = "p"
    pprime = "pprime"


File = Annotated[str, typer.Argument(metavar="FILE", help="A CSV with a header; - reads standard input.")]
Value = Annotated[str, typer.Option(help="The column with the numbers.", metavar="COLUMN")]
Group = Annotated[str, typer.Option(help="The column that names the groups.", metavar="COLUMN")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, numbers not rounded.")]
COLUMNS = "COLUMN,COLUMN,…"


@app.command(epilog="Example: python -m analysis describe answers.csv --items kind,listened,explained")
def describe(
    file: File,
    items: Annotated[str | None, typer.Option(help="Several columns.", metavar=COLUMNS)] = None,
    value: Annotated[str | None, typer.Option(help="One column.", metavar="COLUMN")] = None,
    as_json: AsJson = False,
) -> None:
    """Count, mean, spread, quantiles, histogram and what is missing, of each column by itself."""
    from analysis import tables
    from analysis.csv_sums import read_counts
    from analysis.describe import describe_items, describe_scores

    if (items is None) == (value is None):
        raise WrongUseError("Give either --items or --value.")
    columns = read_names(items, "--items") if items is not None else [read_name(value or "")]
    with reading(file) as rows:
        counts = dict(zip(columns, read_counts(rows, columns), strict=True))
    if value is not None:
        (found,) = counts.values()
        result = describe_scores(found.answers, found.missing)
        print_result(as_json, result, lambda: tables.show_description(result, rows.rows))
    else:
        described = describe_items(
            {name: each.answers for name, each in counts.items()}, {name: each.missing for name, each in counts.items()}
        )
        print_result(as_json, {"n": rows.rows, "items": described}, lambda: tables.show_items(described, rows.rows))


@app.command(epilog="Example: python -m analysis reliability answers.csv --items kind,listened,explained --json")
def reliability(
    file: File,
    items: Annotated[str, typer.Option(help="The instrument's items, all worded in one direction.", metavar=COLUMNS)],
    as_json: AsJson = False,
) -> None:
    """Cronbach's alpha, McDonald's omega, and each item's part in them, over rows with every item answered."""
    from analysis import tables
    from analysis.csv_sums import read_item_sums
    from analysis.reliability import measure_reliability

    with reading(file) as rows:
        sums = read_item_sums(rows, read_names(items, "--items"))
    result = measure_reliability(sums)
    print_result(
        as_json,
        result,
        lambda: tables.show_reliability(result),
        lambda: tables.say_rows(sums.rows, sums.n, "an answer to some item"),
    )


@app.command(epilog="Example: python -m analysis icc answers.csv --value score --group clinician --json")
def icc(file: File, value: Value, group: Group, as_json: AsJson = False) -> None:
    """Do groups differ at all? ICC(1) by REML, and how many answers make a group's mean reliable."""
    from analysis import tables
    from analysis.csv_sums import read_group_sums
    from analysis.icc import measure_icc

    with reading(file) as rows:
        sums = read_group_sums(rows, read_name(value), read_name(group))
    result = measure_icc(sums)
    print_result(
        as_json, result, lambda: tables.show_icc(result), lambda: tables.say_rows(rows.rows, result.n, VALUE_OR_GROUP)
    )


@app.command(epilog="Example: python -m analysis shrink answers.csv --value score --group clinician")
def shrink(file: File, value: Value, group: Group, as_json: AsJson = False) -> None:
    """A fair estimate of each group's mean: pulled to the grand mean as far as chance may have moved it."""
    from analysis import tables
    from analysis.csv_sums import read_group_sums
    from analysis.shrinkage import shrink_groups

    with reading(file) as rows:
        sums = read_group_sums(rows, read_name(value), read_name(group))
    result = shrink_groups(sums)
    used = int(sums.n.sum())
    print_result(
        as_json, result, lambda: tables.show_shrinkage(result), lambda: tables.say_rows(rows.rows, used, VALUE_OR_GROUP)
    )


@app.command(epilog="Example: python -m analysis compare answers.csv --value score --group unit --top-box 100")
def compare(
    file: File,
    value: Value,
    group: Group,
    top_box: Annotated[float | None, typer.Option(help="Values from here on are the top-box.")] = None,
    as_json: AsJson = False,
) -> None:
    """Do groups differ, and which pairs? Welch, Kruskal–Wallis, Games–Howell, Cliff's delta."""
    from analysis import tables
    from analysis.comparison import compare_groups
    from analysis.csv_sums import read_group_histograms

    with reading(file) as rows:
        groups = read_group_histograms(rows, read_name(value), read_name(group))
    result = compare_groups(groups, top_box=require_finite(top_box, "--top-box"))
    used = sum(each.n for each in groups.values())
    print_result(
        as_json,
        result,
        lambda: tables.show_comparison(result),
        lambda: tables.say_rows(rows.rows, used, VALUE_OR_GROUP),
    )


@app.command(
    epilog="Example: python -m analysis casemix answers.csv --value score --group unit --adjusters age_band,health"
)
def casemix(
    file: File,
    value: Value,
    group: Group,
    adjusters: Annotated[str, typer.Option(help="What to adjust for.", metavar=COLUMNS)],
    categorical: Annotated[
        str | None, typer.Option(help="Adjusters to take by their levels although they are numbers.", metavar=COLUMNS)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare groups as if all had the same respondents: case-mix adjustment in the manner of CAHPS.

    An adjuster whose every value is a number has one straight line; any other one has its levels.
    """
    from analysis import tables
    from analysis.casemix import adjust_case_mix
    from analysis.csv_adjusters import read_case_mix

    names = read_names(adjusters, "--adjusters")
    levels = read_names(categorical, "--categorical") if categorical is not None else []
    if unknown := [name for name in levels if name not in names]:
        raise WrongUseError(f"--categorical names {unknown[0]!r}, which is not among --adjusters.")
    with rereadable(file) as path, progress() as on_bytes:
        sums, rows = read_case_mix(
            lambda: open_file(path, on_bytes), read_name(value), read_name(group), names, categorical=levels
        )
    result = adjust_case_mix(sums)
    used = int(sums.n.sum())
    print_result(
        as_json, result, lambda: tables.show_case_mix(result), lambda: tables.say_rows(rows, used, VALUE_OR_GROUP)
    )


@app.command(
    epilog="Example: python -m analysis funnel units.csv --group unit --numerator top_box --denominator answers"
)
def funnel(
    file: File,
    group: Group,
    numerator: Annotated[str, typer.Option(help="The column with the cases that count.", metavar="COLUMN")],
    denominator: Annotated[str, typer.Option(help="The column with all cases.", metavar="COLUMN")],
    overdispersion: Annotated[
        Overdispersion, typer.Option(help="How to widen the limits where groups differ by more than chance.")
    ] = Overdispersion.none,
    as_json: AsJson = False,
) -> None:
    """Which groups' shares stand out from the whole? A funnel; rows of the same group are added up."""
    from analysis import tables
    from analysis.csv_sums import read_group_totals
    from analysis.funnel import funnel_limits

    with reading(file) as rows:
        groups, sums, n = read_group_totals(rows, read_name(group), [read_name(numerator), read_name(denominator)])
    result = funnel_limits(groups, sums[:, 0], sums[:, 1], overdispersion=overdispersion.value)
    print_result(
        as_json,
        result,
        lambda: tables.show_funnel(result),
        lambda: tables.say_rows(rows.rows, int(n.sum()), "a group, a numerator or a denominator"),
    )


@app.command(
    epilog="Example: python -m analysis spc months.csv --date month --value top_box --denominator n --chart pprime"
)
def spc(
    file: File,
    date: Annotated[str, typer.Option(help="The column with dates, such as 2024-03-31 or 2024-03.", metavar="COLUMN")],
    value: Annotated[str, typer.Option(help="The column with values, or with the cases that count.", metavar="COLUMN")],
    chart: Annotated[Chart, typer.Option(help="run or xmr for values, p or pprime for shares.")],
    denominator: Annotated[
        str | None, typer.Option(help="The column with all cases; the chart shows value/denominator.", metavar="COLUMN")
    ] = None,
    no_screen: Annotated[
        bool, typer.Option("--no-screen", help="XmR: keep moving ranges that a jump made large.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Is it changing? A run chart or a control chart over time, with the signals of change.

    Rows of the same date make one point: their mean, or with a denominator the sum of values over the sum of cases.
    """
    from analysis import tables
    from analysis.csv_sums import read_series

    shares = chart in {Chart.p, Chart.pprime}
    if shares and denominator is None:
        raise WrongUseError(f"--chart {chart.value} needs --denominator, the column with all cases.")
    if no_screen and chart is not Chart.xmr:
        raise WrongUseError("--no-screen belongs to --chart xmr.")
    columns = [value] if denominator is None else [value, denominator]
    with reading(file) as rows:
        dates, sums, n = read_series(rows, read_name(date), [read_name(column) for column in columns])
    result = draw_chart(chart.value, dates, sums, n, screen=not no_screen)
    print_result(
        as_json,
        result,
        lambda: tables.show_chart(result, shares=shares),
        lambda: tables.say_rows(rows.rows, int(n.sum()), "a date, a value or a denominator"),
    )


def draw_chart(chart: str, dates: Sequence[str], sums: "Floats", n: "Counts", *, screen: bool) -> "ChartResult":
    """The chart of sums by date, (D, 1) or with denominators (D, 2); a date without complete rows has no value."""
    from analysis.control_chart import chart_p, chart_p_prime, chart_xmr
    from analysis.run_chart import chart_run

    if chart in {"p", "pprime"}:
        return {"p": chart_p, "pprime": chart_p_prime}[chart](dates, sums[:, 0].tolist(), sums[:, 1].tolist())
    cases = n if sums.shape[1] == 1 else sums[:, 1]
    values = [each / count if count else None for each, count in zip(sums[:, 0].tolist(), cases.tolist(), strict=True)]
    return chart_run(dates, values) if chart == "run" else chart_xmr(dates, values, screen=screen)


@app.command(
    epilog="Example: python -m analysis gap ratings.csv --value score --source who --espoused us --experienced patient"
)
def gap(
    file: File,
    value: Value,
    source: Annotated[str, typer.Option(help="The column that says whose rating a row is.", metavar="COLUMN")],
    espoused: Annotated[str, typer.Option(help="The source of what we say.", metavar="LABEL")],
    experienced: Annotated[str, typer.Option(help="The source of what patients report.", metavar="LABEL")],
    as_json: AsJson = False,
) -> None:
    """Do we do what we say? The mean espoused less the mean experienced, with an interval."""
    from analysis import tables
    from analysis.csv_sums import read_group_histograms
    from analysis.gap import measure_gap

    said, done = read_name(espoused), read_name(experienced)
    if said == done:
        raise WrongUseError("--espoused and --experienced must be two different sources.")
    with reading(file) as rows:
        sides = read_group_histograms(rows, read_name(value), read_name(source))
    for label in (said, done):
        require_label(label, list(sides), rows, read_name(source))
    result = measure_gap(sides[said], sides[done])
    print_result(
        as_json,
        result,
        lambda: tables.show_gap(result, said, done),
        lambda: tables.say_rows(
            rows.rows, result.n_espoused + result.n_experienced, "a value, or come from another source"
        ),
    )


@app.command(
    epilog="Example: python -m analysis planner --icc 0.05 --sd 15 --difference 5 --power 0.8 --cluster-size 20"
)
def planner(
    icc: Annotated[float, typer.Option(help="ICC(1) of single answers, from the icc command.")],
    sd: Annotated[float | None, typer.Option(help="Standard deviation of single answers.")] = None,
    half_width: Annotated[float | None, typer.Option(help="A mean is to be known to plus or minus so much.")] = None,
    reliability: Annotated[float | None, typer.Option(help="A group's mean is to be as reliable as this.")] = None,
    difference: Annotated[float | None, typer.Option(help="Two groups' difference that is to be found.")] = None,
    power: Annotated[float, typer.Option(help="How surely it is to be found.")] = 0.8,
    cluster_size: Annotated[float, typer.Option(help="Answers from each clinician within a group.")] = 1,
    as_json: AsJson = False,
) -> None:
    """How many answers does each group need? For a half-width, a reliability, or a difference with its power."""
    from analysis import tables
    from analysis.planner import plan_difference, plan_half_width, plan_reliability

    if sum(aim is not None for aim in (half_width, reliability, difference)) != 1:
        raise WrongUseError("Give one of --half-width, --reliability and --difference.")
    if reliability is not None:
        result = plan_reliability(icc, reliability)
    elif sd is None:
        raise WrongUseError("--half-width and --difference need --sd.")
    elif half_width is not None:
        result = plan_half_width(icc, sd, half_width, cluster_size)
    else:
        result = plan_difference(icc, sd, difference or 0.0, power, cluster_size)
    print_result(as_json, result, lambda: tables.show_plan(result))


@app.command(epilog="Example: python -m analysis calibrate --repeats 1000")
def calibrate(
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.", min=0)] = 20261101,
    repeats: Annotated[int, typer.Option(help="Samples of each kind; 200 take seconds.", min=20)] = 10_000,
    as_json: AsJson = False,
) -> None:
    """Measure by simulation how often the intervals hold the truth. The populations are synthetic."""
    from analysis import tables
    from analysis.calibration import calibrate as measure

    with Console(stderr=True).status("Drawing synthetic samples …"):
        result = measure(seed=seed, repeats=repeats)
    print_result(as_json, result, lambda: tables.show_calibration(result))


def main() -> None:
    """Run a command."""
    app()


if __name__ == "__main__":
    main()
