"""A day of the journal becomes a day in sum; reads the store and writes nothing."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from msgspec.structs import replace

from edge.conditions.blood_pressure import Scheme
from edge.contract.bundle import Bundle, read_bundle
from edge.contract.durations import HOUR_S, WEEK_S
from edge.contract.errors import BundleError
from edge.contract.reports import NightReport
from edge.contract.samples import Mode
from edge.contract.topics import Topics
from edge.days.alarm_spans import AlarmSpan, alarms_of
from edge.days.apnea import ApneaJudge
from edge.days.nights import night_report
from edge.days.recorded import Recorded, Series, read_day
from edge.days.sleep import SleepJudge
from edge.days.weeks import week_report
from edge.signals.minutes import first_of_minutes
from edge.signals.nights import NightAt
from edge.storage.database import open_for_reading
from edge.storage.days import Days
from edge.wearer.summary import CuffReading, Day, Hour, days_ago

LEAST_RATES: Final = 10
HOUR_PERCENTILES: Final = (50.0, 5.0, 95.0)
MONDAY: Final = 1


class Order(NamedTuple):
    """A day to be judged: whose, from when until when; nothing of it is in the journal up to `after_id`."""

    wearer: str
    mode: Mode
    from_s: float
    until_s: float
    after_id: int = 0


class Source(NamedTuple):
    """A bundle that was opened before: its file, and the SHA-256 that this had."""

    path: Path
    sha256: str

    def open(self) -> Bundle:
        """The bundle again; BundleError if the file has become another."""
        bundle = read_bundle(self.path)
        if bundle.sha256 != self.sha256:
            raise BundleError(
                "another file than at the start", where=str(self.path), allowed=f"SHA-256 {self.sha256}"
            )
        return bundle


@dataclass(frozen=True)
class DayJudge:
    """What days are judged by; the models are opened for a day and let go of after it."""

    topics: Topics
    sleep: Source
    apnea: Source
    scheme: Scheme
    night_at: NightAt
    zone: tzinfo

    def judge(self, state_dir: Path, order: Order) -> Day:
        """The day in sum, by the edge's store in `state_dir`."""
        with closing(open_to_read(state_dir)) as database:
            who = (order.wearer, order.mode)
            recorded = read_day(
                database, self.topics, who, (order.from_s, order.until_s), after_id=order.after_id
            )
            # A week has an hour more when the clocks go back.
            alarms = alarms_of(database, who, order.until_s - WEEK_S - HOUR_S)
            before = Days(database).between(*who, days_ago(order.until_s, 14), order.from_s)
            day = Day(
                wearer=order.wearer,
                mode=order.mode,
                from_s=order.from_s,
                until_s=order.until_s,
                hours=hours_of(recorded),
                readings=readings_of(recorded),
                night=self._night(recorded, who, before, alarms) if recorded.signals else None,
            )
            return self.with_week(day, before, alarms)

    def _night(
        self, recorded: Recorded, who: tuple[str, Mode], before: list[Day], alarms: list[AlarmSpan]
    ) -> NightReport | None:
        if not any(len(recorded.of(signal).time_s) for signal in ("rr", "hr", "movement")):
            return None
        judges = SleepJudge.of_bundle(self.sleep.open()), ApneaJudge.of_bundle(self.apnea.open())
        return night_report(recorded, who, self.night_at(recorded.from_s), judges, before, alarms=alarms)

    def with_week(self, day: Day, before: list[Day], alarms: list[AlarmSpan]) -> Day:
        """With the summary of the week if it ends on this day: on Monday morning."""
        week = [each for each in before if each.until_s > days_ago(day.until_s, 7)] + [day]
        ends = datetime.fromtimestamp(day.until_s, self.zone).isoweekday() == MONDAY
        if not ends or not any(each.hours or each.readings for each in week):
            return day
        began = begun_between(alarms, week[0].from_s, day.until_s)
        return replace(day, week=week_report(week, self.scheme, began))


def open_to_read(state_dir: Path) -> sqlite3.Connection:
    """The edge's store, which goes on being written to; nothing can be changed through it."""
    database = open_for_reading(state_dir)
    # A day is read once from one end to the other: more pages would only be held.
    database.execute("PRAGMA cache_size = -256")
    return database


def hours_of(day: Recorded) -> tuple[Hour, ...]:
    """The hours in which anything was measured, oldest first."""
    return tuple(_hours(day))


def _hours(day: Recorded) -> Iterator[Hour]:
    told = day.of("activity")
    minute = first_of_minutes(told.time_s)
    steps = Series(told.time_s[minute], told.values[minute])
    for from_s in np.arange(day.from_s, day.until_s, HOUR_S).tolist():
        bpm = day.heart_rate(from_s, from_s + HOUR_S).values[:, 0]
        walked = steps.between(from_s, from_s + HOUR_S).values[:, 0]
        if len(bpm) < LEAST_RATES and not len(walked):
            continue
        hour = Hour(from_s, steps=float(np.sum(walked)) if len(walked) else None, minutes=len(walked))
        if len(bpm) >= LEAST_RATES:
            middle, low, high = np.percentile(bpm, HOUR_PERCENTILES).round(1).tolist()
            hour = replace(hour, bpm=middle, low_bpm=low, high_bpm=high)
        yield hour


def readings_of(day: Recorded) -> tuple[CuffReading, ...]:
    """The cuff readings, oldest first."""
    cuff = day.of("bp")
    return tuple(
        CuffReading(at_s, values[0], values[1])
        for at_s, values in zip(cuff.time_s.tolist(), cuff.values.tolist(), strict=True)
    )


def begun_between(alarms: Iterable[AlarmSpan], after_s: float, until_s: float) -> dict[str, int]:
    """How many alarms of each condition began, after the one time and until the other."""
    return Counter(alarm.condition for alarm in alarms if after_s < alarm.from_s <= until_s)
