"""The sliding window of one model over one signal, sample by sample."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from edge.contract.catalogue import Signal
from edge.contract.manifest import Window as Shape
from edge.pipeline.state import Window

# Values further apart than so many periods are not of one stretch: the window starts anew.
LONGEST_GAP_PERIODS = 30.0


def longest_gap_s(signal: Signal) -> float:
    """How far apart values of one window may be; readings taken now and then may be any time apart."""
    return math.inf if signal.period_s is None else LONGEST_GAP_PERIODS * signal.period_s


def push(window: Window, at_s: float, value: float | None, shape: Shape, gap_s: float) -> bool:
    """Add one value; True when the window is full and a hop's values are new since it was last judged."""
    if at_s - window.last_s > gap_s:
        window.values, window.fresh, window.votes = [], 0, {}
    window.last_s = at_s
    window.values.append(value)
    del window.values[: -shape.length]
    window.fresh += 1
    return len(window.values) == shape.length and window.fresh >= shape.hop


def take(window: Window) -> NDArray[np.float32]:
    """The values as the model wants them, oldest first, NaN where not usable; starts the next hop."""
    window.fresh = 0
    return values_of(window)


def values_of(window: Window) -> NDArray[np.float32]:
    """The values of a window as the model wants them."""
    return np.array([np.nan if value is None else value for value in window.values], dtype=np.float32)
