"""RR intervals: from beats, which of them a heart can have made, and how far a window of them can be judged.

Every function takes `rr_ms` of shape (..., n), intervals in ms along the last axis. Nothing is corrected:
repairing irregular intervals erases atrial fibrillation, so doubt is expressed as flags and as a quality.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

RR = NDArray[np.floating]

# 240/min and 24/min; wider than any sinus rhythm at rest or in exercise.
PLAUSIBLE_RR_MS: Final = (250.0, 2500.0)
# An interval this close to a multiple, or a pair this close to one, is taken for a missed or an extra beat.
ARTIFACT_TOLERANCE: Final = 0.12
# Its neighbours must be this regular: among irregular intervals a doubled one proves nothing.
REGULAR_TOLERANCE: Final = 0.08
# So soon hardly any beat is conducted after another: of LTAFDB's windows of 64 beats in fibrillation one in a
# thousand holds seven such intervals. A strap that has lost contact takes noise for beats and gives many
# (docs/decisions/0017).
CONDUCTED_RR_MS: Final = 280.0


def rr_from_beats(beat_sample: NDArray[np.integer], fs_hz: float) -> NDArray[np.float64]:
    """The intervals in ms between beats given as sample indices at `fs_hz`; shape (beats - 1,)."""
    return np.diff(beat_sample) * (1000.0 / fs_hz)


def is_plausible(rr_ms: RR) -> NDArray[np.bool_]:
    """Which intervals lie within what a heart at work can do; NaN does not."""
    low, high = PLAUSIBLE_RR_MS
    plausible: NDArray[np.bool_] = (rr_ms >= low) & (rr_ms <= high)
    return plausible


def is_artifact(rr_ms: RR) -> NDArray[np.bool_]:
    """Which intervals look like a missed beat (two or three in one) or an extra one (one split in two).

    Judged only among regular neighbours, so that fibrillation and bigeminy stay unflagged.
    """
    # Zero, infinity and NaN are brought to where they can be divided, far from any multiple of interest.
    held = np.fmin(np.fmax(rr_ms, 1.0), 1e5)
    ratio = held / median(held)[..., np.newaxis]
    is_usual = np.abs(ratio - 1.0) < REGULAR_TOLERANCE
    found = np.zeros(ratio.shape, dtype=bool)
    # As far from 2.5 as 2 and 3 are.
    is_multiple = np.abs(np.abs(ratio[..., 1:-1] - 2.5) - 0.5) < ARTIFACT_TOLERANCE
    found[..., 1:-1] = is_multiple & is_usual[..., :-2] & is_usual[..., 2:]
    is_pair = np.abs(ratio[..., 1:-2] + ratio[..., 2:-1] - 1.0) < ARTIFACT_TOLERANCE
    is_pair &= is_usual[..., :-3]
    is_pair &= is_usual[..., 3:]
    found[..., 1:-2] |= is_pair
    found[..., 2:-1] |= is_pair
    return found


def is_beside_noise(rr_ms: RR) -> NDArray[np.bool_]:
    """Which intervals are too short to have been conducted, or stand beside one that is.

    Where a beat is false, the intervals on both its sides are. What is no time at all tells of no beat.
    """
    is_short = (rr_ms > 0.0) & (rr_ms < CONDUCTED_RR_MS)
    found = is_short.copy()
    found[..., 1:] |= is_short[..., :-1]
    found[..., :-1] |= is_short[..., 1:]
    return found


def rr_quality(rr_ms: RR) -> NDArray[np.float64]:
    """The share of intervals, 0 to 1, that are plausible, no artifact and not beside noise; shape (...)."""
    if rr_ms.ndim == 1 and _is_clean(rr_ms):
        return np.array(1.0)
    is_good = is_plausible(rr_ms) & ~is_artifact(rr_ms) & ~is_beside_noise(rr_ms)
    share: NDArray[np.float64] = np.add.reduce(is_good, axis=-1, dtype=np.float64) / rr_ms.shape[-1]
    return share


def _is_clean(rr_ms: RR) -> bool:
    """Whether a window, (n,), is seen at once to have nothing that is doubtful.

    A missed beat makes an interval of nearly twice the median, an extra one a half of at most 0.56 of it.
    """
    ordered = np.sort(rr_ms)
    shortest, usual, longest = (float(ordered[at]) for at in (0, len(ordered) // 2, -1))
    high = PLAUSIBLE_RR_MS[1]
    return max(CONDUCTED_RR_MS, (1.0 + ARTIFACT_TOLERANCE) / 2 * usual) < shortest and longest < min(
        high, (2.0 - ARTIFACT_TOLERANCE) * usual
    )


def median(rr_ms: RR) -> RR:
    """The upper median along the last axis: a tenth of the library's time, and always one of the values."""
    return take_median(rr_ms.copy())


def take_median(rr_ms: RR) -> RR:
    """As `median`, of an array that nobody needs any more: it is put in another order."""
    middle = rr_ms.shape[-1] // 2
    rr_ms.partition(middle, axis=-1)
    return rr_ms[..., middle]


# The qualities a manifest may name.
QUALITIES: Final[dict[str, Callable[[RR], NDArray[np.float64]]]] = {"rr_quality": rr_quality}
