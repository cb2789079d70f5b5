"""Intervals by drawing persons anew: windows of one person are not independent, persons are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

DRAWS: Final = 2000
SEED: Final = 0
PERCENTILES: Final = (2.5, 97.5)


def interval(
    sums: NDArray[np.floating], statistic: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> tuple[float, float] | None:
    """The 95 % interval of a figure that follows from sums over persons; None where it cannot be worked out.

    `sums` (persons, k) holds each person's part; `statistic` takes totals (draws, k) and gives the figure of
    each draw, NaN where nothing divides. Efron 1979, percentile method.
    """
    persons = len(sums)
    if persons < 2:
        return None
    drawn = np.random.default_rng(SEED).multinomial(persons, np.full(persons, 1 / persons), size=DRAWS)
    totals: NDArray[np.float64] = drawn.astype(np.float64) @ np.asarray(sums, dtype=np.float64)
    figures = statistic(totals)
    figures = figures[~np.isnan(figures)]
    if not len(figures):
        return None
    low, high = np.percentile(figures, PERCENTILES)
    return float(low), float(high)


def share(part: int, *others: int) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The statistic 100 x column `part` over the sum of it and the columns `others`."""

    def statistic(totals: NDArray[np.float64]) -> NDArray[np.float64]:
        whole = totals[:, [part, *others]].sum(axis=1)
        figures = np.full(len(totals), np.nan)
        np.divide(100.0 * totals[:, part], whole, out=figures, where=whole > 0)
        return figures

    return statistic
