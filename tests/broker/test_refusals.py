"""A broker that does not allow everything: nothing is lost for it, and it is told once."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from device_sim.brokers import LocalBroker
from edge.contract.errors import RuntimeMissingError
from tests.conftest import absent
from tests.support.patience import await_it
from tests.support.peers import Client, EdgeProcess
from tests.support.strict_broker import strict_broker

ROOT = "vitalward/v1"
NO_ALERTS = "topic read vitalward/#\ntopic write vitalward/v1/samples/#\ntopic write vitalward/v1/edge/#\n"
DYNAMIC_SECURITY = "mosquitto_dynamic_security.so"

Start = Callable[..., tuple[LocalBroker, EdgeProcess]]


@pytest.fixture
def strict(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts a mosquitto with these settings, and an edge that is not running yet."""
    with ExitStack() as stack:

        def start(*settings: str) -> tuple[LocalBroker, EdgeProcess]:
            try:
                broker = stack.enter_context(strict_broker(tmp_path, "allow_anonymous true", *settings))
            except RuntimeMissingError as error:
                absent(request, "--require-broker", str(error))
                raise
            edge = EdgeProcess(tmp_path, broker.address)
            stack.callback(edge.kill)
            return broker, edge

        yield start


def severe(at_s: float) -> dict[str, Any]:
    return {"seq": 0, "times_s": [at_s], "values": {"systolic": [190.0], "diastolic": [80.0]}}


def await_line(edge: EdgeProcess, *parts: str) -> None:
    """Until one line of the log has all these parts."""
    await_it(
        lambda: any(all(part in line for part in parts) for line in edge.log.splitlines()) or None,
        f"line of the log with {parts}",
    )


def test_an_alert_that_the_broker_refuses_is_told_once_it_is_allowed(strict: Start, tmp_path: Path) -> None:
    """The list of rights leaves out alerts: they wait, with one warning that names nobody."""
    rights = tmp_path / "rights"
    rights.write_text(NO_ALERTS)
    broker, edge = strict(f"acl_file {rights}")
    client = Client(broker.address, f"{ROOT}/edge/#")
    process = edge.start()
    client.wait_online()
    client.send(f"{ROOT}/samples/secret-wearer/cuff/bp", severe(time.time()))
    await_line(edge, "WARNING", f"refuses a message on {ROOT}/alerts: Not authorized")
    # The alert and the alarm.
    client.wait_for(lambda m: m.tree.get("outbox") == 2, "status with both in the outbox")

    rights.write_text("topic readwrite vitalward/#\n")
    # Somebody listens again before the edge is there.
    process.send_signal(signal.SIGSTOP)
    broker.stop()
    client.close()
    broker.start()
    client = Client(broker.address, f"{ROOT}/alerts/#")
    process.send_signal(signal.SIGCONT)

    client.wait_for(lambda m: m.topic.endswith("/secret-wearer/blood_pressure_severe"), "alert")
    await_line(edge, "INFO", f"takes messages on {ROOT}/alerts again")
    edge.terminate()
    client.close()
    assert edge.log.count(f"refuses a message on {ROOT}/alerts") == 1
    assert "secret" not in edge.log


def test_a_subscription_that_the_broker_refuses_is_told_once(
    strict: Start, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Without the right to listen to samples the log says so, and not again after a new connection."""
    plugin = next(Path("/usr/lib").rglob(DYNAMIC_SECURITY), None)
    if plugin is None:
        absent(request, None, f"no {DYNAMIC_SECURITY} to refuse subscriptions with")
    no_samples = {"acltype": "subscribePattern", "topic": f"{ROOT}/samples/#", "allow": False}
    (tmp_path / "rights.json").write_text(
        json.dumps(
            {
                "defaultACLAccess": {
                    "publishClientSend": True,
                    "publishClientReceive": True,
                    "subscribe": True,
                    "unsubscribe": True,
                },
                "roles": [{"rolename": "deaf", "acls": [no_samples]}],
                "groups": [{"groupname": "all", "clients": [], "roles": [{"rolename": "deaf"}]}],
                "anonymousGroup": "all",
                "clients": [],
            }
        )
    )
    broker, edge = strict(f"plugin {plugin}", f"plugin_opt_config_file {tmp_path / 'rights.json'}")
    edge.start()
    await_line(edge, "WARNING", f"refuses the subscription to {ROOT}/samples/#")

    broker.stop()
    broker.start()
    client = Client(broker.address, f"{ROOT}/edge/#")
    client.wait_online()
    edge.terminate()
    client.close()

    assert edge.log.count("refuses the subscription") == 1
