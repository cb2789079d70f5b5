"""Blood pressure over days: single readings of a day and a night, and the mean of each day for five weeks."""

from __future__ import annotations

from typing import Final

import msgspec

from edge.conditions.blood_pressure import Reading
from edge.contract.durations import DAY_S

RECENT_S: Final = DAY_S
# An ambulatory monitor takes one each quarter of an hour.
RECENT_MOST: Final = 120
DAYS_KEPT: Final = 35


class PressureDay(msgspec.Struct, frozen=True, array_like=True):
    """The mean systolic pressure of one day of the wearer's, by its number, of so many readings."""

    day: int
    systolic_mmhg: float
    readings: int


class PressureHistory(msgspec.Struct):
    """The readings of the last 24 hours and the days of the last five weeks, oldest first."""

    recent: list[Reading] = []
    days: list[PressureDay] = []


def remember(history: PressureHistory, reading: Reading, day_until_s: float) -> None:
    """Add one reading, of the wearer's day that ends at `day_until_s`, and forget what is too old."""
    recent = [item for item in history.recent if reading.at_s - item.at_s < RECENT_S]
    history.recent = [*recent, reading][-RECENT_MOST:]
    # That of the day by UTC on which it began.
    day = int(day_until_s // DAY_S) - 1
    total_mmhg, readings = reading.systolic_mmhg, 1
    if history.days and history.days[-1].day == day:
        today = history.days.pop()
        total_mmhg += today.systolic_mmhg * today.readings
        readings += today.readings
    kept = [item for item in history.days if day - item.day < DAYS_KEPT]
    history.days = [*kept, PressureDay(day, total_mmhg / readings, readings)]
