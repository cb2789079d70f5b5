"""A broker that is away for a while, and one that hangs: what plays to it goes on, or ends as it says."""

from __future__ import annotations

import psutil
import pytest

from device_sim.brokers import LocalBroker
from device_sim.clients import connected
from device_sim.devices.formats import Packet
from device_sim.outlet import UNCONFIRMED_LIMIT, Outlet
from device_sim.stopping import Stopped
from edge.contract.errors import RuntimeMissingError
from edge.contract.topics import Topics
from tests.scenario.test_score_command import running
from tests.support.patience import PATIENCE_S, await_it
from tests.support.peers import Client

TOPICS = Topics("blink")


def nothing() -> None:
    """A check that finds nothing."""


def send(outlet: Outlet, *numbers: int) -> None:
    for number in numbers:
        outlet.send(Packet("blink/v1/samples/anna/strap/rr", str(number).encode(), ""))


def test_what_is_sent_while_the_broker_is_away_goes_out_once_it_is_back(mosquitto: LocalBroker) -> None:
    """Messages published without a connection are no error: all are confirmed after the broker's return."""
    with connected(mosquitto.address) as client:
        outlet = Outlet(client, TOPICS, nothing)
        send(outlet, 0)
        outlet.flush()
        mosquitto.stop()
        await_it(lambda: None if client.is_connected() else True, "loss of the connection")
        send(outlet, *range(1, 10))
        mosquitto.start()
        listener = Client(mosquitto.address, "blink/#")
        outlet.flush()
        send(outlet, 10)
        outlet.flush()
        listener.wait_for(lambda message: message.payload == b"10")
        listener.close()

    assert outlet.sent == 11


def test_a_broker_that_stays_away_is_told_after_a_while(mosquitto: LocalBroker) -> None:
    """The error says that nothing was confirmed; it comes when too much is on its way, and at the end."""
    with connected(mosquitto.address) as client:
        outlet = Outlet(client, TOPICS, nothing, stall_s=0.5)
        mosquitto.stop()
        with pytest.raises(RuntimeMissingError, match=r"it has confirmed nothing for 0\.5 s"):
            send(outlet, *range(UNCONFIRMED_LIMIT + 1))
        with pytest.raises(RuntimeMissingError, match="it has confirmed nothing"):
            outlet.flush()


def test_a_wish_to_stop_is_heard_while_the_broker_hangs(mosquitto: LocalBroker) -> None:
    """A broker that takes connections and answers nothing does not keep a publisher from stopping."""
    looks = iter([None, None])

    def check() -> None:
        if next(looks, Stopped) is Stopped:
            raise Stopped

    (process,) = [child for child in psutil.Process().children() if child.name() == "mosquitto"]
    with connected(mosquitto.address) as client:
        outlet = Outlet(client, TOPICS, check)
        process.suspend()
        try:
            with pytest.raises(Stopped):
                send(outlet, *range(UNCONFIRMED_LIMIT + 1))
        finally:
            process.resume()


def test_a_story_outlives_a_restart_of_the_broker(mosquitto: LocalBroker) -> None:
    """It is played to its end, and ends with 0 and no traceback."""
    listener = Client(mosquitto.address, "vitalward/v1/clock")
    command = ("-m", "edge", "simulate", "fright", "--speed=400", f"--broker={mosquitto.address.url}")
    with running(*command) as process:
        listener.wait_for(lambda message: message.topic == "vitalward/v1/clock")
        listener.close()
        mosquitto.stop()
        mosquitto.start()
        out, err = process.communicate(timeout=2 * PATIENCE_S)

    assert (process.returncode, err) == (0, "")
    assert "messages sent" in out
