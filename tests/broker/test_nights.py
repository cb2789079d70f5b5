"""A night that was owed when the edge started, on a clock of ours, over a real broker."""

from __future__ import annotations

import threading
from pathlib import Path
from queue import SimpleQueue
from random import Random

import pytest

from device_sim.brokers import LocalBroker
from edge.app import Edge
from edge.config import parse_config
from tests.support.clock import FakeClock
from tests.support.home import HOUR_S, MIDNIGHT_S, Home, shipped_equipment, wristband_day
from tests.support.peers import Client

ROOT = "vitalward/v1"


def test_a_night_is_judged_before_its_samples_are_forgotten(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """Off from before ten until the afternoon, with a journal of one hour: the night is told all the same."""
    home = Home(tmp_path, shipped_equipment(tmp_path))
    home.take(
        [entry for entry in wristband_day(0, (-1.0, 6.0)) if entry.received_s < MIDNIGHT_S + 9.9 * HOUR_S]
    )
    assert home.nights() == []
    home.close()
    clock, edges = FakeClock(MIDNIGHT_S + 14 * HOUR_S), SimpleQueue[Edge]()
    text = f'[edge]\nname = "t"\nstate_dir = "{tmp_path}"\n[journal]\nkeep_hours = 1\n[mqtt]\n'
    config = parse_config(f"{text}port = {mosquitto.address.port}\n", where="test")

    def live() -> None:
        edge = Edge(config, clock, Random(0))
        edges.put(edge)
        edge.run()

    client = Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/reports/#")
    thread = threading.Thread(target=live, daemon=True)
    thread.start()

    report = client.wait_for(lambda message: message.topic == f"{ROOT}/reports/test/w1/night", "a night")
    edges.get().stop()
    thread.join(30)
    assert not thread.is_alive()
    client.close()
    assert report.tree["sleep"]["total_sleep_min"] == pytest.approx(420, abs=30)
    assert report.retained is False
