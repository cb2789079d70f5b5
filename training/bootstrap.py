"""Intervals by drawing persons anew: windows of one person are not independent, persons are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def middle_95_of_error(error: float, errors: NDArray[np.floating], digits: int = 3) -> Interval | None:
    """The 95 % interval of a calibration error, moved by how much larger drawing anew makes it; 0 at least.

    An error sums distances, so the chance of the draw adds to the chance that is in the cases already.
    """
    return middle_95(np.maximum(errors - (np.nanmean(errors) - error), 0.0), digits)


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


def areas(
    positive: Sequence[NDArray[np.floating]], negative: Sequence[NDArray[np.floating]]
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The statistic area under the ROC curve, of each person's scores of positive and of negative cases.

    Its columns are how often each person is drawn: an area follows from which pairs of persons are.
    """
    levels = np.unique(np.concatenate([*positive, *negative]))

    def counted(scores: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
        places = [np.searchsorted(levels, part) for part in scores]
        return np.array([np.bincount(place, minlength=len(levels)) for place in places], dtype=np.float64)

    high, low = counted(positive), counted(negative)
    # Of each pair of persons: how often a positive case of one lies above a negative one of the other.
    above = high @ (np.cumsum(low, axis=1) - low / 2.0).T
    positives, negatives = high.sum(axis=1), low.sum(axis=1)
    return lambda drawn: ratio(
        np.sum((drawn @ above) * drawn, axis=1), (drawn @ positives) * (drawn @ negatives)
    )
