"""Published AF detectors beside the edge: `vitalward detectors` in a process of its own, and what it tells.

They live with the training code, which the simulator does not import: as with the edge, messages are where
they meet.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue

import paho.mqtt.client as paho

from device_sim.brokers import Address
from device_sim.clients import listening
from device_sim.processes import bound_to_parent
from device_sim.scoring.collect import Collector
from device_sim.scoring.episodes import Told
from edge.contract.errors import RuntimeMissingError
from edge.contract.topics import Topics

_LOOK_EVERY_S = 0.2
STALL_S = 60.0
_STOP_TIMEOUT_S = 10.0


class Detectors:
    """What each detector has told, and what time it has reached."""

    def __init__(self, collectors: dict[str, Collector]) -> None:
        self._collectors = collectors
        self.arrived: SimpleQueue[paho.MQTTMessage] = SimpleQueue()

    def await_time(self, now_s: float, check: Callable[[], None]) -> None:
        """Return when all have reached that time; RuntimeMissingError when nothing more comes of them."""
        quiet_since_s = time.monotonic()
        while any((collector.now_s or 0.0) < now_s for collector in self._collectors.values()):
            check()
            try:
                message = self.arrived.get(timeout=_LOOK_EVERY_S)
            except Empty:
                if time.monotonic() - quiet_since_s > STALL_S:
                    raise RuntimeMissingError(
                        f"no sign of them for {STALL_S:.0f} s",
                        where="--detectors",
                        allowed="detectors that run",
                    ) from None
                continue
            quiet_since_s = time.monotonic()
            for collector in self._collectors.values():
                if message.topic.startswith(f"{collector.topics.root}/"):
                    collector.take(message.topic, bytes(message.payload), is_retained=message.retain)

    def told(self) -> dict[str, list[Told]]:
        """All alert messages so far, by detector."""
        return {name: collector.told() for name, collector in self._collectors.items()}


@contextmanager
def running_detectors(address: Address, topics: Topics) -> Iterator[Detectors]:
    """The process, listening when the block begins and gone at its end."""
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        bound_to_parent(
            [
                sys.executable,
                "-m",
                "edge",
                "detectors",
                f"--host={address.host}",
                f"--port={address.port}",
                f"--prefix={topics.prefix}",
            ]
        ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        names = process.stdout.readline().split()
        if not names:
            raise RuntimeMissingError("they do not start", where="--detectors", allowed="detectors that run")
        collectors = {name: Collector(Topics(f"{topics.prefix}/{name}"), None) for name in names}
        detectors = Detectors(collectors)
        filters = [topic for each in collectors.values() for topic in each.filters]
        with listening(address, filters, detectors.arrived.put):
            yield detectors
    finally:
        process.stdout.close()
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
