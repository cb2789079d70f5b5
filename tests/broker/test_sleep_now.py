"""A night that goes on, told to a subscriber: an edge on a clock of ours, over a real broker."""

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
from edge.storage.store import Store
from tests.support.clock import FakeClock
from tests.support.home import HOUR_S, MIDNIGHT_S, wristband_day
from tests.support.peers import Client, Message

ROOT = "vitalward/v1"


def tells(message: Message, *, is_asleep: bool) -> bool:
    """Whether it is the state of our wearer's sleep, and this one."""
    is_ours = message.topic == f"{ROOT}/wearers/test/w1/sleep"
    return is_ours and message.tree.get("is_asleep") is is_asleep


def test_who_sleeps_is_told_while_the_night_goes_on(
    mosquitto: LocalBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Asleep at three, since about eleven, and awake at eight; never retained, nobody named in the log."""
    caplog.set_level(logging.INFO)
    store = Store(tmp_path, lambda: True)
    # As if they came while the clock went on: what the journal says came later is not looked at before.
    store.keep_messages([entry for entry in wristband_day(0, (-1.0, 6.0)) if "clock" not in entry.topic])
    store.close()
    clock, edges = FakeClock(MIDNIGHT_S + 3 * HOUR_S), SimpleQueue[Edge]()
    text = f'[edge]\nname = "t"\nstate_dir = "{tmp_path}"\nstatus_period_s = 0.05\n[mqtt]\n'
    config = parse_config(f"{text}port = {mosquitto.address.port}\n", where="test")

    def live() -> None:
        edge = Edge(config, clock, Random(0))
        edges.put(edge)
        edge.run()

    client = Client(mosquitto.address, f"{ROOT}/wearers/#")
    thread = threading.Thread(target=live, daemon=True)
    thread.start()

    asleep = client.wait_for(lambda message: tells(message, is_asleep=True), "sleep")
    clock.pass_time(5 * HOUR_S)
    awake = client.wait_for(lambda message: tells(message, is_asleep=False), "waking")
    edges.get().stop()
    thread.join(30)

    assert not thread.is_alive()
    client.close()
    assert asleep.tree["since_s"] == pytest.approx(MIDNIGHT_S - HOUR_S, abs=15 * 60)
    assert asleep.tree["stage"] in {"nrem", "rem"}
    assert awake.tree["since_s"] == pytest.approx(MIDNIGHT_S + 6 * HOUR_S, abs=15 * 60)
    assert [asleep.retained, awake.retained] == [False, False]
    assert "w1" not in caplog.text
