"""Takes back what a moving average has done to a series that is never negative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# Keeps the quotients finite where nothing was seen, far below anything that is.
FLOOR = 1e-4


def richardson_lucy(
    blurred: NDArray[np.floating], kernel: NDArray[np.floating], iterations: int
) -> NDArray[np.float64]:
    """What, averaged by `kernel`, comes closest to `blurred`, both 0 or more; shape (n,).

    `kernel` (odd length) is symmetric and adds up to 1; beyond the ends the series goes on as it ends. More
    iterations are sharper and trust `blurred` more. Richardson 1972 (JOSA 62:55), Lucy 1974 (AJ 79:745).
    """
    seen = np.asarray(blurred, dtype=np.float64) + FLOOR
    half = len(kernel) // 2

    def average(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.convolve(np.pad(values, half, mode="edge"), kernel, mode="valid")

    sharp = seen
    for _ in range(iterations):
        sharp = sharp * average(seen / average(sharp))
    return sharp
