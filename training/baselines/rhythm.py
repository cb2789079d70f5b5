"""The published AF detectors by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.baselines import dash_2009, lake_2011, petrenas_2015, zhou_2015


class Detector(NamedTuple):
    """Decides for each interval whether it is in AF, (n,) in ms -> (n,), from no more than `beats` before."""

    detect: Callable[[NDArray[np.floating]], NDArray[np.bool_]]
    beats: int


# Zhou's 127 words need 129 intervals; Petrenas' averages have forgotten what is ten of their times back.
RHYTHM_BASELINES: Final = {
    "zhou_2015": Detector(zhou_2015.detect, zhou_2015.WORDS + 2),
    "petrenas_2015": Detector(petrenas_2015.detect, 500),
    "lake_2011": Detector(lake_2011.detect, lake_2011.BEATS),
    "dash_2009": Detector(dash_2009.detect, dash_2009.BEATS),
}
