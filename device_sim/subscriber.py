"""What a subscriber receives: alerts, advice and status, each kept once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import msgspec
import paho.mqtt.client as paho

from device_sim.brokers import Address
from device_sim.clients import listening
from edge.contract.codec import decode_batch
from edge.contract.errors import MessageError, RuntimeMissingError
from edge.contract.messages import Advice, Alert, Quarantine, Reason, Status, WearerStatus
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics

_LOOK_EVERY_S = 0.5

K = TypeVar("K")
V = TypeVar("V")


class Inbox:
    """All that arrived, safe to read from any thread.

    Alerts are kept by (id, n) and advice by id: QoS 1 may deliver twice.
    """

    def __init__(self, topics: Topics, edge: str) -> None:
        self._topics = topics
        self._changed = threading.Condition()
        self._status_topic = topics.status(edge)
        self._alerts: dict[tuple[str, int], Alert] = {}
        self._advice: dict[str, Advice] = {}
        self._wearers: dict[str, WearerStatus] = {}
        self._samples: dict[SampleTopic, SampleBatch] = {}
        self._reasons: dict[str, dict[Reason, None]] = {}
        self._status: Status | None = None
        self._barriers: set[bytes] = set()
        self._open_alarms: set[str] = set()

    @property
    def barrier_topic(self) -> str:
        """Where the simulator sends notes to itself; the edge does not listen there."""
        return f"{self._topics.prefix}/simulator/barrier"

    def alerts(self) -> list[Alert]:
        """Alert messages in order of arrival."""
        with self._changed:
            return list(self._alerts.values())

    def advice(self) -> list[Advice]:
        """Advice in order of arrival."""
        with self._changed:
            return list(self._advice.values())

    def wearer_status(self, wearer: str) -> WearerStatus | None:
        """The last status of a wearer."""
        with self._changed:
            return self._wearers.get(wearer)

    def reasons(self, wearer: str) -> frozenset[Reason]:
        """Why messages of a wearer were set aside."""
        with self._changed:
            return frozenset(self._reasons.get(wearer, ()))

    def open_alarms(self) -> list[str]:
        """The topics of simulated wearers' alarms that are retained now."""
        with self._changed:
            return sorted(self._open_alarms)

    def last_samples(self) -> dict[SampleTopic, SampleBatch]:
        """The last batch on each sample topic."""
        with self._changed:
            return dict(self._samples)

    def status(self) -> Status | None:
        """The last status of the edge."""
        with self._changed:
            return self._status

    def has_barrier(self, token: bytes) -> bool:
        """Whether a note with this token came back."""
        with self._changed:
            return token in self._barriers

    def wait_for(
        self, is_so: Callable[[], bool], *, within_s: float, what: str, check: Callable[[], None]
    ) -> None:
        """Return when `is_so`, looked at after each arrival.

        `check` may raise when waiting has become pointless; RuntimeMissingError when nothing at all has
        arrived for `within_s`.
        """
        quiet_since_s = time.monotonic()
        with self._changed:
            while not is_so():
                if self._changed.wait(_LOOK_EVERY_S):
                    quiet_since_s = time.monotonic()
                check()
                if time.monotonic() - quiet_since_s > within_s:
                    raise RuntimeMissingError(
                        f"no sign of {what} for {within_s:.0f} s",
                        where="the edge",
                        allowed="an edge that answers",
                    )

    def receive(self, topic: str, payload: bytes, *, is_retained: bool = False) -> bool:
        """Take in one message, and tell whether it says anything new; what cannot be read is left out.

        By the contract nothing but status and alarms is retained: other messages that are were left by an
        earlier run.
        """
        with self._changed:
            try:
                return self._keep(topic, payload, is_retained=is_retained)
            except (msgspec.DecodeError, MessageError):
                return False
            finally:
                self._changed.notify_all()

    def _keep(self, topic: str, payload: bytes, *, is_retained: bool) -> bool:
        kind = topic.removeprefix(self._topics.root + "/").split("/")[0]
        if topic == self.barrier_topic:
            self._barriers.add(payload)
        elif topic == self._status_topic:
            # An empty payload clears what was retained.
            self._status = msgspec.json.decode(payload, type=Status) if payload else None
        elif kind == "alarms":
            self._keep_alarm(topic, payload)
        elif is_retained:
            return False
        elif kind == "alerts":
            alert = msgspec.json.decode(payload, type=Alert)
            return _is_first(self._alerts, (alert.id, alert.n), alert)
        elif kind == "advice":
            advice = msgspec.json.decode(payload, type=Advice)
            return _is_first(self._advice, advice.id, advice)
        elif kind == "wearers":
            status = msgspec.json.decode(payload, type=WearerStatus)
            before, self._wearers[status.wearer] = self._wearers.get(status.wearer), status
            return status != before
        elif topic == self._topics.quarantine:
            notice = msgspec.json.decode(payload, type=Quarantine)
            return _is_first(self._reasons.setdefault(self._wearer_of(notice.topic), {}), notice.reason, None)
        elif kind == "samples":
            sample_topic = self._topics.parse_samples(topic)
            self._samples[sample_topic] = decode_batch(payload, sample_topic.encoding or Encoding.JSON)
        return True

    def _keep_alarm(self, topic: str, payload: bytes) -> None:
        """An empty payload says that the alarm is over."""
        if payload:
            self._open_alarms.add(topic)
        else:
            self._open_alarms.discard(topic)

    def _wearer_of(self, topic: str) -> str:
        """Whose a message that was set aside would have been, however wrong its topic."""
        return topic.removeprefix(f"{self._topics.root}/samples/").split("/")[0]


def _is_first(kept: dict[K, V], key: K, value: V) -> bool:
    """Keep what comes first; whether this did."""
    if key in kept:
        return False
    kept[key] = value
    return True


@contextmanager
def subscribed(
    address: Address, topics: Topics, edge: str, *, with_samples: bool, outlives_broker: bool = False
) -> Iterator[Inbox]:
    """An inbox that fills from the broker; all subscriptions hold when the block begins.

    One that `outlives_broker` leaves a session in it, so that nothing said around a restart is lost.
    """
    inbox = Inbox(topics, edge)
    filters: list[str | tuple[str, int]] = [
        topics.alerts("+", "+"),
        topics.advice("+", "+"),
        *(topics.alarms("+", "+", "+", mode) for mode in (Mode.TEST, Mode.DEMO)),
        topics.wearer_status("+"),
        topics.quarantine,
        topics.status(edge),
        inbox.barrier_topic,
    ]
    if with_samples:
        filters.append((topics.all_samples, 0))
    name = f"vitalward-simulator-{os.getpid()}" if outlives_broker else None

    def take(message: paho.MQTTMessage) -> None:
        inbox.receive(message.topic, bytes(message.payload), is_retained=message.retain)

    with listening(address, filters, take, name=name):
        yield inbox
