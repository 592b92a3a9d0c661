import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.control_chart import chart_p, chart_p_prime, chart_xmr
from analysis.estimate import UnusableDataError
from analysis.run_chart import split_phases
from tests.oracles import read_oracle

DATA = read_oracle("control_chart_data.csv")
CHARTS = read_oracle("control_chart.csv")
POINTS = read_oracle("control_chart_points.csv")
CANS = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6]


def dates(count):
    return [f"2025-{at:04d}" for at in range(count)]


def known(text):
    return None if text == "NA" else float(text)


def approx(value):
    return None if value is None else pytest.approx(value, rel=1e-9, abs=1e-12)


def chart_of(sample, kind):
    rows = [row for row in DATA if row["sample"] == sample]
    values, cases = [known(row["value"]) for row in rows], [known(row["n"]) for row in rows]
    if kind.startswith("xmr"):
        return chart_xmr(dates(len(rows)), values, screen=kind == "xmr")
    return {"p": chart_p, "pprime": chart_p_prime}[kind](dates(len(rows)), values, cases)


def marked(chart, signal):
    return [at for at, point in enumerate(chart.points) if signal in point.signals]


def limits_of(chart):
    return [(point.lower, point.upper) for point in chart.points]


@pytest.mark.parametrize("row", CHARTS, ids=lambda row: f"{row['sample']}-{row['chart']}")
def test_charts_are_those_of_r(row):
    chart = chart_of(row["sample"], row["chart"])
    assert chart.center == pytest.approx(float(row["center"]), rel=1e-12)
    assert chart.sigma_z == approx(known(row["sigma_z"]))
    runs = [int(row[name]) for name in ("longest", "longest_limit", "crossings", "crossings_limit")]
    assert list(dataclasses.astuple(chart.runs)) == runs
    expected = [each for each in POINTS if (each["sample"], each["chart"]) == (row["sample"], row["chart"])]
    for point, each in zip(chart.points, expected, strict=True):
        for name in ("value", "lower", "upper"):
            assert getattr(point, name) == approx(known(each[name]))
        assert " ".join(point.signals) == each["signals"]


def test_fields_are_the_keys_of_the_command_line():
    chart = chart_xmr(dates(3), [1, 2, 4])
    assert [field.name for field in dataclasses.fields(chart)] == ["center", "sigma_z", "points", "runs"]
    names = [field.name for field in dataclasses.fields(chart.points[0])]
    assert names == ["date", "value", "lower", "upper", "signals"]


def test_the_flow_rates_of_the_engineering_statistics_handbook():
    # NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: 50.81, limits 55.8041 and 45.8159 with 3/1.128 for 2.66.
    chart = chart_of("flow_rate", "xmr_unscreened")
    assert chart.center == pytest.approx(50.81)
    assert limits_of(chart)[0] == pytest.approx((45.8159, 55.8041), abs=0.001)


def test_montgomerys_orange_juice_cans():
    # Montgomery, Introduction to Statistical Quality Control, example 7.1; NIST/SEMATECH e-Handbook, 6.3.3.2.
    chart = chart_p(dates(30), CANS, [50] * 30)
    assert chart.center == pytest.approx(0.2313, abs=5e-5)
    assert limits_of(chart)[0] == pytest.approx((0.0524, 0.4102), abs=1e-4)
    # Samples 15 and 23 are outside; without them the limits are 0.0407 and 0.3893 about 0.2150.
    assert marked(chart, "outside") == [14, 22]
    revised = chart_p(dates(30), CANS, [None if at in {14, 22} else 50 for at in range(30)])
    assert revised.center == pytest.approx(0.2150, abs=5e-5)
    assert limits_of(revised)[0] == pytest.approx((0.0407, 0.3893), abs=1e-4)
    assert limits_of(revised)[14] == (None, None)


def test_a_jump_is_screened_out_of_the_limits():
    values = [70.0, 71, 70, 72, 71, 70, 71, 72, 70, 95, 71, 70, 72, 71, 70]
    screened, plain = chart_xmr(dates(15), values), chart_xmr(dates(15), values, screen=False)
    assert screened.center == plain.center
    # Of 14 ranges those of 25 and 24 are above 3.267 times their mean; the others are 17 in all.
    ranges = np.abs(np.diff(values))
    assert screened.points[0].upper - screened.center == pytest.approx(2.66 * np.delete(ranges, [8, 9]).mean())
    assert plain.points[0].upper - plain.center == pytest.approx(2.66 * ranges.mean())


