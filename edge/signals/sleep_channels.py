"""What the sleep model sees of each epoch: its numbers, and how they stand among those around it.

A night is arrays of one entry an epoch without holes. Whatever is handed in is all that is known: the whole
night for the morning's report, the night so far for the live state.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import HOUR_S
from edge.signals.deconvolution import richardson_lucy
from edge.signals.sleep_epochs import ACTIVITY_SIGMA_S, EPOCH_S, MARGIN_S, clock

Series = NDArray[np.float64]

# Below this level a wrist is at rest.
REST_LEVEL: Final = 0.5
# The median and the middle half's width of log(swing + SWING_FLOOR) in most people's nights. They count as
# much as TYPICAL_EPOCHS of the wearer's own, so that a night that has just begun is judged by others.
SWING_FLOOR: Final = 0.02
TYPICAL_SWING: Final = -1.13
TYPICAL_SPREAD: Final = 0.9
TYPICAL_EPOCHS: Final = 40
MEAN_EPOCHS: Final = (5, 11, 21, 41, 81, 161)
EXTREME_EPOCHS: Final = (11, 31, 61)
# An epoch that moved more than this, in counts per 15 s, holds a movement of its own.
MOVEMENT: Final = 1.0
BURST_FLOOR: Final = 0.003
SHARPENED: Final = 20


@dataclass(frozen=True)
class EpochSeries:
    """A night without holes, all (epochs,); `is_known` is False where numbers lie between those of others."""

    since_lights_out_h: Series
    activity: Series
    swing: Series
    is_known: NDArray[np.bool_]

    def until(self, end: int) -> EpochSeries:
        """The first `end` epochs."""
        return EpochSeries(
            self.since_lights_out_h[:end], self.activity[:end], self.swing[:end], self.is_known[:end]
        )


def without_holes(epoch: NDArray[np.integer], activity: Series, swing: Series) -> EpochSeries:
    """Epochs, counted from lights-out and ascending, as a series from the first of them to the last."""
    every = np.arange(int(epoch[0]), int(epoch[-1]) + 1)
    since_h = every.astype(np.float64) * (EPOCH_S / HOUR_S)
    return EpochSeries(
        since_lights_out_h=since_h,
        activity=np.interp(every, epoch, activity),
        swing=np.interp(every, epoch, swing),
        is_known=np.isin(every, epoch),
    )


def sleep_channels(night: EpochSeries) -> NDArray[np.float32]:
    """The night as the model takes it, float32 (epochs, channels)."""
    activity = np.log1p(10.0 * np.maximum(night.activity, 0.0))
    logged_swing = np.log(np.maximum(night.swing, 0.0) + SWING_FLOOR)
    swing = relative_swing(logged_swing)
    movement = movements(night.activity)
    logged_movement = np.log1p(10.0 * movement)
    burst = np.log(bursts(night.swing) + BURST_FLOOR)
    is_moving = night.activity > REST_LEVEL
    since_h = night.since_lights_out_h
    epochs = len(activity)
    columns = [
        activity,
        np.sqrt(np.maximum(night.activity, 0.0)),
        rank(night.activity),
        swing,
        logged_swing,
        rank(night.swing),
        clock(since_h),
        since_h,
        since_h[-1] - since_h,
        np.log1p(np.arange(epochs)),
        np.log1p(np.arange(epochs))[::-1],
        np.log1p(epochs_since(is_moving)),
        np.log1p(epochs_since(is_moving[::-1]))[::-1],
        # The night as a whole: the same in every epoch.
        np.full(epochs, np.mean(activity)),
        np.full(epochs, np.median(logged_swing)),
        np.full(epochs, _middle_half(logged_swing)),
        np.full(epochs, np.std(logged_swing)),
        *(running_mean(series, width) for series in (activity, swing) for width in MEAN_EPOCHS),
        *(running(series, width, np.max) for series in (activity, swing) for width in EXTREME_EPOCHS),
        *(running(swing, width, np.min) for width in EXTREME_EPOCHS),
        *(running_deviation(series, width) for series in (activity, swing) for width in EXTREME_EPOCHS),
        # What the averages of the published numbers have hidden.
        logged_movement,
        burst,
        rank(burst),
        *(running_mean(logged_movement, width) for width in (5, 11, 41)),
        *(running_mean(burst, width) for width in (5, 21)),
        *(running_mean((movement > MOVEMENT).astype(np.float64), width) for width in (21, 81)),
        running(logged_movement, 11, np.max),
    ]
    return np.column_stack(columns).astype(np.float32)


CHANNELS: Final = 28 + 2 * len(MEAN_EPOCHS) + 5 * len(EXTREME_EPOCHS)
# How far from the training nights' mean a channel may stand, in their standard deviations.
CLIP_SD: Final = 4.0


def standardised(
    channels: NDArray[np.float32], mean: NDArray[np.floating], deviation: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Channels as the network takes them: against the training nights' mean and standard deviation."""
    held: NDArray[np.float64] = np.clip((channels - mean) / deviation, -CLIP_SD, CLIP_SD)
    return held.astype(np.float32)


