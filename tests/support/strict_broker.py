"""A mosquitto that does not grant everything."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device_sim.brokers import HOST, Address, LocalBroker, find_mosquitto
from edge.contract.errors import RuntimeMissingError


@contextmanager
def strict_broker(folder: Path, *settings: str) -> Iterator[LocalBroker]:
    """A running mosquitto with these lines in its configuration, which is in `folder`.

    RuntimeMissingError when it is not installed.
    """
    program = find_mosquitto()
    if program is None:
        raise RuntimeMissingError("mosquitto is not installed", where="test", allowed="apt install mosquitto")
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        address = Address(HOST, int(probe.getsockname()[1]))
    lines = [f"listener {address.port} {HOST}", "log_type error", *settings]
    if os.geteuid() == 0:
        # Otherwise it gives up root and cannot read the folder.
        lines.append("user root")
    path = folder / "strict.conf"
    path.write_text("\n".join(lines) + "\n")
    with (folder / "strict.log").open("ab") as log:
        broker = LocalBroker([program, "-c", str(path)], address, log)
        broker.start()
        try:
            yield broker
        finally:
            broker.stop()
