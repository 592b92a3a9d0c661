import numpy as np
import pytest
from scipy import stats

from analysis.calibration import calibrate
from analysis.measured_rate import exact_rate, judge_rate
from analysis.run_chart import measure_runs
from analysis.signals import mark_near_limit, mark_shift, mark_trend
from analysis.simulated_scores import mix_in_dissatisfied, simulate_instrument


@pytest.fixture(scope="module")
def short():
    return calibrate(seed=7, repeats=200)


def rates_of(calibration, study):
    found = [rate for rate in calibration.rates if rate.study == study]
    assert found, f"There is no study {study}."
    return found


def test_the_same_seed_gives_the_same_rates(short):
    assert calibrate(seed=7, repeats=200) == short
    assert calibrate(seed=8, repeats=200) != short


def test_every_size_from_11_to_200_is_measured(short):
    assert {rate.n for rate in rates_of(short, "mean, Beta interval")} == {11, 15, 20, 30, 50, 100, 200}


def test_every_rate_is_a_share_with_its_error(short):
    for rate in short.rates:
        assert 0 <= rate.rate <= 1
        assert 0 <= rate.standard_error < 0.25
        assert rate.least <= rate.most


def test_means_hold_what_they_say(short):
    """4 errors beside the band: with 200 repeats of 161 scenarios chance goes that far once in hundreds of runs."""
    for rate in rates_of(short, "mean, Beta interval"):
        assert rate.rate > 0.93 - 4 * 0.018, rate
    everything = np.mean([rate.rate for rate in rates_of(short, "mean, Beta interval")])
    assert 0.945 < everything < 0.965


@pytest.mark.parametrize(("share", "n"), [(0.5, 11), (0.95, 11), (0.9, 50)])
def test_wilsons_coverage_is_counted_out_rightly(short, share, n):
    held = [
        successes
        for successes in range(n + 1)
        if stats.binomtest(successes, n).proportion_ci(0.95, method="wilson").low
        <= share
        <= stats.binomtest(successes, n).proportion_ci(0.95, method="wilson").high
    ]
    coverage = sum(stats.binom.pmf(held, n, share))
    rate = next(
        rate for rate in rates_of(short, "top-box, Wilson") if rate.n == n and rate.scenario == f"top-box {share:.0%}"
    )
    assert rate.rate == pytest.approx(coverage, abs=1e-9)
    assert rate.standard_error == 0


@pytest.mark.parametrize(
    ("happened", "verdict"),
    [
        ([1] * 95 + [0] * 5, "within"),
        ([1] * 910 + [0] * 90, "below"),
        ([1] * 995 + [0] * 5, "above"),
        ([1] * 92 + [0] * 8, "undecided"),
    ],
)
def test_a_rate_is_judged_with_its_error(happened, verdict):
    rate = judge_rate("study", "scenario", 11, happened, 0.95, (0.93, 0.97))
    assert rate.verdict == verdict
    assert rate.standard_error == pytest.approx(np.std(happened) / np.sqrt(len(happened)))


def test_a_rate_without_chance_is_judged_to_the_letter():
    assert exact_rate("study", "scenario", 11, 0.9299, 0.95, (0.93, 0.97)).verdict == "below"
    assert exact_rate("study", "scenario", 11, 0.9301, 0.95, (0.93, 0.97)).verdict == "within"


def test_a_rate_without_a_band_agrees_with_theory_or_not():
    assert judge_rate("study", "scenario", 11, [1] * 50 + [0] * 950, 0.05).verdict == "within"
    assert judge_rate("study", "scenario", 11, [1] * 200 + [0] * 800, 0.05).verdict == "above"
    assert judge_rate("study", "scenario", 11, [0] * 1000, 0.001).standard_error > 0


@pytest.mark.parametrize("mean", [50, 80, 98])
@pytest.mark.parametrize("between", [0, 0.4])
def test_a_population_has_the_mean_that_was_asked_for(mean, between):
    population = simulate_instrument(mean, between=between)
    assert population.mean == pytest.approx(mean, abs=1e-6)
    assert population.shares.sum(axis=1) == pytest.approx(1)
    assert (population.icc1 > 0.02) == (between > 0)


