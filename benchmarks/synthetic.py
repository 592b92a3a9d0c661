"""Synthetic responses by the million: clinicians and units differ, scores pile up under the ceiling, some miss."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CLINICIANS, UNITS, MONTHS = 500, 50, 24
_AT_ONCE = 1_000_000


@dataclass(frozen=True, eq=False)
class Columns:
    """N responses as columns. codes: (N, k) levels from 0, −1 skipped, −2 does not apply; the others: (N,) numbers."""

    codes: NDArray[np.int8]
    clinician: NDArray[np.int16]
    month: NDArray[np.int8]
    mode: NDArray[np.int8]
    respondent: NDArray[np.int8]
    language: NDArray[np.int8]
    age_band: NDArray[np.int8]
    self_rated_health: NDArray[np.int8]
    education: NDArray[np.int8]

    @property
    def unit(self) -> NDArray[np.int16]:
        """(N,) the unit of each response's clinician."""
        return (self.clinician // (CLINICIANS // UNITS)).astype(np.int16)


def make_responses(count: int, items: int, levels: int, *, seed: int) -> Iterator[Columns]:
    """`count` responses to so many items of so many levels, at most a million at a time."""
    chance = np.random.default_rng(seed)
    warmth = np.repeat(chance.normal(0, 0.25, UNITS), CLINICIANS // UNITS) + chance.normal(0, 0.3, CLINICIANS)
    steps = np.linspace(-2.6, -0.3, levels - 1, dtype=np.float32)
    for start in range(0, count, _AT_ONCE):
        n = min(_AT_ONCE, count - start)
        clinician = chance.integers(0, CLINICIANS, n, dtype=np.int16)
        trait = (warmth[clinician] + chance.normal(0, 0.9, n)).astype(np.float32)
        latent = trait[:, None] + 0.75 * chance.standard_normal((n, items), dtype=np.float32)
        codes = np.searchsorted(steps, latent.ravel()).reshape(n, items).astype(np.int8)
        missing = chance.random((n, items), dtype=np.float32)
        codes[missing < 0.02] = -1
        codes[missing > 0.98] = -2
        yield Columns(
            codes=codes,
            clinician=clinician,
            month=chance.integers(0, MONTHS, n, dtype=np.int8),
            mode=(chance.random(n) < 0.2).astype(np.int8),
            respondent=np.searchsorted([0.86, 0.94], chance.random(n)).astype(np.int8),
            language=(chance.random(n) < 0.15).astype(np.int8),
            age_band=chance.integers(-1, 9, n, dtype=np.int8),
            self_rated_health=chance.integers(-1, 5, n, dtype=np.int8),
            education=chance.integers(-1, 6, n, dtype=np.int8),
        )
