import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.estimate import Estimate, NotEstimable
from analysis.proportion import wilson_interval
from tests.oracles import read_oracle


@pytest.mark.parametrize("row", read_oracle("proportion.csv"), ids=lambda row: f"{row['successes']}-{row['n']}")
def test_the_interval_is_that_of_r(row):
    result = wilson_interval(int(row["successes"]), int(row["n"]), level=float(row["level"]))
    assert (result.low, result.high) == pytest.approx((float(row["low"]), float(row["high"])), rel=1e-6, abs=1e-12)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_that_of_scipy_and_holds_the_share(case):
    successes, n = case
    result = wilson_interval(successes, n)
    assert isinstance(result, Estimate)
    expected = stats.binomtest(successes, n).proportion_ci(method="wilson")
    assert (result.low, result.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= result.low <= result.value <= result.high <= 1


def test_nobody_answered_is_no_share():
    assert wilson_interval(0, 0) == NotEstimable("no_answers")


def test_more_successes_than_cases_are_refused():
    with pytest.raises(ValueError, match="12 successes in 11"):
        wilson_interval(12, 11)
