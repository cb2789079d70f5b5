"""What is kept of a wearer's day: its hours, its cuff readings, and what was reported of its night."""

from __future__ import annotations

from typing import Final

import msgspec

from edge.conditions.blood_pressure import Reading
from edge.contract.durations import DAY_S
from edge.contract.reports import NightReport, WeekReport
from edge.contract.samples import Mode

# A day with fewer minutes of data than 16 hours says too little of how active it was.
LEAST_DAY_MINUTES: Final = 960


def days_ago(until_s: float, days: int) -> float:
    """A time before the end of the first of so many days, the last of which ends at `until_s`.

    It is after the end of the day before them, though a day of the wearers' clock may have 23 or 25 hours.
    """
    return until_s - (days - 0.5) * DAY_S


class Hour(msgspec.Struct, frozen=True, array_like=True):
    """An hour's heart rate (median, 5th and 95th percentile), and the steps of so many of its `minutes`.

    None is what was not measured.
    """

    from_s: float
    bpm: float | None = None
    low_bpm: float | None = None
    high_bpm: float | None = None
    steps: float | None = None
    minutes: int = 0


class CuffReading(Reading, frozen=True, array_like=True):
    """A reading of a day; stored as a row of three."""


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A wearer's day in sum; `week` at the end of a week. A day without any data has no reports."""

    wearer: str
    mode: Mode
    from_s: float
    until_s: float
    hours: tuple[Hour, ...] = ()
    readings: tuple[CuffReading, ...] = ()
    night: NightReport | None = None
    week: WeekReport | None = None


_decoder = msgspec.json.Decoder(Day)


def decode_day(payload: bytes) -> Day:
    """Read a day from the journal or the store, where only the edge itself has written it."""
    return _decoder.decode(payload)
