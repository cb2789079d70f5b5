"""The publisher against an edge that falls behind: it waits, and loses nothing."""

from __future__ import annotations

import threading

import msgspec
import paho.mqtt.client as paho

from device_sim.brokers import LocalBroker
from device_sim.clients import connected
from device_sim.devices.batches import Sender
from device_sim.devices.formats import contract_packets
from device_sim.publisher import AHEAD_LIMIT, Publisher
from device_sim.subscriber import subscribed
from edge.contract.codec import encode
from edge.contract.messages import LinkState, Status
from edge.contract.samples import Mode
from edge.contract.topics import Topics

TOPICS = Topics("flow")
WAIT_S = 30.0


def status(taken: int) -> bytes:
    counters = {"journaled": taken, "processed": taken}
    return encode(Status(state=LinkState.ONLINE, edge="slow", version="0", counters=counters))


def test_a_publisher_stays_within_its_limit_and_all_arrives(mosquitto: LocalBroker) -> None:
    """An edge that journals in lumps of 500 is never owed more than the limit and gets all in order."""
    total = 3000
    received: list[int] = []
    owed: list[int] = []
    allowed = threading.Semaphore(0)

    with (
        connected(mosquitto.address) as edge,
        connected(mosquitto.address) as client,
        subscribed(mosquitto.address, TOPICS, "slow", with_samples=False) as inbox,
    ):
        journaled = 0

        def on_message(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
            nonlocal journaled
            received.append(msgspec.json.decode(message.payload)["seq"])
            owed.append(len(received) - journaled)
            if len(received) % 500 == 0:
                journaled = len(received)
                edge.publish(TOPICS.status("slow"), status(journaled), qos=1)

        edge.on_message = on_message
        edge.on_subscribe = lambda *_: allowed.release()
        edge.subscribe(TOPICS.all_samples, qos=1)
        assert allowed.acquire(timeout=WAIT_S)
        publisher = Publisher(client, TOPICS, inbox, lambda: None)
        sender = Sender("anna", "strap", Mode.TEST)
        for n in range(total):
            for packet in contract_packets(TOPICS, sender.batch("rr", [1.0 + n], {"rr": [800.0]})):
                publisher.send(packet)
        publisher.await_decisions()
        publisher.await_arrivals()

    assert received == list(range(total))
    assert max(owed) <= AHEAD_LIMIT
