"""A wearer: everything the body does between one time and the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from device_sim.events import Event
from device_sim.wearers.apnea import Apneas
from device_sim.wearers.heart import Beat, Heart
from device_sim.wearers.hypnogram import EPOCH_S, Stage
from device_sim.wearers.life import MORNING_S, Life
from device_sim.wearers.motion import Minute, counts_of, steps_of
from device_sim.wearers.pressure import Pressure, Reading
from device_sim.wearers.profile import Profile
from device_sim.wearers.randomness import Streams
from device_sim.wearers.rhythm import ORIGINS
from device_sim.wearers.skin import Skin
from device_sim.wearers.stretch import STRETCH_S, Stretch


class Epoch(NamedTuple):
    """Half a minute that ended: stage at its middle (None out of bed), wrist activity, skin temperature."""

    end_s: float
    stage: Stage | None
    activity_counts: float
    skin_celsius: float


Item = TypeVar("Item", Minute, Reading, Epoch)


class Saturation(NamedTuple):
    """Oxygen saturation."""

    at_s: float
    percent: float


class Body(NamedTuple):
    """What happened since the last step."""

    beats: list[Beat]
    minutes: list[Minute]
    readings: list[Reading]
    epochs: Sequence[Epoch] = ()
    oxygen: Sequence[Saturation] = ()


class Wearer:
    """One wearer from time 0 of the scenario; the seed and the name decide everything random.

    `clock_s` is the local time of day at time 0, in seconds after midnight. Generated five minutes at a time,
    whatever the steps asked for, so the same seed gives the same values.
    """

    def __init__(
        self, name: str, profile: Profile, events: tuple[Event, ...], seed: int, clock_s: float = MORNING_S
    ) -> None:
        streams = Streams(seed, name)
        self._streams = streams
        self._life = Life(profile, events, streams, clock_s)
        self._apneas = Apneas(events, streams)
        self._heart = Heart(profile, events, streams, clock_s)
        self._pressure = Pressure(profile, events, streams, self._life)
        self._skin = Skin(profile, self._apneas, streams)
        self._stretches = 0
        self._last_beat_s = 0.0
        # What is generated and not yet told; arrays, because a fleet holds thousands of wearers.
        self._beats_s: NDArray[np.float64] = np.empty(0)
        self._origins: NDArray[np.int8] = np.empty(0, dtype=np.int8)
        self._oxygen: tuple[NDArray[np.float64], NDArray[np.float64]] = (np.empty(0), np.empty(0))
        self._minutes: list[Minute] = []
        self._epochs: list[Epoch] = []
        self._readings: list[Reading] = []

    def advance(self, to_s: float) -> Body:
        """Live until `to_s`; times never run back."""
        beats: list[Beat] = []
        minutes: list[Minute] = []
        readings: list[Reading] = []
        epochs: list[Epoch] = []
        oxygen: list[Saturation] = []
        while True:
            beats += self._beats_until(to_s)
            minutes += _due(self._minutes, to_s)
            epochs += _due(self._epochs, to_s)
            readings += _due(self._readings, to_s)
            oxygen += self._oxygen_until(to_s)
            if self._stretches * STRETCH_S > to_s:
                break
            self._live()
        return Body(beats, minutes, readings, epochs, oxygen)

    def _live(self) -> None:
        """Generate the next stretch."""
        from_s = self._stretches * STRETCH_S
        stretch = Stretch(self._stretches, self._life.pieces(from_s, from_s + STRETCH_S))
        self._stretches += 1
        self._beats_s, self._origins = self._heart.live(stretch, self._apneas.rr_factor(stretch))
        self._minutes = steps_of(stretch, self._streams)
        self._oxygen = self._skin.saturation(stretch)
        self._readings = self._pressure.readings(stretch.from_s, stretch.to_s)
        counts, celsius = counts_of(stretch, self._streams), self._skin.celsius(stretch)
        self._epochs = [
            Epoch(from_s + (number + 1) * EPOCH_S, stretch.stage_at(from_s + (number + 0.5) * EPOCH_S), *both)
            for number, both in enumerate(zip(counts, celsius, strict=True))
        ]

    def _beats_until(self, to_s: float) -> list[Beat]:
        count = int(np.searchsorted(self._beats_s, to_s, side="right"))
        times_s = self._beats_s[:count].tolist()
        before_s = [self._last_beat_s, *times_s[:-1]]
        beats = [
            Beat(at_s, (at_s - since_s) * 1000.0, ORIGINS[origin])
            for at_s, since_s, origin in zip(times_s, before_s, self._origins[:count].tolist(), strict=False)
        ]
        if count:
            self._last_beat_s = times_s[-1]
            # Copies: a view would hold on to the beats of the whole stretch.
            self._beats_s, self._origins = self._beats_s[count:].copy(), self._origins[count:].copy()
        return beats

    def _oxygen_until(self, to_s: float) -> list[Saturation]:
        at_s, percent = self._oxygen
        count = int(np.searchsorted(at_s, to_s, side="right"))
        if not count:
            return []
        self._oxygen = (at_s[count:].copy(), percent[count:].copy())
        return [
            Saturation(*pair) for pair in zip(at_s[:count].tolist(), percent[:count].tolist(), strict=True)
        ]


def _due(items: list[Item], to_s: float) -> list[Item]:
    """Take those that are over by then off the list."""
    count = sum(item.end_s <= to_s for item in items)
    due = items[:count]
    del items[:count]
    return due
