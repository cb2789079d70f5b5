"""Small fleets through real brokers: everything arrives, and who goes without a word is told of."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from device_sim.brokers import Address, LocalBroker
from device_sim.commands.fleet import main as fleet
from device_sim.fleet.listener import listening
from device_sim.stopping import Stopped
from edge.contract.topics import Topics
from tests.scenario.test_score_command import running
from tests.support.patience import PATIENCE_S
from tests.support.peers import Client


def run(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Exit code and figures of a short play."""
    report = folder / "fleet.json"
    code = fleet(["--ramp=0.5", "--steady=3", "--batch=1", f"--json={report}", *options])
    return code, json.loads(report.read_text())


def test_members_come_go_without_a_word_and_return(
    mosquitto: LocalBroker, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each departure is a last will that arrives; no message is lost, each says that it is a test."""
    client = Client(mosquitto.address, "crowd/#")

    code, report = run(
        tmp_path, "--wearers=40", "--churn=200", "--prefix=crowd", f"--broker={mosquitto.address.url}"
    )
    client.send("crowd/done", {"mode": "test"})
    client.wait_for(lambda message: message.topic == "crowd/done")
    client.close()

    assert (code, report["lost"], report["unconfirmed"], report["broken_connections"]) == (0, 0, 0, 0)
    assert report["departures"] == report["wills_owed"] == 10
    told = [message for message in client.messages if "/simulator/gone/" in message.topic]
    assert len(told) == 10
    samples = [message for message in client.messages if "/samples/" in message.topic]
    assert len({message.topic.split("/")[3] for message in samples}) == 40
    assert {message.tree["mode"] for message in [*samples, *told]} == {"test"}
    assert len({(message.topic, message.tree["seq"]) for message in samples}) == report["messages"]
    assert "last wills 10, of which lost 0" in capsys.readouterr().out


def test_one_connection_carries_a_fleet_through_the_embedded_broker_too(tmp_path: Path) -> None:
    """Over a shared connection there are no wills; a wearer sends its beats every second."""
    code, report = run(tmp_path, "--wearers=10", "--connections=shared", "--churn=60", "--broker=embedded")

    assert (code, report["lost"], report["wills_owed"], report["connect_ms_p50"]) == (0, 0, 0, None)
    assert report["messages"] >= 2 * 10


@pytest.mark.parametrize("connections", ["each", "shared"])
def test_a_fleet_outlives_a_restart_of_the_broker(
    mosquitto: LocalBroker, tmp_path: Path, connections: str
) -> None:
    """Members and subscriber find the broker again, and the figures say what was lost meanwhile."""
    report = tmp_path / "fleet.json"
    plan = ("--wearers=20", "--ramp=0.5", "--steady=6", "--batch=1", f"--connections={connections}")
    client = Client(mosquitto.address, "vitalward/#")
    options = (*plan, f"--broker={mosquitto.address.url}", f"--json={report}")
    with running("-m", "edge", "fleet", *options) as process:
        client.wait_for(lambda message: "fleet-00019" in message.topic)
        client.close()
        mosquitto.stop()
        mosquitto.start()
        _, err = process.communicate(timeout=2 * PATIENCE_S)

    figures = json.loads(report.read_text())
    assert err == ""
    assert process.returncode == (1 if figures["lost"] or figures["wills_lost"] else 0)
    assert figures["broken_connections"] == {"each": 20, "shared": 1}[connections]
    assert figures["unconfirmed"] == 0
    assert figures["lost"] < figures["messages"] / 2


def test_a_broker_that_is_away_while_the_fleet_comes_together_is_waited_for(
    mosquitto: LocalBroker, tmp_path: Path
) -> None:
    """Whoever connects for the first time in the outage comes when it is over; the play goes on."""
    report = tmp_path / "fleet.json"
    plan = ("--wearers=20", "--ramp=6", "--steady=2", "--batch=1")
    client = Client(mosquitto.address, "vitalward/#")
    options = (*plan, f"--broker={mosquitto.address.url}", f"--json={report}")
    with running("-m", "edge", "fleet", *options) as process:
        client.wait_for(lambda message: "fleet-00002" in message.topic)
        client.close()
        mosquitto.stop()
        # A turn comes every 0.3 s: somebody's falls into the outage.
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=1.0)
        mosquitto.start()
        _, err = process.communicate(timeout=2 * PATIENCE_S)

    figures = json.loads(report.read_text())
    assert err == ""
    assert 0 < figures["broken_connections"] < 20
    assert figures["wearers"] == 20
    assert figures["unconfirmed"] == 0


def test_only_those_who_are_there_depart(mosquitto: LocalBroker, tmp_path: Path) -> None:
    """Of two wearers who are away for ten seconds each no more than two can go, however many are to."""
    _, report = run(tmp_path, "--wearers=2", "--churn=600", f"--broker={mosquitto.address.url}")

    assert report["departures"] == report["wills_owed"] == 2


def test_a_broker_that_is_not_there_is_named_in_one_line() -> None:
    """Exit code 2, what and where, no traceback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"mqtt://127.0.0.1:{probe.getsockname()[1]}"
        done = subprocess.run(
            [sys.executable, "-m", "edge", "fleet", "--wearers=2", f"--broker={url}"],
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == 2
    assert url in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broker_that_lets_nobody_in_is_named_in_one_line(closed_broker: Address) -> None:
    """The fleet ends before it plays, with what the broker says, as the other commands do."""
    done = subprocess.run(
        [sys.executable, "-m", "edge", "fleet", "--wearers=2", f"--broker={closed_broker.url}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert f"{closed_broker.url}: it refuses the connection: Not authorized" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_waiting_for_the_listener_can_be_ended(tmp_path: Path) -> None:
    """A server that takes connections and says nothing does not keep the fleet from stopping."""
    looks = iter([None, None])

    def check() -> None:
        if next(looks, Stopped) is Stopped:
            raise Stopped

    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Address("127.0.0.1", server.getsockname()[1])
        with (
            pytest.raises(Stopped),
            listening(address, Topics("crowd"), "crowd/end", tmp_path / "heard", check),
        ):
            pytest.fail("nobody has answered")
