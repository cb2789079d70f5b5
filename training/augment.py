"""What wearables and hearts do to RR intervals, done to windows at random so that the model sees through it.

Every function takes `rr_ms` float32 (n, beats) and gives windows of the same shape. Missed and extra beats
move the beats behind them, so windows are cut longer than the model's and shortened afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

RR = NDArray[np.float32]
Change = Callable[[RR, np.random.Generator], RR]

# How much longer to cut: each missed beat uses up one interval.
SPARE_BEATS: Final = 8
MAX_EDITS: Final = 6

# A premature beat comes usually 10 to 55 % early; single ones differ a little from the others of a window.
PREMATURE: Final = (0.45, 0.90)


def augment(rr_ms: RR, is_af: NDArray[np.bool_], rng: np.random.Generator) -> RR:
    """One random view of each window. Whatever is no fibrillation is put into windows without AF only."""
    rr_ms = rr_ms.copy()
    count = len(rr_ms)

    rr_ms = _some(rr_ms, rng.random(count) < 0.5, rng, scaled_rate)
    rr_ms = _some(rr_ms, ~is_af & (rng.random(count) < 0.20), rng, flutter)
    rr_ms = _some(rr_ms, ~is_af & (rng.random(count) < 0.15), rng, sinus_arrhythmia)
    rr_ms = _some(rr_ms, ~is_af & (rng.random(count) < 0.15), rng, premature_run)
    rr_ms = _some(rr_ms, is_af & (rng.random(count) < 0.15), rng, calmer)
    rr_ms = _some(rr_ms, rng.random(count) < 0.25, rng, premature_beats)
    rr_ms = _some(rr_ms, rng.random(count) < 0.20, rng, missed_beats)
    rr_ms = _some(rr_ms, rng.random(count) < 0.20, rng, extra_beats)
    rr_ms = _some(rr_ms, rng.random(count) < 0.6, rng, jittered)
    return _some(rr_ms, rng.random(count) < 0.3, rng, sampled)


def scaled_rate(rr_ms: RR, rng: np.random.Generator) -> RR:
    """The same rhythm 0.75 to 1.35 times as slow."""
    return (rr_ms * np.exp(rng.uniform(np.log(0.75), np.log(1.35), (len(rr_ms), 1)))).astype(np.float32)


def jittered(rr_ms: RR, rng: np.random.Generator) -> RR:
    """Beats found early or late (SD 2 to 25 ms), each error shared by two intervals."""
    sd_ms = np.exp(rng.uniform(np.log(2.0), np.log(25.0), (len(rr_ms), 1)))
    error_ms = rng.normal(0.0, 1.0, (len(rr_ms), rr_ms.shape[1] + 1)) * sd_ms
    return (rr_ms + np.diff(error_ms, axis=1)).astype(np.float32)


def sampled(rr_ms: RR, rng: np.random.Generator) -> RR:
    """Beats counted in steps of 4 to 40 ms, as devices that sample at 250 to 25 Hz do."""
    step_ms = np.exp(rng.uniform(np.log(4.0), np.log(40.0), (len(rr_ms), 1)))
    first_ms = rng.uniform(0.0, 1.0, (len(rr_ms), 1)) * step_ms
    beat_ms = np.cumsum(np.concatenate([first_ms, rr_ms], axis=1), axis=1)
    return (np.diff(np.round(beat_ms / step_ms), axis=1) * step_ms).astype(np.float32)


def missed_beats(rr_ms: RR, rng: np.random.Generator) -> RR:
    """One to six beats missed: two intervals become one."""
    return _edited(rr_ms, rng, _miss_one)


def extra_beats(rr_ms: RR, rng: np.random.Generator) -> RR:
    """One to six beats too many: an interval is split at 0.2 to 0.8."""
    return _edited(rr_ms, rng, _add_one)


def premature_beats(rr_ms: RR, rng: np.random.Generator) -> RR:
    """Single premature beats at random places, 2 to 25 % of all."""
    density = np.exp(rng.uniform(np.log(0.02), np.log(0.25), (len(rr_ms), 1)))
    is_premature = rng.random(rr_ms.shape) < density
    return _made_premature(rr_ms, is_premature, rng, spread=0.08)


def premature_run(rr_ms: RR, rng: np.random.Generator) -> RR:
    """Every second, third or fourth beat premature, over all or part of the window."""
    count, beats = rr_ms.shape
    period = rng.integers(2, 5, (count, 1))
    place = np.arange(beats)
    first = rng.integers(-beats, beats - 8, (count, 1))
    length = rng.integers(12, 2 * beats, (count, 1))
    inside = (place >= first) & (place < first + length)
    is_premature = inside & ((place - first) % period == 0) & (rng.random(rr_ms.shape) < 0.95)
    return _made_premature(rr_ms, is_premature, rng, spread=0.03)


def sinus_arrhythmia(rr_ms: RR, rng: np.random.Generator) -> RR:
    """Breathing, every 2.5 to 8 s, lengthens and shortens the intervals by 3 to 22 %."""
    count = len(rr_ms)
    depth = rng.uniform(0.03, 0.22, (count, 1))
    period_ms = rng.uniform(2500.0, 8000.0, (count, 1))
    # Breaths are not alike: their phase wanders.
    wander = np.cumsum(rng.normal(0.0, 0.25, rr_ms.shape), axis=1)
    phase = 2 * np.pi * np.cumsum(rr_ms, axis=1) / period_ms + wander + rng.uniform(0, 2 * np.pi, (count, 1))
    return (rr_ms * (1.0 + depth * np.sin(phase))).astype(np.float32)


def calmer(rr_ms: RR, rng: np.random.Generator) -> RR:
    """The same rhythm with 65 to 95 % of its variability: drugs and age make fibrillation less irregular."""
    middle = np.median(rr_ms, axis=1, keepdims=True)
    return (middle + (rr_ms - middle) * rng.uniform(0.65, 0.95, (len(rr_ms), 1))).astype(np.float32)


def flutter(rr_ms: RR, rng: np.random.Generator) -> RR:
    """Atrial flutter with changing block, at about the window's rate, in place of what was there.

    The atria turn every 180 to 280 ms and the AV node lets every second to sixth wave through, so intervals
    are multiples of the cycle; each conduction is a little longer the sooner it follows the last one.
    """
    count, beats = rr_ms.shape
    cycle_ms = rng.uniform(180.0, 280.0, (count, 1))
    waves = np.median(rr_ms, axis=1, keepdims=True) / cycle_ms
    # Two levels of block in the node, each of every second wave, leave even numbers alone.
    is_double = rng.random((count, 1)) < 0.4
    usual = np.where(is_double, np.clip(2 * np.round(waves / 2), 2, 4), np.clip(np.round(waves), 2, 5))
    change = np.where(is_double, 2, 1) * rng.choice([-1, 0, 0, 1, 2], rr_ms.shape)
    wanted = np.clip(usual + change, 2, 6)
    # Which ratio was drawn last, when each beat changes it only now and then.
    changes = rng.random(rr_ms.shape) < np.sqrt(rng.random((count, 1)))
    changes[:, 0] = True
    ratio = np.take_along_axis(
        wanted, np.maximum.accumulate(np.where(changes, np.arange(beats), 0), axis=1), axis=1
    )
    ideal_ms = ratio * cycle_ms
    delay_ms = rng.uniform(0.0, 120.0, (count, 1)) * np.exp(-ideal_ms / 400.0)
    delay_ms += rng.normal(0.0, 1.0, rr_ms.shape) * rng.uniform(2.0, 28.0, (count, 1))
    return (ideal_ms + np.diff(delay_ms, axis=1, prepend=delay_ms[:, :1])).astype(np.float32)


def _some(rr_ms: RR, chosen: NDArray[np.bool_], rng: np.random.Generator, change: Change) -> RR:
    rr_ms[chosen] = change(rr_ms[chosen], rng)
    return rr_ms


def _made_premature(
    rr_ms: RR, is_premature: NDArray[np.bool_], rng: np.random.Generator, spread: float
) -> RR:
    """Shorten the interval to each premature beat and lengthen the next one.

    Ventricular beats leave the sinus node alone, so the pause makes up for all of it; atrial ones reset it,
    so the next interval is about a usual one.
    """
    count = len(rr_ms)
    coupling = rng.uniform(*PREMATURE, (count, 1)) + rng.normal(0.0, 1.0, rr_ms.shape) * spread
    coupling = np.clip(coupling, 0.35, 0.95)
    makes_up = np.where(rng.random((count, 1)) < 0.5, 1.0, rng.uniform(0.0, 0.4, (count, 1)))
    early_ms = np.where(is_premature, rr_ms * (1.0 - coupling), 0.0)
    changed = rr_ms - early_ms
    changed[:, 1:] += (makes_up * early_ms)[:, :-1]
    return changed.astype(np.float32)


def _edited(rr_ms: RR, rng: np.random.Generator, edit: Change) -> RR:
    """Apply `edit` one to MAX_EDITS times to each window."""
    times = rng.integers(1, MAX_EDITS + 1, len(rr_ms))
    for done in range(MAX_EDITS):
        rr_ms = _some(rr_ms, times > done, rng, edit)
    return rr_ms


def _miss_one(rr_ms: RR, rng: np.random.Generator) -> RR:
    count, beats = rr_ms.shape
    at = rng.integers(0, beats - 1, (count, 1))
    place = np.arange(beats)
    source = np.minimum(place + (place > at), beats - 1)
    merged = np.take_along_axis(rr_ms, source, axis=1)
    both = np.take_along_axis(rr_ms, at, axis=1) + np.take_along_axis(rr_ms, at + 1, axis=1)
    np.put_along_axis(merged, at, both, axis=1)
    return merged


def _add_one(rr_ms: RR, rng: np.random.Generator) -> RR:
    count, beats = rr_ms.shape
    at = rng.integers(0, beats - 1, (count, 1))
    place = np.arange(beats)
    split = np.take_along_axis(rr_ms, place - (place > at), axis=1)
    whole = np.take_along_axis(rr_ms, at, axis=1)
    first = (whole * rng.uniform(0.2, 0.8, (count, 1))).astype(np.float32)
    np.put_along_axis(split, at, first, axis=1)
    np.put_along_axis(split, at + 1, whole - first, axis=1)
    return split
