"""Nights as they might also have been: other clocks, other wrists, other hearts, cut short."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import HOUR_S
from edge.signals.sleep_channels import EpochSeries
from edge.signals.sleep_epochs import EPOCH_S

# Standard deviations of the logarithm: of the night's pace, of the wrist's loudness, of the heart's.
PACE: Final = 0.08
LOUDNESS: Final = 0.3
SWING: Final = 0.12
SWING_KNOT_EPOCHS: Final = 20
CLOCK_H: Final = 0.15
# How often heart rate is lost for a while, and a night ends early.
LOST_SHARE: Final = 0.4
LOST_EPOCHS: Final = (5, 50)
CUT_SHARE: Final = 0.3
SHORTEST_EPOCHS: Final = 200


@dataclass(frozen=True)
class LabelledNight:
    """A night with the stage of each epoch, int64 (epochs,), -1 where there is none."""

    series: EpochSeries
    stage: NDArray[np.int64]


def altered(night: LabelledNight, rng: np.random.Generator) -> LabelledNight:
    """The night at another pace, louder or softer, with heart rate lost for a while, perhaps cut short."""
    series = night.series
    count = len(night.stage)
    place = np.linspace(0.0, count - 1.0, max(2, int(count * np.exp(rng.normal(0.0, PACE)))))
    activity = np.interp(place, np.arange(count), series.activity) * np.exp(rng.normal(0.0, LOUDNESS))
    swing = np.interp(place, np.arange(count), series.swing)
    nearest = np.round(place).astype(np.int64)

    knots = rng.normal(0.0, SWING, len(place) // SWING_KNOT_EPOCHS + 2)
    at = np.arange(len(place))
    swing *= np.exp(np.interp(at, np.arange(len(knots)) * SWING_KNOT_EPOCHS, knots))
    if rng.random() < LOST_SHARE:
        first = int(rng.integers(0, len(place)))
        last = min(first + int(rng.integers(*LOST_EPOCHS)), len(place) - 1)
        swing[first : last + 1] = np.linspace(swing[first], swing[last], last + 1 - first)
    end = len(place)
    if rng.random() < CUT_SHARE:
        end = int(rng.integers(min(SHORTEST_EPOCHS, end - 1), end))
    since_h = series.since_lights_out_h[0] + at * (EPOCH_S / HOUR_S) + rng.normal(0.0, CLOCK_H)
    return LabelledNight(
        EpochSeries(since_h[:end], activity[:end], swing[:end], series.is_known[nearest][:end]),
        night.stage[nearest][:end],
    )
