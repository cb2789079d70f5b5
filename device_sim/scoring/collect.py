"""The alerts of a system under test, live from a broker until the story is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

import paho.mqtt.client as paho

from device_sim.brokers import Address
from device_sim.clients import listening
from device_sim.scoring.episodes import Told, told
from device_sim.scoring.mapping import Mapping, Reader, filters
from device_sim.subscriber import Inbox
from edge.contract.codec import decode_clock
from edge.contract.errors import MessageError
from edge.contract.messages import Phase
from edge.contract.topics import Topics

# How long it has to be quiet after the last word of time before everything counts as said.
QUIET_S = 3.0
_LOOK_EVERY_S = 0.2


class Collector:
    """Takes in messages of one system: the edge's contract, or what a mapping says."""

    def __init__(self, topics: Topics, mapping: Mapping | None) -> None:
        self.topics = topics
        self.inbox = Inbox(topics, "")
        self.now_s: float | None = None
        self._reader = None if mapping is None else Reader(mapping)
        # For how long of a live collection the connection was lost.
        self.unheard_s = 0.0
        self._told: list[Told] = []
        self._filters = (
            [f"{topics.root}/alerts/#", topics.wearer_status("+"), topics.quarantine]
            if mapping is None
            else filters(mapping)
        )

    @property
    def filters(self) -> list[str]:
        """What to subscribe to, the time of the simulated world among it."""
        return [*self._filters, self.topics.clock]

    @property
    def is_edge(self) -> bool:
        """Whether it speaks the contract of the edge, and so tells coverage and what it set aside."""
        return self._reader is None

    @property
    def unknown(self) -> dict[str, int]:
        """Words for conditions that the mapping does not know, and how often each came."""
        return {} if self._reader is None else self._reader.unknown

    def take(self, topic: str, payload: bytes, *, is_retained: bool = False) -> bool:
        """One message; whether it says anything new.

        A system that tells no times is taken to speak of now, as the simulation tells it. What comes of such
        a one before time is told was retained, and is of before the story.
        """
        if topic == self.topics.clock:
            return self._set_clock(payload)
        if self._reader is None:
            return self.inbox.receive(topic, payload, is_retained=is_retained)
        if self.now_s is None:
            return False
        read = self._reader.read(topic, payload, self.now_s)
        self._told += read
        return any(message.phase is not Phase.UPDATE for message in read)

    def _set_clock(self, payload: bytes) -> bool:
        try:
            before_s, self.now_s = self.now_s, decode_clock(payload).now_s
        except MessageError:
            return False
        return self.now_s != before_s

    def take_dated(self, topic: str, payload: bytes, received_s: float | None) -> None:
        """One message of a recording without the simulation's time; DataError when nothing tells its time."""
        if self._reader is None:
            self.inbox.receive(topic, payload)
        else:
            self._told += self._reader.read(topic, payload, received_s)

    def told(self) -> list[Told]:
        """All alert messages so far."""
        if self._reader is None:
            return [told(alert) for alert in self.inbox.alerts()]
        return [*self._told, *self._reader.close()]


def collect_live(
    address: Address,
    collector: Collector,
    *,
    ready: Callable[[], None],
    end_s: Callable[[], float],
    check: Callable[[], None],
) -> None:
    """Listen until the simulated world has reached `end_s` and it is quiet; `check` may raise to end it.

    `ready` is called once nothing will be missed. `end_s` is asked for only once time has been told: by then
    the truth has been written.
    """
    arrived: SimpleQueue[paho.MQTTMessage] = SimpleQueue()
    with listening(address, collector.filters, arrived.put) as outages:
        ready()
        try:
            _take_all(arrived, collector, end_s, check)
        finally:
            collector.unheard_s = outages.total_s


def _take_all(
    arrived: SimpleQueue[paho.MQTTMessage],
    collector: Collector,
    end_s: Callable[[], float],
    check: Callable[[], None],
) -> None:
    quiet_since_s = time.monotonic()
    until_s: float | None = None
    while True:
        check()
        # A gateway may go on and on telling what it has told already.
        is_over = until_s is not None and collector.now_s is not None and collector.now_s >= until_s
        if is_over and time.monotonic() - quiet_since_s > QUIET_S:
            return
        try:
            message = arrived.get(timeout=_LOOK_EVERY_S)
        except Empty:
            continue
        if collector.take(message.topic, bytes(message.payload), is_retained=message.retain):
            quiet_since_s = time.monotonic()
        if until_s is None and collector.now_s is not None:
            until_s = end_s()
