"""A published detector as a gateway: beats as they arrive, alerts as the edge tells them.

The papers decide beat by beat and say nothing of alerts. So the plainest rule stands around them: an episode
begins once every look of 30 s said AF, the shortest episode that counts (ESC 2024 atrial fibrillation
guideline), and ends once every look of 30 s said none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from msgspec.structs import replace

from edge.contract.messages import Alert, EndReason, Evidence, Kind, Phase, Priority
from edge.contract.samples import SampleBatch, Validity
from edge.contract.topics import SampleTopic
from training.baselines.rhythm import Detector

CONDITION: Final = "irregular_rhythm"
LASTS_S: Final = 30.0
# Beats on either side of a longer silence are no neighbours.
SILENCE_S: Final = 60.0


@dataclass
class Heart:
    """The last beats of one wearer, and since when AF has been there or not."""

    rr_ms: list[float] = field(default_factory=list)
    last_s: float = 0.0
    is_af: bool = False
    since_s: float = 0.0
    onset_s: float | None = None
    episodes: int = 0


class Gateway:
    """One detector for all wearers; `name` stands in the ids of its alerts."""

    def __init__(self, name: str, detector: Detector) -> None:
        self._name = name
        self._detector = detector
        self._hearts: dict[str, Heart] = {}

    def take(self, topic: SampleTopic, batch: SampleBatch) -> list[Alert]:
        """Look once after a batch of RR intervals; what is to be told."""
        heart = self._hearts.setdefault(topic.wearer, Heart())
        told = list(self._take(heart, topic, batch))
        del heart.rr_ms[: -self._detector.beats]
        return told

    def _take(self, heart: Heart, topic: SampleTopic, batch: SampleBatch) -> Iterator[Alert]:
        beats = [
            (at_s, rr_ms)
            for index, (at_s, rr_ms) in enumerate(zip(batch.times_s, batch.values["rr"], strict=True))
            if rr_ms is not None
            and at_s > heart.last_s
            and (batch.validity is None or batch.validity[index] is not Validity.INVALID)
        ]
        if not beats:
            return
        if beats[0][0] - heart.last_s > SILENCE_S:
            yield from self._end(heart, topic, batch, at_s=heart.last_s, end_s=heart.last_s)
            heart.rr_ms, heart.is_af, heart.since_s = [], False, beats[0][0]
        heart.rr_ms += [rr_ms for _, rr_ms in beats]
        heart.last_s = now_s = beats[-1][0]
        is_af = bool(self._detector.detect(np.array(heart.rr_ms[-self._detector.beats :]))[-1])
        if is_af is not heart.is_af:
            heart.is_af, heart.since_s = is_af, now_s
        if now_s - heart.since_s < LASTS_S:
            return
        if not is_af:
            yield from self._end(heart, topic, batch, at_s=now_s, end_s=heart.since_s)
        elif heart.onset_s is None:
            heart.onset_s = heart.since_s
            yield self._alert(heart, topic, batch, now_s)

    def _end(
        self, heart: Heart, topic: SampleTopic, batch: SampleBatch, *, at_s: float, end_s: float
    ) -> Iterator[Alert]:
        if heart.onset_s is not None:
            begun = self._alert(heart, topic, batch, at_s)
            yield replace(begun, n=2, phase=Phase.END, end_s=end_s, end_reason=EndReason.CLEARED)
            heart.onset_s = None
            heart.episodes += 1

    def _alert(self, heart: Heart, topic: SampleTopic, batch: SampleBatch, at_s: float) -> Alert:
        assert heart.onset_s is not None
        return Alert(
            id=f"{self._name}/{topic.wearer}/{heart.episodes}",
            n=1,
            phase=Phase.START,
            condition=CONDITION,
            kind=Kind.PHYSIOLOGICAL,
            priority=Priority.MEDIUM,
            wearer=topic.wearer,
            mode=batch.mode,
            onset_s=heart.onset_s,
            at_s=at_s,
            text=f"Looks like atrial fibrillation to {self._name}.",
            evidence=Evidence(values={"beats": self._detector.beats}),
            signal=topic.signal,
            device=topic.device,
        )
