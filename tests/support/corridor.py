"""A corridor to play with: a fake model, a rulebook, and short ways to hand in samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from edge.advice.rules import load_rules
from edge.bundles import SHIPPED
from edge.conditions.blood_pressure import find_scheme
from edge.conditions.table import CONDITIONS, VOTES
from edge.conditions.usual_pressure import UsualPressure
from edge.contract.bundle import read_bundle
from edge.contract.manifest import (
    Abstention,
    Calibration,
    StreamUse,
    Window,
)
from edge.contract.messages import Advice, Alert
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import SampleTopic
from edge.pipeline.corridor import Outcome, pass_time, take_batch
from edge.pipeline.rulebook import Rulebook
from edge.pipeline.state import WearerState

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


def make_rules(model: FakeModel | None = None, scheme: str = "acc-aha-2017") -> Rulebook:
    """The shipped conditions and advice, with a fake model."""
    usual_pressure = UsualPressure.of_bundle(read_bundle(SHIPPED["pressure"]))
    return Rulebook(
        (model or FakeModel(),), CONDITIONS, VOTES, find_scheme(scheme), usual_pressure, load_rules()
    )


class Patient:
    """One wearer of a corridor; every message said so far is in `said`."""

    def __init__(self, rules: Rulebook | None = None) -> None:
        self.rules = rules or make_rules()
        self.state = WearerState("w1", Mode.TEST)
        self.said: list[Alert | Advice] = []
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
        self.said += outcome.said
        return outcome

    def wait_until(self, now_s: float) -> None:
        """Let time pass without samples."""
        self.said += pass_time(self.state, self.rules, now_s)

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
