"""What a wearer is doing: asleep in which stage, walking how fast, at what effort, in pieces of time.

A piece is at most an epoch long and everything in it is constant. Scenario events come before the routine:
an exercise in the timeline is what the wearer does, whatever the hour.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final, NamedTuple

from device_sim.events import Event, Exercise, Routine, Sleep, Span, going_on
from device_sim.wearers.hypnogram import EPOCH_S, Stage, hypnogram
from device_sim.wearers.profile import Profile
from device_sim.wearers.randomness import Streams
from device_sim.wearers.routine import Bout, bouts, cuff_times, nights

# The clock of a wearer whose scenario tells no time of day: nine in the morning.
MORNING_S: Final = 32_400.0


class Piece(NamedTuple):
    """A stretch of time in which nothing changes. `stage` is None out of bed.

    `aimed_bpm` is the heart rate that an exercise of the timeline aims at, else None; `effort` is the part of
    the heart rate reserve that the day's own bouts take.
    """

    start_s: float
    end_s: float
    stage: Stage | None
    cadence_per_min: float
    effort: float
    aimed_bpm: float | None

    @property
    def is_asleep(self) -> bool:
        """Whether the wearer sleeps."""
        return self.stage is not None and self.stage is not Stage.WAKE


class Life:
    """The doings of one wearer; keeps the hypnogram of the present night and nothing else."""

    def __init__(self, profile: Profile, events: tuple[Event, ...], streams: Streams, clock_s: float) -> None:
        self._age_years = profile.age_years
        self._events = events
        self._streams = streams
        self.clock_s = clock_s
        self._night: tuple[float, float, bytes] | None = None

    def pieces(self, from_s: float, to_s: float) -> list[Piece]:
        """What is done between two times, cut at every change and at each epoch of the scenario."""
        nights = self.nights(from_s, to_s)
        routine_bouts = [
            bout for routine in self._routines(from_s, to_s) for bout in self._bouts(routine, from_s, to_s)
        ]
        spans = [event for event in self._events if isinstance(event, Span) and overlaps(event, from_s, to_s)]
        cuts = {from_s, to_s}
        cuts.update(_grid(from_s, to_s))
        for start_s, end_s in nights:
            cuts.update((start_s, end_s))
            cuts.update(start_s + at_s for at_s in _grid(from_s - start_s, to_s - start_s))
        cuts.update(edge_s for bout in routine_bouts for edge_s in bout[:2])
        cuts.update(edge_s for span in spans for edge_s in (span.at_s, span.end_s))
        times_s = sorted(at_s for at_s in cuts if from_s <= at_s <= to_s)
        return [self._piece(start_s, end_s, nights, routine_bouts) for start_s, end_s in pairwise(times_s)]

    def nights(self, from_s: float, to_s: float) -> list[tuple[float, float]]:
        """Lights-out and getting up of each stay in bed that meets the time asked for."""
        found = [
            (event.at_s, event.end_s)
            for event in self._events
            if isinstance(event, Sleep) and overlaps(event, from_s, to_s)
        ]
        for routine in self._routines(from_s, to_s):
            found += nights(routine, self.clock_s, self._streams, from_s, to_s)
        return found

    def cuff_times(self, from_s: float, to_s: float) -> list[float]:
        """When the routine has the wearer sit down to the cuff, after the one and up to the other time."""
        return [
            at_s
            for routine in self._routines(from_s, to_s)
            for at_s in cuff_times(routine, self.clock_s, self._streams, from_s, to_s)
        ]

    def _routines(self, from_s: float, to_s: float) -> list[Routine]:
        return [
            event for event in self._events if isinstance(event, Routine) and overlaps(event, from_s, to_s)
        ]

    def _bouts(self, routine: Routine, from_s: float, to_s: float) -> Iterable[Bout]:
        return bouts(routine, self.clock_s, self._streams, from_s, to_s)

    def _piece(
        self, start_s: float, end_s: float, nights: list[tuple[float, float]], bouts: list[Bout]
    ) -> Piece:
        at_s = (start_s + end_s) / 2.0
        exercise = going_on(self._events, Exercise, at_s)
        if exercise is not None:
            return Piece(start_s, end_s, None, exercise.cadence_per_min, 0.0, exercise.rate_bpm)
        night = next((night for night in nights if night[0] <= at_s < night[1]), None)
        if night is not None:
            return Piece(start_s, end_s, self._stage(night, at_s), 0.0, 0.0, None)
        going = [bout for bout in bouts if bout.start_s <= at_s < bout.end_s]
        cadence = max((bout.cadence_per_min for bout in going), default=0.0)
        return Piece(start_s, end_s, None, cadence, max((bout.effort for bout in going), default=0.0), None)

    def _stage(self, night: tuple[float, float], at_s: float) -> Stage:
        if self._night is None or self._night[:2] != night:
            epochs = int((night[1] - night[0]) // EPOCH_S) + 1
            # A night is known by the second it began.
            rng = self._streams.at("hypnogram", max(int(night[0]) + 1_000_000, 0))
            self._night = (*night, hypnogram(epochs, self._age_years, rng).tobytes())
        return Stage(self._night[2][int((at_s - night[0]) // EPOCH_S)])


def overlaps(span: Span, from_s: float, to_s: float) -> bool:
    """Whether a span has any time in common with another."""
    return span.at_s < to_s and span.end_s > from_s


def _grid(from_s: float, to_s: float) -> list[float]:
    """The multiples of an epoch within a stretch."""
    first = int(from_s // EPOCH_S)
    return [number * EPOCH_S for number in range(first, int(to_s // EPOCH_S) + 1)]
