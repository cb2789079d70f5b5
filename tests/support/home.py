"""An edge without a link, on stream time: samples in, days judged at once, letters out, a real store."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import msgspec

from device_sim.scenario import Scenario
from device_sim.simulate import Story, simulate
from edge.config import Config, EdgeSection
from edge.contract.codec import encode
from edge.contract.messages import Alert
from edge.contract.reports import NightReport, WeekReport
from edge.contract.samples import ClockTick, Mode
from edge.contract.topics import Encoding, Topics
from edge.days.judge import DayJudge, Order
from edge.equipment import Equipment, load_equipment
from edge.pipeline.day import DAY_TOPIC
from edge.pipeline.ends import Entry, Letter
from edge.pipeline.ward import Ward
from edge.storage.store import Store

TOPICS = Topics()
# What a story sends in a quarter of an hour goes in at once.
COMMIT_EVERY_S = 900.0


@cache
def shipped_equipment(state_dir: Path) -> Equipment:
    """What an edge of the default configuration works with."""
    return load_equipment(Config(edge=EdgeSection(state_dir=str(state_dir))))


class Home:
    """One edge in a folder. `letters` is all it said; a new Home in the same folder is its restart."""

    def __init__(self, state_dir: Path, equipment: Equipment) -> None:
        self.state_dir = state_dir
        self._judge: DayJudge = equipment.days
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
