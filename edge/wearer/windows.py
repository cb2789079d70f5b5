"""The sliding window of one model over one signal, sample by sample."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge.contract.catalogue import SIGNALS
from edge.contract.manifest import StreamUse
from edge.wearer.sample import Sample
from edge.wearer.state import Window

# Values further apart than so many periods are not of one stretch: the window starts anew. Readings taken now
# and then may be any time apart.
LONGEST_GAP_PERIODS = 30.0
LONGEST_GAP_S = {
    code: math.inf if signal.period_s is None else LONGEST_GAP_PERIODS * signal.period_s
    for code, signal in SIGNALS.items()
}


def push(window: Window, sample: Sample, stream: StreamUse, *, is_of_wearer: bool) -> bool:
    """Add one value; True when the window is full and a hop's values are new since it was last judged.

    What was not measured of the wearer has its place in time and no value.
    """
    shape = stream.window
    if sample.at_s - window.last_s > LONGEST_GAP_S[stream.signals[0]]:
        window.values, window.fresh, window.votes = [], 0, {}
    window.last_s = sample.at_s
    window.values.append(sample.values[0] if is_of_wearer else None)
    del window.values[: -shape.length]
    window.fresh += 1
    return len(window.values) == shape.length and window.fresh >= shape.hop


def take(window: Window) -> NDArray[np.float32]:
    """The values as the model wants them, oldest first, NaN where not usable; starts the next hop."""
    window.fresh = 0
    return values_of(window)


def values_of(window: Window) -> NDArray[np.float32]:
    """The values of a window as the model wants them."""
    # numpy reads None as NaN.
    return np.array(window.values, dtype=np.float32)
