"""The link to the broker by itself: what it tells of a broker that refuses it, and of one it keeps losing."""

from __future__ import annotations

import logging
import select
import socket
import time
from collections.abc import Iterator
from logging.handlers import QueueHandler
from pathlib import Path
from queue import Empty, SimpleQueue
from random import Random

import pytest

from device_sim.brokers import HOST, Address, LocalBroker
from edge.adapters.mqtt import Connected, Disconnected, MqttLink, Will
from edge.adapters.mqtt.link import ANSWER_S, FIRST_BACKOFF_S, HOLD_S
from edge.config import MqttSection
from edge.contract.errors import RuntimeMissingError
from tests.conftest import absent
from tests.support.clock import FakeClock
from tests.support.patience import PATIENCE_S
from tests.support.peers import Client
from tests.support.strict_broker import strict_broker

NAME = "vitalward-edge-t"


class NoWaiting(Random):
    """Notes the longest wait that was asked for, and has none."""

    def __init__(self) -> None:
        super().__init__(0)
        self.most_s: list[float] = []

    def uniform(self, _least_s: float, most_s: float) -> float:
        self.most_s.append(most_s)
        return 0.0


class Told:
    """What the link logs, as it does so."""

    def __init__(self) -> None:
        self._records: SimpleQueue[logging.LogRecord] = SimpleQueue()
        self.handler = QueueHandler(self._records)

    def until(self, last: str) -> list[str]:
        """Level and first words of each line, up to one that has `last` in it."""
        lines: list[str] = []
        give_up_s = time.monotonic() + PATIENCE_S
        while not lines or last not in lines[-1]:
            left_s = give_up_s - time.monotonic()
            assert left_s > 0, f"no line with {last!r} within {PATIENCE_S:.0f} s: {lines[-5:]}"
            try:
                record = self._records.get(timeout=left_s)
            except Empty:
                continue
            lines.append(f"{record.levelname} {record.getMessage()}")
        return lines


@pytest.fixture
def told() -> Iterator[Told]:
    logger, told = logging.getLogger("edge.adapters.mqtt"), Told()
    level = logger.level
    logger.setLevel(logging.DEBUG)
    logger.addHandler(told.handler)
    yield told
    logger.removeHandler(told.handler)
    logger.setLevel(level)


def make_link(address: Address, random: Random, clock: FakeClock) -> MqttLink:
    settings = MqttSection(host=address.host, port=address.port)
    return MqttLink(settings, NAME, ["t"], Will("will", b""), random=random, clock=clock)


def test_a_refused_connection_is_told_once(
    tmp_path: Path, request: pytest.FixtureRequest, told: Told
) -> None:
    """A broker that wants a password: one warning, and one line when the link is let in."""
    try:
        with strict_broker(tmp_path, "allow_anonymous false") as broker:
            link = make_link(broker.address, NoWaiting(), FakeClock())
            link.start()
            refused = [told.until("refuses the connection")[-1] for _ in range(3)]
            settings = tmp_path / "strict.conf"
            settings.write_text(settings.read_text().replace("anonymous false", "anonymous true"))
            broker.stop()
            broker.start()
            last = told.until("connected to")
            link.stop()
    except RuntimeMissingError as error:
        absent(request, "--require-broker", str(error))

    assert [line.partition(" ")[0] for line in refused] == ["WARNING", "DEBUG", "DEBUG"]
    assert {line.partition(" ")[0] for line in last[:-1]} <= {"DEBUG"}
    assert last[-1].startswith("INFO connected to")


def test_a_link_that_does_not_hold_is_told_once_and_backs_off(mosquitto: LocalBroker, told: Told) -> None:
    """Another client takes the id again and again: two warnings, ever longer waits, until a link has held."""
    clock, random = FakeClock(), NoWaiting()
    link = make_link(mosquitto.address, random, clock)

    def lose() -> list[str]:
        Client(mosquitto.address, name=NAME).close()
        return told.until("connected to")

    def starts(lines: list[str]) -> list[str]:
        return [" ".join(line.split(" ")[:3]) for line in lines]

    link.start()
    assert starts(told.until("connected to")) == ["INFO connected to"]
    first, second, third = lose(), lose(), lose()
    clock.pass_time(HOLD_S)
    held = told.until("holds")
    fourth = lose()
    link.stop()

    once = ["WARNING broker lost:", "INFO connected to"]
    assert starts(first) == once
    assert NAME in second[0]
    assert starts(second) == ["WARNING broker lost", "DEBUG connected to"]
    assert starts(third) == ["DEBUG broker lost:", "DEBUG connected to"]
    assert starts(held) == ["INFO the link"]
    assert starts(fourth) == once
    assert random.most_s == [FIRST_BACKOFF_S, 1.0, 2.0, FIRST_BACKOFF_S]
    events = [link.events.get() for _ in range(9)]
    assert events == [Connected(), *[Disconnected(), Connected()] * 4]


def test_another_client_of_the_same_id_is_told_once(told: Told) -> None:
    """A broker that says with MQTT 5 that a session was taken over: one warning names the id."""
    with socket.create_server((HOST, 0)) as server:
        link = make_link(Address(HOST, server.getsockname()[1]), NoWaiting(), FakeClock())
        link.start()
        for _ in range(3):
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                # CONNACK: success; DISCONNECT: session taken over.
                connection.sendall(b"\x20\x03\x00\x00\x00" + b"\xe0\x02\x8e\x00")
                while connection.recv(4096):
                    pass
        lines = [line for _ in range(3) for line in told.until("broker lost")]
    link.stop()

    assert [line for line in lines if "another client uses" in line] == [
        f"WARNING another client uses the id {NAME}: each edge needs a name of its own"
    ]


def test_a_port_that_never_answers_is_told_once_and_tried_again(told: Told) -> None:
    """Connections are taken and nothing is said: one warning, an end to each, one line when it answers."""
    clock = FakeClock()
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(PATIENCE_S)
        link = make_link(Address(HOST, server.getsockname()[1]), NoWaiting(), clock)
        link.start()
        lines = []
        for _ in range(3):
            connection, _ = server.accept()
            with connection:
                connection.settimeout(PATIENCE_S)
                connection.recv(4096)
                for _ in range(round(PATIENCE_S / 0.1)):
                    clock.pass_time(ANSWER_S)
                    if select.select([connection], [], [], 0.1)[0]:
                        break
                else:
                    raise AssertionError("the link waits for ever for one that does not answer")
                lines += told.until("has not answered")
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"\x20\x03\x00\x00\x00")
            lines += told.until("connected to")
        link.stop()

    assert [line.partition(" ")[0] for line in lines] == ["WARNING", "DEBUG", "DEBUG", "INFO"]
