"""Petrenas 2015, Comput Biol Med 65:184: irregularity of eight beats, ectopy and bigeminy suppressed."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.windows import sliding

BEATS: Final = 8
SMOOTHING: Final = 0.02
DIFFERENT_S: Final = 0.03
BIGEMINY: Final = 2e-4
THRESHOLD: Final = 0.725


def detect(rr_ms: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which intervals are in AF; `rr_ms` (n,) -> (n,)."""
    if len(rr_ms) < BEATS:
        return np.zeros(len(rr_ms), dtype=bool)
    rr_s = np.asarray(rr_ms, dtype=np.float64) / 1000.0
    padded = np.concatenate([rr_s[:1], rr_s, rr_s[-1:]])
    median_s = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    trend_s = smoothed(smoothed(rr_s)[::-1])[::-1]
    irregularity = smoothed(_lead_in(pair_irregularity(median_s))) / trend_s
    ratio = _lead_in(_sums(median_s) / _sums(rr_s))
    bigeminy = smoothed((ratio - 1.0) ** 2)
    decision: NDArray[np.float64] = np.where(bigeminy >= BIGEMINY, irregularity, bigeminy)
    called: NDArray[np.bool_] = decision > THRESHOLD
    return called


def pair_irregularity(rr_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of pairs among eight intervals in a row that differ by over 30 ms; (n,) -> (n - 7,)."""
    window = sliding(rr_s, length=BEATS, hop=1)
    first, second = np.triu_indices(BEATS, 1)
    share: NDArray[np.float64] = np.mean(np.abs(window[:, first] - window[:, second]) > DIFFERENT_S, axis=1)
    return share


def smoothed(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Exponential averaging that starts at the first value."""
    result = np.empty_like(values)
    level = float(values[0])
    for at, value in enumerate(values.tolist()):
        level += SMOOTHING * (value - level)
        result[at] = level
    return result


def _sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = sliding(values, length=BEATS, hop=1).sum(axis=1)
    return sums


def _lead_in(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """As long as the intervals again: the first seven take the first full window's value."""
    return np.concatenate([np.repeat(values[:1], BEATS - 1), values])