def test_screening_never_leaves_limits_without_width():
    chart = chart_xmr(dates(20), [100.0] * 9 + [80] + [100] * 10)
    assert marked(chart, "outside") == [9]
    assert chart.points[0].upper == pytest.approx(99 + 2.66 * 40 / 19)


def test_near_a_limit_goes_by_the_limit_before_it_is_cut_off():
    # p̄ = 0.95 and n = 20: σ = 0.0487, two thirds of the way up is above 1, which no share is.
    chart = chart_p(dates(20), [20] * 10 + [18] * 10, [20] * 20)
    assert limits_of(chart)[0][1] == 1
    assert not any(point.signals == ("near_limit",) for point in chart.points)


def test_limits_follow_the_denominators():
    chart = chart_p(dates(4), [8, 80, 9, 85], [10, 100, 10, 100])
    assert chart.points[0].lower < chart.points[1].lower
    assert chart.points[0].lower == pytest.approx(chart.points[2].lower)


def test_laneys_limits_are_p_limits_times_sigma_z():
    rows = ([1700, 1650, 1500, 1800, 1620], [2000, 2100, 1900, 2050, 1990])
    plain, prime = chart_p(dates(5), *rows), chart_p_prime(dates(5), *rows)
    assert prime.sigma_z > 1
    for one, other in zip(plain.points, prime.points, strict=True):
        assert prime.center - other.lower == pytest.approx(prime.sigma_z * (plain.center - one.lower), rel=1e-9)


def test_sigma_z_is_one_where_chance_is_all():
    generator = np.random.default_rng(20261115)
    cases = generator.integers(50, 500, 4000)
    chart = chart_p_prime(dates(4000), generator.binomial(cases, 0.7).tolist(), cases.tolist())
    assert chart.sigma_z == pytest.approx(1, abs=0.04)


def test_each_phase_has_limits_of_its_own_and_no_pattern_runs_across():
    values = [10.0, 12, 11, 9, 10.5, 11.5, 30, 32, 31, 29, 30.5, 31.5]
    whole = chart_xmr(dates(12), values)
    phased = chart_xmr(dates(12), values, phases=[6])
    parts = [chart_xmr(dates(12)[part], values[part]) for part in split_phases(12, [6])]
    assert phased.points == parts[0].points + parts[1].points
    assert (phased.center, phased.runs) == (parts[1].center, parts[1].runs)
    assert whole.points[0].lower != phased.points[0].lower
    rising = [float(at) for at in range(14)]
    assert marked(chart_xmr(dates(14), rising), "trend") == list(range(1, 14))
    assert marked(chart_xmr(dates(14), rising, phases=[7]), "trend") == []
    assert marked(chart_xmr(dates(14), rising, phases=[7]), "shift") == []


def test_a_baseline_holds_the_limits():
    chart = chart_xmr(dates(12), [10.0, 12, 11, 9, 10, 11, 20, 11, 10, 12, 11, 10], baseline=6)
    first = chart_xmr(dates(6), [10.0, 12, 11, 9, 10, 11])
    assert (chart.center, limits_of(chart)[0]) == (first.center, limits_of(first)[0])
    assert marked(chart, "outside") == [6]
    shares = chart_p_prime(dates(8), [8, 7, 9, 8, 2, 9, 8, 7], [10] * 8, baseline=4)
    assert shares.center == 0.8
    assert shares.sigma_z == chart_p_prime(dates(4), [8, 7, 9, 8], [10] * 4).sigma_z


@pytest.mark.parametrize(
    "chart",
    [
        chart_xmr(dates(8), [5, 5, 5, 5, 1, 9, 2, 8], phases=[4]),
        chart_xmr(dates(8), [5, 5, 5, 5, 1, 9, 2, 8], baseline=4),
        chart_p(dates(8), [5, 5, 5, 5, 1, 2, 2, 4], [5] * 8, phases=[4]),
        chart_p(dates(8), [5, 5, 5, 5, 1, 2, 2, 4], [5] * 8, baseline=4),
        chart_p_prime(dates(8), [4, 4, 4, 4, 1, 2, 2, 4], [5] * 8, baseline=4),
        chart_p(dates(4), [4, 1, 2, 3], [5] * 4, phases=[1]),
        chart_xmr(dates(4), [4, 1, 2, 3], phases=[1]),
    ],
)
def test_without_variation_or_with_one_point_there_are_no_limits(chart):
    assert limits_of(chart)[0] == (None, None)
    assert "outside" not in chart.points[0].signals


