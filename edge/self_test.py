"""The self-test: a made-up crossing goes the whole way, from the broker to an alarm and its end."""

from __future__ import annotations

import logging
from enum import StrEnum

import msgspec

from edge.contract.codec import encode
from edge.contract.commands import Acknowledge
from edge.contract.messages import Alert, Phase, SelfTestStatus
from edge.contract.samples import Mode, SampleBatch
from edge.contract.self_test import SELF_TEST_SIGNAL, SELF_TEST_WEARER
from edge.contract.topics import CommandTopic, SampleTopic, Topics
from edge.delivery import Publisher

log = logging.getLogger(__name__)

# An edge that has just started has other things to do first.
FIRST_AFTER_S = 60.0
STEP_WITHIN_S = 30.0
AGAIN_AFTER_S = 300.0


class Step(StrEnum):
    """What is waited for."""

    NOTHING = "nothing"
    ALERT = "alert"
    REMOVAL = "removal"


def answers(topics: Topics) -> list[str]:
    """The topics on which a test comes back: that of the alert and that of the alarm."""
    return [
        topics.alerts(SELF_TEST_WEARER, SELF_TEST_SIGNAL, Mode.TEST),
        topics.alarms(SELF_TEST_WEARER, SELF_TEST_SIGNAL, SELF_TEST_SIGNAL, Mode.TEST),
    ]


class SelfTest:
    """Sends a crossing in mode test every `period_s` and waits for the alert; then has it removed."""

    def __init__(
        self, publisher: Publisher, topics: Topics, edge: str, period_s: float, *, start_s: float
    ) -> None:
        self.status: SelfTestStatus | None = None
        self.due_s = start_s + min(FIRST_AFTER_S, period_s)
        self._alert_topic, self._alarm_topic = answers(topics)
        self._publisher = publisher
        self._edge = edge
        self._period_s = period_s
        self._samples = topics.samples(SampleTopic(SELF_TEST_WEARER, edge, SELF_TEST_SIGNAL))
        self._crossings = self._samples.removesuffix(f"{edge}/{SELF_TEST_SIGNAL}")
        self._commands = topics.commands(CommandTopic(edge, Mode.TEST, SELF_TEST_WEARER))
        self._step = Step.NOTHING
        self._n = 0
        self._sent_s = self._began_s = 0.0

    def is_about(self, topic: str) -> bool:
        """Whether a message is an answer to a self-test and not for the corridor."""
        return topic in {self._alert_topic, self._alarm_topic}

    def is_of_another(self, topic: str) -> bool:
        """Whether a message is the crossing of another edge on this broker, and no other signal.

        If this edge answered it, that one would pass its test though it were deaf itself.
        """
        if topic == self._samples or not topic.startswith(self._crossings):
            return False
        return topic.removeprefix(self._crossings).split("/")[1:2] == [SELF_TEST_SIGNAL]

    def proceed(self, monotonic_s: float, now_s: float) -> None:
        """Begin a test that is due, or give up one that was not answered."""
        if monotonic_s < self.due_s:
            return
        if self._step is not Step.NOTHING:
            self._fail(monotonic_s, now_s)
        elif self._publisher.is_connected:
            self._n += 1
            self._began_s, self._sent_s = monotonic_s, now_s
            self._wait_for(Step.ALERT, monotonic_s)
            # What an earlier test that failed has left is over first.
            self._send([now_s - 0.001, now_s], [0.0, 1.0])

    def hear(self, topic: str, payload: bytes, monotonic_s: float, now_s: float) -> None:
        """Take what came back on one of the topics of `answers`."""
        if topic == self._alert_topic and self._step is Step.ALERT:
            alert = _read(payload)
            if alert is not None and (alert.device, alert.onset_s) == (self._edge, self._sent_s):
                self._wait_for(Step.REMOVAL, monotonic_s)
                # Later than the first, however coarse the clock.
                self._send([max(now_s, self._sent_s + 0.001)], [0.0])
                # A request that came before changes nothing, and `n` starts anew with the process.
                order = Acknowledge(request=f"self-test-{alert.id}", episode=alert.id)
                self._publisher.publish(self._commands, encode(order))
        elif topic == self._alarm_topic and self._step is Step.REMOVAL and not payload:
            self._pass(monotonic_s, now_s)

    def _send(self, times_s: list[float], values: list[float | None]) -> None:
        batch = SampleBatch(seq=self._n, times_s=times_s, values={SELF_TEST_SIGNAL: values}, mode=Mode.TEST)
        self._publisher.publish(self._samples, encode(batch))

    def _wait_for(self, step: Step, monotonic_s: float) -> None:
        self._step, self.due_s = step, monotonic_s + STEP_WITHIN_S

    def _pass(self, monotonic_s: float, now_s: float) -> None:
        if self.status is not None and not self.status.has_passed:
            log.info("the self-test passes again")
        took_s = round(monotonic_s - self._began_s, 3)
        self.status = SelfTestStatus(n=self._n, at_s=now_s, has_passed=True, took_s=took_s)
        self._step, self.due_s = Step.NOTHING, monotonic_s + self._period_s

    def _fail(self, monotonic_s: float, now_s: float) -> None:
        has_failed_before = self.status is not None and not self.status.has_passed
        level = logging.DEBUG if has_failed_before else logging.WARNING
        log.log(level, "the self-test failed: no %s within %.0f s", self._step, STEP_WITHIN_S)
        self.status = SelfTestStatus(n=self._n, at_s=now_s, has_passed=False, failed_at=self._step.value)
        self._step, self.due_s = Step.NOTHING, monotonic_s + min(AGAIN_AFTER_S, self._period_s)


def _read(payload: bytes) -> Alert | None:
    """The start of an episode; None for anything else, since others may publish there too."""
    try:
        alert = msgspec.json.decode(payload, type=Alert)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return alert if alert.phase is Phase.START else None
