"""A night in numbers, from the stage of each of its epochs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.sleep_epochs import EPOCH_S

STAGES: Final = ("wake", "nrem", "rem")
WAKE: Final = 0


@dataclass(frozen=True)
class SleepSummary:
    """Times in minutes; `efficiency_percent` of the time judged."""

    total_sleep_min: float
    efficiency_percent: float
    wake_after_onset_min: float


def summarise(stage: NDArray[np.integer]) -> SleepSummary:
    """The night's summary from its epochs in order, indices into STAGES; needs at least one epoch.

    Awake after onset are all epochs of wake that follow the first of sleep, up to the end of the recording.
    """
    is_asleep = stage != WAKE
    asleep = int(np.sum(is_asleep))
    onset = int(np.argmax(is_asleep)) if asleep else len(stage)
    epoch_min = EPOCH_S / 60.0
    return SleepSummary(
        total_sleep_min=epoch_min * asleep,
        efficiency_percent=100.0 * asleep / len(stage),
        wake_after_onset_min=epoch_min * int(np.sum(~is_asleep[onset:])),
    )
