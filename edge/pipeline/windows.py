"""The sliding window of one model over one signal, sample by sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.pipeline.state import Window

# Beats this far apart are not of one stretch of rhythm: the window starts anew.
LONGEST_GAP_S = 30.0


def push(window: Window, at_s: float, value: float | None, *, length: int, hop: int) -> bool:
    """Add one value; True when the window is full and `hop` values are new since it was last judged."""
    if at_s - window.last_s > LONGEST_GAP_S:
        window.values, window.fresh, window.votes = [], 0, {}
    window.last_s = at_s
    window.values.append(value)
    del window.values[:-length]
    window.fresh += 1
    return len(window.values) == length and window.fresh >= hop


def take(window: Window) -> NDArray[np.float32]:
    """The values as the model wants them, oldest first, NaN where not usable; starts the next hop."""
    window.fresh = 0
    return np.array([np.nan if value is None else value for value in window.values], dtype=np.float32)
