"""Times as the wearer's own clock tells them."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from edge.contract.durations import HOUR_S


def at(at_s: float, zone: tzinfo) -> datetime:
    """That moment where the wearer lives."""
    return datetime.fromtimestamp(at_s, zone)


def told_time(at_s: float, zone: tzinfo) -> str:
    """Hours and minutes."""
    return at(at_s, zone).strftime("%H:%M")


def told_date(at_s: float, zone: tzinfo) -> str:
    """The day with its weekday."""
    return at(at_s, zone).strftime("%A, %d %B %Y")


def hour_ticks(from_s: float, until_s: float, zone: tzinfo, every_h: int) -> list[tuple[float, str]]:
    """Full hours that the clock divides by `every_h`, between two times."""
    first = at(from_s, zone).replace(minute=0, second=0, microsecond=0)
    named = []
    for step in range(int((until_s - from_s) // HOUR_S) + 3):
        moment = datetime.fromtimestamp(first.timestamp() + HOUR_S * step, zone)
        if from_s <= moment.timestamp() <= until_s and moment.hour % every_h == 0:
            named.append((moment.timestamp(), moment.strftime("%H:%M")))
    return named


def midnight_ticks(from_s: float, until_s: float, zone: tzinfo) -> list[tuple[float, str]]:
    """Midnights between two times, each named by the day that begins."""
    day = at(from_s, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    named = []
    while day.timestamp() <= until_s:
        if day.timestamp() >= from_s:
            named.append((day.timestamp(), day.strftime("%a %d")))
        day = (day + timedelta(hours=36)).replace(hour=0)
    return named
