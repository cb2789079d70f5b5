"""The mean heart rate: where rest, sleep, effort and illness drive it, and how fast it follows."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from device_sim.events import Bradycardia, Event, Routine, Tachycardia, going_on
from device_sim.wearers.hypnogram import Stage
from device_sim.wearers.life import Piece
from device_sim.wearers.profile import Fitness, Profile, highest_bpm, reached_bpm
from device_sim.wearers.stretch import GRID_HZ, POINTS, Grid, Stretch
from edge.contract.durations import DAY_S, HOUR_S

# Heart rate rises with a time constant of some 20-40 s at the onset of effort and falls over one to two
# minutes after it; chosen so that the first minute after 135/min brings it down by 30-40/min, as in health.
RISE_TIME_S: Final = 25.0
FALL_TIME_S: Final = {Fitness.LOW: 95.0, Fitness.USUAL: 70.0, Fitness.ATHLETIC: 50.0}
# Against sitting awake. Sleep lowers the rate by a tenth to a sixth, deep sleep most; in REM it rises again.
OF_STAGE: Final = {Stage.WAKE: 0.94, Stage.N1: 0.90, Stage.N2: 0.87, Stage.N3: 0.865, Stage.REM: 0.905}
# The body's own day, highest in the late afternoon.
DAY_SHARE: Final = 0.04
DAY_PEAK_S: Final = 17.0 * HOUR_S


# How much more or less than usual sleep slows a person's heart: log spread.
DEPTH_LOG_SD: Final = 0.35


def drawn_depth(rng: np.random.Generator) -> float:
    """How much sleep slows one person's heart, against the usual."""
    return math.exp(DEPTH_LOG_SD * float(rng.standard_normal()))


def aimed_bpm(
    profile: Profile, events: tuple[Event, ...], piece: Piece, clock_s: float, depth: float
) -> float:
    """The rate the heart is driven towards; illness comes before effort, effort before rest.

    `depth` is how much sleep slows this heart, against the usual.
    """
    at_s = (piece.start_s + piece.end_s) / 2.0
    illness = going_on(events, Tachycardia, at_s) or going_on(events, Bradycardia, at_s)
    if illness is not None:
        return illness.rate_bpm
    if piece.aimed_bpm is not None:
        return reached_bpm(profile, piece.aimed_bpm)
    resting_bpm = profile.resting_bpm
    if going_on(events, Routine, at_s) is not None:
        resting_bpm *= 1.0 + DAY_SHARE * math.cos(2.0 * math.pi * (at_s + clock_s - DAY_PEAK_S) / DAY_S)
    if piece.stage is not None:
        return resting_bpm * (1.0 - depth * (1.0 - OF_STAGE[piece.stage]))
    return resting_bpm + piece.effort * (highest_bpm(profile) - profile.resting_bpm)


def followed_bpm(profile: Profile, bpm: float, aims_bpm: list[float], stretch: Stretch) -> tuple[Grid, float]:
    """The rate on the grid of a stretch, and at its end, on its way from `bpm` to each piece's aim."""
    path = np.empty(POINTS)
    for piece, towards_bpm in zip(stretch.pieces, aims_bpm, strict=True):
        time_s = RISE_TIME_S if towards_bpm > bpm else FALL_TIME_S[profile.fitness]
        since_s = stretch.from_s - piece.start_s
        first = math.ceil(-since_s * GRID_HZ)
        end = math.floor((piece.end_s - stretch.from_s) * GRID_HZ) + 1
        gone_s = since_s + np.arange(first, end) / GRID_HZ
        path[first:end] = towards_bpm + (bpm - towards_bpm) * np.exp(-gone_s / time_s)
        bpm = towards_bpm + (bpm - towards_bpm) * math.exp(-(piece.end_s - piece.start_s) / time_s)
    return path, bpm
