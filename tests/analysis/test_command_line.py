"""`python -m analysis` as a person or a program runs it: against R's numbers, and against data that cannot be used."""

import csv
import io
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.__main__ import app
from tests.oracles import read_oracle

COMMANDS = {command.callback.__name__: command for command in app.registered_commands}
runner = CliRunner()


def run(*arguments, data=None):
    return runner.invoke(app, [str(each) for each in arguments], input=data)


def answer(*arguments, data=None):
    """The JSON object that a command prints."""
    result = run(*arguments, "--json", data=data)
    assert result.exit_code == 0, result.stderr
    assert result.stderr == "" and result.stdout.count("\n") == 1

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(result.stdout, parse_constant=refuse)


def refusal(*arguments, data=None):
    """The one sentence that a command ends with."""
    result = run(*arguments, data=data)
    assert result.exit_code == 2, (result.stdout, result.stderr)
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1 and result.stderr.startswith("Error: ") and result.stderr.endswith(".\n")
    return result.stderr


@pytest.fixture
def write(tmp_path):
    """Writes rows, with a header, and gives the file's path."""

    def write_rows(header, rows, name="data.csv"):
        text = io.StringIO()
        csv.writer(text).writerows([header, *rows])
        path = tmp_path / name
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        return str(path)

    return write_rows


@pytest.fixture
def one_way(write):
    def sample(name):
        rows = [row for row in read_oracle("one_way_data.csv") if row["sample"] == name]
        return write(["group", "value"], [[row["group"], row["value"]] for row in rows])

    return sample


ONE_WAY = [row for row in read_oracle("icc.csv") if float(row["between"]) > 0][:4]


@pytest.mark.parametrize("expected", ONE_WAY, ids=[row["sample"] for row in ONE_WAY])
def test_icc_is_lme4s(one_way, expected):
    found = answer("icc", one_way(expected["sample"]), "--value", "value", "--group", "group")
    assert list(found) == [
        "n", "groups", "mean", "variance_between", "variance_within", "icc1", "n_for_070", "n_for_080", "method",
    ]  # fmt: skip
    between, within = float(expected["between"]), float(expected["within"])
    assert (found["n"], found["groups"], found["method"]) == (int(expected["n"]), int(expected["groups"]), "REML")
    assert found["variance_between"] == pytest.approx(between, rel=1e-4)
    assert found["variance_within"] == pytest.approx(within, rel=1e-4)
    assert list(found["icc1"]) == ["estimate", "low", "high"]
    assert found["icc1"]["estimate"] == pytest.approx(between / (between + within), rel=1e-4)
    assert found["n_for_070"] == pytest.approx(7 / 3 * within / between, rel=1e-3)


def test_shrunken_means_are_lme4s(one_way):
    expected = {row["group"]: row for row in read_oracle("shrinkage.csv") if row["sample"] == "dyestuff"}
    found = answer("shrink", one_way("dyestuff"), "--value", "value", "--group", "group")
    assert list(found) == ["grand_mean", "tau2", "sigma2", "groups"]
    assert [each["group"] for each in found["groups"]] == sorted(expected)
    for each in found["groups"]:
        assert list(each) == ["group", "n", "mean", "estimate", "low", "high", "reliability", "p_above"]
        assert each["estimate"] == pytest.approx(float(expected[each["group"]]["estimate"]), rel=1e-5)


@pytest.mark.parametrize("sample", ["attitude", "bfi_agreeableness"])
def test_reliability_is_psychs(write, sample):
    rows = [row["answers"].split(" ") for row in read_oracle("reliability_data.csv") if row["sample"] == sample]
    names = [f"i{place + 1}" for place in range(len(rows[0]))]
    path = write(["respondent", *names], [[place, *row] for place, row in enumerate(rows)])
    (expected,) = (row for row in read_oracle("reliability.csv") if row["sample"] == sample)
    found = answer("reliability", path, "--items", ",".join(names))
    assert list(found) == ["n", "k", "alpha", "alpha_standardized", "omega_total", "mean_inter_item_r", "items"]
    assert (found["n"], found["k"]) == (int(expected["n"]), int(expected["k"]))
    assert found["alpha"] == pytest.approx(
        {"estimate": float(expected["alpha"]), "low": float(expected["low"]), "high": float(expected["high"])}
    )
    assert found["omega_total"]["estimate"] == pytest.approx(float(expected["omega_psych"]), rel=1e-3)
    items = [row for row in read_oracle("reliability_items.csv") if row["sample"] == sample]
    for each, row in zip(found["items"], items, strict=True):
        assert list(each) == [
            "item", "n", "mean", "sd", "item_rest_r", "alpha_if_dropped", "floor", "ceiling", "missing",
        ]  # fmt: skip
        assert each["item"] == row["item"]
        assert each["item_rest_r"] == pytest.approx(float(row["item_rest_r"]))
        assert each["missing"] == int(row["missing"])


