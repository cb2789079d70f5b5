"""The whole path in one block: a broker, an edge, a publisher and a subscriber, gone together at the end."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from device_sim.brokers import Address, open_broker
from device_sim.edge_process import EdgeProcess, EdgeSettings, running_edge
from device_sim.publisher import STALL_S, Publisher
from device_sim.stopping import Stop
from device_sim.subscriber import Inbox, connected, subscribed
from edge.contract.messages import LinkState
from edge.contract.topics import Topics


class Corridor(NamedTuple):
    """An edge that is online, and both ends of it.

    `check` raises if the edge has ended by itself or the user asked to stop.
    """

    address: Address
    inbox: Inbox
    publisher: Publisher
    edge: EdgeProcess
    check: Callable[[], None]

    def finish(self) -> None:
        """Wait for the last decision, stop the edge in good order, and take in all it said."""
        self.publisher.await_decisions()
        self.edge.stop()
        self.publisher.await_arrivals()


@contextmanager
def open_corridor(
    broker: str,
    stop: Stop,
    *,
    name: str,
    prefix: str,
    scheme: str = "acc-aha-2017",
    with_samples: bool = False,
) -> Iterator[Corridor]:
    """Open the path through the broker named; the block begins when the edge is online."""
    topics = Topics(prefix)
    # A name of its own: what an earlier run left in the user's broker is not taken for ours.
    edge_name = f"{name}-{os.getpid()}"
    with open_broker(broker) as address:
        # The embedded broker speaks 3.1.1 only; elsewhere version 5 lets the session expire.
        protocol = "3.1.1" if broker == "embedded" else "5"
        settings = EdgeSettings(edge_name, address, protocol, prefix, scheme)
        with (
            subscribed(address, topics, edge_name, with_samples=with_samples) as inbox,
            connected(address) as client,
            running_edge(settings) as edge,
        ):

            def check() -> None:
                stop.check()
                edge.check()

            inbox.wait_for(lambda: _is_online(inbox), within_s=STALL_S, what="an edge online", check=check)
            try:
                yield Corridor(address, inbox, Publisher(client, topics, inbox, check), edge, check)
            finally:
                # Leave nothing retained in a broker that lives on.
                if client.is_connected():
                    for topic in [*inbox.open_alarms(), topics.status(edge_name)]:
                        client.publish(topic, b"", qos=1, retain=True).wait_for_publish(5.0)


def _is_online(inbox: Inbox) -> bool:
    status = inbox.status()
    return status is not None and status.state is LinkState.ONLINE
