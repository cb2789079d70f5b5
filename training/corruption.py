"""Beats missed, too many, or found at the wrong time, as wearables give them: for curves of figures.

Apart from `augment`, which does the like to learn from: there each window of a batch draws its own strength,
here a whole record has the one strength that its point of the curve is named after, on one clock throughout.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.datasets.wfdb import BeatRecord

# An extra beat falls somewhere between two true ones.
EXTRA_PLACE: Final = (0.2, 0.8)


def corrupted(record: BeatRecord, percent: float, rng: np.random.Generator) -> BeatRecord:
    """A record of which `percent` of the beats are wrong: half of these missed, half added.

    A missed beat merges two intervals, an extra one splits one; every interval keeps the rhythm of the beat
    that ends it.
    """
    rr_ms = record.rr_ms.astype(np.float64)
    end_ms = np.cumsum(rr_ms)
    rate = percent / 200.0
    is_split = rng.random(len(rr_ms)) < rate
    extra_ms = (end_ms - rr_ms * rng.uniform(*EXTRA_PLACE, len(rr_ms)))[is_split]
    # The last beat is kept, so that the record keeps its length.
    is_kept = rng.random(len(rr_ms)) >= rate
    is_kept[-1] = True
    all_ms = np.concatenate([end_ms[is_kept], extra_ms])
    rhythm = np.concatenate([record.rhythm[is_kept], record.rhythm[is_split]])
    order = np.argsort(all_ms, kind="stable")
    merged_ms = np.diff(all_ms[order], prepend=0.0)
    return BeatRecord(record.name, merged_ms.astype(np.float32), rhythm[order])


def sampled(record: BeatRecord, step_ms: float) -> BeatRecord:
    """A record whose beats are counted in steps of `step_ms`, as a device that samples so seldom does."""
    beat_ms = np.concatenate([[0.0], np.cumsum(record.rr_ms, dtype=np.float64)])
    return _moved(record, np.round(beat_ms / step_ms) * step_ms)


def jittered(record: BeatRecord, sd_ms: float, rng: np.random.Generator) -> BeatRecord:
    """A record whose beats are found early or late at random, each error shared by two intervals."""
    beat_ms = np.concatenate([[0.0], np.cumsum(record.rr_ms, dtype=np.float64)])
    return _moved(record, beat_ms + rng.normal(0.0, sd_ms, len(beat_ms)))


def _moved(record: BeatRecord, beat_ms: NDArray[np.float64]) -> BeatRecord:
    return BeatRecord(record.name, np.diff(beat_ms).astype(np.float32), record.rhythm)
