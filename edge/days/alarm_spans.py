"""When the alarms of a wearer held, by the audit log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from edge.alarms.states import AlarmEvent
from edge.contract.messages import AlarmState
from edge.contract.samples import Mode

PRESENT = (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED)


class AlarmSpan(NamedTuple):
    """An alarm's condition and when it held; `until_s` is None while it does."""

    condition: str
    from_s: float
    until_s: float | None


class _Alert(msgspec.Struct):
    id: str


class _Alarm(msgspec.Struct):
    alert: _Alert
    state: str


class _Board(msgspec.Struct):
    alarms: dict[str, _Alarm] = {}


class _State(msgspec.Struct):
    """Of a stored state of any version: the alarms that are not over."""

    board: _Board = msgspec.field(default_factory=_Board)


def alarms_of(database: sqlite3.Connection, who: tuple[str, Mode], after_s: float) -> list[AlarmSpan]:
    """The alarms that held after that time, oldest first, each from its start until its condition was over.

    One whose end was never logged, as after an update that could not take it over, ends where it began.
    """
    # However long ago it was raised, an alarm may hold still. One that comes again before it was acknowledged
    # is not raised a second time: its new episode begins with a retrigger.
    rows = database.execute(
        "SELECT episode, condition, what, at_s FROM audit WHERE wearer = ? AND mode = ? "
        "AND what IN (?, ?, ?) AND episode IS NOT NULL ORDER BY id",
        (who[0], who[1].value, AlarmEvent.RAISE, AlarmEvent.RETRIGGER, AlarmEvent.CLEAR),
    )
    begun: dict[str, AlarmSpan] = {}
    spans: list[AlarmSpan] = []
    for episode, condition, what, at_s in rows:
        if what != AlarmEvent.CLEAR:
            begun.setdefault(episode, AlarmSpan(condition, at_s, None))
        elif (span := begun.pop(episode, None)) is not None and at_s > after_s:
            spans.append(span._replace(until_s=at_s))
    present = _present(database, who) if begun else set()
    for episode, span in begun.items():
        if episode in present:
            spans.append(span)
        elif span.from_s > after_s:
            spans.append(span._replace(until_s=span.from_s))
    return sorted(spans, key=lambda span: span.from_s)


def held_s(alarms: Iterable[AlarmSpan], condition: str, span_s: tuple[float, float]) -> float:
    """For how much of a span of time alarms of a condition held."""
    begin_s, end_s = span_s
    lengths_s = [
        min(end_s, end_s if alarm.until_s is None else alarm.until_s) - max(begin_s, alarm.from_s)
        for alarm in alarms
        if alarm.condition == condition
    ]
    return sum(max(length_s, 0.0) for length_s in lengths_s)


def _present(database: sqlite3.Connection, who: tuple[str, Mode]) -> set[str]:
    """The episodes of the alarms whose condition is present, by the wearer's state."""
    rows = database.execute(
        "SELECT state FROM snapshot WHERE wearer = ? AND mode = ?", (who[0], who[1].value)
    )
    states = [msgspec.msgpack.decode(row[0], type=_State) for row in rows]
    alarms = [alarm for state in states for alarm in state.board.alarms.values()]
    return {alarm.alert.id for alarm in alarms if alarm.state in PRESENT}
