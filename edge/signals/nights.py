"""Nights by the wearer's own clock, and what is usual over many of them."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from typing import Final

import msgspec

from edge.contract.durations import DAY_S, HOUR_S

# As in Alavi 2022 (Nat Med 28:175, NightSignal): heart rate at rest between midnight and seven.
NIGHT_FROM_H: Final = 0
NIGHT_UNTIL_H: Final = 7

# The night that lasts or comes next at a time: its beginning and its end, Unix seconds.
NightAt = Callable[[float], tuple[float, float]]


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


def utc_night_at(at_s: float) -> tuple[float, float]:
    """The nights of UTC."""
    day_s = at_s // DAY_S * DAY_S
    if at_s >= day_s + NIGHT_UNTIL_H * HOUR_S:
        day_s += DAY_S
    return day_s + NIGHT_FROM_H * HOUR_S, day_s + NIGHT_UNTIL_H * HOUR_S


def excesses(means: list[float], least_before: int) -> list[float | None]:
    """By how much each mean is above the median of all before it; None where too few are before it."""
    return [means[at] - median(means[:at]) if at >= least_before else None for at in range(len(means))]


def clock_s(nights: Nights, at_s: float) -> float:
    """Seconds since midnight by the wearer's clock, 0 to a day; on a day the clocks change up to an hour off.

    `nights` has to hold the night that lasts or comes next at `at_s`.
    """
    return (at_s - nights.from_s - NIGHT_FROM_H * HOUR_S) % DAY_S
