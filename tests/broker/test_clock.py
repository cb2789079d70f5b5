"""The edge on a clock of ours, against a real broker."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from queue import SimpleQueue
from random import Random

import pytest

from device_sim.brokers import LocalBroker
from edge.app import Edge
from edge.config import parse_config
from tests.support.clock import FakeClock
from tests.support.peers import Client

ROOT = "vitalward/v1"


def test_silence_is_told_after_its_time_and_a_clock_that_is_set_is_not_silence(
    mosquitto: LocalBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Set forward by a day nothing is lost; after 15 minutes that really pass the heart rate sensor is."""
    clock, edges = FakeClock(), SimpleQueue[Edge]()
    text = f'[edge]\nname = "t"\nstate_dir = "{tmp_path}"\nstatus_period_s = 0.01\n[mqtt]\n'
    config = parse_config(f"{text}port = {mosquitto.address.port}\n", where="test")

    def live() -> None:
        edge = Edge(config, clock, Random(0))
        edges.put(edge)
        edge.run()

    client = Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#")
    caplog.set_level(logging.WARNING)
    # One that fails must not keep the tests from ending.
    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    client.wait_online()
    topic = f"{ROOT}/samples/w1/band/hr"

    client.send(topic, {"seq": 0, "times_s": [clock.wall_s], "values": {"hr": [70.0]}})
    client.wait_counter("processed", 1)
    clock.wall_s += 86_400.0
    client.send(topic, {"seq": 1, "times_s": [clock.wall_s], "values": {"hr": [71.0]}})
    client.wait_counter("processed", 3)
    assert {alert["condition"] for alert in client.alerts()} <= {"clock_jump"}
    assert [record.message for record in caplog.records] == ["the clock was set by +86400 s"]

    clock.pass_time(905.0)
    lost = client.wait_for(lambda message: message.topic.endswith("sensor_lost"), "loss").tree
    assert lost["at_s"] - lost["evidence"]["values"]["last_sample_s"] == pytest.approx(900.0, abs=30.0)

    edges.get().stop()
    thread.join(30)
    assert not thread.is_alive()
    client.close()
