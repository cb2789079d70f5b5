"""Home blood pressure by protocol: which readings count, whether they are enough, and their average."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Final, NamedTuple

import msgspec

from edge.conditions.blood_pressure import Reading
from edge.contract.durations import DAY_S, HOUR_S

# As far apart as morning and evening readings never come, and readings of one sitting never are.
SITTING_S: Final = 3 * HOUR_S
# After so many days without a reading a course has been given up.
GIVEN_UP_DAYS: Final = 3


class Protocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a guideline wants home readings taken; guidelines/home_pressure.toml explains each key."""

    id: str
    scheme: str
    guideline: str
    link: str
    days: int
    least_days: int
    readings_in_a_sitting: int
    dropped_days: int
    dropped_first_readings: int
    least_readings: int
    wanted_readings: int
    high_systolic: float
    high_diastolic: float


class HomeReading(Reading, frozen=True, array_like=True):
    """A reading with the pulse, where the cuff told it; stored as a row of four."""

    pulse_bpm: float | None = None


class Course(NamedTuple):
    """How far a course is that began at `first_s`; `counted` are the readings that count, on `days` days."""

    first_s: float
    counted: tuple[HomeReading, ...]
    days: int
    is_over: bool
    is_enough: bool

    def mean(self) -> HomeReading:
        """The average of what counts, timed at the last; needs at least one."""
        n = len(self.counted)
        pulses = [item.pulse_bpm for item in self.counted if item.pulse_bpm is not None]
        return HomeReading(
            self.counted[-1].at_s,
            sum(item.systolic_mmhg for item in self.counted) / n,
            sum(item.diastolic_mmhg for item in self.counted) / n,
            sum(pulses) / len(pulses) if pulses else None,
        )


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    protocol: tuple[Protocol, ...]


def load_protocols() -> dict[str, Protocol]:
    """The protocols shipped as data, by the scheme of categories they belong to."""
    text = files("edge.guidelines").joinpath("home_pressure.toml").read_text(encoding="utf-8")
    return {item.scheme: item for item in msgspec.convert(tomllib.loads(text), _File).protocol}


def courses(
    readings: Sequence[HomeReading], protocol: Protocol, day_of: Callable[[float], float], now_s: float
) -> list[Course]:
    """The courses that readings, oldest first, make up, oldest first.

    `day_of` gives the beginning or end of the wearer's day that a time belongs to, Unix seconds.
    """
    parts: list[list[HomeReading]] = []
    for reading in readings:
        day = day_of(reading.at_s)
        if parts:
            part = parts[-1]
            is_within = days_between(day_of(part[0].at_s), day) < protocol.days
            if is_within and days_between(day_of(part[-1].at_s), day) <= GIVEN_UP_DAYS:
                part.append(reading)
                continue
        parts.append([reading])
    last = len(parts) - 1
    return [
        _course(part, protocol, day_of, None if place < last else now_s) for place, part in enumerate(parts)
    ]


def _course(
    part: list[HomeReading], protocol: Protocol, day_of: Callable[[float], float], now_s: float | None
) -> Course:
    first_day = day_of(part[0].at_s)
    kept = [item for item in part if days_between(first_day, day_of(item.at_s)) >= protocol.dropped_days]
    counted = tuple(_without_first(kept, protocol.dropped_first_readings))
    days = len({day_of(item.at_s) for item in counted})
    is_enough = days >= protocol.least_days and len(counted) >= protocol.least_readings
    is_over = (
        now_s is None
        or len(counted) >= protocol.wanted_readings
        or days_between(first_day, day_of(now_s)) >= protocol.days
        or days_between(day_of(part[-1].at_s), day_of(now_s)) > GIVEN_UP_DAYS
    )
    return Course(part[0].at_s, counted, days, is_over, is_enough)


def _without_first(readings: list[HomeReading], dropped: int) -> list[HomeReading]:
    """The readings without the first ones of each sitting."""
    kept, since_s, place = [], float("-inf"), 0
    for reading in readings:
        place = place + 1 if reading.at_s - since_s <= SITTING_S else 0
        if place == 0:
            since_s = reading.at_s
        if place >= dropped:
            kept.append(reading)
    return kept


def days_between(first: float, second: float) -> int:
    """How many days after the first the second is; days may have 23 or 25 hours."""
    return round((second - first) / DAY_S)
