"""The edge on a clock of ours, against a real broker."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def living(mosquitto: LocalBroker, state_dir: Path, clock: FakeClock, client: Client) -> Iterator[None]:
    """An edge on that clock and state folder, from being online until it has said goodbye."""
    edges = SimpleQueue[Edge]()
    text = f'[edge]\nname = "t"\nstate_dir = "{state_dir}"\nstatus_period_s = 0.01\n[mqtt]\n'
    config = parse_config(f"{text}port = {mosquitto.address.port}\n", where="test")

    def live() -> None:
        edge = Edge(config, clock, Random(0))
        edges.put(edge)
        edge.run()

    # One that fails must not keep the tests from ending.
    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    client.wait_online()
    yield
    edges.get().stop()
    thread.join(30)
    assert not thread.is_alive()
    client.wait_for(lambda m: m.topic.endswith("/t/status") and m.tree["state"] == "offline", "goodbye")


def test_silence_is_told_after_its_time_and_a_clock_that_is_set_is_not_silence(
    mosquitto: LocalBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Set forward by a day nothing is lost; after 15 minutes that really pass the heart rate sensor is."""
    clock, client = FakeClock(), Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#")
    caplog.set_level(logging.WARNING)
    topic = f"{ROOT}/samples/w1/band/hr"
    with living(mosquitto, tmp_path, clock, client):
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
    client.close()


class SetMidTurn(FakeClock):
    """Set forward by a day, once it is asked to, right after the loop has looked at the wall in a turn."""

    is_to_be_set = False

    def monotonic_s(self) -> float:
        if self.is_to_be_set:
            # So that in this turn time is let go on, too.
            self.pass_time(2.0)
        return super().monotonic_s()

    def now_s(self) -> float:
        seen_s = self.wall_s
        if self.is_to_be_set:
            self.is_to_be_set = False
            self.wall_s += 86_400.0
        return seen_s


def test_a_clock_that_is_set_in_the_course_of_a_turn_is_not_silence(
    mosquitto: LocalBroker, tmp_path: Path
) -> None:
    """The rest of the turn goes by the time it began at: the step is noticed before time goes on."""
    clock, client = SetMidTurn(), Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#")
    with living(mosquitto, tmp_path, clock, client):
        sample = {"seq": 0, "times_s": [clock.wall_s], "values": {"hr": [70.0]}}
        client.send(f"{ROOT}/samples/w1/band/hr", sample)
        client.wait_counter("processed", 1)
        clock.is_to_be_set = True
        client.wait_counter("processed", 2)
        jump = client.wait_for(lambda message: message.topic.endswith("clock_jump"), "jump").tree
    told = {alert["condition"] for alert in client.alerts()}
    client.close()
    assert jump["evidence"]["values"]["clock_step_s"] == pytest.approx(86_400.0, abs=30.0)
    assert told == {"clock_jump"}


@pytest.mark.parametrize("ahead_s", [3600.0, 86_400.0])
def test_a_clock_that_was_ahead_in_an_earlier_run_silences_no_alert(
    mosquitto: LocalBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture, ahead_s: float
) -> None:
    """Put right while the edge is off, the next severe reading is live and told, and so is the step."""
    clock = FakeClock()
    true_s = clock.wall_s
    client = Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#")
    topic = f"{ROOT}/samples/w1/cuff/bp"
    clock.wall_s = true_s + ahead_s
    with living(mosquitto, tmp_path, clock, client):
        well = {"systolic": [128.0], "diastolic": [79.0]}
        client.send(topic, {"seq": 0, "times_s": [clock.wall_s], "values": well})
        client.wait_counter("processed", 1)

    clock.wall_s = true_s + 60.0
    caplog.set_level(logging.WARNING)
    with living(mosquitto, tmp_path, clock, client):
        clock.pass_time(1.0)
        severe = {"systolic": [195.0], "diastolic": [122.0]}
        client.send(topic, {"seq": 1, "times_s": [clock.wall_s], "values": severe})
        told = client.wait_for(lambda message: message.topic.endswith("blood_pressure_severe"), "alert").tree
        jump = client.wait_for(lambda message: message.topic.endswith("clock_jump"), "jump").tree
    client.close()
    assert told["at_s"] == pytest.approx(true_s + 61.0, abs=30.0)
    assert jump["evidence"]["values"]["clock_step_s"] == pytest.approx(60.0 - ahead_s, abs=30.0)
    assert any("the clock was set back by" in record.message for record in caplog.records)


def test_a_sensor_that_died_while_the_gateway_booted_with_an_old_clock_is_told_in_its_time(
    mosquitto: LocalBroker, tmp_path: Path
) -> None:
    """Started an hour in the past and then put right: the silence counts on, nothing lies in the future."""
    clock = FakeClock()
    client = Client(mosquitto.address, f"{ROOT}/edge/#", f"{ROOT}/alerts/#", f"{ROOT}/replies/#")
    with living(mosquitto, tmp_path, clock, client):
        sample = {"seq": 0, "times_s": [clock.wall_s], "values": {"hr": [70.0]}}
        client.send(f"{ROOT}/samples/w1/band/hr", sample)
        client.wait_counter("processed", 1)

    clock.wall_s -= 3600.0
    with living(mosquitto, tmp_path, clock, client):
        clock.wall_s += 3600.0
        right_s = clock.wall_s
        client.wait_counter("processed", 2)
        clock.pass_time(905.0)
        lost = client.wait_for(lambda message: message.topic.endswith("sensor_lost"), "loss").tree
        order = {
            "command": "shelve",
            "request": "1",
            "condition": "sensor_lost",
            "for_s": 60.0,
            "reason": "x",
        }
        client.send(f"{ROOT}/commands/me/real/w1", order)
        reply = client.wait_for(lambda message: "/replies/" in message.topic, "reply").tree
    client.close()
    assert lost["at_s"] == pytest.approx(right_s + 900.0, abs=30.0)
    assert reply["at_s"] == pytest.approx(right_s + 905.0, abs=30.0)
