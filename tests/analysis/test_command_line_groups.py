"""The commands that describe answers, items and groups, against R's numbers."""

from pathlib import Path

import pytest

from tests.analysis.commands import answer, refusal
from tests.oracles import read_oracle


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
    mixed = write(["unit", "y", "health"], [[*row[:2], f"{row[2]}{'.0' * (i // 4 % 2)}"] for i, row in enumerate(rows)])
    asked[1] = mixed
    assert answer(*asked, "--categorical", "health")["coefficients"] == levels
    Path(mixed).write_text(Path(mixed).read_text().replace(",", ";").replace(".", ","))
    assert answer(*asked, "--categorical", "health")["coefficients"] == levels


@pytest.mark.parametrize("labels", [["2", "10", "100"], ["-1.5", "3", "20"], ["Ward 10", "Ward 2", "ward 1"]])
def test_groups_stand_in_the_order_of_numbers_where_all_are_numbers_and_of_text_else(write, labels):
    rows = [[labels[i % 3], i % 5 + i % 3, 3 + i % 2, 9, i % 7] for i in reversed(range(60))]
    path = write(["g", "v", "x", "n", "age"], rows)
    grouped = ["--group", "g"]
    for command, options in {
        "shrink": ["--value", "v"],
        "compare": ["--value", "v"],
        "casemix": ["--value", "v", "--adjusters", "age"],
        "funnel": ["--numerator", "x", "--denominator", "n"],
    }.items():
        found = answer(command, path, *grouped, *options)
        assert [each["group"] for each in found["groups"]] == labels, command
        if command == "compare":
            pairs = [(each["a"], each["b"]) for each in found["pairs"]]
            assert pairs == [(labels[0], labels[1]), (labels[0], labels[2]), (labels[1], labels[2])]


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


def test_a_columns_name_may_hold_a_comma_and_any_letter(write):
    path = write(["warm, kind", "größe"], [[1, 2], [2, 3], [3, 3], [4, 5]])
    found = answer("reliability", path, "--items", '"warm, kind", größe')
    assert [each["item"] for each in found["items"]] == ["warm, kind", "größe"]


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
