import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.binomial import binomial_quantile, probability_at_least, probability_at_most


@given(
    n=st.integers(1, 3000),
    share=st.floats(1e-6, 1 - 1e-6),
    tail=st.floats(1e-4, 1 - 1e-4),
)
def test_a_quantile_is_the_smallest_count_that_is_enough(n, share, tail):
    count = int(binomial_quantile(tail, n, share))
    # The distribution's own function, summed by scipy's Boost; equality but for its last digits.
    assert stats.binom.cdf(count, n, share) >= tail - 1e-12
    assert stats.binom.cdf(count - 1, n, share) < tail + 1e-12


def test_ten_million_cases_are_exact():
    # R 4.2.2: qbinom(c(0.001, 0.025, 0.975, 0.999), 1e7, 0.9), pbinom(9e6, 1e7, 0.9), pbinom(8998000, 1e7, 0.9)
    found = binomial_quantile([0.001, 0.025, 0.975, 0.999], 10**7, 0.9)
    assert found.tolist() == [8997067, 8998140, 9001859, 9002931]
    assert probability_at_most([9e6, 8.998e6], 10**7, 0.9) == pytest.approx(
        [0.50015419143037532, 0.017551217319593328], rel=1e-11
    )


def test_tails_at_and_beyond_the_ends():
    assert probability_at_most([-1, 0, 3, 4], 3, 0.5).tolist() == [0, 0.125, 1, 1]
    assert probability_at_least([-1, 0, 3, 4], 3, 0.5).tolist() == [1, 1, 0.125, 0]
    assert np.allclose(probability_at_most(range(10), 10, 0.3) + probability_at_least(range(1, 11), 10, 0.3), 1)
