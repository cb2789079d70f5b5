"""Real peers for broker tests: an edge process that can be killed and started again, and a plain client."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from device_sim.brokers import Address
from tests.support.patience import PATIENCE_S


class Message(NamedTuple):
    """What a subscriber got."""

    topic: str
    payload: bytes
    retained: bool
    correlation: bytes | None = None

    @property
    def tree(self) -> dict[str, Any]:
        """The payload as JSON; of an empty one, nothing."""
        return dict(json.loads(self.payload or b"{}"))


class EdgeProcess:
    """`vitalward run` on a state folder that outlives it."""

    def __init__(
        self,
        folder: Path,
        address: Address,
        alarms: dict[str, float] | None = None,
        **edge: str | float,
    ) -> None:
        self.folder = folder
        self.config = folder / "edge.toml"
        settings = {"name": "t", "state_dir": str(folder / "state"), "status_period_s": 0.05, **edge}
        lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
        self.config.write_text(
            "\n".join(
                [
                    "[edge]",
                    *lines,
                    "[alarms]",
                    *(f"{key} = {json.dumps(value)}" for key, value in (alarms or {}).items()),
                    "[mqtt]",
                    f"port = {address.port}",
                    "backoff_cap_s = 0.5",
                ]
            )
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        """All it has logged."""
        return (self.folder / "edge.log").read_text()

    def start(self, program: Sequence[str] = ("edge",), *options: str) -> subprocess.Popen[bytes]:
        """Start the process, as `edge` or by another module; it is ready once its status says online."""
        with (self.folder / "edge.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", *program, "run", "--config", str(self.config), *options],
                stdout=log,
                stderr=log,
            )
        return self.process

    def kill(self) -> None:
        """End it without warning."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def terminate(self) -> int:
        """Ask it to stop; its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(PATIENCE_S)


class Client:
    """Publishes, and collects all that arrives on its subscriptions."""

    def __init__(self, address: Address, *filters: str, name: str | None = None) -> None:
        self.messages: list[Message] = []
        self._arrived: queue.SimpleQueue[Message] = queue.SimpleQueue()
        ready = threading.Event()
        self.paho = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=name or "",
            protocol=paho.MQTTv5,
        )
        self.paho.reconnect_delay_set(1, 1)
        self.paho.max_queued_messages_set(0)
        self.paho.on_message = lambda _client, _data, message: self._arrived.put(
            Message(
                message.topic,
                bytes(message.payload),
                message.retain,
                getattr(message.properties, "CorrelationData", None),
            )
        )
        self.paho.on_subscribe = lambda *_: ready.set()
        self.paho.on_connect = lambda client, *_: client.subscribe([(item, 1) for item in filters])
        if not filters:
            self.paho.on_connect = lambda *_: ready.set()
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        if name is not None:
            properties.SessionExpiryInterval = 600
        self.paho.connect(*address, clean_start=name is None, properties=properties)
        self.paho.loop_start()
        assert ready.wait(PATIENCE_S), f"the broker does not answer within {PATIENCE_S:.0f} s"

    def send(
        self, topic: str, payload: bytes | dict[str, Any], *, retain: bool = False, **properties: str | bytes
    ) -> None:
        """Publish at QoS 1, with properties of MQTT 5 by name; it goes out when the broker is there."""
        said = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        for name, value in properties.items():
            setattr(said, name, value)
        data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.paho.publish(topic, data, qos=1, retain=retain, properties=said)

    def wait_for(self, is_it: Callable[[Message], bool], what: str = "message") -> Message:
        """The first message, past or to come, of which it is true; fails after a long patience."""
        for message in self.messages:
            if is_it(message):
                return message
        give_up_s = time.monotonic() + PATIENCE_S
        # Others may come without end.
        while (left_s := give_up_s - time.monotonic()) > 0:
            try:
                message = self._arrived.get(timeout=left_s)
            except queue.Empty:
                break
            self.messages.append(message)
            if is_it(message):
                return message
        raise AssertionError(f"no {what} came within {PATIENCE_S:.0f} s; these did: {self.messages[-5:]}")

    def wait_online(self) -> Message:
        """The edge says it is online, after all that has been looked at so far."""
        self.messages.clear()
        return self.wait_for(lambda m: m.topic.endswith("/t/status") and m.tree["state"] == "online", "edge")

    def wait_counter(self, name: str, least: int) -> dict[str, int]:
        """The edge's counters once that one has reached `least`."""

        def is_there(message: Message) -> bool:
            if not message.topic.endswith("/t/status"):
                return False
            return int(message.tree.get("counters", {}).get(name, 0)) >= least

        return dict(self.wait_for(is_there, f"{name} >= {least}").tree["counters"])

    def alerts(self) -> list[dict[str, Any]]:
        """Alert messages looked at so far."""
        return [message.tree for message in self.messages if "/alerts/" in message.topic]

    def close(self) -> None:
        """Disconnect, and leave no socket open."""
        self.paho.disconnect()
        self.paho.loop_stop()
        # It closes two of its own only when it is freed, which a ring of callbacks would put off.
        self.paho.on_message = self.paho.on_subscribe = self.paho.on_connect = None
