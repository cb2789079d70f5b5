"""The three numbers of a 30-s epoch of sleep: how heart rate swung, how much the wrist moved, and the clock.

They are those published with the sleep-accel recordings (Walch, Huang, Forger, Goldstein, Sleep
42(12):zsz180, 2019), so that a model trained on them meets on the device what it has learned from. Times
are in seconds on any one clock.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

EPOCH_S: Final = 30.0
# What an epoch's numbers are drawn from reaches this far before its start and after its end.
MARGIN_S: Final = 285.0

DOG_POINTS: Final = 285
DOG_NARROW_S: Final = 120.0
DOG_WIDE_S: Final = 600.0
DOG_WIDE_WEIGHT: Final = 0.75
SCALE_PERCENTILE: Final = 90.0
ACTIVITY_SIGMA_S: Final = 50.0
CLOCK_SHIFT_H: Final = 5.0


def heart_rate_swing(
    time_s: NDArray[np.floating], heart_rate_bpm: NDArray[np.floating], epoch_start_s: NDArray[np.floating]
) -> NDArray[np.float64]:
    """The standard deviation of the night's filtered heart rate around each epoch, shape (epochs,).

    `time_s` ascends. The whole night's samples decide mean and scale, so numbers of a night still going on
    change as it goes on. NaN where no sample lies around an epoch.
    """
    if len(time_s) < 2:
        return np.full(len(epoch_start_s), np.nan)
    second_s, rate_bpm = _each_second(time_s, heart_rate_bpm)
    filtered = filtered_heart_rate(rate_bpm)
    return np.array(
        [np.std(part) if len(part) else np.nan for part in _around(second_s, filtered, epoch_start_s)],
        dtype=np.float64,
    )


def filtered_heart_rate(rate_bpm: NDArray[np.floating]) -> NDArray[np.float64]:
    """Heart rate at 1 Hz, freed of mean and slow drift and scaled by the size of its swings; shape (n,).

    Convolved with a difference of Gaussians whose peaks are 1 and 0.75, then divided by the 90th percentile
    of its size. A rate that never changes gives zeros.
    """
    half = DOG_POINTS // 2
    mirrored = np.pad(rate_bpm - np.mean(rate_bpm), half, mode="symmetric")
    filtered: NDArray[np.float64] = np.convolve(mirrored, difference_of_gaussians(), mode="valid")
    size = float(np.percentile(np.abs(filtered), SCALE_PERCENTILE))
    # A constant minus its mean leaves rounding, not swings.
    return filtered / size if size > 1e-9 else np.zeros_like(filtered)


def difference_of_gaussians() -> NDArray[np.float64]:
    """The kernel for heart rate at 1 Hz, shape (DOG_POINTS,)."""
    lag_s = np.arange(DOG_POINTS) - DOG_POINTS // 2
    return _bell(lag_s, DOG_NARROW_S) - DOG_WIDE_WEIGHT * _bell(lag_s, DOG_WIDE_S)


def activity_level(
    time_s: NDArray[np.floating], counts: NDArray[np.floating], epoch_start_s: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Activity counts per 15 s, averaged around each epoch with most weight on its middle, shape (epochs,).

    `time_s` ascends. NaN where no sample lies around an epoch.
    """
    level = np.full(len(epoch_start_s), np.nan)
    if len(time_s) < 2:
        return level
    second_s, per_second = _each_second(time_s, counts)
    for at, part in enumerate(_around(second_s, per_second, epoch_start_s)):
        if len(part):
            weight = _bell(np.arange(len(part)) - len(part) // 2, ACTIVITY_SIGMA_S)
            level[at] = np.dot(weight, part) / np.sum(weight)
    return level


def clock(since_lights_out_h: NDArray[np.floating]) -> NDArray[np.float64]:
    """Minus the cosine of the time since lights-out, shifted by 5 h, over a day: 1 seventeen hours in."""
    turn = (np.asarray(since_lights_out_h, dtype=np.float64) - CLOCK_SHIFT_H) / 24.0
    clock: NDArray[np.float64] = -np.cos(2.0 * np.pi * turn)
    return clock


def _each_second(
    time_s: NDArray[np.floating], values: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Straight lines between the samples, read once a second from the first to before the last."""
    second_s = np.arange(float(time_s[0]), float(time_s[-1]), 1.0)
    return second_s, np.interp(second_s, time_s, values)


def _around(
    second_s: NDArray[np.float64], values: NDArray[np.float64], epoch_start_s: NDArray[np.floating]
) -> list[NDArray[np.float64]]:
    """For each epoch the values less than MARGIN_S before its start or after its end."""
    first = np.searchsorted(second_s, np.asarray(epoch_start_s) - MARGIN_S, side="right")
    end = np.searchsorted(second_s, np.asarray(epoch_start_s) + EPOCH_S + MARGIN_S, side="left")
    return [values[a:b] for a, b in zip(first.tolist(), end.tolist(), strict=True)]


def _bell(lag_s: NDArray[np.integer], sigma_s: float) -> NDArray[np.float64]:
    return np.exp(-0.5 * (lag_s / sigma_s) ** 2)
