"""When a day's main sleep was, from the wrist's movement alone: the longest stretch of rest.

Rest is little movement against the wearer's own day (Roenneberg 2015, Methods in Enzymology 552:257: below
15 % of the mean of 24 h). Stretches count from half an hour on, and those less than an hour apart are one
(van Hees 2018, Scientific Reports 8:12975).
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import HOUR_S
from edge.signals.sleep_epochs import EPOCH_S

REST_SHARE: Final = 0.15
# A median of five minutes: a single movement wakes nobody.
MEDIAN_EPOCHS: Final = 11
LEAST_EPOCHS: Final = int(1800.0 / EPOCH_S)
GAP_EPOCHS: Final = int(HOUR_S / EPOCH_S)


def main_sleep(movement: NDArray[np.floating]) -> tuple[int, int] | None:
    """The first epoch of the day's main sleep and the one after its last; None where nothing is rest.

    `movement` is (epochs,) of a day, in any unit, NaN where nothing is known.
    """
    is_rest, _ = resting(movement)
    return max(rests(is_rest), key=lambda stretch: stretch[1] - stretch[0], default=None)


def resting(movement: NDArray[np.floating]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Where the wearer rests and where not, (epochs,) each; neither where too little is known.

    `movement` is as in `main_sleep`.
    """
    known = movement[~np.isnan(movement)]
    if not len(known):
        nowhere = np.zeros(len(movement), dtype=np.bool_)
        return nowhere, nowhere
    held = np.pad(movement, MEDIAN_EPOCHS // 2, constant_values=np.nan)
    around = np.lib.stride_tricks.sliding_window_view(held, MEDIAN_EPOCHS)
    # Where more than half of the epochs around are unknown, nothing can be said.
    is_known = np.mean(np.isnan(around), axis=1) <= 0.5
    level = np.full(len(movement), np.nan)
    level[is_known] = np.nanmedian(around[is_known], axis=1)
    limit = REST_SHARE * float(np.mean(known))
    return level <= limit, level > limit


def rests(is_rest: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches of rest that count, oldest first, each from its first epoch to the one after its last."""
    return _joined([(a, b) for a, b in _stretches(is_rest) if b - a >= LEAST_EPOCHS])


def _stretches(is_rest: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where each run of True begins and ends."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_rest, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _joined(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those less than a gap apart as one."""
    if not stretches:
        return []
    breaks = [after[0] for before, after in pairwise(stretches) if after[0] - before[1] >= GAP_EPOCHS]
    starts = [stretches[0][0], *breaks]
    ends = [max(b for a, b in stretches if a < limit) for limit in [*breaks, stretches[-1][1] + 1]]
    return list(zip(starts, ends, strict=True))
