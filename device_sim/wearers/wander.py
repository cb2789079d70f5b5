"""Slow random change around nothing in particular (an Ornstein-Uhlenbeck process)."""

from __future__ import annotations

import math


def wandered(value: float, *, step_s: float, time_s: float, sd: float, normal: float) -> float:
    """The value after `step_s`, returning to 0 over `time_s`, with standard deviation `sd` in the long run.

    `normal` is a standard normal draw.
    """
    keep = math.exp(-step_s / time_s)
    return value * keep + sd * math.sqrt(1.0 - keep * keep) * normal
