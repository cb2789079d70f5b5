"""Packets to a broker of the user's, whoever listens: never more unconfirmed than a broker will hold."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import paho.mqtt.client as paho

from device_sim.devices.formats import Packet
from edge.contract.codec import encode
from edge.contract.errors import RuntimeMissingError
from edge.contract.samples import ClockTick
from edge.contract.topics import Topics

UNCONFIRMED_LIMIT = 500
STALL_S = 60.0
_LOOK_EVERY_S = 0.2


class Outlet:
    """Publishes at QoS 1 and waits for the broker's word when too much is on its way.

    The client is its own: what that sends besides would be counted. While the broker is away, paho keeps the
    messages and sends them again once it is back.
    """

    def __init__(
        self, client: paho.Client, topics: Topics, check: Callable[[], None], *, stall_s: float = STALL_S
    ) -> None:
        self._client = client
        self._topics = topics
        self._check = check
        self._stall_s = stall_s
        self._changed = threading.Condition()
        self._published = 0
        self._confirmed = 0
        self.sent = 0
        # What publish() returns says for good that there was no connection, though the message goes out.
        client.on_publish = self._note_confirmed

    def send(self, packet: Packet) -> None:
        """Publish a device's message."""
        self._publish(packet.topic, packet.payload)
        self.sent += 1

    def tell_time(self, now_s: float) -> None:
        """Say what time it is in the simulated world."""
        self._publish(self._topics.clock, encode(ClockTick(now_s=now_s)))

    def flush(self) -> None:
        """Wait until the broker has everything; RuntimeMissingError when it does not take it."""
        self._await_unconfirmed(0)

    def _publish(self, topic: str, payload: bytes) -> None:
        self._await_unconfirmed(UNCONFIRMED_LIMIT - 1)
        self._client.publish(topic, payload, qos=1)
        self._published += 1

    def _await_unconfirmed(self, most: int) -> None:
        """Return once no more than `most` messages are on their way."""
        confirmed, quiet_since_s = self._confirmed, time.monotonic()
        with self._changed:
            while self._published - self._confirmed > most:
                self._check()
                self._changed.wait(_LOOK_EVERY_S)
                if self._confirmed > confirmed:
                    confirmed, quiet_since_s = self._confirmed, time.monotonic()
                elif time.monotonic() - quiet_since_s > self._stall_s:
                    raise RuntimeMissingError(
                        f"it has confirmed nothing for {self._stall_s:g} s",
                        where="the broker",
                        allowed="one that answers",
                    )

    def _note_confirmed(self, *_: object) -> None:
        with self._changed:
            self._confirmed += 1
            self._changed.notify()
