"""The edge as users run it: a process of its own, started, watched and stopped from outside."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from device_sim.brokers import Address
from device_sim.processes import bound_to_parent
from edge.contract.errors import RuntimeMissingError

_STOP_TIMEOUT_S = 20.0


class EdgeSettings(NamedTuple):
    """What a simulation decides for its edge; the rest is the edge's own default."""

    name: str
    address: Address
    protocol: str
    prefix: str
    scheme: str


class EdgeProcess:
    """An edge whose state outlives its process, and lives no longer than this."""

    def __init__(self, config_path: Path, log_path: Path) -> None:
        self._config_path = config_path
        self._log_path = log_path
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process; it is ready once its status says online."""
        with self._log_path.open("ab") as log:
            # A group of its own: Ctrl-C in the terminal is for the command, which then stops the edge.
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
                bound_to_parent([sys.executable, "-m", "edge", "run", "--config", str(self._config_path)]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def check(self) -> None:
        """Raise RuntimeMissingError, with its last words, if the edge has ended by itself."""
        code = None if self._process is None else self._process.poll()
        if code is not None:
            raise RuntimeMissingError(
                f"it ended with code {code}: {self._last_words()}",
                where="the edge",
                allowed="an edge that runs",
            )

    def stop(self) -> None:
        """Ask the edge to finish, as a service manager would; RuntimeMissingError if it does not end well."""
        self.check()
        process, self._process = self._process, None
        assert process is not None
        process.terminate()
        try:
            code = process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = None
        if code != 0:
            end = "it does not stop" if code is None else f"it stopped with code {code}"
            raise RuntimeMissingError(
                f"{end}: {self._last_words()}", where="the edge", allowed="exit code 0 after SIGTERM"
            )

    def kill(self) -> None:
        """End the process without warning, if there is one; its state stays."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def _last_words(self) -> str:
        lines = self._log_path.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"


@contextmanager
def running_edge(settings: EdgeSettings) -> Iterator[EdgeProcess]:
    """An edge on stream time in a folder of its own; whatever happens, it is gone at the end."""
    with tempfile.TemporaryDirectory(prefix="vitalward-edge-") as name:
        folder = Path(name)
        config_path = folder / "edge.toml"
        config_path.write_text(_configuration(settings, folder / "state"))
        edge = EdgeProcess(config_path, folder / "edge.log")
        try:
            edge.start()
            yield edge
        finally:
            edge.kill()


def _configuration(settings: EdgeSettings, state_dir: Path) -> str:
    sections: dict[str, dict[str, str | float]] = {
        "edge": {
            "name": settings.name,
            "state_dir": str(state_dir),
            "clock": "stream",
            "status_period_s": 0.1,
        },
        "mqtt": {
            "host": settings.address.host,
            "port": settings.address.port,
            "protocol": settings.protocol,
            "prefix": settings.prefix,
            # A broker that lives on forgets this edge soon after.
            "session_expiry_s": 60,
        },
        "blood_pressure": {"scheme": settings.scheme},
    }
    # Strings and numbers are written alike in JSON and TOML.
    return "\n".join(
        f"[{section}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        for section, values in sections.items()
    )
