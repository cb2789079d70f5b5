"""A wearer: everything the body does between one time and the next."""

from __future__ import annotations

from typing import NamedTuple

from device_sim.events import Event
from device_sim.wearers.heart import Beat, Heart
from device_sim.wearers.pressure import Reading, all_readings
from device_sim.wearers.profile import Profile
from device_sim.wearers.randomness import stream
from device_sim.wearers.steps import MINUTE_S, steps_in_minute


class Minute(NamedTuple):
    """The steps of a minute that ended."""

    end_s: float
    steps: float


class Body(NamedTuple):
    """What happened since the last step."""

    beats: list[Beat]
    minutes: list[Minute]
    readings: list[Reading]


class Wearer:
    """One wearer from time 0 of the scenario; the seed and the name decide everything random."""

    def __init__(self, name: str, profile: Profile, events: tuple[Event, ...], seed: int) -> None:
        self._events = events
        self._heart = Heart(profile, events, stream(seed, name, "heart"))
        self._steps_rng = stream(seed, name, "steps")
        self._readings = all_readings(profile, events, stream(seed, name, "pressure"))
        self._minutes = 0

    def advance(self, to_s: float) -> Body:
        """Live until `to_s`; times never run back."""
        return Body(self._heart.beats_until(to_s), self._minutes_until(to_s), self._readings_until(to_s))

    def _minutes_until(self, to_s: float) -> list[Minute]:
        minutes = []
        while (self._minutes + 1) * MINUTE_S <= to_s:
            self._minutes += 1
            end_s = self._minutes * MINUTE_S
            minutes.append(Minute(end_s, steps_in_minute(self._events, end_s, self._steps_rng)))
        return minutes

    def _readings_until(self, to_s: float) -> list[Reading]:
        due = [reading for reading in self._readings if reading.at_s <= to_s]
        self._readings = self._readings[len(due) :]
        return due
