"""The commands for funnels, charts over time, gaps, sample sizes and calibration."""

import math

import pytest

from tests.analysis.commands import answer, refusal, run


def test_calibration_prints_rates_of_a_seed():
    found = answer("calibrate", "--repeats", 100, "--seed", 3)
    assert (found["seed"], found["repeats"]) == (3, 100)
    assert all(0 <= each["rate"] <= 1 and math.isfinite(each["standard_error"]) for each in found["rates"])


FUNNEL_KEYS = ["group", "numerator", "denominator", "value", "z", "low95", "high95", "low998", "high998", "flag"]


@pytest.mark.parametrize("overdispersion", ["none", "phi", "tau2"])
def test_a_funnel_adds_up_the_rows_of_a_group(write, overdispersion):
    whole = [["a", 40, 60], ["b", 50, 60], ["c", 9, 30], ["d", 0, 0], ["e", 70, 100]]
    split = [["a", 30, 40], ["c", 9, 30], ["b", 50, 60], ["a", 10, 20], ["d", 0, 0], ["e", 70, 100], ["e", "", 5]]
    asked = ["--group", "g", "--numerator", "x", "--denominator", "n", "--overdispersion", overdispersion]
    found = answer("funnel", write(["g", "x", "n"], split), *asked)
    assert found == answer("funnel", write(["g", "x", "n"], whole, "whole.csv"), *asked)
    assert list(found) == ["target", "phi", "tau2", "groups"]
    assert found["target"] == pytest.approx(169 / 250)
    assert all(list(each) == FUNNEL_KEYS for each in found["groups"])
    assert [each["group"] for each in found["groups"]] == list("abcde")
    assert found["groups"][3]["value"] is None and found["groups"][2]["flag"].startswith("below")
    assert "whole numbers" in refusal("funnel", write(["g", "x", "n"], [["a", 0.5, 3], ["b", 1, 2]], "f.csv"), *asked)
    assert "two groups" in refusal("funnel", write(["g", "x", "n"], [["a", 1, 3]], "one.csv"), *asked)
    assert "overdispersion" in refusal("funnel", write(["g", "x", "n"], whole), *asked[:-1], "some")
    shown = run("funnel", write(["g", "x", "n"], split), *asked).stdout
    assert "7 rows read, 1 left out" in shown


def test_a_gap_is_espoused_less_experienced(write):
    rows = [["us", each] for each in (80, 90, 100)] + [["patient", each] for each in (60, 70, 90)] + [["board", 5]]
    asked = ["gap", write(["who", "score"], rows), "--value", "score", "--source", "who"]
    found = answer(*asked, "--espoused", "us", "--experienced", "patient")
    assert list(found) == ["espoused", "experienced", "gap", "n_espoused", "n_experienced"]
    assert found["gap"]["estimate"] == pytest.approx(90 - 220 / 3)
    assert "labels are board, patient, us" in refusal(*asked, "--espoused", "we", "--experienced", "patient")
    assert "different" in refusal(*asked, "--espoused", "us", "--experienced", "us")
    assert "1 left out" in run(*asked, "--espoused", "us", "--experienced", "patient").stdout


def test_a_plan_says_n_and_its_formula():
    # R: power.t.test(delta = 5, sd = 15, power = 0.8) gives n = 142.2466 per group.
    found = answer("planner", "--icc", 0, "--sd", 15, "--difference", 5, "--power", 0.8)
    assert found["n"] == 143 and "power" in found["formula"]
    # Spearman–Brown: 0.7/0.3 · 0.95/0.05 = 44.3
    assert answer("planner", "--icc", 0.05, "--reliability", 0.7)["n"] == 45
    assert answer("planner", "--icc", 0.05, "--sd", 15, "--half-width", 3)["n"] > 96
    assert "--half-width" in refusal("planner", "--icc", 0.1)
    assert "one of" in refusal("planner", "--icc", 0.1, "--reliability", 0.7, "--half-width", 2)
    assert "--sd" in refusal("planner", "--icc", 0.1, "--half-width", 2)
    assert "ICC" in refusal("planner", "--icc", "nan", "--reliability", 0.7)
    assert "ICC" in refusal("planner", "--icc", 0, "--reliability", 0.7)
    assert "above 0" in refusal("planner", "--icc", 0.1, "--sd", 10, "--difference", 0)
    assert "--icc" in refusal("planner", "--icc", "much", "--reliability", 0.7)


