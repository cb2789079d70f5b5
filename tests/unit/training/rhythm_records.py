"""Records whose windows were scored, made up for the purpose."""

from __future__ import annotations

import numpy as np

from training.rhythm_figures import Judged
from training.windows import Windows


def two_records() -> list[Judged]:
    """Two records: AF found, AF missed, flutter called AF, sinus spared, one window not judged."""
    first = Windows(
        rr_ms=np.zeros((3, 4), np.float32),
        af_share=np.array([1.0, 0.75, 0.0], np.float32),
        flutter_share=np.array([0.0, 0.0, 1.0], np.float32),
    )
    second = Windows(
        rr_ms=np.zeros((2, 4), np.float32),
        af_share=np.array([0.0, 0.5], np.float32),
        flutter_share=np.array([0.0, 0.0], np.float32),
    )
    return [
        Judged("a", first, np.array([0.9, 0.3, 0.8]), np.array([0.0, 60.0, 120.0])),
        Judged("b", second, np.array([0.1, np.nan]), np.array([0.0, 60.0])),
    ]