def relative_swing(logged_swing: Series) -> Series:
    """How far heart rate swings against this night's usual, -3 to 3; blind to the unit of the swing."""
    own = len(logged_swing) / (len(logged_swing) + TYPICAL_EPOCHS)
    usual = own * np.median(logged_swing) + (1.0 - own) * TYPICAL_SWING
    spread = own * _middle_half(logged_swing) + (1.0 - own) * TYPICAL_SPREAD
    return np.clip((logged_swing - usual) / (spread + 0.001), -3.0, 3.0)


def movements(activity: Series) -> Series:
    """The activity of each epoch itself, where `activity` is an average over those around it; (epochs,)."""
    lag_s = EPOCH_S * np.arange(-9, 10)
    kernel = np.exp(-0.5 * (lag_s / ACTIVITY_SIGMA_S) ** 2)
    return richardson_lucy(np.maximum(activity, 0.0), kernel / kernel.sum(), SHARPENED)


def bursts(swing: Series) -> Series:
    """How far heart rate swung in each epoch itself, squared; `swing` is of ten minutes around it."""
    kernel = np.ones(2 * math.ceil(MARGIN_S / EPOCH_S) + 1)
    # The first and the last epoch reached are reached by half.
    kernel[[0, -1]] = 0.5
    return richardson_lucy(swing**2, kernel / kernel.sum(), SHARPENED)


def rank(values: Series) -> Series:
    """Each value's place among all, -1 to below 1; of equal values the earlier stands lower."""
    place = np.empty(len(values))
    place[np.argsort(values, kind="stable")] = np.arange(len(values))
    return 2.0 * place / len(values) - 1.0


def epochs_since(happened: NDArray[np.bool_]) -> Series:
    """Epochs since the latest that is True; since before the first, where none was; (epochs,)."""
    at = np.arange(len(happened))
    since: NDArray[np.int64] = at - np.maximum.accumulate(np.where(happened, at, -1))
    return since.astype(np.float64)


def running_mean(values: Series, width: int) -> Series:
    """The mean of the `width` epochs around each, of those that there are."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    first, end = _around(len(values), width)
    mean: Series = (total[end] - total[first]) / (end - first)
    return mean


def running_deviation(values: Series, width: int) -> Series:
    """The standard deviation of the `width` epochs around each, of those that there are."""
    spread = running_mean(values**2, width) - running_mean(values, width) ** 2
    return np.sqrt(np.maximum(spread, 0.0))


def running(values: Series, width: int, reduce: Callable[..., Series]) -> Series:
    """`reduce` (max or min) of the `width` epochs around each, of those that there are."""
    # Repeating the ends adds nothing new to a largest or smallest value.
    held = np.pad(values, width // 2, mode="edge")
    return reduce(np.lib.stride_tricks.sliding_window_view(held, width), axis=1)


def _middle_half(values: Series) -> float:
    """How wide the middle half of the values spreads."""
    low, high = np.percentile(values, [25.0, 75.0])
    return float(high - low)


def _around(count: int, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    at = np.arange(count)
    return np.maximum(at - width // 2, 0), np.minimum(at + width // 2 + 1, count)
