"""What is remembered of a wearer for advice: what was said, what waits, and what facts are drawn from."""

from __future__ import annotations

from typing import Final

import msgspec

from edge.advice.facts import Value
from edge.advice.protocols import HomeReading

# Four weeks of readings by protocol, two a morning and two an evening.
READINGS_KEPT: Final = 112
ACTIVE_DAYS_KEPT: Final = 14


class Given(msgspec.Struct):
    """Advice by a rule: when it was last given, the number it was about, and whether it was followed up."""

    id: str
    at_s: float
    number: int | float | str | None = None
    is_followed_up: bool = False


class Waiting(msgspec.Struct, frozen=True):
    """Advice that became due at `since_s` and could not be given then, with the facts of that time."""

    rule: str
    since_s: float
    values: dict[str, Value]


class Told(msgspec.Struct, frozen=True, array_like=True):
    """When some advice was given, and whether it was about a habit."""

    at_s: float
    is_habit: bool


class ActiveDay(msgspec.Struct, frozen=True, array_like=True):
    """A day of 24 hours that ended at `until_s`, with its minutes of at least moderate activity."""

    until_s: float
    active_min: int


class SleepWeek(msgspec.Struct, frozen=True):
    """The last week of sleep as of a morning, of so many nights judged; None is what is not known of it."""

    until_s: float
    nights: int
    mean_sleep_h: float | None = None
    regularity_index: float | None = None


class Diary(msgspec.Struct):
    """All of it is bounded.

    `due_s` is when habits are next looked at. `given` is by rule. `told` are the times of the last week.
    `choices` are the topics turned on or off by command.
    """

    due_s: float | None = None
    given: dict[str, Given] = {}
    told: list[Told] = []
    waiting: list[Waiting] = []
    choices: dict[str, bool] = {}
    readings: list[HomeReading] = []
    active_days: list[ActiveDay] = []
    sleep: SleepWeek | None = None


def remember_reading(diary: Diary, reading: HomeReading) -> None:
    """Add a cuff reading."""
    diary.readings = [*diary.readings, reading][-READINGS_KEPT:]


def remember_day(diary: Diary, day: ActiveDay) -> None:
    """Add a day of activity."""
    diary.active_days = [*diary.active_days, day][-ACTIVE_DAYS_KEPT:]


def set_back(diary: Diary, shift_s: float, now_s: float) -> None:
    """Carry the diary over a clock that was set: nothing lies in the future."""
    diary.due_s = None
    for given in diary.given.values():
        given.at_s = min(given.at_s + max(shift_s, 0.0), now_s)
    diary.told = [Told(min(item.at_s + shift_s, now_s), item.is_habit) for item in diary.told]
    diary.waiting = [
        Waiting(item.rule, min(item.since_s + shift_s, now_s), item.values) for item in diary.waiting
    ]
    diary.readings = [item for item in diary.readings if item.at_s <= now_s]
    diary.active_days = [item for item in diary.active_days if item.until_s <= now_s]
    if diary.sleep is not None and diary.sleep.until_s > now_s:
        diary.sleep = None
