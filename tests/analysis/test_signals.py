from math import factorial

import numpy as np
import pytest
from scipy import stats

from analysis.signals import (
    mark_near_limit,
    mark_outside,
    mark_shift,
    mark_trend,
    name_signals,
    run_lengths,
    sign_of_difference,
)


def marks(text):
    """'..x' as marks."""
    return [each == "x" for each in text]


def test_six_on_one_side_are_no_shift_and_seven_are():
    assert not mark_shift(np.array([1] * 6 + [-1] * 6)).any()
    assert mark_shift(np.array([-1] + [1] * 7 + [-1])).tolist() == marks(".xxxxxxx.")
    assert mark_shift(np.array([-1] * 9)).all()


def test_a_point_on_the_centre_ends_a_row():
    assert not mark_shift(np.array([1] * 5 + [0] + [1] * 5)).any()


def test_a_trend_is_seven_points_each_above_the_one_before():
    # Six rises are none; the seventh makes one, and where it set out is not part of it.
    assert not mark_trend(np.array([5.0, 1, 2, 3, 4, 5, 6, 7, 6])).any()
    assert mark_trend(np.array([5.0, 1, 2, 3, 4, 5, 6, 7, 8, 7])).tolist() == marks("..xxxxxxx.")
    assert mark_trend(-np.array([1.0, 2, 3, 4, 5, 6, 7, 8])).tolist() == marks(".xxxxxxx")
    assert not mark_trend(np.array([1.0, 2, 3, 4, 4, 5, 6, 7, 8])).any()


def test_outside_is_beyond_the_limit_not_on_it():
    values = np.array([-3.0, -3.1, 3.0, 3.1, 0.0])
    assert mark_outside(values, 0.0, np.full(5, 3.0)).tolist() == marks(".x.x.")
    assert not mark_outside(values, 0.0, np.full(5, np.nan)).any()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0, 2.5, 2.5, 0], ".xx."),
        ([0, 2.5, 0, 2.5, 0], ".x.x."),
        ([2.5, 0, 0, 2.5], "...."),
        ([2.5, -2.5, 0], "..."),
        ([2.5, -2.5, 2.5], "x.x"),
        ([2.0, 2.0, 2.0], "..."),
        ([2.5, 3.5], "xx"),
        ([2.5], "."),
        ([-2.5, -2.5, -2.5, 0], "xxx."),
    ],
)
def test_two_of_three_near_a_limit(values, expected):
    assert mark_near_limit(np.array(values, float), 0.0, np.full(len(values), 3.0)).tolist() == marks(expected)


def test_rounding_is_no_difference():
    assert sign_of_difference(np.array([0.1 + 0.2, 1e9 + 1e-3]), np.array([0.3, 1e9])).tolist() == [0, 1]


def test_rows_without_points_have_no_signals():
    nothing = np.array([])
    assert len(run_lengths(nothing)) == len(mark_shift(nothing)) == len(mark_trend(nothing)) == 0
    assert name_signals({"outside": nothing.astype(bool)}) == []


def stable():
    return np.random.default_rng(20261113).standard_normal(400_000)


def test_false_alarms_of_a_stable_process_are_those_of_theory():
    # A stable normal process with its true centre and limits.
    values = stable()
    reach = np.full(len(values), 3.0)
    outside = 2 * stats.norm.sf(3)
    # A point stands in a row of exactly L with probability L/2^(L + 1); summed from 7 on.
    shift = 8 / 2**7
    # Of L rises in a row, flanked by falls: 1/(L + 1)! − 2/(L + 2)! + 1/(L + 3)!, L times, up or down.
    trend = 2 * sum(
        row * (1 / factorial(row + 1) - 2 / factorial(row + 2) + 1 / factorial(row + 3)) for row in range(7, 40)
    )
    q = stats.norm.sf(2)
    near = 2 * q * (1 - (1 - q) ** 4)
    assert mark_outside(values, 0.0, reach).mean() == pytest.approx(outside, rel=0.1)
    assert mark_shift(np.sign(values).astype(np.int8)).mean() == pytest.approx(shift, rel=0.03)
    assert mark_trend(values).mean() == pytest.approx(trend, rel=0.15)
    assert mark_near_limit(values, 0.0, reach).mean() == pytest.approx(near, rel=0.1)
