"""Ordinary days: when a wearer with a routine is in bed, on foot, at exercise or at the cuff.

Everything is drawn by night, hour and day of the local clock, so that any stretch of time can be asked for
without those before it. Times are seconds of the scenario; `clock_s` is the local time of day at its start.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from device_sim.events import Routine
from device_sim.wearers.randomness import Streams
from edge.contract.durations import DAY_S, HOUR_S

# Beyond this many standard deviations nobody goes to bed or gets up, so that nights never touch.
MOST_SD: Final = 2.0


class Bout(NamedTuple):
    """A stretch on one's feet: steps, and what part of the heart rate reserve it takes."""

    start_s: float
    end_s: float
    cadence_per_min: float
    effort: float


# Walks of a day: most last less than a minute (median and spread of the log), some hours have many and some
# none (gamma with this shape).
WALK_S: Final = (38.0, 1.0)
WALK_MEAN_S: Final = 62.7
BUSY_SHAPE: Final = 1.3
# Cadence and effort of a walk, rising with its length; chores on one's feet without steps beside them.
CADENCE: Final = (68.0, 14.0, 112.0)
EFFORT: Final = (0.14, 0.34)
CHORES_PER_H: Final = 3.0
CHORE_S: Final = (240.0, 0.7)
CHORE_EFFORT: Final = (0.04, 0.20)
EXERCISE_S: Final = (2400.0, 600.0)
EXERCISE_EFFORT: Final = (0.50, 0.78)
EXERCISE_CADENCE: Final = 150.0


def nights(
    routine: Routine, clock_s: float, streams: Streams, from_s: float, to_s: float
) -> Iterator[tuple[float, float]]:
    """Lights-out and getting up of each night that meets the time asked for, within the routine."""
    in_bed_s = (routine.wake_h - routine.bed_h) % 24.0 * HOUR_S
    first = int((from_s + clock_s - routine.bed_h * HOUR_S) // DAY_S) - 1
    last = int((to_s + clock_s - routine.bed_h * HOUR_S) // DAY_S) + 1
    for night in range(first, last + 1):
        # Nights are counted from two before the scenario began.
        normals = streams.at("night", max(night + 2, 0)).standard_normal(2).clip(-MOST_SD, MOST_SD)
        bed_s = night * DAY_S + routine.bed_h * HOUR_S - clock_s
        down_s = bed_s + 60.0 * routine.spread_min * float(normals[0])
        up_s = bed_s + in_bed_s + 60.0 * routine.spread_min * float(normals[1])
        down_s, up_s = max(down_s, routine.at_s), min(up_s, routine.end_s)
        if down_s < up_s and up_s > from_s and down_s < to_s:
            yield down_s, up_s


def bouts(routine: Routine, clock_s: float, streams: Streams, from_s: float, to_s: float) -> Iterator[Bout]:
    """The bouts that meet the time asked for; they may overlap each other and the night."""
    for hour in range(max(int(from_s // HOUR_S), 0), int(to_s // HOUR_S) + 1):
        for bout in _bouts_of_hour(routine, streams, hour):
            if bout.end_s > from_s and bout.start_s < to_s and routine.holds_at(bout.start_s):
                yield bout
    for day in range(int((from_s + clock_s) // DAY_S), int((to_s + clock_s) // DAY_S) + 1):
        session = _exercise_of_day(routine, clock_s, streams, day)
        if session is not None and session.end_s > from_s and session.start_s < to_s:
            yield session


def cuff_times(routine: Routine, clock_s: float, streams: Streams, from_s: float, to_s: float) -> list[float]:
    """When the wearer sits down to the cuff after `from_s` and up to `to_s`."""
    times_s = []
    from_s = max(from_s, -clock_s)
    for day in range(int((from_s + clock_s) // DAY_S), int((to_s + clock_s) // DAY_S) + 1):
        late_s = streams.at("cuff times", day).uniform(-900.0, 900.0, len(routine.cuff_h)).tolist()
        for hour, by_s in zip(routine.cuff_h, late_s, strict=True):
            at_s = day * DAY_S + hour * HOUR_S + by_s - clock_s
            if from_s < at_s <= to_s and routine.holds_at(at_s):
                times_s.append(at_s)
    return sorted(times_s)


def _bouts_of_hour(routine: Routine, streams: Streams, hour: int) -> Iterator[Bout]:
    rng = streams.at("bouts", hour)
    awake_h = 24.0 - (routine.wake_h - routine.bed_h) % 24.0
    mean_walk_steps = WALK_MEAN_S / 60.0 * 0.5 * (CADENCE[0] + CADENCE[2])
    walks_per_h = routine.steps_per_day / max(awake_h, 1.0) / mean_walk_steps
    walks = int(rng.poisson(walks_per_h * rng.gamma(BUSY_SHAPE, 1.0 / BUSY_SHAPE)))
    for _ in range(walks):
        start_s = (hour + float(rng.random())) * HOUR_S
        length_s = WALK_S[0] * float(2.0 ** (WALK_S[1] * 1.4427 * rng.standard_normal()))
        haste = min(length_s / 240.0, 1.0)
        cadence = CADENCE[0] + (CADENCE[2] - CADENCE[0]) * haste + CADENCE[1] * float(rng.standard_normal())
        effort = EFFORT[0] + (EFFORT[1] - EFFORT[0]) * haste * float(rng.random())
        yield Bout(start_s, start_s + min(length_s, HOUR_S), max(cadence, 20.0), effort)
    for _ in range(int(rng.poisson(CHORES_PER_H))):
        start_s = (hour + float(rng.random())) * HOUR_S
        length_s = CHORE_S[0] * float(2.0 ** (CHORE_S[1] * 1.4427 * rng.standard_normal()))
        effort = float(rng.uniform(*CHORE_EFFORT))
        yield Bout(start_s, start_s + min(length_s, HOUR_S), 0.0, effort)


def _exercise_of_day(routine: Routine, clock_s: float, streams: Streams, day: int) -> Bout | None:
    rng = streams.at("exercise", day)
    uniform, normals = float(rng.random()), rng.standard_normal(2)
    if uniform >= routine.exercise_per_week / 7.0:
        return None
    start_s = day * DAY_S + routine.exercise_h * HOUR_S + 900.0 * float(normals[0]) - clock_s
    length_s = max(EXERCISE_S[0] + EXERCISE_S[1] * float(normals[1]), 900.0)
    if not routine.holds_at(start_s):
        return None
    return Bout(start_s, start_s + length_s, EXERCISE_CADENCE, float(rng.uniform(*EXERCISE_EFFORT)))
