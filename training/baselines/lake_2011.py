"""Lake and Moorman 2011, Am J Physiol 300:H319: coefficient of sample entropy (COSEn) of 12 beats."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.windows import sliding

BEATS: Final = 12
# The tolerance grows from 30 ms until at least five pairs of beats agree twice in a row.
TOLERANCES_MS: Final = tuple(range(30, 1030, 10))
LEAST_MATCHES: Final = 5
THRESHOLD: Final = -1.4
CHUNK: Final = 65_536


def detect(rr_ms: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which intervals are in AF; each decides by the 12 around it. `rr_ms` (n,) -> (n,)."""
    called = np.zeros(len(rr_ms), dtype=bool)
    if len(rr_ms) < BEATS:
        return called
    window = sliding(np.asarray(rr_ms, dtype=np.float32), length=BEATS, hop=1)
    parts = np.array_split(window, len(window) // CHUNK + 1)
    verdicts = np.concatenate([coefficient(part) for part in parts]) > THRESHOLD
    middle = BEATS // 2
    called[middle : middle + len(verdicts)] = verdicts
    called[:middle] = verdicts[0]
    called[middle + len(verdicts) :] = verdicts[-1]
    return called


def coefficient(window: NDArray[np.floating]) -> NDArray[np.float64]:
    """COSEn of windows (n, 12) in ms: ln(B / A) + ln(2 r) - ln(mean), B and A matches of one and of two."""
    first, second = np.triu_indices(BEATS - 1, 1)
    now = np.abs(window[:, first] - window[:, second])
    farther = np.maximum(now, np.abs(window[:, first + 1] - window[:, second + 1]))
    result = np.full(len(window), np.nan)
    is_open = np.ones(len(window), dtype=bool)
    for tolerance_ms in TOLERANCES_MS:
        pairs = np.count_nonzero(farther[is_open] < tolerance_ms, axis=1)
        enough = pairs >= LEAST_MATCHES
        at = np.flatnonzero(is_open)[enough]
        singles = np.count_nonzero(now[at] < tolerance_ms, axis=1)
        mean_ms = np.mean(window[at], axis=1)
        result[at] = np.log(singles / pairs[enough]) + np.log(2.0 * tolerance_ms) - np.log(mean_ms)
        is_open[at] = False
        if not is_open.any():
            break
    # Intervals that differ by over a second everywhere are as irregular as can be.
    result[is_open] = np.inf
    return result
