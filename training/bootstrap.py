"""Intervals by drawing persons anew: windows of one person are not independent, persons are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

DRAWS: Final = 2000
SEED: Final = 0
PERCENTILES: Final = (2.5, 97.5)

Interval = tuple[float, float]


def times_drawn(persons: int, draws: int = DRAWS) -> NDArray[np.float64]:
    """How often each person is drawn in each of so many samples of as many persons, (draws, persons)."""
    rng = np.random.default_rng(SEED)
    return rng.multinomial(persons, np.full(persons, 1 / persons), size=draws).astype(np.float64)


def middle_95(figures: NDArray[np.floating], digits: int = 3) -> Interval | None:
    """The 95 % interval of a figure from its draws, NaN where it could not be worked out; Efron 1979."""
    known = figures[~np.isnan(figures)]
    if not len(known):
        return None
    low, high = np.percentile(known, PERCENTILES)
    return round(float(low), digits), round(float(high), digits)


def interval(
    sums: NDArray[np.floating],
    statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    digits: int = 3,
) -> Interval | None:
    """The 95 % interval of a figure that follows from sums over persons; None where it cannot be worked out.

    `sums` (persons, k) holds each person's part; `statistic` takes totals (draws, k) and gives the figure of
    each draw, NaN where nothing divides.
    """
    if len(sums) < 2:
        return None
    totals: NDArray[np.float64] = times_drawn(len(sums)) @ np.asarray(sums, dtype=np.float64)
    return middle_95(statistic(totals), digits)


def share(part: int, *others: int) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The statistic 100 x column `part` over the sum of it and the columns `others`."""
    return lambda totals: 100.0 * ratio(totals[:, part], totals[:, [part, *others]].sum(axis=1))


def ratio(part: NDArray[np.floating], whole: NDArray[np.floating]) -> NDArray[np.float64]:
    """Element by element; NaN where `whole` is nothing."""
    figures = np.full(np.shape(whole), np.nan)
    np.divide(part, whole, out=figures, where=whole > 0)
    return figures
