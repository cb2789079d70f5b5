"""What moves sinus RR about its mean: breath, the 0.1 Hz wave of blood pressure, and slower drifts."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from device_sim.wearers.hypnogram import Stage
from device_sim.wearers.life import Piece
from device_sim.wearers.profile import Profile, respiratory_ms, slow_ms
from device_sim.wearers.randomness import Streams
from device_sim.wearers.stretch import GRID_HZ, STRETCH_S, Grid, Stretch, spread
from device_sim.wearers.wander import wander

# The Mayer wave of blood pressure and heart rate, in the middle of the 0.04-0.15 Hz band, how long it keeps
# its phase, and its part of the slow variation; the rest (time constant, part) has no period and falls
# off above 0.03 Hz. In the spectra of LTAFDB the wave is no more than a shoulder.
MAYER_HZ: Final = 0.1
MAYER_KEEPS_S: Final = 10.0
MAYER_PART: Final = 0.8
APERIODIC: Final = (5.0, 1.1)
# An interval at which vagal variation is gone, about 160/min, and the bounds of what tone scales by.
NO_VARIATION_MS: Final = 375.0
TONE: Final = (0.08, 1.3)
# Drifts of the resting rate, relative: time constant and SD, as seconds and minutes pass (1/f below 0.04 Hz).
DRIFTS: Final = ((20.0, 0.015), (120.0, 0.028), (900.0, 0.028))
DRIFT_STEPS_S: Final = (2.0, 10.0, 60.0)
# By stage: how strong the breathing and the slow variation are, how fast is the breath, how strong the drift.
OF_STAGE: Final = {
    Stage.WAKE: (1.0, 1.0, 1.0, 1.0),
    Stage.N1: (1.0, 0.9, 0.97, 0.7),
    Stage.N2: (1.1, 0.75, 0.97, 0.5),
    Stage.N3: (1.15, 0.5, 0.97, 0.35),
    Stage.REM: (0.9, 1.1, 1.05, 0.9),
}
UP: Final = (1.0, 1.0, 1.0, 1.0)
# Effort makes breath faster: up to three times the resting rate.
BREATH_BY_EFFORT: Final = 2.0
# No breath is like the one before: its rate and its depth wander.
BREATH_RATE: Final = (15.0, 0.10)
BREATH_DEPTH: Final = (20.0, 0.25)


class Variability:
    """The variation of one wearer's sinus rhythm, stretch by stretch."""

    def __init__(self, profile: Profile, streams: Streams) -> None:
        self._streams = streams
        self._breath_hz = profile.breaths_per_min / 60.0
        self._respiratory_ms = respiratory_ms(profile)
        self._slow_ms = slow_ms(profile)
        self._resting_rr_ms = 60_000.0 / profile.resting_bpm
        rng = streams.at("variation at start")
        self._phase = float(rng.uniform(0.0, 2.0 * math.pi))
        self._drifts = [sd * float(rng.standard_normal()) for _, sd in DRIFTS]
        self._mayer = complex(rng.standard_normal(), rng.standard_normal())
        self._aperiodic = 0.0
        self._breath = [0.0, 0.0]

    def rr_ms(self, rate_bpm: Grid, stretch: Stretch) -> Grid:
        """The interval a sinus node would keep at each point of the grid, around that of the mean rate."""
        rng = self._streams.at("variation", stretch.number)
        scales = [OF_STAGE[piece.stage] if piece.stage is not None else UP for piece in stretch.pieces]
        respiratory, slow, breath, drifting = (
            stretch.filled([scale[place] for scale in scales]) for place in range(4)
        )
        drift = self._drift(rng)
        mean_ms = 60_000.0 / (rate_bpm * (1.0 + drifting * drift))
        # Both swings shrink as the heart speeds up, since the vagal tone that carries them is withdrawn.
        tone = ((mean_ms - NO_VARIATION_MS) / (self._resting_rr_ms - NO_VARIATION_MS)).clip(*TONE)
        breath *= stretch.filled([1.0 + BREATH_BY_EFFORT * _effort(piece) for piece in stretch.pieces])
        swing_ms = self._respiratory_ms * respiratory * self._breathing(rng, breath)
        swing_ms += self._slow_ms * slow * self._slow_wave(rng, stretch)
        rr_ms: Grid = np.maximum(mean_ms + tone * swing_ms, 0.6 * mean_ms)
        return rr_ms

    def _drift(self, rng: np.random.Generator) -> Grid:
        total = np.zeros(1)
        for place, ((time_s, sd), step_s) in enumerate(zip(DRIFTS, DRIFT_STEPS_S, strict=True)):
            normals = rng.standard_normal(int(STRETCH_S / step_s))
            path = wander(self._drifts[place], normals, step_s=step_s, time_s=time_s, sd=sd)
            self._drifts[place] = float(path[-1])
            total = total + spread(path)
        return total

    def _breathing(self, rng: np.random.Generator, relative: Grid) -> Grid:
        """The breath's wave, of amplitude near 1."""
        step_s = 3.0
        paths = []
        for place, (time_s, sd) in enumerate((BREATH_RATE, BREATH_DEPTH)):
            normals = rng.standard_normal(int(STRETCH_S / step_s))
            path = wander(self._breath[place], normals, step_s=step_s, time_s=time_s, sd=sd)
            self._breath[place] = float(path[-1])
            paths.append(spread(path))
        rate_hz = self._breath_hz * relative * np.maximum(1.0 + paths[0], 0.3)
        phase = np.empty_like(rate_hz)
        phase[0] = self._phase
        phase[1:] = self._phase + np.cumsum(rate_hz[:-1]) * (2.0 * math.pi / GRID_HZ)
        self._phase = float(phase[-1]) % (2.0 * math.pi)
        return (1.0 + paths[1]) * np.sin(phase)

    def _slow_wave(self, rng: np.random.Generator, stretch: Stretch) -> Grid:
        """The Mayer wave and what has no period, either in terms of a sine's amplitude."""
        step_s = 1.5
        steps = int(STRETCH_S / step_s)
        normals = rng.standard_normal(steps) + 1j * rng.standard_normal(steps)
        path = wander(self._mayer, normals, step_s=step_s, time_s=MAYER_KEEPS_S, sd=math.sqrt(0.5))
        self._mayer = complex(path[-1])
        time_s, part = APERIODIC
        aperiodic = wander(
            self._aperiodic,
            rng.standard_normal(steps),
            step_s=step_s,
            time_s=time_s,
            sd=part * math.sqrt(0.5),
        )
        self._aperiodic = float(aperiodic[-1])
        turn = 2.0 * math.pi * MAYER_HZ * stretch.grid_s
        wave = spread(path.real) * np.cos(turn) - spread(path.imag) * np.sin(turn)
        return MAYER_PART * wave + spread(aperiodic)


def _effort(piece: Piece) -> float:
    return piece.effort if piece.aimed_bpm is None else 0.6
