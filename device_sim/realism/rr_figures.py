"""Figures of RR intervals, the same for real and simulated ones."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from device_sim.realism.part import Values
from edge.signals.windows import sliding

RUN_BEATS: Final = 128
WINDOW_S: Final = 300.0
# Task Force of ESC and NASPE 1996, Circulation 93:1043.
LOW_HZ: Final = (0.04, 0.15)
HIGH_HZ: Final = (0.15, 0.40)
RESAMPLED_HZ: Final = 4.0
# An interval further than this from the median of those around it is no NN interval.
NN_TOLERANCE: Final = 0.2
NN_AROUND: Final = 11
# So much of five minutes must be NN intervals for the window to count.
LEAST_NN: Final = 0.95


def runs_within(rr_ms: Values, is_meant: NDArray[np.bool_], beats: int = RUN_BEATS) -> Values:
    """Runs of so many intervals, all of them meant, end to end: (runs, beats)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], is_meant.astype(np.int8), [0]])))
    found = [
        rr_ms[start : start + (end - start) // beats * beats].reshape(-1, beats)
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
    ]
    return np.concatenate([np.empty((0, beats)), *found])


def irregularity(runs_ms: Values) -> dict[str, Values]:
    """Of each run, relative to its mean: variation, RMSSD, correlation of neighbours, skewness, extremes."""
    mean_ms = runs_ms.mean(axis=1)
    about_ms = runs_ms - mean_ms[:, np.newaxis]
    sd_ms = runs_ms.std(axis=1)
    return {
        "rate, /min": 60_000.0 / mean_ms,
        "coefficient of variation": sd_ms / mean_ms,
        "RMSSD / mean": np.sqrt((np.diff(runs_ms, axis=1) ** 2).mean(axis=1)) / mean_ms,
        "correlation of neighbours": (about_ms[:, 1:] * about_ms[:, :-1]).mean(axis=1) / sd_ms**2,
        "skewness": (about_ms**3).mean(axis=1) / sd_ms**3,
        "shortest / mean": runs_ms.min(axis=1) / mean_ms,
        "longest / mean": runs_ms.max(axis=1) / mean_ms,
    }


def is_nn(rr_ms: Values) -> NDArray[np.bool_]:
    """Which intervals are near the median of the eleven around them."""
    padded = np.pad(rr_ms, NN_AROUND // 2, mode="edge")
    around = np.median(sliding(padded, length=NN_AROUND, hop=1), axis=-1)
    near: NDArray[np.bool_] = np.abs(rr_ms - around) <= NN_TOLERANCE * around
    return near


def five_minutes(beats_s: Values, is_meant: NDArray[np.bool_]) -> dict[str, Values]:
    """HRV of each five minutes of sinus rhythm between beats; `is_meant`, of each beat, chooses the rhythm.

    Windows with too many intervals that are not NN are left out. The spectrum is that of the tachogram,
    resampled evenly, with a Hann window.
    """
    rr_ms = np.diff(beats_s) * 1000.0
    nn = is_nn(rr_ms) & is_meant[1:] & is_meant[:-1]
    ends_s = beats_s[1:]
    found: dict[str, list[float]] = {name: [] for name in HRV}
    for start_s in np.arange(beats_s[0], beats_s[-1] - WINDOW_S, WINDOW_S).tolist():
        first, end = np.searchsorted(ends_s, [start_s, start_s + WINDOW_S])
        inside, kept = rr_ms[first:end], nn[first:end]
        if inside[kept].sum() < LEAST_NN * 1000.0 * WINDOW_S:
            continue
        both = kept[1:] & kept[:-1]
        steps_ms = np.diff(inside)[both]
        low, high = band_power(ends_s[first:end][kept], inside[kept], start_s)
        values = (
            60_000.0 / inside[kept].mean(),
            inside[kept].std(),
            np.sqrt(np.mean(steps_ms**2)),
            100.0 * np.mean(np.abs(steps_ms) > 50.0),
            np.log(low),
            np.log(high),
            np.log(low / high),
        )
        for name, value in zip(HRV, values, strict=True):
            found[name].append(float(value))
    return {name: np.array(values) for name, values in found.items()}


HRV: Final = (
    "rate, /min",
    "SDNN, ms",
    "RMSSD, ms",
    "pNN50, %",
    "ln LF, ms2",
    "ln HF, ms2",
    "ln LF/HF",
)


def spectrum(at_s: Values, nn_ms: Values, start_s: float) -> tuple[Values, Values]:
    """Frequencies in Hz and power density in ms2/Hz of five minutes of NN intervals from `start_s`."""
    grid_s = start_s + np.arange(int(WINDOW_S * RESAMPLED_HZ)) / RESAMPLED_HZ
    even_ms = np.interp(grid_s, at_s, nn_ms)
    line = np.polynomial.Polynomial.fit(grid_s, even_ms, 1)
    taper = np.hanning(len(grid_s))
    transformed = np.fft.rfft((even_ms - line(grid_s)) * taper)
    density = 2.0 * np.abs(transformed) ** 2 / (RESAMPLED_HZ * np.sum(taper**2))
    frequency_hz: Values = np.arange(float(len(density))) * (RESAMPLED_HZ / len(grid_s))
    return frequency_hz, density


def band_power(at_s: Values, nn_ms: Values, start_s: float) -> tuple[float, float]:
    """Power of the low and of the high band, ms2."""
    frequency_hz, density = spectrum(at_s, nn_ms, start_s)
    step_hz = float(frequency_hz[1])
    low, high = (
        float(density[(frequency_hz >= band[0]) & (frequency_hz < band[1])].sum() * step_hz)
        for band in (LOW_HZ, HIGH_HZ)
    )
    return max(low, 1e-3), max(high, 1e-3)


def of_persons(windows: list[dict[str, Values]], least: int) -> dict[str, Values]:
    """Each person's mean of each figure; persons with fewer than `least` windows are left out."""
    kept = [person for person in windows if len(next(iter(person.values()))) >= least]
    names = kept[0] if kept else {}
    return {name: np.array([float(np.mean(person[name])) for person in kept]) for name in names}


def spread_within(windows: list[dict[str, Values]], least: int) -> dict[str, float]:
    """The median over persons of the SD of each figure within a person."""
    kept = [person for person in windows if len(next(iter(person.values()))) >= least]
    return {name: float(np.median([np.std(person[name]) for person in kept])) for name in kept[0]}
