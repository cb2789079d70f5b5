"""The private brokers: they start, carry messages, come back on the same port and leave nothing behind."""

from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from device_sim.brokers import Address, LocalBroker, open_broker, parse_url
from edge.contract.errors import ConfigError

WAIT_S = 20.0


def connected(address: Address, session: str = "", received: queue.Queue[bytes] | None = None) -> mqtt.Client:
    """A client that receives into a queue; with a session name the broker remembers it."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=session, clean_session=not session)
    if received is not None:
        client.on_message = lambda _client, _data, message: received.put(bytes(message.payload))
    client.connect(*address)
    client.loop_start()
    return client


def close(client: mqtt.Client) -> None:
    client.disconnect()
    client.loop_stop()


def round_trip(address: Address, count: int) -> list[bytes]:
    """The payloads a subscriber receives when `count` messages are published."""
    received: queue.Queue[bytes] = queue.Queue()
    subscribed: queue.Queue[None] = queue.Queue()
    subscriber, publisher = connected(address, received=received), connected(address)
    subscriber.on_subscribe = lambda *_: subscribed.put(None)
    subscriber.subscribe("a/#", qos=1)
    subscribed.get(timeout=WAIT_S)
    for n in range(count):
        publisher.publish(f"a/{n}", str(n), qos=1)
    payloads = [received.get(timeout=WAIT_S) for _ in range(count)]
    close(publisher)
    close(subscriber)
    return payloads


def refuses(address: Address) -> bool:
    try:
        socket.create_connection(address, timeout=WAIT_S).close()
    except ConnectionRefusedError:
        return True
    return False


def test_the_embedded_broker_carries_every_message_in_order(embedded_broker: LocalBroker) -> None:
    """Five hundred messages of QoS 1 arrive once each and in order."""
    payloads = round_trip(embedded_broker.address, 500)

    assert payloads == [str(n).encode() for n in range(500)]


def test_mosquitto_comes_back_on_the_same_port(mosquitto: LocalBroker) -> None:
    """A broker stopped refuses connections, and started again serves at the same address."""
    mosquitto.stop()
    was_refused = refuses(mosquitto.address)
    mosquitto.start()

    assert was_refused
    assert round_trip(mosquitto.address, 3) == [b"0", b"1", b"2"]


def test_mosquitto_keeps_queued_messages_over_a_restart(mosquitto: LocalBroker) -> None:
    """What waits for an absent subscriber is still there after the broker was stopped and started."""
    received: queue.Queue[bytes] = queue.Queue()
    subscribed: queue.Queue[None] = queue.Queue()
    absentee = connected(mosquitto.address, "absentee")
    absentee.on_subscribe = lambda *_: subscribed.put(None)
    absentee.subscribe("a", qos=1)
    subscribed.get(timeout=WAIT_S)
    close(absentee)
    publisher = connected(mosquitto.address)
    publisher.publish("a", "kept", qos=1).wait_for_publish(WAIT_S)
    close(publisher)

    mosquitto.stop()
    mosquitto.start()
    returned = connected(mosquitto.address, "absentee", received)

    assert received.get(timeout=WAIT_S) == b"kept"
    close(returned)


@pytest.mark.parametrize("choice", ["embedded", "mosquitto"])
def test_a_broker_is_gone_after_its_block(
    choice: str, embedded_broker: LocalBroker, mosquitto: LocalBroker
) -> None:
    """Leaving the block stops the process, so that nothing listens at its address."""
    with open_broker(choice) as broker:
        address = broker.address
        assert not refuses(address)

    assert refuses(address)


def test_the_embedded_broker_dies_with_a_parent_that_is_killed() -> None:
    """Even a parent killed without warning leaves no broker behind."""
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys\n"
            "from device_sim.brokers import embedded\n"
            "with embedded() as broker:\n"
            "    print(broker.address.port, flush=True)\n"
            "    sys.stdin.read()\n",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    port = int(parent.stdout.readline())
    with socket.create_connection(("127.0.0.1", port), timeout=WAIT_S) as witness:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
        parent.stdin.close()
        parent.stdout.close()
        witness.settimeout(WAIT_S)

        assert witness.recv(1) == b""


def test_the_embedded_broker_prints_nothing() -> None:
    """A start, a dropped connection and a stop leave both output streams empty."""
    done = subprocess.run(
        [
            sys.executable,
            "-W",
            "default",
            "-c",
            "import socket\n"
            "from device_sim.brokers import embedded\n"
            "with embedded() as broker:\n"
            "    socket.create_connection(broker.address).close()\n",
        ],
        capture_output=True,
        check=True,
    )

    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize(
    ("url", "address"),
    [("mqtt://pi:1884", ("pi", 1884)), ("mqtt://10.0.0.2", ("10.0.0.2", 1883)), ("mqtt://pi/", ("pi", 1883))],
)
def test_a_url_names_a_broker(url: str, address: tuple[str, int]) -> None:
    """Host and port are read from the URL; 1883 is MQTT's port."""
    assert parse_url(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "rabbit",
        "http://pi",
        "mqtt://",
        "mqtt://pi:port",
        "mqtt://pi:0",
        "mqtt://pi/topic",
        "mqtt://u:p@pi",
        "mqtt://a..b:1883",
        f"mqtt://{'a' * 70}",
    ],
)
def test_what_is_no_broker_is_refused_with_the_choices(url: str) -> None:
    """The error lists what may be given: no broker of ours where one has to be there already."""
    with pytest.raises(ConfigError, match="embedded, mosquitto or mqtt://"), open_broker(url):
        pytest.fail("nothing to open")

    with pytest.raises(ConfigError, match="allowed: mqtt://HOST:PORT"):
        parse_url(url)
