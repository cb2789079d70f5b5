"""What is usual for a wearer, as handed out on command."""

from __future__ import annotations

import msgspec


class UsualHeartRate(msgspec.Struct, frozen=True, kw_only=True):
    """The usual heart rate at rest in a part of the day, from `from_h` until `until_h` by the wearer's clock.

    `median_bpm` and `mad_bpm` (median absolute deviation) are what is gone by; `day_medians_bpm` are those of
    the days they come from, oldest first. Not `is_own` while they are mostly the population's.
    """

    from_h: int
    until_h: int
    median_bpm: float
    mad_bpm: float
    is_own: bool
    day_medians_bpm: tuple[float, ...]


class Baseline(msgspec.Struct, frozen=True, kw_only=True):
    """All that is kept of what is usual for a wearer.

    `night_means_bpm` are the mean heart rates at rest of the nights, oldest first. `limits_bpm` are the
    limits in use now by condition; None where a condition is not judged.
    """

    heart_rate: tuple[UsualHeartRate, ...]
    night_means_bpm: tuple[float, ...]
    limits_bpm: dict[str, float | None]
