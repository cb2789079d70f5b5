"""What an edge keeps of a wearer's last days, read beside the running edge."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

import msgspec

from edge.contract.durations import DAY_S
from edge.contract.samples import Mode
from edge.contract.topics import Topics
from edge.days.alarm_spans import AlarmSpan, alarms_of
from edge.days.judge import hours_of, readings_of
from edge.days.recorded import read_day
from edge.storage.days import Days
from edge.wearer.summary import CuffReading, Day, Hour


class Kept(NamedTuple):
    """Days, oldest first, and the alarms of the same time, of one wearer."""

    wearer: str
    days: list[Day]
    alarms: list[AlarmSpan]

    @property
    def hours(self) -> list[Hour]:
        """All hours, oldest first."""
        return [hour for day in self.days for hour in day.hours]

    @property
    def readings(self) -> list[CuffReading]:
        """All cuff readings, oldest first."""
        return [reading for day in self.days for reading in day.readings]


class _State(msgspec.Struct):
    """Of a stored state of any version: the time it has reached."""

    now_s: float


def reached_s(database: sqlite3.Connection, wearer: str) -> dict[Mode, float]:
    """The modes in which the edge knows a wearer, real first, and the time that each has reached."""
    rows = database.execute("SELECT mode, state FROM snapshot WHERE wearer = ?", (wearer,))
    times_s = {mode: msgspec.msgpack.decode(state, type=_State).now_s for mode, state in rows}
    return {mode: times_s[mode.value] for mode in Mode if mode.value in times_s}


def wearers_of(database: sqlite3.Connection) -> list[str]:
    """The names of all wearers the edge knows."""
    return [row[0] for row in database.execute("SELECT DISTINCT wearer FROM snapshot ORDER BY wearer")]


def read_kept(
    database: sqlite3.Connection, topics: Topics, who: tuple[str, Mode], until_s: float, days: int
) -> Kept:
    """The days of so many before `until_s`, the last of them as far as the journal has it."""
    wearer, mode = who
    from_s = until_s - days * DAY_S
    kept = Days(database).between(*who, from_s, until_s)
    since_s = kept[-1].until_s if kept else from_s
    today = read_day(database, topics, who, (since_s, until_s))
    if today.signals:
        kept.append(
            Day(
                wearer=wearer,
                mode=mode,
                from_s=since_s,
                until_s=until_s,
                hours=hours_of(today),
                readings=readings_of(today),
            )
        )
    return Kept(wearer, kept, alarms_of(database, who, kept[0].from_s if kept else from_s))
