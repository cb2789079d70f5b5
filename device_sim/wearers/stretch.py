"""The stretches of time in which a wearer is generated, and the fine grid within one.

Whoever asks for seconds or for hours gets the same values: stretches lie on a fixed grid of the scenario,
and each draws from random streams of its own.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from device_sim.wearers.hypnogram import Stage
from device_sim.wearers.life import Piece

Grid = NDArray[np.float64]

STRETCH_S: Final = 300.0
GRID_HZ: Final = 4.0
POINTS: Final = int(STRETCH_S * GRID_HZ) + 1
OFFSETS_S: Final[Grid] = np.arange(POINTS) / GRID_HZ


class Stretch(NamedTuple):
    """Five minutes of a wearer's doings."""

    number: int
    pieces: list[Piece]

    @property
    def from_s(self) -> float:
        """Its start, in seconds of the scenario."""
        return self.number * STRETCH_S

    @property
    def to_s(self) -> float:
        """Its end."""
        return self.from_s + STRETCH_S

    @property
    def grid_s(self) -> Grid:
        """The times of its fine grid, both ends included; (POINTS,)."""
        return self.from_s + OFFSETS_S

    def stage_at(self, at_s: float) -> Stage | None:
        """The stage of sleep at a time; None out of bed."""
        return next(piece.stage for piece in self.pieces if piece.start_s <= at_s < piece.end_s)

    def filled(self, values: list[float]) -> Grid:
        """One value for each piece, on the grid."""
        first = [round((piece.start_s - self.from_s) * GRID_HZ) for piece in self.pieces]
        counts = np.diff([*first, POINTS])
        return np.repeat(np.array(values, dtype=np.float64), counts)


def spread(path: Grid) -> Grid:
    """Values on an even coarser grid over a stretch, ends included, brought to the fine one."""
    at = np.linspace(0.0, STRETCH_S, len(path))
    fine: Grid = np.interp(OFFSETS_S, at, path)
    return fine
