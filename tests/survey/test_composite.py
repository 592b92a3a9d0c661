import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.composite import forward_level, score_composite, score_percents
from survey.instrument import load_catalogue

CATALOGUE = load_catalogue()
COMPASSION = CATALOGUE.default
CARE = CATALOGUE.get("care", "2004")


@pytest.mark.parametrize(
    ("instrument", "answered", "total", "score", "percent"),
    [
        (COMPASSION, 5, 20, 20, 100),
        (COMPASSION, 5, 5, 5, 0),
        (COMPASSION, 5, 17, 17, 80),
        (COMPASSION, 3, 9, 15, 200 / 3),
        (COMPASSION, 2, 8, None, None),
        # caremeasure.org: up to two missing take the person's mean, with more there is no score
        (CARE, 10, 43, 43, 82.5),
        (CARE, 8, 32, 40, 75),
        (CARE, 7, 35, None, None),
    ],
)
def test_scores_follow_the_published_rule(instrument, answered, total, score, percent):
    assert score_composite(instrument, answered, total) == (None if score is None else pytest.approx(score))
    (found,) = score_percents(instrument, np.array([answered]), np.array([total]))
    assert found == pytest.approx(np.nan if percent is None else percent, nan_ok=True)


def test_a_reversed_item_counts_from_the_other_end():
    items = (COMPASSION.items[0].model_copy(update={"reversed": True}), *COMPASSION.items[1:])
    turned = COMPASSION.model_copy(update={"items": items})
    assert [forward_level(turned, 0, level) for level in (1, 2, 3, 4)] == [4, 3, 2, 1]
    assert [forward_level(turned, 1, level) for level in (1, 2, 3, 4)] == [1, 2, 3, 4]


@given(levels=st.lists(st.integers(1, 4), min_size=3, max_size=5))
def test_percent_is_the_score_on_its_range(levels):
    score = score_composite(COMPASSION, len(levels), sum(levels))
    low, high = COMPASSION.scoring.range
    (percent,) = score_percents(COMPASSION, np.array([len(levels)]), np.array([sum(levels)]))
    assert percent == pytest.approx(100 * (score - low) / (high - low))
