"""Clients of a broker: connected, and those that listen subscribed again whenever a connection was lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, SimpleQueue

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from device_sim.brokers import Address
from edge.contract.errors import RuntimeMissingError

CONNECT_TIMEOUT_S = 20.0

log = logging.getLogger(__name__)


class Outages:
    """For how long nothing was heard because the connection was lost."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._since_s: float | None = None
        self._past_s = 0.0

    @property
    def total_s(self) -> float:
        """All of them together, in seconds, one that lasts included."""
        since_s = self._since_s
        return self._past_s + (0.0 if since_s is None else time.monotonic() - since_s)

    def begin(self) -> None:
        """The connection is gone."""
        if self._since_s is None:
            self._since_s = time.monotonic()
            log.warning(
                "%s: connection lost; what is said until it is back may be missing", self._address.url
            )

    def end(self) -> None:
        """The subscriptions hold again."""
        if self._since_s is not None:
            lasted_s, self._since_s = time.monotonic() - self._since_s, None
            self._past_s += lasted_s
            log.info("%s: heard again after %.1f s", self._address.url, lasted_s)


@contextmanager
def listening(
    address: Address,
    filters: Sequence[str | tuple[str, int]],
    take: Callable[[paho.MQTTMessage], None],
    *,
    name: str | None = None,
) -> Iterator[Outages]:
    """Messages of these topics go to `take`, in a thread of its own; all are heard when the block begins.

    A filter is of QoS 1 unless it comes with another. With a `name` the broker keeps what comes while the
    connection is lost; RuntimeMissingError where there is no broker, or none that answers.
    """
    wanted = [item if isinstance(item, tuple) else (item, 1) for item in filters]
    outages, ready = Outages(address), threading.Event()

    def connected_again(
        client: paho.Client, _data: object, flags: paho.ConnectFlags, reason: ReasonCode, _properties: object
    ) -> None:
        if flags.session_present:
            outages.end()
        elif not reason.is_failure:
            client.subscribe(wanted)

    def lost(
        _client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
    ) -> None:
        if reason.is_failure:
            outages.begin()

    def subscribed(*_: object) -> None:
        outages.end()
        ready.set()

    with connected(address, name=name) as client:
        client.on_message = lambda _client, _data, message: take(message)
        client.on_subscribe = subscribed
        client.on_connect = connected_again
        if name is None:
            client.on_disconnect = lost
        client.subscribe(wanted)
        if not ready.wait(CONNECT_TIMEOUT_S):
            raise RuntimeMissingError(
                "no answer to a subscription", where=address.url, allowed="an MQTT broker"
            )
        yield outages


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
