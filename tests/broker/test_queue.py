"""An edge whose broker was away: what waited is told once it is back."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from queue import SimpleQueue
from random import Random

from device_sim.brokers import LocalBroker
from edge.app import Edge
from edge.config import parse_config
from edge.contract.samples import Mode
from edge.ends import Lane, Letter
from edge.storage.store import Store
from edge.wearer.state import WearerState
from tests.support.clock import FakeClock
from tests.support.corridor import NOON_S
from tests.support.peers import Client

ROOT = "vitalward/v1"
# A turn looks twice; among three looks is a whole one.
ONE_TURN = 3


class SeenClock(FakeClock):
    """Tells how often it was looked at, so that a test knows that the edge has gone on.

    With each look so much time passes that an edge which waits for a later one need not really wait.
    """

    def __init__(self, look_s: float = 0.0) -> None:
        super().__init__()
        self._look_s = look_s
        self._looks = threading.Semaphore(0)

    def monotonic_s(self) -> float:
        self._looks.release()
        self.pass_time(self._look_s)
        return super().monotonic_s()

    def await_looks(self, count: int) -> None:
        """Wait until it was looked at so many times more."""
        while self._looks.acquire(blocking=False):
            pass
        for _ in range(count):
            assert self._looks.acquire(timeout=30.0)


def start_edge(broker: LocalBroker, folder: Path, clock: SeenClock) -> tuple[Edge, threading.Thread]:
    """An edge that runs in a thread of its own."""
    text = f'[edge]\nname = "t"\nstate_dir = "{folder}"\nstatus_period_s = 0.01\n[mqtt]\nbackoff_cap_s = 1\n'
    config = parse_config(f"{text}port = {broker.address.port}\n", where="test")
    edges = SimpleQueue[Edge]()

    def live() -> None:
        edge = Edge(config, clock, Random(0))
        edges.put(edge)
        edge.run()

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    return edges.get(timeout=30.0), thread


def test_an_edge_without_a_broker_rests(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """A status and a heartbeat that are due but cannot be sent do not keep the loop turning."""
    mosquitto.stop()
    clock = SeenClock()
    edge, thread = start_edge(mosquitto, tmp_path, clock)
    clock.await_looks(ONE_TURN)

    before_s = time.monotonic()
    clock.await_looks(2 * ONE_TURN)
    took_s = time.monotonic() - before_s

    edge.stop()
    thread.join(30)
    assert not thread.is_alive()
    # A turn a second, but for the attempts to connect; it was one in a hundredth.
    assert took_s > 1.0


def test_what_waited_for_a_broker_is_told_when_it_is_back(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """A hundred messages wait for eleven minutes: the alert that says so comes behind them."""
    store = Store(tmp_path, lambda: False)
    wearer = WearerState("w1", Mode.REAL, now_s=NOON_S)
    waiting = [Letter(Lane.ALERT, f"{ROOT}/alerts/real/w1/x{number}", b"{}") for number in range(100)]
    store.keep_decisions(0, waiting, [], [wearer])
    store.close()
    clock = SeenClock(look_s=1.0)
    mosquitto.stop()
    edge, thread = start_edge(mosquitto, tmp_path, clock)
    clock.await_looks(11 * 60 + ONE_TURN)
    mosquitto.start()
    client = Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#")
    client.wait_online()
    start = client.wait_for(lambda message: message.topic.endswith("queue_growing"), "the alert").tree
    assert (start["phase"], start["evidence"]["values"]) == (
        "start",
        {"inbox_messages": 0, "outbox_messages": 100},
    )

    edge.stop()
    thread.join(30)
    assert not thread.is_alive()
    client.close()
