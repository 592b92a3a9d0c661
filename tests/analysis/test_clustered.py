import numpy as np
import pytest

from analysis.clustered import CLUSTERED, clustered_mean_interval
from analysis.estimate import NotEstimable
from analysis.mean import mean_interval
from tests.oracles import read_oracle


def histogram(scores):
    values, counts = np.unique(np.array(scores, dtype=float), return_counts=True)
    return values, counts


@pytest.mark.parametrize("row", read_oracle("clustered_mean.csv"), ids=lambda row: row["sample"])
def test_the_interval_is_that_of_r(row):
    clusters = [histogram([float(score) for score in each.split()]) for each in row["clusters"].split(" | ")]
    result = clustered_mean_interval(clusters, scale=(-1e6, 1e6))
    assert result.method == CLUSTERED
    assert (result.value, result.low, result.high) == pytest.approx(
        (float(row["mean"]), float(row["low"]), float(row["high"])), rel=1e-9
    )


def test_it_is_cut_to_the_scale():
    result = clustered_mean_interval([histogram([100] * 10), histogram([0] * 10)])
    assert (result.low, result.high) == (0.0, 100.0)


def test_one_cluster_and_none_fall_back_to_the_simple_interval():
    alone = histogram([80, 90, 100, 70])
    assert clustered_mean_interval([alone, (np.array([]), np.array([], dtype=int))]) == mean_interval(*alone)
    assert isinstance(clustered_mean_interval([]), NotEstimable)


def test_clusters_that_happen_to_agree_do_not_make_the_interval_narrower_than_chance():
    scores = [60, 80, 100] * 20
    clusters = [histogram(scores) for _ in range(3)]
    assert clustered_mean_interval(clusters) == mean_interval(*histogram(scores * 3))
