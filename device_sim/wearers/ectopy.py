"""Extra beats and the pauses after them, in units of the sinus interval they fall into.

Measured on LTAFDB (Petrutiu 2007) in sinus rhythm, by record, as 10th, 50th and 90th percentile: interval
to an atrial extra beat / sinus interval 0.52, 0.62, 0.85, spread within a record 0.11, the interval after it
1.05, 1.17, 1.31; to a ventricular one 0.46, 0.55, 0.70, spread 0.12.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from device_sim.events import Origin

# Between persons: mean and SD of a person's usual coupling, and SD of it from beat to beat.
COUPLING: Final = {Origin.ATRIAL: (0.65, 0.10), Origin.VENTRICULAR: (0.57, 0.08)}
COUPLING_SD: Final = 0.09
COUPLING_BOUNDS: Final = (0.40, 0.90)
# A ventricular extra beat leaves the sinus node undisturbed: the beat after falls where it would have fallen.
# An atrial one resets the node, which needs a little longer than usual.
ATRIAL_PAUSE: Final = (1.14, 0.07)
ATRIAL_PAUSE_SD: Final = 0.08


class Couplings(NamedTuple):
    """How early a person's extra beats come, and the pause after an atrial one."""

    atrial: float
    ventricular: float
    atrial_pause: float

    def of(self, origin: Origin) -> float:
        """The usual interval to an extra beat of this origin, in sinus intervals."""
        return self.atrial if origin is Origin.ATRIAL else self.ventricular


def drawn_couplings(rng: np.random.Generator) -> Couplings:
    """Those of one person."""
    normals = rng.standard_normal(3).tolist()
    usual = [
        min(max(mean + sd * normal, COUPLING_BOUNDS[0] + 0.05), COUPLING_BOUNDS[1] - 0.05)
        for (mean, sd), normal in zip(COUPLING.values(), normals, strict=False)
    ]
    return Couplings(usual[0], usual[1], max(ATRIAL_PAUSE[0] + ATRIAL_PAUSE[1] * normals[2], 1.0))


def early(usual: NDArray[np.float64], normals: NDArray[np.float64]) -> NDArray[np.float64]:
    """The intervals to extra beats around the person's usual one, in sinus intervals."""
    held: NDArray[np.float64] = (usual + COUPLING_SD * normals).clip(*COUPLING_BOUNDS)
    return held


def atrial_pauses(usual: float, normals: NDArray[np.float64]) -> NDArray[np.float64]:
    """The intervals after atrial extra beats around the person's usual one, in sinus intervals."""
    held: NDArray[np.float64] = np.maximum(usual + ATRIAL_PAUSE_SD * normals, 0.9)
    return held


def alternating(wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Those of `wanted` that may be: after an extra beat comes a pause, so never two in a row."""
    place = np.arange(len(wanted))
    last_other = np.maximum.accumulate(np.where(wanted, -1, place))
    allowed: NDArray[np.bool_] = wanted & ((place - last_other) % 2 == 1)
    return allowed
