"""Where the numbers of points stand, so that none covers another or a point, on a phone as well."""

from collections.abc import Sequence
from math import hypot
from typing import Final

Spot = tuple[float, float]

# A plot as narrow as on a phone, in pixels: what keeps apart there keeps apart everywhere.
_WIDTH: Final = 230
_HEIGHT: Final = 340
# Beside a point in four directions, off the lines of its intervals; above and below it; then a little farther away.
_NEAR: Final = ((11, -10), (-11, -10), (11, 10), (-11, 10))
_PLACES: Final = (*_NEAR, (0, -16), (0, 16), *((2 * dx, 2 * dy) for dx, dy in _NEAR))
# How far a number keeps from others, and how much farther from other points than from its own.
_APART: Final = 17
_CLEARLY: Final = 5


def place_numbers(points: Sequence[Spot], corners: Sequence[Spot]) -> list[tuple[int, int]]:
    """For each point how far right and down its number stands; `corners` bound what the axes show."""
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*corners, strict=True))
    at = [(_WIDTH * (x - left) / (right - left or 1), _HEIGHT * (high - y) / (high - low or 1)) for x, y in points]
    placed: list[tuple[int, int]] = []
    numbers: list[Spot] = []
    for place, (x, y) in enumerate(at):
        others = [*at[:place], *at[place + 1 :]]
        spots = [(x + dx, y + dy) for dx, dy in _PLACES]
        costs = [_cost(spot, hypot(*by), others, numbers) for spot, by in zip(spots, _PLACES, strict=True)]
        found = costs.index(min(costs))
        placed.append(_PLACES[found])
        numbers.append(spots[found])
    return placed


def _cost(spot: Spot, away: float, points: Sequence[Spot], numbers: Sequence[Spot]) -> float:
    """By how many pixels a number stands too near to other points and numbers, and a little for being far away."""
    near = sum(max(away + _CLEARLY - hypot(spot[0] - x, spot[1] - y), 0) for x, y in points)
    return near + sum(max(_APART - hypot(spot[0] - x, spot[1] - y), 0) for x, y in numbers) + away / 100
