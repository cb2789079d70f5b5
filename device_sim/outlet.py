"""Packets to a broker of the user's, whoever listens: never more unconfirmed than a broker will hold."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import paho.mqtt.client as paho

from device_sim.devices.formats import Packet
from edge.contract.codec import encode
from edge.contract.errors import RuntimeMissingError
from edge.contract.samples import ClockTick
from edge.contract.topics import Topics

UNCONFIRMED_LIMIT = 500
STALL_S = 60.0


class Outlet:
    """Publishes at QoS 1 and waits for the broker's word when too much is on its way."""

    def __init__(self, client: paho.Client, topics: Topics, check: Callable[[], None]) -> None:
        self._client = client
        self._topics = topics
        self._check = check
        self._on_their_way: deque[paho.MQTTMessageInfo] = deque()
        self.sent = 0

    def send(self, packet: Packet) -> None:
        """Publish a device's message."""
        self._publish(packet.topic, packet.payload)
        self.sent += 1

    def tell_time(self, now_s: float) -> None:
        """Say what time it is in the simulated world."""
        self._publish(self._topics.clock, encode(ClockTick(now_s=now_s)))

    def flush(self) -> None:
        """Wait until the broker has everything; RuntimeMissingError when it does not take it."""
        while self._on_their_way:
            self._await_first()

    def _publish(self, topic: str, payload: bytes) -> None:
        while len(self._on_their_way) >= UNCONFIRMED_LIMIT:
            self._await_first()
        self._on_their_way.append(self._client.publish(topic, payload, qos=1))

    def _await_first(self) -> None:
        self._check()
        first = self._on_their_way.popleft()
        first.wait_for_publish(STALL_S)
        if not first.is_published():
            raise RuntimeMissingError(
                f"it has confirmed nothing for {STALL_S:.0f} s",
                where="the broker",
                allowed="one that answers",
            )
