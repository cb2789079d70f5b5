"""Messages to the broker at QoS 1, never so far ahead of the edge that a broker would drop them."""

from __future__ import annotations

import os
from collections.abc import Callable

import paho.mqtt.client as paho

from device_sim.devices.formats import Packet
from device_sim.subscriber import Inbox
from edge.contract.codec import encode
from edge.contract.messages import LinkState
from edge.contract.samples import ClockTick
from edge.contract.topics import Topics

# Brokers keep some 1,000 messages for a client that is behind (mosquitto's default) and drop the rest.
AHEAD_LIMIT = 800
STALL_S = 60.0


class Publisher:
    """Publishes a simulation's messages from one connection, so that their order holds."""

    def __init__(self, client: paho.Client, topics: Topics, inbox: Inbox, check: Callable[[], None]) -> None:
        self._client = client
        self._topics = topics
        self._inbox = inbox
        self._check = check
        self._sent = 0
        self._counters: dict[str, int] = {}

    def send(self, packet: Packet) -> None:
        """Publish a device's message once there is room; the edge never sees those in formats of others."""
        if packet.topic.startswith(f"{self._topics.root}/"):
            self._publish(packet.topic, packet.payload)
        else:
            self._client.publish(packet.topic, packet.payload, qos=1)

    def tell_time(self, now_s: float) -> None:
        """Say what time it is in the simulated world."""
        self._publish(self._topics.clock, encode(ClockTick(now_s=now_s)))

    def start_over(self) -> None:
        """The edge counts from nought again; all that was sent before has been decided on."""
        self._sent = 0

    def await_decisions(self) -> None:
        """Wait until the edge has decided on all that was sent and the broker has all its alerts."""
        self._inbox.wait_for(
            lambda: (
                self._counter("processed") + self._counter("refused") >= self._sent
                and self._outbox_is_empty()
            ),
            within_s=STALL_S,
            what="decisions",
            check=self._check,
        )

    def await_arrivals(self) -> None:
        """Wait until the inbox has all that the broker had when this was called."""
        token = f"{os.getpid()}-{self._sent}".encode()
        self._client.publish(self._inbox.barrier_topic, token, qos=1)
        self._inbox.wait_for(
            lambda: self._inbox.has_barrier(token), within_s=STALL_S, what="the broker", check=lambda: None
        )

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._sent - self._taken() >= AHEAD_LIMIT:
            self._inbox.wait_for(
                lambda: self._sent - self._taken() < AHEAD_LIMIT,
                within_s=STALL_S,
                what="progress",
                check=self._check,
            )
        self._client.publish(topic, payload, qos=1)
        self._sent += 1

    def _taken(self) -> int:
        return self._counter("journaled") + self._counter("refused")

    def _counter(self, name: str) -> int:
        """What the edge said last; a last will, which a stopping broker may still send, holds no counts."""
        status = self._inbox.status()
        if status is not None and status.state is LinkState.ONLINE:
            self._counters = status.counters
        return self._counters.get(name, 0)

    def _outbox_is_empty(self) -> bool:
        status = self._inbox.status()
        return status is not None and status.state is LinkState.ONLINE and status.outbox == 0
