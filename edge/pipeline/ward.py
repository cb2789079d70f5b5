"""All wearers of one edge: journal entries in, letters for the outbox out. Does no I/O and reads no clock."""

from __future__ import annotations

from collections import Counter

from edge.contract.catalogue import SIGNALS
from edge.contract.codec import decode_batch, decode_clock, encode
from edge.contract.messages import (
    Alert,
    ModelStatus,
    Quarantine,
    Reason,
    SignalStatus,
    WearerStatus,
)
from edge.contract.samples import Mode
from edge.contract.topics import Topics
from edge.pipeline.clock_step import CLOCK_STEP_TOPIC, ClockStep, decode_step, step_clock
from edge.pipeline.corridor import SetAside, pass_time, take_batch
from edge.pipeline.decide import Said
from edge.pipeline.ends import Entry, Lane, Letter
from edge.pipeline.rulebook import Rulebook
from edge.pipeline.state import WearerState

_WHY = {
    Reason.OUT_OF_RANGE: ("values outside the plausible range", "values"),
    Reason.DUPLICATE: ("this batch came before", "seq"),
    Reason.LATE: ("samples older than those already taken, or that came too late", "times_s"),
}


class Ward:
    """The wearers' states and the rules they are judged by; `changed` since it was last emptied."""

    def __init__(
        self,
        rules: Rulebook,
        topics: Topics,
        wearers: dict[tuple[str, Mode], WearerState],
        *,
        on_stream_time: bool,
    ) -> None:
        self.wearers = wearers
        self.changed: set[tuple[str, Mode]] = set()
        self.counters: Counter[str] = Counter()
        self._rules = rules
        self._topics = topics
        self._on_stream_time = on_stream_time

    def take(self, entry: Entry) -> list[Letter]:
        """Decide on one journal entry, which the door has let in."""
        if entry.topic == self._topics.clock:
            return self.pass_time(decode_clock(entry.payload).now_s)
        if entry.topic == CLOCK_STEP_TOPIC:
            return self._step_clock(decode_step(entry.payload))
        topic = self._topics.parse_samples(entry.topic)
        batch = decode_batch(entry.payload, entry.encoding)
        key = (topic.wearer, batch.mode)
        state = self.wearers.setdefault(key, WearerState(*key))
        self.changed.add(key)
        arrival_s = max(state.now_s, batch.times_s[-1]) if self._on_stream_time else entry.received_s
        outcome = take_batch(state, self._rules, topic, batch, arrival_s)
        self.counters["samples_live"] += outcome.live
        self.counters["samples_standby"] += outcome.standby
        letters = self._letters(outcome.said)
        for aside in outcome.set_aside:
            self.counters[f"samples_{aside.reason}"] += aside.samples
            letters.append(self._notice(entry, aside, SIGNALS[topic.signal].code))
        return letters

    def pass_time(self, now_s: float) -> list[Letter]:
        """Let every wearer's time go on."""
        letters: list[Letter] = []
        for key, state in self.wearers.items():
            said = pass_time(state, self._rules, now_s)
            if said:
                self.changed.add(key)
                letters += self._letters(said)
        return letters

    def _step_clock(self, step: ClockStep) -> list[Letter]:
        """Take what was due by the old time, then go on by the new one."""
        letters = self.pass_time(step.from_s)
        for key, state in self.wearers.items():
            step_clock(state, step)
            self.changed.add(key)
        return letters

    def statuses(self) -> list[WearerStatus]:
        """What is known of every wearer."""
        return [_status(state) for state in self.wearers.values()]

    def _letters(self, said: Said) -> list[Letter]:
        letters = []
        for message in said:
            if isinstance(message, Alert):
                self.counters[f"alerts_{message.phase}"] += 1
                topic = self._topics.alerts(message.wearer, message.condition, message.mode)
                letters.append(Letter(Lane.ALERT, topic, encode(message)))
            else:
                self.counters["advice"] += 1
                topic = self._topics.advice(message.wearer, message.rule, message.mode)
                letters.append(Letter(Lane.ADVICE, topic, encode(message)))
        return letters

    def _notice(self, entry: Entry, aside: SetAside, signal: str) -> Letter:
        what, where = _WHY[aside.reason]
        ranges = ", ".join(f"{c.code} {c.low:g} to {c.high:g} {c.unit}" for c in SIGNALS[signal].components)
        allowed = {
            Reason.OUT_OF_RANGE: ranges,
            Reason.DUPLICATE: "each seq once for a device and signal",
            Reason.LATE: f"samples at most {SIGNALS[signal].late_after_s:.0f} s old, in order",
        }[aside.reason]
        notice = Quarantine(
            reason=aside.reason,
            what=what,
            where=where,
            allowed=allowed,
            topic=entry.topic,
            received_s=entry.received_s,
            size_bytes=len(entry.payload),
            samples=aside.samples,
        )
        return Letter(Lane.QUARANTINE, self._topics.quarantine, encode(notice))


def _status(state: WearerState) -> WearerStatus:
    return WearerStatus(
        wearer=state.wearer,
        mode=state.mode,
        active=tuple(sorted(key for key, episode in state.episodes.items() if episode.is_active)),
        models={
            task: ModelStatus(
                windows=window.judged,
                abstained=window.abstained,
                last_probability=window.probability,
                last_reason=window.reason,
                last_at_s=window.at_s,
            )
            for task, window in state.windows.items()
        },
        signals={
            name: SignalStatus(device=stream.device, last_s=stream.last_s)
            for name, stream in state.streams.items()
        },
    )