# Montgomery's flow widths and others are tested where the charts are; here, that rows become points.
SHARES = [["2024-03", 8, 10], ["2024-01", 5, 10], ["2024-02", 9, 12], ["2024-03", 4, 10], ["2024-05", 4, 9]]


@pytest.mark.parametrize("chart", ["p", "pprime"])
def test_rows_of_one_date_are_added_up_to_a_share(write, chart):
    asked = ["spc", write(["d", "x", "n"], SHARES), "--date", "d", "--value", "x", "--denominator", "n"]
    found = answer(*asked, "--chart", chart)
    assert list(found) == ["center", "sigma_z", "points", "runs"]
    assert list(found["runs"]) == ["longest", "longest_limit", "crossings", "crossings_limit"]
    assert [list(each) for each in found["points"]] == [["date", "value", "lower", "upper", "signals"]] * 4
    assert [each["date"] for each in found["points"]] == ["2024-01", "2024-02", "2024-03", "2024-05"]
    assert [each["value"] for each in found["points"]] == pytest.approx([0.5, 0.75, 0.6, 4 / 9])
    assert found["center"] == pytest.approx(30 / 51)
    assert (found["sigma_z"] is None) == (chart == "p")


def test_rows_of_one_date_are_a_mean_on_charts_of_values(write):
    path = write(["d", "v"], [["3/1/2024", 8], ["14/1/2024", 5], ["3/1/2024", 4], ["2/2/2024", ""], ["1/2/2024", 9]])
    found = answer("spc", path, "--date", "d", "--value", "v", "--chart", "xmr")
    assert [(each["date"], each["value"]) for each in found["points"]] == [
        ("2024-01-03", 6), ("2024-01-14", 5), ("2024-02-01", 9), ("2024-02-02", None),
    ]  # fmt: skip
    # Wheeler's limits: 20/3 ± 2.66 · (1 + 4)/2
    assert found["points"][0]["upper"] == pytest.approx(20 / 3 + 2.66 * 2.5)
    run_chart = answer("spc", path, "--date", "d", "--value", "v", "--chart", "run")
    assert run_chart["center"] == 6 and run_chart["points"][0]["upper"] is None
    ratio = write(["d", "v", "n"], [[1, 8, 2], [2, 10, 5], [10, 9, 3]], "ratio.csv")
    found = answer("spc", ratio, "--date", "d", "--value", "v", "--denominator", "n", "--chart", "run")
    assert [(each["date"], each["value"]) for each in found["points"]] == [("1", 4), ("2", 2), ("10", 3)]


def test_screening_of_moving_ranges_can_be_switched_off(write):
    values = [10, 11, 10, 11, 10, 11, 10, 60, 61, 60, 61, 60, 61]
    asked = ["spc", write(["d", "v"], list(enumerate(values))), "--date", "d", "--value", "v", "--chart"]
    screened, kept = answer(*asked, "xmr"), answer(*asked, "xmr", "--no-screen")
    mean = sum(values) / 13
    assert screened["points"][0]["upper"] == pytest.approx(mean + 2.66)
    assert kept["points"][0]["upper"] == pytest.approx(mean + 2.66 * 61 / 12)
    assert "--no-screen" in refusal(*asked, "run", "--no-screen")
    assert "--denominator" in refusal(*asked, "p")
    assert "chart" in refusal(*asked, "c")


def test_dates_that_nobody_can_order_end_with_a_sentence(write):
    asked = ["--date", "d", "--value", "v", "--chart", "run"]
    assert "day/month or month/day" in refusal("spc", write(["d", "v"], [["3/1/2024", 8], ["4/1/2024", 5]]), *asked)
    assert "instead of a date" in refusal("spc", write(["d", "v"], [["spring", 8], ["autumn", 5]]), *asked)
