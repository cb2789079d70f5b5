"""Which inputs become golden vectors: neighbours, since what overlaps is stored once, with lively answers."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.windows import sliding

GOLDEN_VECTORS: Final = 64
RUNS: Final = 8


def liveliest(answers: NDArray[np.floating]) -> slice:
    """The GOLDEN_VECTORS neighbours, of answers (n, ...), that vary most; all where there are no more."""
    flat = answers.reshape(len(answers), -1)
    if len(flat) <= GOLDEN_VECTORS:
        return slice(len(flat))
    spread = sliding(flat, length=GOLDEN_VECTORS, hop=1).std(axis=-1).mean(axis=-1)
    start = int(np.argmax(spread))
    return slice(start, start + GOLDEN_VECTORS)


def spread_runs(answers: NDArray[np.floating]) -> NDArray[np.int64]:
    """Indices of GOLDEN_VECTORS inputs: RUNS of neighbours, begun all over the range of `answers` (n,)."""
    length = GOLDEN_VECTORS // RUNS
    order = np.argsort(answers[: len(answers) - length + 1], kind="stable")
    starts = order[np.linspace(0, len(order) - 1, RUNS).astype(int)]
    places: NDArray[np.int64] = (starts[:, np.newaxis] + np.arange(length)).ravel()
    return places
