"""A corridor to play with: a fake model, a rulebook, and short ways to hand in samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from edge.advice.book import AdviceBook, load_book
from edge.bundles import SHIPPED
from edge.conditions.blood_pressure import find_scheme
from edge.conditions.table import CONDITIONS, VOTES
from edge.conditions.usual_pressure import UsualPressure
from edge.contract.alarms import AlarmStatus
from edge.contract.bundle import read_bundle
from edge.contract.commands import Acknowledge, Command, Reply
from edge.contract.manifest import (
    Abstention,
    Calibration,
    StreamUse,
    Window,
)
from edge.contract.messages import Advice, Alert, Priority
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import SampleTopic
from edge.ends import AlarmNow, AlarmOver, Record, Said
from edge.pipeline.corridor import Outcome, pass_time, take_batch, take_command
from edge.rulebook import Rulebook
from edge.wearer.state import WearerState

NOON_S = 1_780_315_200.0  # 2026-06-01T12:00:00Z


@dataclass(frozen=True)
class Judged:
    """A judgement as a model gives it."""

    probability: float | None
    quality: float = 1.0
    reason: str | None = None


def spread_judge(window: NDArray[np.floating]) -> Judged:
    """A stand-in for the model that can be worked by hand: irregular where RR spreads by over a tenth."""
    if np.isnan(window).any():
        return Judged(None, 0.0, "poor_quality")
    return Judged(0.9 if float(window.std() / window.mean()) > 0.1 else 0.1)


@dataclass
class FakeModel:
    """A model with any judge; remembers how often it was asked."""

    judge: Callable[[NDArray[np.floating]], Judged] = spread_judge
    length: int = 64
    hop: int = 16
    asked: int = 0
    name: str = "rhythm-0.0.1"
    task: str = "rhythm"
    sha256: str = "0" * 64
    stream: StreamUse = field(init=False)

    def __post_init__(self) -> None:
        self.stream = StreamUse(
            signals=("rr",),
            window=Window(self.length, self.hop),
            features=("difference",),
            threshold=0.5,
            calibration=Calibration(1.0, 0.0),
            abstention=Abstention("rr_quality", 0.5),
            conditions=("irregular_rhythm",),
        )

    def score(self, window: NDArray[np.floating]) -> Judged:
        self.asked += 1
        return self.judge(window)

    def logit(self, window: NDArray[np.floating]) -> float:
        """By hand: the spread of the intervals in percent of their mean."""
        return 100.0 * float(np.nanstd(window) / np.nanmean(window))


def make_rules(model: FakeModel | None = None, scheme: str = "acc-aha-2017") -> Rulebook:
    """The shipped conditions and advice, with a fake model."""
    usual_pressure, book = _shipped()
    return Rulebook((model or FakeModel(),), CONDITIONS, VOTES, find_scheme(scheme), usual_pressure, book)


@cache
def _shipped() -> tuple[UsualPressure, AdviceBook]:
    """What is read from files and never changed; properties make a rulebook for each example."""
    return UsualPressure.of_bundle(read_bundle(SHIPPED["pressure"])), load_book()


class Patient:
    """One wearer of a corridor.

    Every message said so far is in `said`, every line of the log in `records`, and in `retained` what a
    broker would hold of the alarms now, by condition. `under_high` is the advice that came while one of them
    was of high priority.
    """

    def __init__(self, rules: Rulebook | None = None) -> None:
        self.rules = rules or make_rules()
        self.state = WearerState("w1", Mode.TEST)
        self.said: list[Alert | Advice] = []
        self.records: list[Record] = []
        self.retained: dict[str, AlarmStatus] = {}
        self.under_high: list[Advice] = []
        self._seq = 0

    def send(
        self,
        signal: str,
        times_s: list[float],
        device: str = "d1",
        seq: int | None = None,
        arrival_s: float | None = None,
        **columns: list[float | None],
    ) -> Outcome:
        """Hand in one batch; it arrives at its last time unless told otherwise."""
        self._seq += 1
        batch = SampleBatch(
            seq=self._seq if seq is None else seq, times_s=times_s, values=columns, mode=Mode.TEST
        )
        arrival_s = times_s[-1] if arrival_s is None else arrival_s
        outcome = take_batch(self.state, self.rules, SampleTopic("w1", device, signal), batch, arrival_s)
        self.take(outcome.said)
        return outcome

    def restarted(self) -> Patient:
        """Another corridor that goes on from a snapshot of this one's state."""
        again = type(self)(self.rules)
        again.state = msgspec.msgpack.decode(msgspec.msgpack.encode(self.state), type=WearerState)
        again.retained, again._seq = dict(self.retained), self._seq
        return again

    def order(self, command: Command, at_s: float | None = None, who: str = "nurse") -> Reply:
        """Give a command; it arrives now unless told otherwise."""
        arrival_s = self.state.now_s if at_s is None else at_s
        said, reply = take_command(self.state, self.rules, who, command, arrival_s)
        self.take(said)
        return reply

    def acknowledge(self, condition: str, at_s: float | None = None, who: str = "nurse") -> Reply:
        """Acknowledge the alarm of a condition as it stands."""
        self._seq += 1
        episode = self.retained[condition].id
        return self.order(Acknowledge(request=f"r{self._seq}", episode=episode), at_s, who)

    def wait_until(self, now_s: float) -> None:
        """Let time pass without samples."""
        self.take(pass_time(self.state, self.rules, now_s))

    def take(self, said: Said) -> None:
        """Sort what was said."""
        for item in said:
            match item:
                case AlarmNow(_, status):
                    self.retained[status.condition] = status
                case AlarmOver(condition, _):
                    del self.retained[condition]
                case Record():
                    self.records.append(item)
                case Alert() | Advice():
                    self.said.append(item)
                    is_high = any(status.priority is Priority.HIGH for status in self.retained.values())
                    if is_high and isinstance(item, Advice):
                        self.under_high.append(item)

    def alerts(self, condition: str) -> list[Alert]:
        """What was said of one condition."""
        return [item for item in self.said if isinstance(item, Alert) and item.condition == condition]

    def phases(self, condition: str) -> list[str]:
        """The phases of what was said of one condition, in order."""
        return [alert.phase.value for alert in self.alerts(condition)]


def beats(
    start_s: float, rr_ms: list[float], invalid: set[int] | None = None
) -> tuple[list[float], list[float | None]]:
    """Times and values of RR intervals whose first beat is at `start_s`; those in `invalid` are None."""
    times_s, at_s = [], start_s
    for interval_ms in rr_ms:
        at_s += interval_ms / 1000.0
        times_s.append(at_s)
    return times_s, [None if index in (invalid or set()) else value for index, value in enumerate(rr_ms)]
