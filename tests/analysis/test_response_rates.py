import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.estimate import UnusableDataError
from analysis.proportion import wilson_interval
from analysis.response_rates import Dispositions, measure_funnel, measure_response_rates
from tests.oracles import read_oracle

ALL = Dispositions(400, 50, 200, 150, 100, 300, 100)


def rates(counts, **options):
    return [each.estimate for each in measure_response_rates(counts, **options).rates]


def test_the_six_rates_by_hand():
    """AAPOR's formulas: K = 400 + 50 + 200 + 150 + 100 = 900, U = 300."""
    result = measure_response_rates(ALL, e=0.5)
    assert [each.name for each in result.rates] == ["RR1", "RR2", "RR3", "RR4", "RR5", "RR6"]
    assert [each.numerator for each in result.rates] == [400, 450] * 3
    assert [each.denominator for each in result.rates] == [1200, 1200, 1050, 1050, 900, 900]
    assert rates(ALL, e=0.5) == pytest.approx([1 / 3, 0.375, 400 / 1050, 450 / 1050, 4 / 9, 0.5])


@pytest.mark.parametrize(
    "row", read_oracle("response_rates.csv"), ids=lambda row: f"{row['sample']}-{row['given'] or 'estimated'}"
)
def test_the_rates_are_those_of_r_over_the_single_cases(row):
    result = measure_response_rates(
        Dispositions(*map(int, row["counts"].split())), e=float(row["given"]) if row["given"] else None
    )
    wanted = [float(each) if each.strip() else None for each in row["rates"].split("|")]
    assert result.e == pytest.approx(float(row["e"]), rel=1e-12)
    assert [each.estimate for each in result.rates] == [
        None if each is None else pytest.approx(each, rel=1e-12) for each in wanted
    ]


def test_a_published_example():
    """Twelve people, as the README of R's package outcomerate has them, and the rates that it prints."""
    assert rates(Dispositions(4, 2, 1, 1, 1, 2, 1)) == pytest.approx(
        [0.364, 0.545, 0.370, 0.556, 0.444, 0.667], abs=5e-4
    )


def test_without_e_the_unknown_are_as_eligible_as_the_known():
    """CASRO: 900 of 1,000 whose eligibility is known belong, so 270 of the 300."""
    result = measure_response_rates(ALL)
    assert result.e == pytest.approx(0.9)
    assert result.rates[2].denominator == pytest.approx(1170)
    assert measure_response_rates(ALL, e=0.5).e == 0.5


@given(st.tuples(*[st.integers(0, 10_000_000)] * 7))
def test_the_rates_stand_in_their_order(counts):
    result = rates(Dispositions(*counts))
    if sum(counts[:5]) == 0:
        assert result[4] is None
        return
    for low, middle, high in (result[::2], result[1::2]):
        assert 0 <= low <= middle + 1e-12
        assert middle <= high + 1e-12
        assert high <= 1


def test_what_nobody_counted_is_not_known():
    assert rates(Dispositions(4, 1)) == [None] * 6
    assert rates(Dispositions(4, 1, 2, 2, 1)) == [None] * 4 + [0.4, 0.5]
    assert rates(Dispositions(4, 1, 2, 2, 1, 10)) == [0.2, 0.25, None, None, 0.4, 0.5]
    assert rates(Dispositions(4, 1, 2, 2, 1, 0)) == [0.4, 0.5] * 3
    assert rates(Dispositions(4, 1, 2, None, 1, 0, 3)) == [None] * 6
    assert rates(Dispositions(0, 0, 0, 0, 0, 0, 0)) == [None] * 6
    assert measure_response_rates(Dispositions(4, 1)).rates[0].denominator is None


@pytest.mark.parametrize(
    ("counts", "e", "words"), [(Dispositions(-1, 0), None, "completed is below"), (ALL, 1.2, "share e")]
)
def test_impossible_counts_are_said_in_a_sentence(counts, e, words):
    with pytest.raises(UnusableDataError, match=words):
        measure_response_rates(counts, e=e)


def test_the_funnel_from_encounter_to_response():
    steps = measure_funnel(encounters=1000, offered=400, started=300, completed=270)
    assert [(each.step, each.of) for each in steps] == [
        ("offered", "encounters"),
        ("started", "offered"),
        ("completed", "started"),
        ("completed", "encounters"),
    ]
    assert [each.share for each in steps] == [
        wilson_interval(400, 1000),
        wilson_interval(300, 400),
        wilson_interval(270, 300),
        wilson_interval(270, 1000),
    ]


@pytest.mark.parametrize("flow", sorted({row["counts"] for row in read_oracle("response_steps.csv")}))
def test_the_steps_are_those_of_r(flow):
    encounters, offered, started, completed = map(int, flow.split())
    steps = measure_funnel(encounters=encounters, offered=offered, started=started, completed=completed)
    wanted = [row for row in read_oracle("response_steps.csv") if row["counts"] == flow]
    for each, row in zip(steps, wanted, strict=True):
        found = (each.share.value, each.share.low, each.share.high)
        assert found == pytest.approx([float(row[key]) for key in ("estimate", "low", "high")], rel=1e-9, abs=1e-12)


def test_a_step_that_nobody_counted_is_not_known():
    steps = measure_funnel(encounters=None, offered=40, started=30, completed=30)
    assert [each.share is None for each in steps] == [True, False, False, True]
    assert (steps[0].numerator, steps[0].denominator) == (40, None)
    assert steps[2].share.high == 1
    assert measure_funnel(encounters=0, offered=0, started=0, completed=0)[0].share is None


def test_more_of_a_later_step_is_an_error_in_counting_also_across_an_unknown_one():
    with pytest.raises(UnusableDataError, match="50 offered of 40 encounters"):
        measure_funnel(encounters=40, offered=50, started=None, completed=None)
    with pytest.raises(UnusableDataError, match="50 completed of 40 offered"):
        measure_funnel(encounters=None, offered=40, started=None, completed=50)
    with pytest.raises(UnusableDataError, match="started is below 0"):
        measure_funnel(encounters=None, offered=40, started=-3, completed=None)
