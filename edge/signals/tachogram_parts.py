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

    `overall_rate` is the median; `slow_changes_of_rate` the median of the 17 beats around each over it. What
    is left of each beat is `artefacts` where it is implausible or looks missed or extra (left out where none
    does), `early_beat_pairs` where it and its neighbour are an early beat and its pause among regular ones,
    and else `beat_to_beat_irregularity`. Values outside 200..3000 ms count as the border, as for the
    model.
    """
    held = np.fmin(np.fmax(np.asarray(rr_ms, dtype=np.float64), CLIP_RR_MS[0]), CLIP_RR_MS[1])
    logs = np.log(held / TYPICAL_RR_MS)
    padded = np.pad(logs, LOCAL_BEATS // 2, mode="edge")
    local = np.median(np.lib.stride_tricks.sliding_window_view(padded, LOCAL_BEATS), axis=-1)
    rate = np.full(len(logs), np.median(logs))
    rest = logs - local
    is_bad = ~is_plausible(rr_ms) | is_artifact(np.asarray(rr_ms, dtype=np.float64))
    is_pair = _early_pairs(rest) & ~is_bad
    parts = {
        "beat_to_beat_irregularity": np.where(is_bad | is_pair, 0.0, rest),
        "early_beat_pairs": np.where(is_pair, rest, 0.0),
        "slow_changes_of_rate": local - rate,
        "overall_rate": rate,
    }
    return parts | {"artefacts": np.where(is_bad, rest, 0.0)} if is_bad.any() else parts


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
