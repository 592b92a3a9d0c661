import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.studentized_range import studentized_range_quantile, studentized_range_tail
from tests.oracles import read_oracle

ROWS = read_oracle("studentized_range.csv")


def tail(row):
    return float(studentized_range_tail(float(row["q"]), int(row["k"]), float(row["nu"])))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['q']}-{row['k']}-{row['nu']}")
def test_the_tail_is_rs_integral(row):
    assert tail(row) == pytest.approx(float(row["tail"]), rel=1e-7)


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row["ptukey"] != "NaN" and 2 < float(row["nu"]) <= 25_000],
    ids=lambda row: f"{row['q']}-{row['k']}-{row['nu']}",
)
def test_the_tail_is_ptukeys_as_far_as_ptukey_is_right(row):
    """ptukey is off by 3e-6 at most here, also from R's own Student's t for k = 2; above 25,000 it takes infinity."""
    assert tail(row) == pytest.approx(float(row["ptukey"]), abs=3e-6)


@pytest.mark.parametrize(
    ("k", "degrees", "level", "q"),
    [(2, 1, 0.95, 17.97), (3, 10, 0.95, 3.877), (10, 20, 0.95, 5.008), (3, 10, 0.99, 5.27), (3, 1e9, 0.95, 3.314)],
)
def test_the_quantiles_are_those_of_the_tables(k, degrees, level, q):
    """Harter 1960, Annals of Mathematical Statistics 31:1122, as textbooks print it."""
    assert float(studentized_range_quantile(level, k, degrees)) == pytest.approx(q, rel=6e-4)


@given(st.floats(0.01, 1e6), st.floats(1, 1e8))
def test_for_two_means_it_is_students_t(q, degrees):
    expected = 2 * stats.t.sf(q / np.sqrt(2), degrees)
    if expected > 1e-250:
        assert float(studentized_range_tail(q, 2, degrees)) == pytest.approx(expected, rel=1e-9)


@given(st.floats(0.1, 30), st.integers(2, 40), st.floats(2, 500))
def test_scipy_agrees(q, k, degrees):
    expected = stats.studentized_range.sf(q, k, degrees)
    assert float(studentized_range_tail(q, k, degrees)) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("k", [2, 3, 50, 500])
@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_the_quantile_inverts_the_tail_with_few_and_with_many_degrees_of_freedom(k, level):
    few = np.array([1, 1.4, 3, 30, 1e7])
    many = np.geomspace(1, 1e8, 300)
    for degrees in (few, many):
        q = studentized_range_quantile(level, k, degrees)
        assert studentized_range_tail(q, k, degrees) == pytest.approx(1 - level, rel=1e-6)


def test_no_difference_at_all_and_one_beyond_all_bounds():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        tails = studentized_range_tail([[0.0, 1e300], [1e-300, 1e5]], 5, 12.0)
    assert tails.shape == (2, 2)
    assert tails[0, 0] == 1
    assert tails[1, 0] == pytest.approx(1, abs=1e-12)
    assert tails[0, 1] == 0
    assert 0 < tails[1, 1] < 1e-40


def test_with_endless_degrees_of_freedom_it_is_the_range_of_normal_variables():
    assert float(studentized_range_tail(4.0, 2, 1e12)) == pytest.approx(2 * stats.norm.sf(4 / np.sqrt(2)), rel=1e-9)
