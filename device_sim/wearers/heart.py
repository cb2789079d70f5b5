"""The heart: beats in order, one after the other, up to the time it is told."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from device_sim.events import Ectopy, Event, Fibrillation, Origin, going_on
from device_sim.wearers.ectopy import coupling_ms, pause_ms
from device_sim.wearers.fibrillation import WANDER_SD, WANDER_TIME_S, fibrillation_rr_ms
from device_sim.wearers.profile import Profile, respiratory_ms, slow_ms
from device_sim.wearers.rate import driven_bpm, followed_bpm
from device_sim.wearers.sinus import SLOW_HZ, sinus_rr_ms
from device_sim.wearers.wander import wandered

# Slow drift of the resting rate within minutes.
DRIFT_SD_BPM = 2.0
DRIFT_TIME_S = 120.0


class Beat(NamedTuple):
    """A beat and the interval that ends with it."""

    at_s: float
    rr_ms: float


class Heart:
    """Beats of one wearer. The same generator state gives the same beats, however time is cut into steps."""

    def __init__(self, profile: Profile, events: tuple[Event, ...], rng: np.random.Generator) -> None:
        self._profile = profile
        self._events = events
        self._rng = rng
        self._resting_rr_ms = 60_000.0 / profile.resting_bpm
        self._respiratory_ms = respiratory_ms(profile)
        self._slow_ms = slow_ms(profile)
        self._rate_bpm = profile.resting_bpm
        self._drift_bpm = 0.0
        self._af_wander = 0.0
        self._breath_phase = float(rng.uniform(0.0, 2.0 * math.pi))
        self._slow_phase = float(rng.uniform(0.0, 2.0 * math.pi))
        # If the last beat was extra: where it arose, its interval, and the sinus interval it cut short.
        self._extra: tuple[Origin, float, float] | None = None
        self._next = self._after(0.0)

    def beats_until(self, to_s: float) -> list[Beat]:
        """The beats after those given before, up to and including `to_s`."""
        beats = []
        while self._next.at_s <= to_s:
            beats.append(self._next)
            self._next = self._after(self._next.at_s)
        return beats

    def _after(self, at_s: float) -> Beat:
        # Each beat draws the same numbers whatever the rhythm, so that an event changes only its own time.
        normals = self._rng.standard_normal(5)
        uniforms = self._rng.random(2)
        fibrillation = going_on(self._events, Fibrillation, at_s)
        sinus_ms = self._sinus_ms(float(normals[0]))
        if fibrillation is not None:
            rr_ms = fibrillation_rr_ms(60_000.0 / fibrillation.rate_bpm, self._af_wander, float(normals[1]))
            self._extra = None
        else:
            rr_ms = self._with_ectopy_ms(at_s, sinus_ms, uniforms)
        beat = Beat(at_s + rr_ms / 1000.0, rr_ms)
        self._move_on(beat, normals)
        return beat

    def _sinus_ms(self, normal: float) -> float:
        return sinus_rr_ms(
            60_000.0 / (self._rate_bpm + self._drift_bpm),
            self._resting_rr_ms,
            breath_phase=self._breath_phase,
            slow_phase=self._slow_phase,
            respiratory_ms=self._respiratory_ms,
            slow_ms=self._slow_ms,
            normal=normal,
        )

    def _with_ectopy_ms(self, at_s: float, sinus_ms: float, uniforms: np.ndarray) -> float:
        if self._extra is not None:
            (origin, early_ms, cut_ms), self._extra = self._extra, None
            return pause_ms(origin, early_ms, cut_ms)
        ectopy = going_on(self._events, Ectopy, at_s)
        if ectopy is None or uniforms[0] >= ectopy.share:
            return sinus_ms
        early_ms = coupling_ms(sinus_ms, float(uniforms[1]))
        self._extra = (ectopy.origin, early_ms, sinus_ms)
        return early_ms

    def _move_on(self, beat: Beat, normals: np.ndarray) -> None:
        """Let everything that runs beside the beats advance by one interval."""
        step_s = beat.rr_ms / 1000.0
        driven = driven_bpm(self._profile, self._events, beat.at_s)
        self._rate_bpm = followed_bpm(self._rate_bpm, driven, step_s)
        self._drift_bpm = wandered(
            self._drift_bpm, step_s=step_s, time_s=DRIFT_TIME_S, sd=DRIFT_SD_BPM, normal=float(normals[2])
        )
        self._af_wander = wandered(
            self._af_wander, step_s=step_s, time_s=WANDER_TIME_S, sd=WANDER_SD, normal=float(normals[3])
        )
        # No breath is as long as the one before: the phase advances by 10 % more or less.
        breath_hz = self._profile.breaths_per_min / 60.0 * (1.0 + 0.1 * float(normals[4]))
        self._breath_phase = (self._breath_phase + 2.0 * math.pi * breath_hz * step_s) % (2.0 * math.pi)
        self._slow_phase = (self._slow_phase + 2.0 * math.pi * SLOW_HZ * step_s) % (2.0 * math.pi)
