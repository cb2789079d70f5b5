"""What a subscriber receives: alerts, advice and status, each kept once."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from device_sim.brokers import Address
from edge.contract.codec import decode_batch
from edge.contract.errors import MessageError, RuntimeMissingError
from edge.contract.messages import Advice, Alert, Quarantine, Reason, Status, WearerStatus
from edge.contract.samples import Mode, SampleBatch
from edge.contract.topics import Encoding, SampleTopic, Topics

CONNECT_TIMEOUT_S = 20.0
_LOOK_EVERY_S = 0.5


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
        self._reasons: dict[str, set[Reason]] = {}
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

    def receive(self, topic: str, payload: bytes) -> None:
        """Take in one message; what cannot be read is left out."""
        with self._changed:
            with suppress(msgspec.DecodeError, MessageError):
                self._keep(topic, payload)
            self._changed.notify_all()

    def _keep(self, topic: str, payload: bytes) -> None:
        kind = topic.removeprefix(self._topics.root + "/").split("/")[0]
        if topic == self.barrier_topic:
            self._barriers.add(payload)
        elif topic == self._status_topic:
            # An empty payload clears what was retained.
            self._status = msgspec.json.decode(payload, type=Status) if payload else None
        elif kind == "alerts":
            alert = msgspec.json.decode(payload, type=Alert)
            self._alerts.setdefault((alert.id, alert.n), alert)
        elif kind == "alarms" and payload:
            self._open_alarms.add(topic)
        elif kind == "alarms":
            # An empty payload says that the alarm is over.
            self._open_alarms.discard(topic)
        elif kind == "advice":
            advice = msgspec.json.decode(payload, type=Advice)
            self._advice.setdefault(advice.id, advice)
        elif kind == "wearers":
            status = msgspec.json.decode(payload, type=WearerStatus)
            self._wearers[status.wearer] = status
        elif topic == self._topics.quarantine:
            notice = msgspec.json.decode(payload, type=Quarantine)
            self._reasons.setdefault(self._wearer_of(notice.topic), set()).add(notice.reason)
        elif kind == "samples":
            sample_topic = self._topics.parse_samples(topic)
            self._samples[sample_topic] = decode_batch(payload, sample_topic.encoding or Encoding.JSON)

    def _wearer_of(self, topic: str) -> str:
        """Whose a message that was set aside would have been, however wrong its topic."""
        return topic.removeprefix(f"{self._topics.root}/samples/").split("/")[0]


@contextmanager
def subscribed(
    address: Address, topics: Topics, edge: str, *, with_samples: bool, outlives_broker: bool = False
) -> Iterator[Inbox]:
    """An inbox that fills from the broker; all subscriptions hold when the block begins.

    One that `outlives_broker` leaves a session in it, so that nothing said around a restart is lost.
    """
    inbox = Inbox(topics, edge)
    filters = [
        (topics.alerts("+", "+"), 1),
        (topics.advice("+", "+"), 1),
        *((topics.alarms("+", "+", "+", mode), 1) for mode in (Mode.TEST, Mode.DEMO)),
        (topics.wearer_status("+"), 1),
        (topics.quarantine, 1),
        (topics.status(edge), 1),
        (inbox.barrier_topic, 1),
    ]
    if with_samples:
        filters.append((topics.all_samples, 0))
    name = f"vitalward-simulator-{os.getpid()}" if outlives_broker else None
    with connected(address, name=name) as client:
        ready = threading.Event()
        client.on_message = lambda _client, _data, message: inbox.receive(
            message.topic, bytes(message.payload)
        )
        client.on_subscribe = lambda *_: ready.set()
        client.subscribe(filters)
        if not ready.wait(CONNECT_TIMEOUT_S):
            raise RuntimeMissingError(
                "no answer to a subscription", where=address.url, allowed="an MQTT broker"
            )
        yield inbox


@contextmanager
def connected(address: Address, name: str | None = None) -> Iterator[paho.Client]:
    """A client of ours, connected, in a thread of its own; RuntimeMissingError when there is no broker.

    With a `name` the broker keeps what it subscribed to over a lost connection.
    """
    answers: SimpleQueue[ReasonCode] = SimpleQueue()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name or "", clean_session=name is None)
    client.reconnect_delay_set(1, 1)
    client.max_inflight_messages_set(2000)
    client.max_queued_messages_set(0)
    client.on_connect = lambda _client, _data, _flags, reason, _properties: answers.put(reason)
    try:
        client.connect(*address)
    except OSError as error:
        raise RuntimeMissingError(
            str(error.strerror or error), where=address.url, allowed="an MQTT broker that listens there"
        ) from None
    client.loop_start()
    try:
        _check_answer(answers, address)
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


def _check_answer(answers: SimpleQueue[ReasonCode], address: Address) -> None:
    try:
        reason = answers.get(timeout=CONNECT_TIMEOUT_S)
    except Empty:
        raise RuntimeMissingError("no answer", where=address.url, allowed="an MQTT broker") from None
    if reason.is_failure:
        raise RuntimeMissingError(
            f"it refuses the connection: {reason}", where=address.url, allowed="a broker that lets anybody in"
        )
