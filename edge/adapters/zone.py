"""Where it is night when: the time zones of the system, handed to the corridor as a function."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from edge.signals.nights import NIGHT_FROM_H, NIGHT_UNTIL_H, NightAt


def night_in(zone: tzinfo) -> NightAt:
    """The nights of a place, by its own clock, also when that is set forward or back."""

    def night_at(at_s: float) -> tuple[float, float]:
        day = datetime.fromtimestamp(at_s, zone).date()
        until_s = datetime.combine(day, time(NIGHT_UNTIL_H), zone).timestamp()
        if at_s >= until_s:
            day += timedelta(days=1)
            until_s = datetime.combine(day, time(NIGHT_UNTIL_H), zone).timestamp()
        return datetime.combine(day, time(NIGHT_FROM_H), zone).timestamp(), until_s

    return night_at