@pytest.mark.parametrize("sample", ["missing", "linear", "aliased"])
def test_case_mix_is_rs_linear_model(write, sample):
    rows = [row for row in read_oracle("casemix_data.csv") if row["sample"] == sample]
    adjusters = ["age", "health", "language", *(["years"] if rows[0]["years"] or rows[-1]["years"] else [])]
    path = write(["unit", "y", *adjusters], [[row[name] for name in ("unit", "y", *adjusters)] for row in rows])
    found = answer("casemix", path, "--value", "y", "--group", "unit", "--adjusters", ",".join(adjusters))
    assert list(found) == ["coefficients", "r2", "groups"]
    estimates = {
        row["term"]: row["value"]
        for row in read_oracle("casemix.csv")
        if (row["sample"], row["what"]) == (sample, "estimate")
    }
    for each in found["coefficients"]:
        assert list(each) == ["term", "estimate", "se", "p"]
        if each["estimate"] is not None:
            assert each["estimate"] == pytest.approx(float(estimates[each["term"]]))
    expected = [row for row in read_oracle("casemix_groups.csv") if row["sample"] == sample]
    for each, row in zip(found["groups"], expected, strict=True):
        assert list(each) == ["group", "n", "raw", "adjusted", "se"]
        assert (each["group"], each["n"]) == (row["group"], int(row["n"]))
        assert each["adjusted"] == pytest.approx(float(row["adjusted"]))
    with Path(path).open(encoding="utf-8") as file:
        piped = answer(
            "casemix", "-", "--value", "y", "--group", "unit", "--adjusters", ",".join(adjusters), data=file.read()
        )
    assert piped == found


def test_an_adjuster_of_numbers_is_linear_unless_told_otherwise(write):
    rows = [["ab"[i % 2], i % 7 + 3 * (i % 4), i % 4 + 1] for i in range(80)]
    path = write(["unit", "y", "health"], rows)
    asked = ["casemix", path, "--value", "y", "--group", "unit", "--adjusters", "health"]
    assert [each["term"] for each in answer(*asked)["coefficients"]] == ["health"]
    levels = answer(*asked, "--categorical", "health")["coefficients"]
    assert [each["term"] for each in levels] == ["health=2", "health=3", "health=4"]
    assert "'age'" in refusal(*asked, "--categorical", "age")


def test_describe_counts_ways_of_not_answering_apart(write):
    path = write(["a", "b"], [[1, 5], [2, 5], ["skipped", "NA"], ["", 5], [2, "not_reached"]])
    found = answer("describe", path, "--value", "a")
    assert (found["n"], found["mean"], found["histogram"]) == (
        3, pytest.approx(5 / 3), [{"value": 1, "count": 1}, {"value": 2, "count": 2}],
    )  # fmt: skip
    assert found["missing"] == {"no_value": 1, "skipped": 1, "not_applicable": 0, "prefer_not": 0, "not_reached": 0}
    both = answer("describe", path, "--items", "b,a")
    assert both["n"] == 5 and [each["item"] for each in both["items"]] == ["b", "a"]
    assert both["items"][1]["quantiles"] == found["quantiles"]
    assert "either" in refusal("describe", path)
    assert "either" in refusal("describe", path, "--value", "a", "--items", "a")
    nobody = write(["a"], [["skipped"], [""]], "nobody.csv")
    assert "no answer" in refusal("describe", nobody, "--value", "a").lower()


