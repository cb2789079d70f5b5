"""What the models see: one table of named feature functions, used alike in training and on the device.

Each gives a channel for windows of shape (..., n), squashed to about [-3, 3], because an int8 input has one
scale for all its channels. Each looks only at the window it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from edge.signals.rr import RR, take_median

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


class Tachogram:
    """Windows of RR intervals, (..., n), with what several features need of them, computed once."""

    def __init__(self, rr_ms: RR) -> None:
        # fmax and fmin also bring a NaN to the border; such a beat is for the quality to judge.
        self.rr_ms: RR = np.fmin(np.fmax(rr_ms, CLIP_RR_MS[0]), CLIP_RR_MS[1])
        self.ordered_ms: RR = self.rr_ms.copy()
        self.ordered_ms.sort(axis=-1)
        # The upper median, always one of the values.
        self.median_ms: RR = self.ordered_ms[..., rr_ms.shape[-1] // 2, np.newaxis]
        # Each interval minus the one before, over the window's median; 0 for the first.
        self.change: RR = self.rr_ms.copy()
        np.subtract(self.rr_ms[..., 1:], self.rr_ms[..., :-1], out=self.change[..., 1:])
        self.change[..., 0] = 0.0
        self.change /= self.median_ms


def log_ratio_local(window: Tachogram) -> RR:
    """Log of each interval over the median of the 17 around it: irregularity without slow changes of rate."""
    ratio: RR = np.log(window.rr_ms / take_median(_around(window.rr_ms, LOCAL_BEATS)))
    return ratio


def difference(window: Tachogram) -> RR:
    """Each interval minus the one before, over the window's median; 0 for the first."""
    return window.change


def ratio_recent(window: Tachogram) -> RR:
    """Each interval over the median of it and the four before, minus 1: a premature beat and its pause."""
    return window.rr_ms / take_median(_before(window.rr_ms, RECENT_BEATS)) - 1.0


def sorted_change(window: Tachogram) -> RR:
    """The sizes of the beat-to-beat changes over the window's median, ascending: their distribution."""
    size: RR = np.abs(window.change)
    size.sort(axis=-1)
    return size


def sorted_ratio(window: Tachogram) -> RR:
    """Logs of the intervals over their median, ascending: steps in bigeminy and flutter, a ramp in AF."""
    ratio: RR = np.log(window.ordered_ms / window.median_ms)
    return ratio


def level(window: Tachogram) -> RR:
    """The window's median interval against 800 ms, for every beat: irregularity grows with the interval."""
    height: RR = 2.0 * np.log(window.median_ms / TYPICAL_RR_MS)
    return height


class Feature(NamedTuple):
    """A channel's function, of the windows' shape or one value for each, and whether it is squashed."""

    of: Callable[[Tachogram], RR]
    is_squashed: bool = True


FEATURES: Final[dict[str, Feature]] = {
    "log_ratio_local": Feature(log_ratio_local),
    "difference": Feature(difference),
    "ratio_recent": Feature(ratio_recent),
    "sorted_change": Feature(sorted_change),
    "sorted_ratio": Feature(sorted_ratio),
    "level": Feature(level, is_squashed=False),
}


def channels(rr_ms: RR, names: Sequence[str]) -> NDArray[np.float32]:
    """The named features of windows `rr_ms` (..., n), stacked as channels: float32 (..., n, features)."""
    window = Tachogram(np.asarray(rr_ms, dtype=np.float32))
    stacked = np.empty((*rr_ms.shape[:-1], len(names), rr_ms.shape[-1]), dtype=np.float32)
    for place, name in enumerate(names):
        stacked[..., place, :] = FEATURES[name].of(window)
    squashed = _squash(stacked)
    for place, name in enumerate(names):
        if not FEATURES[name].is_squashed:
            squashed[..., place, :] = stacked[..., place, :]
    return squashed.swapaxes(-1, -2).copy()


def _squash(values: NDArray[np.float32]) -> NDArray[np.float32]:
    squashed = values * np.float32(SQUASH_GAIN)
    np.arcsinh(squashed, out=squashed)
    np.maximum(squashed, -SQUASH_LIMIT, out=squashed)
    np.minimum(squashed, SQUASH_LIMIT, out=squashed)
    return squashed


def _around(rr_ms: RR, beats: int) -> RR:
    """Each interval with those around it, (..., n, beats), the ends repeated."""
    return rr_ms.take(_neighbours(rr_ms.shape[-1], -(beats // 2), beats), axis=-1)


def _before(rr_ms: RR, beats: int) -> RR:
    """Each interval with those before it, (..., n, beats), the first repeated."""
    return rr_ms.take(_neighbours(rr_ms.shape[-1], 1 - beats, beats), axis=-1)


@cache
def _neighbours(count: int, first: int, beats: int) -> NDArray[np.intp]:
    """The indices `first`, `first` + 1, ... relative to each of `count` places, held within them."""
    at: NDArray[np.intp] = np.arange(count)[:, np.newaxis] + np.arange(first, first + beats)
    return at.clip(0, count - 1)
