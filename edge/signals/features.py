"""What the models see: one table of named feature functions, used alike in training and on the device.

Each takes `rr_ms` of shape (..., n) and gives a channel of the same shape, squashed to about [-3, 3], because
an int8 input has one scale for all its channels. Each looks only at the window it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.rr import RR, median

# Intervals outside have lost their meaning; they are held at the border so that no channel becomes infinite.
CLIP_RR_MS: Final = (200.0, 3000.0)
# asinh(20 x) is steep near 0, where int8 steps would swallow 1 ms of variability, and reaches 3 at x = 0.5.
SQUASH_GAIN: Final = 20.0
SQUASH_LIMIT: Final = 3.0
# A window of 17 beats: Zhou 2014, BioMed Eng OnLine 13:18, uses it to follow the heart rate.
LOCAL_BEATS: Final = 17
# Longer than a premature beat and its pause, shorter than a change of rate.
RECENT_BEATS: Final = 5
TYPICAL_RR_MS: Final = 800.0


def log_ratio_local(rr_ms: RR) -> RR:
    """Log of each interval over the median of the 17 around it: irregularity without slow changes of rate."""
    return _squash(np.log(rr_ms / median(_around(rr_ms, LOCAL_BEATS))))


def difference(rr_ms: RR) -> RR:
    """Each interval minus the one before, over the window's median; 0 for the first."""
    change = np.zeros_like(rr_ms)
    np.subtract(rr_ms[..., 1:], rr_ms[..., :-1], out=change[..., 1:])
    return _squash(change / median(rr_ms)[..., np.newaxis])


def ratio_recent(rr_ms: RR) -> RR:
    """Each interval over the median of it and the four before, minus 1: a premature beat and its pause."""
    return _squash(rr_ms / median(_before(rr_ms, RECENT_BEATS)) - 1.0)


def sorted_change(rr_ms: RR) -> RR:
    """The sizes of the beat-to-beat changes over the window's median, ascending: their distribution."""
    change = np.zeros_like(rr_ms)
    np.subtract(rr_ms[..., 1:], rr_ms[..., :-1], out=change[..., 1:])
    np.abs(change, out=change)
    change.sort(axis=-1)
    return _squash(change / median(rr_ms)[..., np.newaxis])


def sorted_ratio(rr_ms: RR) -> RR:
    """Logs of the intervals over their median, ascending: steps in bigeminy and flutter, a ramp in AF."""
    ordered = np.sort(rr_ms, axis=-1)
    return _squash(np.log(ordered / ordered[..., ordered.shape[-1] // 2, np.newaxis]))


def level(rr_ms: RR) -> RR:
    """The window's median interval against 800 ms, for every beat: irregularity grows with the interval."""
    height = 2.0 * np.log(median(rr_ms) / TYPICAL_RR_MS)
    return np.broadcast_to(height[..., np.newaxis], rr_ms.shape)


FEATURES: Final[dict[str, Callable[[RR], RR]]] = {
    "log_ratio_local": log_ratio_local,
    "difference": difference,
    "ratio_recent": ratio_recent,
    "sorted_change": sorted_change,
    "sorted_ratio": sorted_ratio,
    "level": level,
}


def channels(rr_ms: RR, names: Sequence[str]) -> NDArray[np.float32]:
    """The named features of windows `rr_ms` (..., n), stacked as channels: float32 (..., n, features)."""
    # fmax and fmin also bring a NaN to the border; such a beat is for the quality to judge.
    held = np.fmin(np.fmax(np.asarray(rr_ms, dtype=np.float32), CLIP_RR_MS[0]), CLIP_RR_MS[1])
    stacked = np.empty((*held.shape, len(names)), dtype=np.float32)
    for place, name in enumerate(names):
        stacked[..., place] = FEATURES[name](held)
    return stacked


def _squash(values: RR) -> RR:
    squashed = np.arcsinh(SQUASH_GAIN * values)
    np.maximum(squashed, -SQUASH_LIMIT, out=squashed)
    held: RR = np.minimum(squashed, SQUASH_LIMIT, out=squashed)
    return held


def _around(rr_ms: RR, beats: int) -> RR:
    """Each interval with those around it, (..., n, beats), the ends repeated."""
    return np.take(rr_ms, _neighbours(rr_ms.shape[-1], -(beats // 2), beats), axis=-1)


def _before(rr_ms: RR, beats: int) -> RR:
    """Each interval with those before it, (..., n, beats), the first repeated."""
    return np.take(rr_ms, _neighbours(rr_ms.shape[-1], 1 - beats, beats), axis=-1)


@cache
def _neighbours(count: int, first: int, beats: int) -> NDArray[np.intp]:
    """The indices `first`, `first` + 1, ... relative to each of `count` places, held within them."""
    at: NDArray[np.intp] = np.arange(count)[:, np.newaxis] + np.arange(first, first + beats)
    return at.clip(0, count - 1)
