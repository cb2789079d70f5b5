"""A subscriber in a process of its own: `python -m device_sim.fleet.listener HOST PORT PREFIX END FILE`.

It writes down when each message of a fleet arrives, and ends when one arrives on topic END.
"""

from __future__ import annotations

import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from device_sim.brokers import Address
from device_sim.clients import CONNECT_TIMEOUT_S
from device_sim.fleet.log import Log
from device_sim.fleet.member import will_topic
from device_sim.processes import bound_to_parent
from edge.contract.errors import RuntimeMissingError
from edge.contract.topics import Topics

_READY = b"ready\n"
_END_TIMEOUT_S = 60.0
_LOOK_EVERY_S = 0.2
_TELL_EVERY_S = 0.5


class Listener:
    """The process, seen from the fleet."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def await_end(self, tell: Callable[[], None], check: Callable[[], None]) -> None:
        """Return when it has read all; RuntimeMissingError when the last message does not reach it.

        `tell` sends that message, again and again: the listener may have lost its connection and not be back
        yet. `check` may raise to end the wait.
        """
        until_s = time.monotonic() + _END_TIMEOUT_S
        while time.monotonic() < until_s:
            check()
            tell()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_TELL_EVERY_S)
                return
        raise RuntimeMissingError(
            f"the last message has not come back for {_END_TIMEOUT_S:.0f} s",
            where="the broker",
            allowed="one that keeps up",
        )


@contextmanager
def listening(
    address: Address, topics: Topics, end: str, path: Path, check: Callable[[], None]
) -> Iterator[Listener]:
    """A listener whose subscriptions hold when the block begins; gone at its end.

    `check` may raise to end the wait for it; RuntimeMissingError when its subscriptions are not answered.
    """
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        bound_to_parent(
            [
                sys.executable,
                "-m",
                "device_sim.fleet.listener",
                address.host,
                str(address.port),
                topics.prefix,
                end,
                str(path),
            ]
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        if not _is_ready(process.stdout, check):
            raise RuntimeMissingError("nobody to listen to it", where=address.url, allowed="an MQTT broker")
        yield Listener(process)
    finally:
        process.stdout.close()
        if process.poll() is None:
            process.kill()
        process.wait()


def _is_ready(stdout: IO[bytes], check: Callable[[], None]) -> bool:
    """Whether the process says so before the deadline."""
    until_s = time.monotonic() + CONNECT_TIMEOUT_S
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while time.monotonic() < until_s:
            check()
            if selector.select(_LOOK_EVERY_S):
                return stdout.readline() == _READY
    return False


def main(host: str, port: str, prefix: str, end: str, path: str) -> int:
    """Listen until the end."""
    topics = Topics(prefix)
    client = paho.Client(CallbackAPIVersion.VERSION2)
    with Path(path).open("wb") as file:
        log = Log(file)

        def take(_client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
            if message.topic == end:
                client.disconnect()
            else:
                log.note(message.topic, bytes(message.payload))

        def ready(*_: object) -> None:
            # Once is enough, and after that nobody reads it.
            client.on_subscribe = None
            sys.stdout.buffer.write(_READY)
            sys.stdout.buffer.flush()

        def subscribe(
            client: paho.Client, _data: object, _flags: object, reason: ReasonCode, _properties: object
        ) -> None:
            if not reason.is_failure:
                client.subscribe([(topics.all_samples, 1), (will_topic(topics, "+"), 1), (end, 1)])

        client.on_message = take
        client.on_subscribe = ready
        client.on_connect = subscribe
        client.reconnect_delay_set(1, 1)
        try:
            client.connect(host, int(port))
        except OSError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        client.loop_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