def test_rows_that_are_left_out_are_said(write):
    path = write(["v", "g"], [[1, "a"], [2, "a"], [4, "b"], [7, "b"], ["", "b"], [3, "NA"]])
    shown = run("icc", path, "--value", "v", "--group", "g")
    assert shown.exit_code == 0 and "6 rows read, 2 left out because they lack a value or a group" in shown.stdout
    assert answer("icc", path, "--value", "v", "--group", "g")["n"] == 4


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([[1, "a"], [2, "a"]], "one group|two groups"),
        ([["NA", "a"], ["", "b"]], "group"),
        ([[5, "a"], [5, "a"], [5, "b"], [5, "b"]], "same"),
        ([[5, "a"], ["five", "b"]], "the text 'five' instead of a number in row 3"),
        ([[5, "a"], ["inf", "b"]], "infinite value 'inf' in row 3"),
    ],
)
@pytest.mark.parametrize("command", ["icc", "shrink", "compare"])
def test_unusable_columns_end_with_a_sentence(write, command, rows, says):
    sentence = refusal(command, write(["v", "g"], rows), "--value", "v", "--group", "g")
    assert any(each in sentence for each in says.split("|")), sentence


def test_unusable_files_and_options_end_with_a_sentence(write, tmp_path):
    path = write(["value", "group"], [[1, "a"], [2, "b"]])
    assert "near it are value" in refusal("icc", path, "--value", "valeu", "--group", "group")
    assert "No such file" in refusal("icc", tmp_path / "none.csv", "--value", "v", "--group", "g")
    assert "directory" in refusal("icc", tmp_path, "--value", "v", "--group", "g")
    assert "--group" in refusal("icc", path, "--value", "value")
    assert "FILE" in refusal("icc")
    assert "--nonsense" in refusal("icc", path, "--nonsense")
    assert "nonsense" in refusal("nonsense")
    assert "command" in refusal()
    assert "commas" in refusal("reliability", path, "--items", "value,,group")
    assert "twice" in refusal("reliability", path, "--items", "value, value")
    assert "only 'value'" in refusal("reliability", path, "--items", "value")
    assert "repeats" in refusal("calibrate", "--repeats", 5)


def test_a_columns_name_may_hold_a_comma_and_any_letter(write):
    path = write(["warm, kind", "größe"], [[1, 2], [2, 3], [3, 3], [4, 5]])
    found = answer("reliability", path, "--items", '"warm, kind", größe')
    assert [each["item"] for each in found["items"]] == ["warm, kind", "größe"]


def test_tables_show_names_as_they_are_and_no_value_as_a_dash(write):
    path = write(["v", "g"], [[1, "[red]a"], [2, "[red]a"], [9, "b[/]"], [5, "b[/]"]])
    shown = run("shrink", path, "--value", "v", "--group", "g").stdout
    assert "[red]a" in shown and "b[/]" in shown
    constant = write(["v", "g"], [[1, "a"], [1, "a"], [3, "b"], [5, "b"], [4, "c"]], "constant.csv")
    assert "–" in run("compare", constant, "--value", "v", "--group", "g").stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example_of_itself(name):
    command = COMMANDS[name]
    assert command.epilog.startswith(f"Example: python -m analysis {name} ")
    shown = run(name, "--help")
    assert shown.exit_code == 0 and "Example:" in shown.stdout


