"""`python -m analysis` as a person or a program runs it: any letters, and data that cannot be used."""

import json
import os
import subprocess
import sys

import pytest

from analysis.__main__ import app
from tests.analysis.commands import answer, refusal, run

COMMANDS = {command.callback.__name__: command for command in app.registered_commands}


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


def test_a_number_that_is_too_sure_of_itself_says_so_beside_it(write):
    top = [[5, 5, "ab"[i % 2]] for i in range(18)]
    piled = write(["a", "b", "g"], [*top, [3, 4, "a"], [2, 3, "a"], [5, 4, "a"]])
    spread = write(["a", "b", "g"], [[i % 5, (i + i // 5) % 5, "ab"[i % 2]] for i in range(200)], "spread.csv")

    def says(words, command, path, *options):
        return words in " ".join(run(command, path, *options).stdout.split())

    alpha = ["--items", "a,b"]
    assert says("88% of the answers are at one end", "reliability", piled, *alpha)
    assert not says("too narrow", "reliability", spread, *alpha)
    groups = ["--value", "a", "--group", "g"]
    assert says("All answers of b are equal", "compare", piled, *groups)
    assert says("as small as 9", "compare", piled, *groups) and says("up to 40 %", "compare", piled, *groups)
    assert not says("too often", "compare", spread, *groups)
    cases = ["--group", "g", "--numerator", "x", "--denominator", "n"]
    # Five of five is above the drawn limit of 0.99 although chance gives that in more than half of such groups.
    perfect = write(["g", "x", "n"], [["a", 5, 5], ["b", 90, 100], ["c", 94, 105]], "perfect.csv")
    assert says("less than one case", "funnel", perfect, *cases)
    apart = write(["g", "x", "n"], [["a", 50, 100], ["b", 48, 100]], "apart.csv")
    assert not says("less than one case", "funnel", apart, *cases)
