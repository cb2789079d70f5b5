"""When the alarms of a wearer held, by the audit log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from edge.alarms.states import AlarmEvent
from edge.contract.samples import Mode


class AlarmSpan(NamedTuple):
    """An alarm's condition and when it held; `until_s` is None while it does."""

    condition: str
    from_s: float
    until_s: float | None


def alarms_of(database: sqlite3.Connection, who: tuple[str, Mode], after_s: float) -> list[AlarmSpan]:
    """The alarms that were raised after that time, oldest first, each until its condition was over."""
    rows = database.execute(
        "SELECT episode, condition, what, at_s FROM audit WHERE wearer = ? AND mode = ? AND at_s > ? "
        "AND episode IS NOT NULL ORDER BY id",
        (who[0], who[1].value, after_s),
    )
    spans: dict[str, AlarmSpan] = {}
    for episode, condition, what, at_s in rows:
        if what == AlarmEvent.RAISE:
            spans[episode] = AlarmSpan(condition, at_s, None)
        elif what == AlarmEvent.CLEAR and episode in spans:
            spans[episode] = spans[episode]._replace(until_s=at_s)
    return list(spans.values())


def held_s(alarms: Iterable[AlarmSpan], condition: str, span_s: tuple[float, float]) -> float:
    """For how much of a span of time alarms of a condition held."""
    begin_s, end_s = span_s
    lengths_s = [
        min(end_s, end_s if alarm.until_s is None else alarm.until_s) - max(begin_s, alarm.from_s)
        for alarm in alarms
        if alarm.condition == condition
    ]
    return sum(max(length_s, 0.0) for length_s in lengths_s)