def process(*arguments, data=b"", **environment):
    return subprocess.run(
        [sys.executable, "-m", "analysis", *arguments],
        input=data, capture_output=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_the_command_reads_a_pipe_in_any_letters():
    rows = "größe;gruppe\n" + "".join(f"{i % 5},5;Ä{i % 3}\n" for i in range(300))
    for encoding in ("utf-8", "cp1252"):
        done = process("icc", "-", "--value", "größe", "--group", "gruppe", "--json", data=rows.encode(encoding))
        assert done.returncode == 0 and done.stderr == b""
        assert json.loads(done.stdout)["n"] == 300


def test_arguments_that_are_no_utf_8_find_their_column_or_end_with_a_sentence():
    rows = "é,g\n1,a\n2,a\n4,b\n9,b\n".encode("latin-1")
    found = process("icc", "-", "--value", b"\xe9", "--group", "g", "--json", data=rows)
    assert found.returncode == 0, found.stderr
    for arguments in (["-", "--value", b"\xff"], [b"\xff.csv", "--value", "v"]):
        done = process("icc", *arguments, "--group", "g", data=rows)
        assert done.returncode == 2 and done.stderr.startswith(b"Error: ") and done.stderr.count(b"\n") == 1


def test_a_sentence_and_a_table_come_out_of_a_terminal_that_knows_ascii_only():
    rows = "v,g\n1,Ä\n2,Ä\n4,b\n9,b\n".encode()
    done = process("icc", "-", "--value", "ö", "--group", "g", data=rows, PYTHONIOENCODING="ascii")
    assert done.returncode == 2 and b"Traceback" not in done.stderr
    shown = process("shrink", "-", "--value", "v", "--group", "g", data=rows, PYTHONIOENCODING="ascii")
    assert shown.returncode == 0 and b"Traceback" not in shown.stderr, shown.stderr


def test_the_command_starts_quickly_and_without_numerical_libraries():
    code = (
        "import sys, analysis.__main__; "
        "print([m for m in ('numpy', 'pandas', 'scipy', 'statsmodels', 'pyarrow') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


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


def test_a_comparison_has_the_keys_that_programs_read(write):
    rows = [
        [value, name] for name, values in {"a": (1, 2, 3, 3), "b": (4, 5, 5, 2), "c": (5,)}.items() for value in values
    ]
    found = answer("compare", write(["v", "g"], rows), "--value", "v", "--group", "g", "--top-box", 5)
    assert list(found) == ["welch", "kruskal", "groups", "pairs"]
    assert list(found["groups"][0]) == ["group", "n", "mean", "sd", "low", "high", "top_box"]
    assert found["groups"][1]["top_box"]["estimate"] == 0.5 and found["groups"][2]["sd"] is None
    assert list(found["pairs"][0]) == ["a", "b", "difference", "low", "high", "p", "p_adjusted", "cliffs_delta"]
    assert (found["pairs"][0]["difference"], found["pairs"][0]["cliffs_delta"]["estimate"]) == (-1.75, -11 / 16)
    assert "finite" in refusal("compare", write(["v", "g"], rows), "--value", "v", "--group", "g", "--top-box", "nan")


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


@pytest.mark.parametrize(
    ("arguments", "shows"),
    [
        (["describe", "--value", "a"], ["median", "missing: skipped", "by their distribution"]),
        (["describe", "--items", "a,b"], ["1 skipped", "9 rows read"]),
        (["reliability", "--items", "a,b"], ["Cronbach's alpha", "do not show", "1 left out"]),
        (["icc", "--value", "a", "--group", "g"], ["ICC(1)", "1 left out"]),
        (["shrink", "--value", "a", "--group", "g"], ["fair estimate", "no ground for a ranking"]),
        (["compare", "--value", "a", "--group", "g", "--top-box", "5"], ["Welch", "top-box", "not yet a cause"]),
        (["casemix", "--value", "a", "--group", "g", "--adjusters", "b"], ["adjusted mean", "same mix of respondents"]),
        (["funnel", "--group", "g", "--numerator", "b", "--denominator", "n"], ["99.8 %", "not a verdict"]),
        (["spc", "--date", "n", "--value", "b", "--chart", "xmr"], ["crossings", "limits are not targets"]),
        (
            ["gap", "--value", "a", "--source", "g", "--espoused", "x", "--experienced", "y"],
            ["espoused (x)", "same scale"],
        ),
    ],
    ids=lambda each: each[0],
)
def test_tables_say_what_they_mean_and_what_to_be_careful_about(write, arguments, shows):
    rows = [
        ["x", 1, 2, 5],
        ["x", 2, 2, 6],
        ["x", 5, 4, 7],
        ["x", 4, 5, 8],
        ["y", 3, 3, 9],
        ["y", 5, 4, 10],
        ["y", 4, 2, 11],
    ]
    path = write(["g", "a", "b", "n"], [*rows, ["y", 2, 1, 12], ["y", "skipped", 3, 13]])
    command, *options = arguments
    shown = run(command, path, *options)
    assert shown.exit_code == 0 and shown.stderr == ""
    assert all(each in " ".join(shown.stdout.split()) for each in shows), shown.stdout
    assert "nan" not in shown.stdout.lower().replace("nance", "")
