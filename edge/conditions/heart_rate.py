"""Heart rate at rest: what rest is, and which side of a limit a rate lies on."""

from __future__ import annotations

from edge.conditions.machine import Condition, Level

# Rest: no walking for some minutes (as in Alavi 2022, NightSignal: heart rates count only where the steps
# around them are zero). A few steps on the spot do not end it.
REST_WINDOW_S = 300.0
REST_CADENCE_MAX = 10.0
ACTIVITY_KNOWN_FOR_S = 180.0


def is_at_rest(cadences: list[tuple[float, float]], at_s: float) -> bool | None:
    """Whether the wearer rests at `at_s`; None when activity is not known.

    `cadences` are (time in s, steps/min), oldest first.
    """
    if not cadences or at_s - cadences[-1][0] > ACTIVITY_KNOWN_FOR_S:
        return None
    return all(steps <= REST_CADENCE_MAX for time_s, steps in cadences if at_s - time_s <= REST_WINDOW_S)


def high_level(condition: Condition, hr_bpm: float, rest: bool | None) -> Level:
    """Level of a condition that is present above its limit, at rest only."""
    return _level(condition, hr_bpm, rest, sign=1.0)


def low_level(condition: Condition, hr_bpm: float, rest: bool | None) -> Level:
    """Level of a condition that is present below its limit, at rest only."""
    return _level(condition, hr_bpm, rest, sign=-1.0)


def _level(condition: Condition, hr_bpm: float, rest: bool | None, sign: float) -> Level:
    if condition.limit is None:
        raise ValueError(f"{condition.code} has no limit")
    beyond_bpm = sign * (hr_bpm - condition.limit)
    if beyond_bpm <= -condition.dead_band:
        return Level.ABSENT
    if rest is None:
        return Level.UNKNOWN
    if not rest:
        # A rate that effort explains says nothing of rest.
        return Level.UNKNOWN
    return Level.PRESENT if beyond_bpm > 0 else Level.DEAD_BAND
