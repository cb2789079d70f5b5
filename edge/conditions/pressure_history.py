"""Blood pressure over days: single readings of a day and a night, and the mean of each day for five weeks."""

from __future__ import annotations

from typing import Final

import msgspec

from edge.conditions.blood_pressure import Reading

RECENT_S: Final = 86_400.0
# An ambulatory monitor takes one each quarter of an hour.
RECENT_MOST: Final = 120
DAYS_KEPT: Final = 35
DAY_S: Final = 86_400.0


class PressureDay(msgspec.Struct, frozen=True, array_like=True):
    """The mean systolic pressure of one day by UTC, of so many readings."""

    day: int
    systolic_mmhg: float
    readings: int


class PressureHistory(msgspec.Struct):
    """The readings of the last 24 hours and the days of the last five weeks, oldest first."""

    recent: list[Reading] = []
    days: list[PressureDay] = []


def remember(history: PressureHistory, reading: Reading) -> None:
    """Add one reading and forget what is too old."""
    recent = [item for item in history.recent if reading.at_s - item.at_s < RECENT_S]
    history.recent = [*recent, reading][-RECENT_MOST:]
    day = int(reading.at_s // DAY_S)
    total_mmhg, readings = reading.systolic_mmhg, 1
    if history.days and history.days[-1].day == day:
        today = history.days.pop()
        total_mmhg += today.systolic_mmhg * today.readings
        readings += today.readings
    kept = [item for item in history.days if day - item.day < DAYS_KEPT]
    history.days = [*kept, PressureDay(day, total_mmhg / readings, readings)]
