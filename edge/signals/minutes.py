"""Steps are counted once a minute, however often a device tells them."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import MINUTE_S

# A device may be so much early without its sample being taken for one more of the minute before.
EARLY_S: Final = 15.0


def minute_of(at_s: float, first_s: float) -> int:
    """Which minute a sample tells of, counted from that of the first one, 0."""
    return int((at_s - first_s + EARLY_S) // MINUTE_S)


def first_of_minutes(time_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """The place of the first sample of each minute, of ascending times."""
    if not len(time_s):
        return np.empty(0, dtype=np.int64)
    places: NDArray[np.int64] = np.unique((time_s - time_s[0] + EARLY_S) // MINUTE_S, return_index=True)[1]
    return places
