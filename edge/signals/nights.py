"""Nights by the wearer's own clock, and what is usual over many of them."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo
from statistics import median
from typing import Final

import msgspec

# As in Alavi 2022 (Nat Med 28:175, NightSignal): heart rate at rest between midnight and seven.
NIGHT_FROM: Final = time(0)
NIGHT_UNTIL: Final = time(7)


class Night(msgspec.Struct, frozen=True, array_like=True):
    """The mean resting heart rate of a night that ended at `until_s`."""

    until_s: float
    mean_bpm: float


class Nights(msgspec.Struct):
    """The night that lasts or comes next, what was counted of it, and the nights before, oldest first.

    `closed_s` is the time of the sample with which the last of them was closed.
    """

    from_s: float = 0.0
    until_s: float = 0.0
    last_s: float = 0.0
    sum_bpm: float = 0.0
    minutes: int = 0
    closed_s: float | None = None
    before: list[Night] = []


def night_at(at_s: float, zone: tzinfo) -> tuple[float, float]:
    """The night that lasts or comes next at `at_s`: its beginning and its end, Unix seconds."""
    day = datetime.fromtimestamp(at_s, zone).date()
    until_s = datetime.combine(day, NIGHT_UNTIL, zone).timestamp()
    if at_s >= until_s:
        day += timedelta(days=1)
        until_s = datetime.combine(day, NIGHT_UNTIL, zone).timestamp()
    return datetime.combine(day, NIGHT_FROM, zone).timestamp(), until_s


def excesses(means: list[float], least_before: int) -> list[float | None]:
    """By how much each mean is above the median of all before it; None where too few are before it."""
    return [means[at] - median(means[:at]) if at >= least_before else None for at in range(len(means))]
