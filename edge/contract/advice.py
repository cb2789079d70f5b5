"""The words of advice: what it is about, and what became of a number it was about."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Topic(StrEnum):
    """What advice is about; each can be turned off."""

    RHYTHM = "rhythm"
    HEART_RATE = "heart_rate"
    BLOOD_PRESSURE = "blood_pressure"
    SALT = "salt"
    ACTIVITY = "activity"
    WEIGHT = "weight"
    SMOKING = "smoking"
    ALCOHOL = "alcohol"
    SLEEP = "sleep"
    PRIORITIES = "priorities"


class Trend(StrEnum):
    """What became of a number since advice was given about it."""

    IMPROVED = "improved"
    UNCHANGED = "unchanged"
    WORSE = "worse"


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the number moved that earlier advice, `of` that id, was about; `fact` names it and its unit."""

    of: str
    fact: str
    before: float
    now: float
    after_days: int
    change: Trend