def test_drawn_patients_are_the_populations():
    population = simulate_instrument(90, between=0.4)
    kinds, counts = population.draw(np.full((400, 20), 50), np.random.default_rng(3))
    assert (counts.sum(axis=-1) == 50).all()
    assert counts.sum(axis=(0, 1)) @ population.values / 400_000 == pytest.approx(90, abs=0.5)
    best = kinds == kinds.max()
    assert (counts[best] @ population.values / 50).mean() == pytest.approx(population.clinician_means()[-1], abs=0.5)


def test_one_item_is_the_latent_normal_itself():
    population = simulate_instrument(70, items=1, levels=3, step=1.0)
    below, above = stats.norm.ppf(np.cumsum(population.shares[0])[:2])
    assert above - below == pytest.approx(1.0, abs=1e-3)


def test_the_dissatisfied_lower_the_mean():
    mixed = mix_in_dissatisfied(simulate_instrument(90), simulate_instrument(40), 0.05)
    assert mixed.mean == pytest.approx(87.5, abs=1e-6)
    assert mixed.name.endswith("5% dissatisfied: mean 87.5")


def test_too_few_repeats_are_refused():
    with pytest.raises(ValueError, match="at least 20 repeats, not 5"):
        calibrate(seed=1, repeats=5)


def test_identical_clinicians_seldom_seem_to_differ(short):
    for study in ("ICC(1) above 0 by its interval", "any shrunken mean off the program's"):
        assert np.mean([rate.rate for rate in rates_of(short, study)]) < 0.08


def test_no_pair_of_identical_clinicians_is_flagged_too_often(short):
    flagged = rates_of(short, "any pair flagged: adjusted p below 5%")
    assert np.mean([rate.rate for rate in flagged]) < 0.1


def test_funnels_show_no_more_identical_clinicians_than_they_may(short):
    for study, promised in (
        ("funnel of shares, beyond 95%", 0.05),
        ("funnel of means, beyond 95%", 0.05),
        ("funnel of shares, beyond 99.8%", 0.002),
        ("any outlier flagged in a funnel", 0.05),
    ):
        rates = rates_of(short, study)
        error = np.sqrt(sum(rate.standard_error**2 for rate in rates)) / len(rates)
        assert np.mean([rate.rate for rate in rates]) < promised + 3 * error


def test_the_funnels_theory_is_the_binomial_one(short):
    rate = next(rate for rate in rates_of(short, "funnel of shares, beyond 95%") if " 5 identical" in rate.scenario)
    population = simulate_instrument(80)
    beyond = []
    for size in (11, 23, 36, 48, 60):
        p = [stats.binom.cdf(x, size, population.top_box) for x in range(size + 1)]
        upper = [stats.binom.sf(x - 1, size, population.top_box) for x in range(size + 1)]
        rare = [x for x in range(size + 1) if min(p[x], upper[x]) <= 0.025]
        beyond.append(stats.binom.pmf(rare, size, population.top_box).sum())
    assert rate.aim == pytest.approx(np.mean(beyond), abs=1e-9)


def first_aim(calibration, study):
    return rates_of(calibration, study)[0].aim


def test_the_charts_theory_is_that_of_independent_normal_points(short):
    points = np.random.default_rng(5).normal(size=(4000, 24))
    near = [mark_near_limit(each, 0.0, np.full(24, 3.0)).any() for each in points]
    assert np.mean(near) == pytest.approx(first_aim(short, "XmR: series with near_limit"), abs=0.012)
    shift = [mark_shift(np.sign(each).astype(np.int8)).any() for each in points]
    assert np.mean(shift) == pytest.approx(first_aim(short, "XmR: series with shift"), abs=0.022)
    trend = [mark_trend(each).any() for each in np.random.default_rng(6).normal(size=(40_000, 24))]
    assert np.mean(trend) == pytest.approx(first_aim(short, "XmR: series with trend"), abs=0.0005)
    assert first_aim(short, "XmR: points outside") == pytest.approx(2 * stats.norm.sf(3))


def test_the_run_charts_theory_is_that_of_shuffled_halves(short):
    halves = np.repeat(np.array([-1, 1], np.int8), 12)
    runs = [measure_runs(each) for each in np.random.default_rng(5).permuted(np.tile(halves, (20_000, 1)), axis=1)]
    long = np.mean([each.longest > each.longest_limit for each in runs])
    assert long == pytest.approx(first_aim(short, "run chart: a run too long"), abs=0.002)
    few = np.mean([each.crossings < each.crossings_limit for each in runs])
    assert few == pytest.approx(first_aim(short, "run chart: too few crossings"), abs=0.005)
