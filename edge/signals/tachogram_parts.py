"""A window of RR intervals taken apart into what a reader can name, so that each part can be taken away."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.features import CLIP_RR_MS, LOCAL_BEATS, TYPICAL_RR_MS
from edge.signals.rr import is_artifact, is_plausible

# What all parts are measured from: beats as even as a clock's, at 75/min.
BASELINE: Final = f"an even rhythm with every RR interval {TYPICAL_RR_MS:g} ms"
# A beat this much early and the pause after it, between regular beats: a premature beat makes such a pair.
EARLY: Final = 0.85
PAUSE: Final = 1.1
REGULAR: Final = 0.1


def tachogram_parts(rr_ms: NDArray[np.floating]) -> dict[str, NDArray[np.float64]]:
    """The logs of RR intervals (n,) over 800 ms as a sum of parts, each (n,).

    `rate` is the mean of the 17 beats around each, so slow changes are part of it. What is left of each beat
    is in `single_odd_beats` where it is implausible, looks missed or extra, or is an early beat or its pause
    among regular ones, and else in `beat_to_beat_irregularity`. Values outside 200..3000 ms count as the
    border, as for the model.
    """
    held = np.fmin(np.fmax(np.asarray(rr_ms, dtype=np.float64), CLIP_RR_MS[0]), CLIP_RR_MS[1])
    logs = np.log(held / TYPICAL_RR_MS)
    padded = np.pad(logs, LOCAL_BEATS // 2, mode="edge")
    # A mean, not a median: among alternating beats a median would alternate with them.
    rate = np.convolve(padded, np.full(LOCAL_BEATS, 1.0 / LOCAL_BEATS), mode="valid")
    rest = logs - rate
    is_odd = ~is_plausible(rr_ms) | is_artifact(np.asarray(rr_ms, dtype=np.float64)) | _early_pairs(rest)
    return {
        "beat_to_beat_irregularity": np.where(is_odd, 0.0, rest),
        "single_odd_beats": np.where(is_odd, rest, 0.0),
        "rate": rate,
    }


def put_together(parts: list[NDArray[np.float64]], count: int) -> NDArray[np.float32]:
    """The RR intervals in ms, (count,), of which only these parts are left."""
    whole: NDArray[np.float64] = TYPICAL_RR_MS * np.exp(sum(parts, np.zeros(count)))
    return whole.astype(np.float32)


def _early_pairs(rest: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which beats are an early one or its pause, with a regular one before and after both."""
    found = np.zeros(len(rest), dtype=bool)
    is_regular = np.abs(rest) < np.log1p(REGULAR)
    at = np.flatnonzero(
        (rest[1:-2] < np.log(EARLY)) & (rest[2:-1] > np.log(PAUSE)) & is_regular[:-3] & is_regular[3:]
    )
    found[at + 1] = found[at + 2] = True
    return found
