"""Listening to a gateway until the stories are over: restarts, repetitions and what was left behind."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from device_sim.brokers import LocalBroker
from device_sim.scoring.collect import Collector, collect_live
from device_sim.scoring.mapping import Mapping
from device_sim.stopping import Stop
from device_sim.trial import observe
from device_sim.truth import Watched
from edge.contract.messages import Phase
from edge.contract.topics import Topics
from tests.support.patience import PATIENCE_S, await_it
from tests.support.peers import Client

END_S = 1000.0
CLOCK = "vitalward/v1/clock"
STATUS = "vitalward/v1/wearers/test/anna/status"
HEARD = {"wearer": "anna", "mode": "test", "signals": {"rr": {"device": "strap", "last_s": 1.0}}}
WATCH = Watched(wearer="anna", story="s", start_s=0.0, end_s=END_S, signals=("rr",))
SWITCH = Mapping(
    topics=("switch/{wearer}/{condition}",),
    fields={"phase": "."},
    phases={"ON": Phase.START, "OFF": Phase.END},
)


@contextmanager
def collecting(broker: LocalBroker, collector: Collector) -> Iterator[Future[None]]:
    """A collector that listens when the block begins, until the simulated world has reached its end."""
    ready, stop = threading.Event(), Stop()
    with ThreadPoolExecutor(max_workers=1) as pool:
        future = pool.submit(
            collect_live,
            broker.address,
            collector,
            ready=ready.set,
            end_s=lambda: END_S,
            check=stop.check,
        )
        try:
            assert ready.wait(PATIENCE_S)
            yield future
        finally:
            stop.ask()


def tell_time(client: Client, now_s: float) -> None:
    client.send(CLOCK, {"now_s": now_s})


def await_retained(broker: LocalBroker, topic: str) -> None:
    """Return once the broker has something to tell whoever comes."""
    witness = Client(broker.address, topic)
    witness.wait_for(lambda message: message.topic == topic)
    witness.close()


def test_what_comes_after_a_restart_of_the_broker_is_heard(
    mosquitto: LocalBroker, caplog: pytest.LogCaptureFixture
) -> None:
    """It subscribes again; the log warns of the loss and the collector knows how long it lasted."""
    caplog.set_level(logging.INFO, logger="device_sim.clients")
    collector = Collector(Topics(), SWITCH)
    with collecting(mosquitto, collector) as collected:
        mosquitto.stop()
        await_it(lambda: caplog.messages or None, "word of the loss")
        mosquitto.start()
        await_it(lambda: len(caplog.messages) > 1 or None, "word of the return")
        client = Client(mosquitto.address)
        tell_time(client, 500.0)
        client.send("switch/anna/sensor_lost", b"ON")
        tell_time(client, END_S)
        collected.result(PATIENCE_S)
        client.close()

    assert [told.at_s for told in collector.told()] == [500.0]
    assert collector.unheard_s > 0.0
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert "connection lost" in caplog.messages[0]


@pytest.mark.parametrize(
    ("mapping", "topic", "payload"),
    [
        (None, STATUS, b'{"wearer": "anna", "mode": "test"}'),
        (SWITCH, "switch/anna/sensor_lost", b"ON"),
    ],
)
def test_a_gateway_that_goes_on_repeating_itself_is_not_waited_for(
    mosquitto: LocalBroker, mapping: Mapping | None, topic: str, payload: bytes
) -> None:
    """The story being over, a status or alarm that says nothing new does not put off the end."""
    client = Client(mosquitto.address)
    with collecting(mosquitto, Collector(Topics(), mapping)) as collected:
        tell_time(client, END_S)
        waited_s = 0.0
        while not collected.done() and waited_s < PATIENCE_S:
            client.send(topic, payload)
            threading.Event().wait(0.5)
            waited_s += 0.5
        is_done = collected.done()
    client.close()

    assert is_done


def test_what_an_earlier_run_left_retained_does_not_count(mosquitto: LocalBroker) -> None:
    """A status that a dead gateway left in the broker is no sign of life: no signal was heard."""
    client = Client(mosquitto.address)
    client.send(STATUS, HEARD, retain=True)
    await_retained(mosquitto, STATUS)
    collector = Collector(Topics(), None)
    with collecting(mosquitto, collector) as collected:
        tell_time(client, END_S)
        collected.result(PATIENCE_S)
    client.close()

    assert observe(collector.inbox, WATCH).signals == frozenset()


def test_how_a_wearer_sleeps_is_not_taken_for_the_status(mosquitto: LocalBroker) -> None:
    """Both stand below the wearers; what was heard of signals stays after word of sleep."""
    client = Client(mosquitto.address)
    collector = Collector(Topics(), None)
    with collecting(mosquitto, collector) as collected:
        client.send(STATUS, HEARD)
        client.send("vitalward/v1/wearers/test/anna/sleep", {"wearer": "anna", "mode": "test"})
        tell_time(client, END_S)
        collected.result(PATIENCE_S)
    client.close()

    assert observe(collector.inbox, WATCH).signals == frozenset({"rr"})


def test_an_alarm_that_was_on_before_the_story_does_not_hide_the_one_within(mosquitto: LocalBroker) -> None:
    """What is retained as ON opens no episode; the ON of the story does, at the time of the story."""
    client = Client(mosquitto.address)
    client.send("switch/anna/sensor_lost", b"ON", retain=True)
    await_retained(mosquitto, "switch/anna/sensor_lost")
    collector = Collector(Topics(), SWITCH)
    with collecting(mosquitto, collector) as collected:
        tell_time(client, 500.0)
        client.send("switch/anna/sensor_lost", b"ON")
        tell_time(client, END_S)
        collected.result(PATIENCE_S)
    client.close()

    assert [(told.at_s, told.phase) for told in collector.told()] == [(500.0, Phase.START)]
