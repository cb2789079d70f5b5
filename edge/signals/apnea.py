"""What the apnea model sees of a minute: the beats of the five minutes around it, as a row of numbers.

Apnea makes the heart slow down and race in turns of 20 to 70 s (cyclic variation of heart rate, Guilleminault
1984, Lancet 1:126) and changes how far it follows the breath. Both show in the log of the RR intervals on an
even grid: in its spectrum, in how it repeats, in its quantiles, and in the rise and fall of its fast part.

Unlike rhythm, this branch repairs: a missed beat is put back and an extra one taken away, for here an
interval twice too long is no finding but noise a hundred times louder than what is looked for.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import MINUTE_S
from edge.signals.rr import PLAUSIBLE_RR_MS

Values = NDArray[np.float64]

# The minute itself and two on either side.
WINDOW_S: Final = 300.0
BEFORE_S: Final = 120.0
# Beats beyond the window that repair and interpolation may look at.
MARGIN_S: Final = 10.0
GRID_HZ: Final = 4.0
MIN_BEATS: Final = 60

# Repair: an interval below this share of its neighbours' median may be half of one.
SPLIT_SHARE: Final = 0.7
REPAIR_TOLERANCE: Final = 0.25
NEIGHBOUR_BEATS: Final = 21
# What differs more from its neighbours' median than this, in log RR, is no sinus beat; about 35 %.
OUTLIER_LOG: Final = 0.35
CLIP_LOG: Final = 0.6

LONG_BANDS_HZ: Final = (
    *(0.005, 0.010, 0.0145, 0.0185, 0.0245, 0.0315, 0.0415, 0.055, 0.075, 0.105),
    *(0.15, 0.19, 0.23, 0.27, 0.32, 0.40, 0.50),
)
SHORT_BANDS_HZ: Final = (0.012, 0.029, 0.045, 0.079, 0.13, 0.19, 0.25, 0.32, 0.45)
CYCLE_HZ: Final = (0.009, 0.105)
LAGS_S: Final = tuple(range(12, 80, 5))
BREATH_HZ: Final = (0.15, 0.45)
BREATH_BANDS_HZ: Final = (0.005, 0.0145, 0.0215, 0.0315, 0.045, 0.075)
QUANTILES: Final = (0.02, 0.1, 0.25, 0.75, 0.9, 0.98)
FLOOR: Final = 1e-7

# What a row is made of, in its order: the name of a group and how many numbers it has.
LAYOUT: Final = {
    "long_bands": len(LONG_BANDS_HZ) - 1,
    "minute_bands": len(SHORT_BANDS_HZ) - 1,
    "repeats": len(LAGS_S),
    "peak": 1,
    "width": 1,
    "spread": len(QUANTILES),
    "minute_width": 1,
    "minute_spread": len(QUANTILES),
    "speed_width": 1,
    "speed_spread": len(QUANTILES),
    "breath_bands": len(BREATH_BANDS_HZ) - 1,
    "breath": 2,
    "level": 2,
    "faults": 2,
}
FEATURES: Final = sum(LAYOUT.values())


def minute_features(beat_s: Values, minute_s: float) -> NDArray[np.float32]:
    """The features of the minute that begins at `minute_s`, float32 (FEATURES,).

    `beat_s` are the times of beats as detected, ascending; those more than WINDOW_S away do not matter. All
    are NaN if the window holds too few beats to tell anything.
    """
    start_s = minute_s - BEFORE_S
    first, last = np.searchsorted(beat_s, (start_s - MARGIN_S, start_s + WINDOW_S + MARGIN_S))
    found = beat_s[first:last]
    row = np.full(FEATURES, np.nan, dtype=np.float32)
    if len(found) < MIN_BEATS:
        return row
    time_s, rr_s = repair(found)
    usual = _running_median(rr_s)
    is_sinus = np.abs(np.log(rr_s / usual)) < OUTLIER_LOG
    if np.sum(is_sinus) < MIN_BEATS:
        return row
    grid_s = start_s + (np.arange(int(WINDOW_S * GRID_HZ)) + 0.5) / GRID_HZ
    log_rr = np.interp(grid_s, time_s[is_sinus], np.log(rr_s[is_sinus]))
    row[:] = np.concatenate([_of_series(log_rr), [np.mean(~is_sinus), _changed(found, time_s)]])
    return row


def repair(beat_s: Values) -> tuple[Values, Values]:
    """Beats without doubles, those plainly missed put back: the end and length of each interval in s."""
    kept = beat_s
    for _ in range(3):
        rr_s = np.diff(kept)
        usual = _running_median(rr_s)
        pair = rr_s[:-1] + rr_s[1:]
        is_split = (np.minimum(rr_s[:-1], rr_s[1:]) < SPLIT_SHARE * usual[:-1]) & (
            np.abs(pair / usual[:-1] - 1.0) < REPAIR_TOLERANCE
        )
        # Of two in a row only the first: the second is judged anew.
        is_split[1:] &= ~is_split[:-1]
        if not is_split.any():
            break
        kept = np.delete(kept, np.flatnonzero(is_split) + 1)
    rr_s = np.diff(kept)
    usual = _running_median(rr_s)
    parts = np.clip(np.round(rr_s / usual), 1, 3)
    is_missed = np.abs(rr_s / parts / usual - 1.0) < REPAIR_TOLERANCE
    count = np.where(is_missed, parts, 1).astype(np.int64)
    length_s = np.repeat(rr_s / count, count)
    return kept[0] + np.cumsum(length_s), length_s


def _of_series(log_rr: Values) -> Values:
    """Everything that is told of the series itself."""
    middle = np.median(log_rr)
    change = np.clip(log_rr - middle, -CLIP_LOG, CLIP_LOG)
    minute = slice(int(BEFORE_S * GRID_HZ), int((BEFORE_S + MINUTE_S) * GRID_HZ))
    own = change[minute]
    spectrum = np.fft.rfft((change - change.mean()) * _hann(len(change)))
    cycle = _within(spectrum, len(change), CYCLE_HZ)
    power = np.abs(cycle) ** 2
    repeats = np.fft.irfft(power, len(change))
    lags = (np.array(LAGS_S) * GRID_HZ).astype(int)
    slow = np.fft.irfft(_within(np.fft.rfft(change), len(change), (0.0, CYCLE_HZ[1])), len(change))
    speed = slow[12:] - slow[:-12]
    breath = np.fft.irfft(_within(np.fft.rfft(change), len(change), BREATH_HZ), len(change))
    envelope = 0.5 * np.log(np.convolve(breath**2, _hann(33) / _hann(33).sum(), "same") + FLOOR)
    envelope_spectrum = np.fft.rfft((envelope - envelope.mean()) * _hann(len(envelope)))
    return np.concatenate(
        [
            _band_logs(spectrum, len(change), LONG_BANDS_HZ),
            _band_logs(np.fft.rfft((own - own.mean()) * _hann(len(own))), len(own), SHORT_BANDS_HZ),
            repeats[lags] / (repeats[0] + FLOOR),
            [np.log(power.max() / (power.sum() + FLOOR) + FLOOR)],
            _spread(slow),
            _spread(slow[minute]),
            _spread(speed),
            _band_logs(envelope_spectrum, len(envelope), BREATH_BANDS_HZ),
            [np.mean(envelope[minute]), np.mean(envelope[minute]) - np.mean(envelope)],
            [middle, np.mean(own)],
        ]
    )


def _spread(values: Values) -> Values:
    """The log of the distance between two outer quantiles, and where the others lie in it."""
    quantile = np.quantile(values, QUANTILES) - np.median(values)
    width = quantile[-1] - quantile[0] + 1e-3
    return np.array([np.log(width), *(quantile / width)])


def _band_logs(spectrum: NDArray[np.complex128], length: int, edges_hz: tuple[float, ...]) -> Values:
    """The log of the power in each band between two edges."""
    power = np.abs(spectrum) ** 2 / length**2
    frequency_hz = np.fft.rfftfreq(length, 1.0 / GRID_HZ)
    place = np.searchsorted(frequency_hz, edges_hz)
    return np.log(np.add.reduceat(power, place)[:-1] + FLOOR)


def _within(
    spectrum: NDArray[np.complex128], length: int, band_hz: tuple[float, float]
) -> NDArray[np.complex128]:
    frequency_hz = np.fft.rfftfreq(length, 1.0 / GRID_HZ)
    return np.where((frequency_hz >= band_hz[0]) & (frequency_hz < band_hz[1]), spectrum, 0.0)


def _running_median(rr_s: Values) -> Values:
    """The median of the intervals around each, the implausible ones held at the border."""
    low, high = (limit / 1000.0 for limit in PLAUSIBLE_RR_MS)
    half = NEIGHBOUR_BEATS // 2
    padded = np.pad(np.clip(rr_s, low, high), half, mode="reflect")
    around = np.lib.stride_tricks.sliding_window_view(padded, NEIGHBOUR_BEATS)
    median: Values = np.partition(around, half, axis=-1)[:, half]
    return median


def _changed(found_s: Values, repaired_s: Values) -> float:
    """How many beats repair added or took away, for each that was found."""
    return abs(len(repaired_s) + 1 - len(found_s)) / len(found_s)


@cache
def _hann(length: int) -> Values:
    return np.hanning(length)
