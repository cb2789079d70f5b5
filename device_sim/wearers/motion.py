"""Steps, minute by minute, and the wrist's activity counts, epoch by epoch."""

from __future__ import annotations

from typing import Final, NamedTuple

from device_sim.wearers.hypnogram import EPOCH_S, Stage
from device_sim.wearers.life import Piece
from device_sim.wearers.randomness import Streams
from device_sim.wearers.stretch import STRETCH_S, Stretch
from edge.contract.durations import MINUTE_S

# A wearer at rest now and then shifts the feet; few enough that rest stays rest.
FIDGET_SHARE: Final = 0.15
FIDGET_STEPS_MAX: Final = 6
CADENCE_SD_PER_MIN: Final = 4.0
# Counts of an actigraph at the wrist: walking, and up without steps (mean of an exponential).
COUNTS_PER_STEP: Final = 1.6
COUNTS_UP: Final = 18.0
# In bed: how often an epoch sees a movement, and its mean size; set so that smoothed counts spread over the
# stages as in sleep-accel (Walch 2019; median, 75th and 90th percentile awake 3.5, 14, 31, in N2 0, 0, 1.6).
IN_BED: Final = {
    Stage.WAKE: (0.55, 26.0),
    Stage.N1: (0.28, 9.0),
    Stage.N2: (0.055, 9.0),
    Stage.N3: (0.03, 8.0),
    Stage.REM: (0.10, 8.0),
}


class Minute(NamedTuple):
    """The steps of a minute that ended."""

    end_s: float
    steps: float


def steps_of(stretch: Stretch, streams: Streams) -> list[Minute]:
    """The minutes of a stretch."""
    rng = streams.at("steps", stretch.number)
    minutes = []
    for number in range(int(STRETCH_S / MINUTE_S)):
        normal, uniform, fidget = rng.standard_normal(), rng.random(), rng.integers(1, FIDGET_STEPS_MAX + 1)
        start_s = stretch.from_s + number * MINUTE_S
        end_s = start_s + MINUTE_S
        during = [(piece, _overlap_s(piece, start_s, end_s)) for piece in stretch.pieces]
        walked = sum(
            max(piece.cadence_per_min + CADENCE_SD_PER_MIN * float(normal), 0.0) * part_s / MINUTE_S
            for piece, part_s in during
            if piece.cadence_per_min > 0.0 and part_s > 0.0
        )
        in_bed = any(piece.stage is not None and part_s > 0.0 for piece, part_s in during)
        if walked == 0.0 and uniform < FIDGET_SHARE and not in_bed:
            walked = float(fidget)
        minutes.append(Minute(end_s, float(round(walked))))
    return minutes


def counts_of(stretch: Stretch, streams: Streams) -> list[float]:
    """Activity counts of each epoch of a stretch."""
    rng = streams.at("activity", stretch.number)
    epochs = int(STRETCH_S / EPOCH_S)
    uniforms, sizes = rng.random(epochs).tolist(), rng.standard_exponential(epochs).tolist()
    counts = []
    for number in range(epochs):
        start_s = stretch.from_s + number * EPOCH_S
        total = 0.0
        for piece in stretch.pieces:
            part = _overlap_s(piece, start_s, start_s + EPOCH_S) / EPOCH_S
            if part > 0.0:
                total += part * _counts(piece, uniforms[number], sizes[number])
        counts.append(round(total, 2))
    return counts


def _counts(piece: Piece, uniform: float, size: float) -> float:
    if piece.stage is None:
        walking = COUNTS_PER_STEP * piece.cadence_per_min * EPOCH_S / MINUTE_S
        return walking + COUNTS_UP * (0.5 + 2.0 * piece.effort) * size
    often, mean = IN_BED[piece.stage]
    return mean * size if uniform < often else 0.0


def _overlap_s(piece: Piece, from_s: float, to_s: float) -> float:
    return max(min(piece.end_s, to_s) - max(piece.start_s, from_s), 0.0)
