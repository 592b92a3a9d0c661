import numpy as np
import pytest

from analysis.difference import difference_of_means
from analysis.estimate import Estimate
from analysis.mean import mean_limits
from analysis.proportion import wilson_interval


def symmetric(value, half, n=50):
    return Estimate(value, value - half, value + half, n, "z")


def test_of_symmetric_intervals_it_is_the_textbook_interval():
    found = difference_of_means(symmetric(90, 3), symmetric(80, 4, n=30))
    assert (found.value, found.low, found.high, found.n) == (10, 5, 15, 80)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_of_wilsons_intervals_it_is_newcombes_published_one(one, other, low, high):
    """Newcombe 1998, Statistics in Medicine 17:873, table II, method 10: of which MOVER is the general form."""
    found = difference_of_means(wilson_interval(*one), wilson_interval(*other))
    assert (found.low, found.high) == pytest.approx((low, high), abs=5.1e-5)


def test_it_leans_as_the_intervals_lean():
    found = difference_of_means(Estimate(98, 90, 99, 20, "b"), Estimate(95, 91, 97, 20, "b"))
    assert found.low == pytest.approx(3 - np.hypot(8, 2))
    assert found.high == pytest.approx(3 + np.hypot(1, 4))


def test_turned_round_it_is_turned_round():
    one, other = Estimate(98, 90, 99, 20, "b"), Estimate(95, 91, 97, 30, "b")
    there, back = difference_of_means(one, other), difference_of_means(other, one)
    assert (back.value, back.low, back.high) == (-there.value, -there.high, -there.low)


def test_intervals_of_two_levels_do_not_mix():
    with pytest.raises(ValueError, match="levels"):
        difference_of_means(Estimate(1, 0, 2, 9, "z", 0.95), Estimate(1, 0, 2, 9, "z", 0.9))


def draw_scores(generator, mean, n, repeats):
    """(repeats, n) scores of five items of four levels that go together, 0 to 100."""
    regard = generator.normal(size=(repeats, n, 1))
    latent = mean + 0.8 * regard + 0.6 * generator.normal(size=(repeats, n, 5))
    return 100 * (latent[..., None] > (-1.5, -0.5, 0.5)).sum(-1).mean(-1) / 3


# Close to the ceiling it holds it more often than it says, as the means' own intervals do.
@pytest.mark.parametrize(
    ("means", "sizes", "most"),
    [((0.0, 0.5), (15, 15), 0.965), ((1.5, 2.0), (15, 60), 0.985), ((2.2, 2.2), (11, 30), 1.0)],
)
def test_it_holds_the_true_difference_at_least_as_often_as_it_says(means, sizes, most):
    generator, repeats = np.random.default_rng(20261123), 2_000
    truth = [draw_scores(generator, mean, 200, repeats).mean() for mean in means]
    both = []
    for mean, n in zip(means, sizes, strict=True):
        scores = draw_scores(generator, mean, n, repeats)
        center = scores.mean(1)
        low, high = mean_limits(n, center, ((scores - center[:, None]) ** 2).sum(1))
        both.append([Estimate(*each, n, "b") for each in zip(center, low, high, strict=True)])
    intervals = [difference_of_means(one, other) for one, other in zip(*both, strict=True)]
    held = np.mean([each.low <= truth[0] - truth[1] <= each.high for each in intervals])
    assert 0.935 <= held <= most
