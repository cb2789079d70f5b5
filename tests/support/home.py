"""An edge without a link, on stream time: samples in, days judged at once, letters out, a real store."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from device_sim.scenario import Scenario
from device_sim.simulate import Story, simulate
from edge.config import Config, EdgeSection
from edge.contract.codec import encode
from edge.contract.messages import Alert
from edge.contract.reports import NightReport, WeekReport
from edge.contract.samples import ClockTick, Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics
from edge.days.judge import DayJudge, Order
from edge.ends import Entry, Letter
from edge.pipeline.day import DAY_TOPIC
from edge.pipeline.ward import Ward
from edge.slots.equipment import Equipment
from edge.storage.store import Store

TOPICS = Topics()
# What a story sends in a quarter of an hour goes in at once.
COMMIT_EVERY_S = 900.0


@cache
def shipped_equipment(state_dir: Path) -> Equipment:
    """What an edge of the default configuration works with."""
    return Equipment(Config(edge=EdgeSection(state_dir=str(state_dir))))


class Home:
    """One edge in a folder. `letters` is all it said; a new Home in the same folder is its restart."""

    def __init__(self, state_dir: Path, equipment: Equipment) -> None:
        self.state_dir = state_dir
        self._judge: DayJudge = equipment.day_judge({})
        self.store = Store(state_dir, lambda: True)
        self.cursor, wearers = self.store.load()
        self.ward = Ward(equipment.rules, TOPICS, wearers or {}, on_stream_time=True)
        self.letters: list[Letter] = []

    def play(self, scenario: Scenario, until_s: float | None = None) -> None:
        """A scenario from its start, to its end or to that time in it."""
        entries: list[Entry] = []
        began_s = scenario.start_s
        for step in simulate(Story(scenario, scenario.seed), Mode.TEST, TOPICS):
            if until_s is not None and step.now_s - scenario.start_s > until_s:
                break
            entries += [
                Entry(step.now_s, packet.topic, Encoding.JSON, packet.payload)
                for packet in step.packets
                if packet.topic.startswith(TOPICS.root)
            ]
            entries.append(tick(step.now_s))
            if step.now_s - began_s >= COMMIT_EVERY_S:
                self.take(entries)
                entries, began_s = [], step.now_s
        self.take(entries)

    def take(self, entries: list[Entry]) -> None:
        """Journal entries, decide on them, and have the days judged that are over."""
        self.store.keep_messages(entries)
        self.decide()
        while (due := self.ward.next_day()) is not None:
            who, span_s = due
            day = self._judge.judge(self.state_dir, Order(*who, *span_s))
            self.store.keep_messages([Entry(span_s[1], DAY_TOPIC, Encoding.JSON, encode(day))])
            self.decide()

    def decide(self) -> None:
        """Decide on what the journal holds after the cursor, in one commit."""
        letters: list[Letter] = []
        while entries := self.store.journal.after(self.cursor, 10_000):
            for self.cursor, entry in entries:
                letters += self.ward.take(entry)
        states = list(self.ward.wearers.values())
        self.store.keep_decisions(self.cursor, letters, self.ward.records, states, self.ward.days)
        self.ward.records.clear()
        self.ward.days.clear()
        self.letters += letters

    def alerts(self, condition: str) -> list[Alert]:
        """The alerts of one condition."""
        return [
            msgspec.json.decode(letter.payload, type=Alert)
            for letter in self.letters
            if letter.topic.startswith(f"{TOPICS.root}/alerts/") and letter.topic.endswith(f"/{condition}")
        ]

    def nights(self) -> list[NightReport]:
        """The reports of nights."""
        return [
            msgspec.json.decode(letter.payload, type=NightReport)
            for letter in self.letters
            if letter.topic.startswith(f"{TOPICS.root}/reports/") and letter.topic.endswith("/night")
        ]

    def weeks(self) -> list[WeekReport]:
        """The summaries of weeks."""
        return [
            msgspec.json.decode(letter.payload, type=WeekReport)
            for letter in self.letters
            if letter.topic.startswith(f"{TOPICS.root}/reports/") and letter.topic.endswith("/week")
        ]

    def close(self) -> None:
        """As a crash would: nothing is said or done any more."""
        self.store.close()


def tick(now_s: float) -> Entry:
    """The time it is."""
    return Entry(now_s, TOPICS.clock, Encoding.JSON, encode(ClockTick(now_s=now_s)))


# 2026-06-01T00:00:00Z, a midnight and a Monday.
MIDNIGHT_S = 1_780_272_000.0
HOUR_S = 3600.0
EPOCH_S = 30.0


def wristband_day(
    number: int, asleep_h: tuple[float, float], wearer: str = "w1", mode: Mode = Mode.TEST
) -> list[Entry]:
    """Movement, heart rate and steps from ten in the morning to ten, still between two hours after midnight.

    The day ends on the morning `number` days after MIDNIGHT_S; hours before midnight are negative.
    """
    rng = np.random.default_rng([number, 5])
    midnight_s = MIDNIGHT_S + number * 24.0 * HOUR_S
    since_s = np.arange(-14.0 * HOUR_S, 10.0 * HOUR_S, EPOCH_S) + EPOCH_S
    is_asleep = (since_s > asleep_h[0] * HOUR_S) & (since_s <= asleep_h[1] * HOUR_S)
    movement = np.where(
        is_asleep, 3.0 * (rng.random(len(since_s)) < 0.05), rng.exponential(25.0, len(since_s))
    )
    # The heart of a sleeper swings less than that of a wearer awake.
    rate = np.where(is_asleep, 55.0, 72.0) + np.where(is_asleep, 1.0, 8.0) * rng.standard_normal(len(since_s))
    columns = {
        "movement": {"movement": movement.round(2)},
        "hr": {"hr": rate.round(1).clip(40.0, 120.0)},
        "activity": {"cadence": np.where(is_asleep, 0.0, 4.0)},
    }
    entries = []
    for first in range(0, len(since_s), 120):
        part = slice(first, first + 120)
        times_s = (midnight_s + since_s[part]).tolist()
        for signal, values in columns.items():
            column = {key: value[part].tolist() for key, value in values.items()}
            batch = SampleBatch(seq=first, times_s=times_s, values=column, mode=mode)
            topic = TOPICS.samples(SampleTopic(wearer, "band", signal))
            entries.append(Entry(times_s[-1], topic, Encoding.JSON, encode(batch)))
        entries.append(tick(times_s[-1]))
    return entries


def strap_night(
    number: int, until_h: float, swing: float, wearer: str = "w1", *, from_h: float = 0.0
) -> list[Entry]:
    """Heartbeats from so many hours after midnight on; they swing by that share once in 45 s, as in apnea."""
    rng = np.random.default_rng([number, 6])
    beats = [from_h * HOUR_S]
    while beats[-1] < until_h * HOUR_S:
        slow = swing * np.sin(2.0 * np.pi * beats[-1] / 45.0)
        breath = 0.03 * np.sin(2.0 * np.pi * beats[-1] / 4.0)
        beats.append(beats[-1] + 0.95 * (1.0 + slow + breath + 0.01 * float(rng.standard_normal())))
    return _beats(number, np.array(beats[1:]), 1000.0 * np.diff(beats), wearer)


def _beats(number: int, times_s: NDArray[np.float64], rr_ms: NDArray[np.float64], wearer: str) -> list[Entry]:
    midnight_s = MIDNIGHT_S + number * 24.0 * HOUR_S
    topic = TOPICS.samples(SampleTopic(wearer, "strap", "rr"))
    entries = []
    for first in range(0, len(times_s), 400):
        part = slice(first, first + 400)
        batch = SampleBatch(
            seq=first,
            times_s=(midnight_s + times_s[part]).tolist(),
            values={"rr": rr_ms[part].round(1).tolist()},
            mode=Mode.TEST,
        )
        entries.append(Entry(batch.times_s[-1], topic, Encoding.JSON, encode(batch)))
    return entries


def fibrillating_night(
    number: int, until_h: float, wearer: str = "w1", *, from_h: float = 0.0
) -> list[Entry]:
    """Heartbeats that follow no rhythm, from midnight on or so many hours after."""
    rng = np.random.default_rng([number, 7])
    rr_s = rng.uniform(0.45, 1.1, int((until_h - from_h) * HOUR_S / 0.775))
    return _beats(number, from_h * HOUR_S + np.cumsum(rr_s), 1000.0 * rr_s, wearer)


def in_order(*parts: list[Entry]) -> list[Entry]:
    """Entries as they came, by the time of arrival."""
    return sorted((entry for part in parts for entry in part), key=lambda entry: entry.received_s)
