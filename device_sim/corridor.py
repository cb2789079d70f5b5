"""The whole path in one block: a broker, an edge, a publisher and a subscriber, gone together at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import paho.mqtt.client as paho

from device_sim.brokers import Address, GivenBroker, LocalBroker, open_broker
from device_sim.clients import connected
from device_sim.edge_process import EdgeProcess, EdgeSettings, running_edge
from device_sim.publisher import STALL_S, Publisher
from device_sim.stopping import Stop
from device_sim.subscriber import Inbox, subscribed
from edge.contract.errors import ConfigError
from edge.contract.messages import LinkState
from edge.contract.topics import Topics

# The one broker that is ours to stop and keeps sessions meanwhile.
DISTURBABLE = "mosquitto"


class Corridor(NamedTuple):
    """An edge that is online, and both ends of it.

    `check` raises if the edge has ended by itself or the user asked to stop.
    """

    broker: LocalBroker | GivenBroker
    inbox: Inbox
    client: paho.Client
    publisher: Publisher
    edge: EdgeProcess
    check: Callable[[], None]

    @property
    def address(self) -> Address:
        """Where the broker listens."""
        return self.broker.address

    def finish(self) -> None:
        """Wait for the last decision, stop the edge in good order, and take in all it said."""
        self.publisher.await_decisions()
        self.edge.stop()
        self.publisher.await_arrivals()

    def stop_broker(self) -> None:
        """Take the broker away once all that was sent is decided on; what is sent now waits at the sender."""
        assert isinstance(self.broker, LocalBroker)
        self.publisher.await_decisions()
        self.publisher.await_arrivals()
        self.broker.stop()

    def start_broker(self) -> None:
        """Bring the broker back, and wait until the sender has found it again."""
        assert isinstance(self.broker, LocalBroker)
        self.broker.start()
        self.inbox.wait_for(
            self.client.is_connected, within_s=STALL_S, what="the broker's return", check=self.check
        )

    def kill_edge(self) -> None:
        """Kill the edge without warning once it has decided on all that was sent."""
        self.publisher.await_decisions()
        self.publisher.await_arrivals()
        self.edge.kill()
        self.publisher.start_over()

    def start_edge(self) -> None:
        """Start the edge on the state it left, and wait until it is online."""
        before = self.inbox.status()
        self.edge.start()
        self.inbox.wait_for(
            lambda: self.inbox.status() != before and is_online(self.inbox),
            within_s=STALL_S,
            what="an edge online",
            check=self.check,
        )


@contextmanager
def open_corridor(
    choice: str,
    stop: Stop,
    *,
    name: str,
    prefix: str,
    scheme: str = "acc-aha-2017",
    with_samples: bool = False,
    is_disturbed: bool = False,
) -> Iterator[Corridor]:
    """Open the path through the broker chosen; the block begins when the edge is online.

    ConfigError for a story that disturbs broker and edge unless both are our own and keep what they are owed.
    """
    if is_disturbed and choice != DISTURBABLE:
        raise ConfigError(
            "the story disturbs broker or edge",
            where=f"--broker {choice}",
            allowed=f"{DISTURBABLE}, for it alone",
        )
    topics = Topics(prefix)
    # A name of its own: what an earlier run left in the user's broker is not taken for ours.
    edge_name = f"{name}-{os.getpid()}"
    with open_broker(choice) as broker:
        # The embedded broker speaks 3.1.1 only; elsewhere version 5 lets the session expire.
        protocol = "3.1.1" if choice == "embedded" else "5"
        settings = EdgeSettings(edge_name, broker.address, protocol, prefix, scheme)
        with (
            subscribed(
                broker.address, topics, edge_name, with_samples=with_samples, outlives_broker=is_disturbed
            ) as inbox,
            connected(broker.address) as client,
            running_edge(settings) as edge,
        ):

            def check() -> None:
                stop.check()
                edge.check()

            inbox.wait_for(lambda: is_online(inbox), within_s=STALL_S, what="an edge online", check=check)
            try:
                yield Corridor(broker, inbox, client, Publisher(client, topics, inbox, check), edge, check)
            finally:
                # Leave nothing retained in a broker that lives on.
                if client.is_connected():
                    for topic in [*inbox.open_alarms(), topics.status(edge_name)]:
                        client.publish(topic, b"", qos=1, retain=True).wait_for_publish(5.0)


def is_online(inbox: Inbox) -> bool:
    """Whether the edge has said that it is there, and nobody since that it is gone."""
    status = inbox.status()
    return status is not None and status.state is LinkState.ONLINE
