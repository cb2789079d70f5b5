"""The alerts of a system under test: from a file, or live from a broker until the story is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import msgspec

from device_sim.brokers import Address
from device_sim.scoring.episodes import Told, told
from device_sim.scoring.mapping import Mapping, Reader, filters
from device_sim.subscriber import Inbox, connected
from edge.contract.codec import decode_clock
from edge.contract.errors import DataError, MessageError, RuntimeMissingError
from edge.contract.messages import Alert
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
        self._told: list[Told] = []
        self._filters = (
            [f"{topics.root}/alerts/#", f"{topics.root}/wearers/#", topics.quarantine]
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

    def take(self, topic: str, payload: bytes) -> None:
        """One message."""
        if topic == self.topics.clock:
            try:
                self.now_s = decode_clock(payload).now_s
            except MessageError:
                return
        elif self._reader is None:
            self.inbox.receive(topic, payload)
        else:
            # A system that tells no times is taken to speak of now, as the simulation tells it.
            self._told += self._reader.read(topic, payload, time.time() if self.now_s is None else self.now_s)

    def told(self) -> list[Told]:
        """All alert messages so far."""
        if self._reader is None:
            return [told(alert) for alert in self.inbox.alerts()]
        return [*self._told, *self._reader.close()]


def collect_file(path: Path, collector: Collector) -> None:
    """Take in a file: the edge's alerts one a line, or messages as `mosquitto_sub -F %J` writes them."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise DataError(str(error.strerror), where=str(path), allowed="a readable file of alerts") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            tree: Any = msgspec.json.decode(line)
            if "topic" in tree and "payload" in tree:
                payload = tree["payload"]
                text = payload if isinstance(payload, str) else msgspec.json.encode(payload).decode()
                collector.take(tree["topic"], text.encode())
            else:
                alert = msgspec.convert(tree, Alert)
                collector.inbox.receive(
                    collector.topics.alerts(alert.wearer, alert.condition, alert.mode), line
                )
        except (msgspec.MsgspecError, TypeError) as error:
            allowed = "an alert of the edge, or an object with topic and payload"
            raise DataError(str(error), where=f"{path}, line {number}", allowed=allowed) from None


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
    arrived: SimpleQueue[tuple[str, bytes] | None] = SimpleQueue()
    with connected(address) as client:
        client.on_message = lambda _client, _data, message: arrived.put(
            (message.topic, bytes(message.payload))
        )
        client.on_subscribe = lambda *_: arrived.put(None)
        client.subscribe([(topic, 1) for topic in collector.filters])
        try:
            arrived.get(timeout=20.0)
        except Empty:
            raise RuntimeMissingError(
                "no answer to a subscription", where=address.url, allowed="an MQTT broker"
            ) from None
        ready()
        quiet_since_s = time.monotonic()
        until_s: float | None = None
        while True:
            check()
            try:
                message = arrived.get(timeout=_LOOK_EVERY_S)
            except Empty:
                is_over = until_s is not None and collector.now_s is not None and collector.now_s >= until_s
                if is_over and time.monotonic() - quiet_since_s > QUIET_S:
                    return
                continue
            if message is not None:
                collector.take(*message)
                quiet_since_s = time.monotonic()
            if until_s is None and collector.now_s is not None:
                until_s = end_s()
