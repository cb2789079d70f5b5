"""Oxygen saturation and skin temperature at the wrist."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device_sim.wearers.apnea import Apneas
from device_sim.wearers.hypnogram import EPOCH_S
from device_sim.wearers.profile import Profile
from device_sim.wearers.randomness import Streams
from device_sim.wearers.stretch import STRETCH_S, Stretch
from device_sim.wearers.wander import wander

OXYGEN_EVERY_S: Final = 5.0
# Saturation wanders by half a percent, and is a little lower asleep.
OXYGEN_WANDER: Final = (120.0, 0.5)
OXYGEN_ASLEEP: Final = 0.8
# The wrist warms as one falls asleep (Kraeuchi 1999, Nature 401:36) and cools with effort; towards its aim
# within a quarter of an hour.
AWAKE_CELSIUS: Final = 32.8
ASLEEP_WARMER: Final = 1.8
EFFORT_COOLER: Final = 2.0
FOLLOWS_S: Final = 900.0
WANDER: Final = (1800.0, 0.35)


class Skin:
    """What a sensor on the wrist's skin sees of one wearer, beside the pulse."""

    def __init__(self, profile: Profile, apneas: Apneas, streams: Streams) -> None:
        self._usual_percent = profile.saturation_percent
        self._apneas = apneas
        self._streams = streams
        self._oxygen = 0.0
        self._celsius = AWAKE_CELSIUS
        self._wander = 0.0

    def saturation(self, stretch: Stretch) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Times every few seconds of a stretch, and saturation in percent; (samples,) each."""
        samples = int(STRETCH_S / OXYGEN_EVERY_S)
        at_s: NDArray[np.float64] = stretch.from_s + OXYGEN_EVERY_S * np.arange(1.0, samples + 1.0)
        rng = self._streams.at("oxygen", stretch.number)
        time_s, sd = OXYGEN_WANDER
        path = wander(self._oxygen, rng.standard_normal(samples), step_s=OXYGEN_EVERY_S, time_s=time_s, sd=sd)
        self._oxygen = float(path[-1])
        starts_s = [piece.start_s for piece in stretch.pieces]
        place = np.searchsorted(starts_s, at_s - OXYGEN_EVERY_S / 2.0, side="right") - 1
        asleep = np.array([piece.is_asleep for piece in stretch.pieces])[place]
        percent: NDArray[np.float64] = self._usual_percent + path[1:] - OXYGEN_ASLEEP * asleep
        percent -= self._apneas.desaturation_percent(at_s, stretch)
        shown: NDArray[np.float64] = percent.clip(50.0, 100.0).round(1)
        return at_s, shown

    def celsius(self, stretch: Stretch) -> list[float]:
        """The temperature at the end of each epoch of a stretch."""
        epochs = int(STRETCH_S / EPOCH_S)
        rng = self._streams.at("skin", stretch.number)
        time_s, sd = WANDER
        path = wander(self._wander, rng.standard_normal(epochs), step_s=EPOCH_S, time_s=time_s, sd=sd)
        self._wander = float(path[-1])
        keep = math.exp(-EPOCH_S / FOLLOWS_S)
        values = []
        for number in range(epochs):
            middle_s = stretch.from_s + (number + 0.5) * EPOCH_S
            piece = next(piece for piece in stretch.pieces if piece.start_s <= middle_s < piece.end_s)
            effort = piece.effort if piece.aimed_bpm is None else 0.6
            aim = AWAKE_CELSIUS + (ASLEEP_WARMER if piece.is_asleep else -EFFORT_COOLER * effort)
            self._celsius = aim + (self._celsius - aim) * keep
            values.append(round(self._celsius + float(path[number + 1]), 2))
        return values