def test_a_phase_of_nothing_keeps_its_points():
    chart = chart_p(dates(5), [3, 2, 4, 0, None], [5, 5, 6, 0, 4], phases=[3])
    assert [point.value for point in chart.points[3:]] == [None, None]
    assert chart.center == pytest.approx(9 / 16)


def test_values_far_from_zero_keep_their_digits():
    values = [1.0, 3, 2, 5, 4, 2]
    near, far = chart_xmr(dates(6), values), chart_xmr(dates(6), [1e9 + value for value in values])
    assert far.points[0].upper - 1e9 == pytest.approx(near.points[0].upper, abs=1e-6)
    assert far.runs == near.runs


def test_ten_million_answers_a_month():
    chart = chart_p(dates(3), [9_000_000, 9_010_000, 8_990_000], [10_000_000] * 3)
    assert marked(chart, "outside") == [1, 2]
    assert marked(chart_p_prime(dates(3), [9_000_000, 9_010_000, 8_990_000], [10_000_000] * 3), "outside") == []


@pytest.mark.parametrize("chart", [chart_p, chart_p_prime])
@pytest.mark.parametrize(
    ("numerators", "denominators", "sentence"),
    [
        ([1, 7], [5, 5], "2025-0001 has 7 of 5"),
        ([1, -1], [5, 5], "2025-0001 has -1 of 5"),
        ([1, 1], [5, 0], "2025-0001 has 1 of 0"),
        ([0.8, 0.9], [5, 5], "2025-0000 has 0.8 of 5.*whole numbers"),
        ([1, float("inf")], [5, 5], "2025-0001"),
        ([1, None], [5, 5], "there are 1"),
        ([5, 5], [5, 5], "Every one of the 10 cases"),
        ([0, 0], [5, 5], "None of the 10 cases"),
    ],
)
def test_unusable_counts_are_refused_in_a_sentence(chart, numerators, denominators, sentence):
    with pytest.raises(UnusableDataError, match=sentence):
        chart(dates(2), numerators, denominators)


def test_a_constant_series_is_refused():
    with pytest.raises(UnusableDataError, match=r"Every value is 0\.3"):
        chart_xmr(dates(3), [0.3, 0.1 + 0.2, 0.3])


@given(
    st.lists(
        st.one_of(st.none(), st.integers(0, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))),
        min_size=1,
        max_size=40,
    )
)
def test_any_counts_are_charted_or_refused(counts):
    numerators = [None if each is None else each[0] for each in counts]
    denominators = [None if each is None else each[1] for each in counts]
    for chart in (chart_p, chart_p_prime):
        try:
            found = chart(dates(len(counts)), numerators, denominators)
        except UnusableDataError:
            continue
        assert len(found.points) == len(counts)
        assert 0 < found.center < 1
        for point, each in zip(found.points, counts, strict=True):
            assert (point.value is None) == (each is None or each[1] == 0)
            if point.lower is not None:
                assert 0 <= point.lower <= found.center <= point.upper <= 1
                assert ("outside" in point.signals) == (
                    point.value < point.lower - 1e-12 or point.value > point.upper + 1e-12
                )


def test_false_alarms_on_estimated_limits():
    # Synthetic: 24 stable months, the limits taken from them; how many of 2,000 charts have a point with each signal.
    generator = np.random.default_rng(20261116)
    found = {"outside": 0, "shift": 0, "trend": 0, "near_limit": 0}
    for _ in range(2000):
        chart = chart_xmr(dates(24), generator.normal(80, 5, 24).tolist(), screen=False)
        for signal in found:
            found[signal] += bool(marked(chart, signal))
    # With known limits 1 − 0.9973^24 = 6.3 % would have a point outside; estimated ones let a few more.
    assert 0.05 < found["outside"] / 2000 < 0.13
    # By counting: 16 % of rows of 24 fair coins hold seven alike; the mean of the same points holds runs shorter.
    assert 0.06 < found["shift"] / 2000 < 0.17
    assert found["trend"] / 2000 < 0.005
    assert found["near_limit"] / 2000 < 0.10
