"""Private brokers on 127.0.0.1, and the user's by URL."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple
from urllib.parse import urlsplit

from device_sim.processes import bound_to_parent
from edge.contract.errors import ConfigError, RuntimeMissingError
from edge.contract.hosts import is_host

HOST = "127.0.0.1"
URL = "mqtt://HOST:PORT"
BROKERS = f"embedded, mosquitto or {URL}"

# Debian and Homebrew install it outside the PATH of ordinary users.
_MOSQUITTO_PLACES = ("/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto")
_START_TIMEOUT_S = 20.0
_STOP_TIMEOUT_S = 10.0
_PORT_TRIES = 5


class Address(NamedTuple):
    """Where a broker listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """As users write it."""
        return f"mqtt://{self.host}:{self.port}"


class LocalBroker:
    """A broker process of ours on a port that stays the same over stop and start."""

    def __init__(self, command: list[str], address: Address, log: IO[bytes]) -> None:
        self.address = address
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until it accepts connections; ConnectionError when it gives up."""
        # A group of its own: Ctrl-C in the terminal must not stop the broker before its clients.
        self._process = subprocess.Popen(  # noqa: S603 - a command made here, no shell
            bound_to_parent(self._command),
            stdin=subprocess.PIPE,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        try:
            _await_connection(self._process, self.address)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the process as an administrator would, and wait until it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        process.terminate()
        try:
            process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdin.close()


def find_mosquitto() -> str | None:
    """The path of the mosquitto program, None when it is not installed."""
    places = (shutil.which("mosquitto"), *_MOSQUITTO_PLACES)
    return next((place for place in places if place and os.access(place, os.X_OK)), None)


@contextmanager
def mosquitto(*, persistence: bool = False) -> Iterator[LocalBroker]:
    """A mosquitto with a configuration and folder of its own; RuntimeMissingError when it is not installed.

    With `persistence`, queued and retained messages outlive `stop` and `start`.
    """
    program = find_mosquitto()
    if program is None:
        raise RuntimeMissingError(
            "mosquitto is not installed", where="--broker mosquitto", allowed="apt install mosquitto"
        )
    with tempfile.TemporaryDirectory(prefix="vitalward-mosquitto-") as folder:
        settings = Path(folder) / "mosquitto.conf"

        def command(port: int) -> list[str]:
            settings.write_text(_mosquitto_settings(port, folder, persistence=persistence))
            return [program, "-c", str(settings)]

        with _running(command, Path(folder) / "log") as broker:
            yield broker


@contextmanager
def embedded() -> Iterator[LocalBroker]:
    """The broker of the `sim` extra, in a process of its own; RuntimeMissingError when absent."""
    if importlib.util.find_spec("amqtt") is None:
        raise RuntimeMissingError(
            "amqtt is not installed", where="--broker embedded", allowed="pip install 'vitalward[sim]'"
        )
    with tempfile.TemporaryDirectory(prefix="vitalward-broker-") as folder:

        def command(port: int) -> list[str]:
            return [sys.executable, "-m", "device_sim.embedded_broker", str(port)]

        with _running(command, Path(folder) / "log") as broker:
            yield broker


class GivenBroker(NamedTuple):
    """A broker that is none of ours to stop."""

    address: Address


@contextmanager
def open_broker(choice: str) -> Iterator[LocalBroker | GivenBroker]:
    """The broker a command line names: `embedded`, `mosquitto` or a URL; ConfigError for anything else."""
    private: dict[str, Callable[[], AbstractContextManager[LocalBroker]]] = {
        "embedded": embedded,
        "mosquitto": lambda: mosquitto(persistence=True),
    }
    if choice not in private:
        yield GivenBroker(parse_url(choice, BROKERS))
        return
    with private[choice]() as broker:
        yield broker


def default_broker() -> str:
    """The fastest broker that is here."""
    return "mosquitto" if find_mosquitto() else "embedded"


def parse_url(url: str, allowed: str = URL) -> Address:
    """Read mqtt://HOST:PORT; the port is 1883 when left out. ConfigError says what else is `allowed`."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    plain = parts.scheme == "mqtt" and not parts.username and parts.path in {"", "/"} if host else False
    if not host or not plain or not is_host(host) or port == 0:
        raise ConfigError(f"{url!r} is no broker", where="--broker", allowed=allowed)
    return Address(host, 1883 if port is None else port)


@contextmanager
def _running(command_for: Callable[[int], list[str]], log_path: Path) -> Iterator[LocalBroker]:
    """A broker started on a free port, stopped at the end."""
    with log_path.open("ab") as log:
        broker = _start_somewhere(command_for, log, log_path)
        try:
            yield broker
        finally:
            broker.stop()


def _start_somewhere(command_for: Callable[[int], list[str]], log: IO[bytes], log_path: Path) -> LocalBroker:
    """Start on a free port; another one may take that port before the broker does, hence the tries."""
    for _ in range(_PORT_TRIES):
        port = _free_port()
        broker = LocalBroker(command_for(port), Address(HOST, port), log)
        try:
            broker.start()
        except ConnectionError:
            continue
        return broker
    said = log_path.read_text(errors="replace").strip() or "it said nothing"
    raise RuntimeMissingError(
        f"the broker does not start: {said}", where="--broker", allowed="a broker that runs here"
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _await_connection(process: subprocess.Popen[bytes], address: Address) -> None:
    """Return once the process listens; ConnectionError when it ends or takes too long."""
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        try:
            socket.create_connection(address, timeout=1.0).close()
        except OSError:
            with suppress(subprocess.TimeoutExpired):
                raise ConnectionError(f"ended with code {process.wait(0.01)}") from None
        else:
            return
    raise ConnectionError(f"not listening after {_START_TIMEOUT_S:.0f} s")


def _mosquitto_settings(port: int, folder: str, *, persistence: bool) -> str:
    lines = [
        f"listener {port} {HOST}",
        "allow_anonymous true",
        # Without it messages of QoS 0 wait some 40 ms for the acknowledgement of the packet before.
        "set_tcp_nodelay true",
        # By default it drops what a client has not fetched beyond 1,000 messages.
        "max_queued_messages 100000",
        "log_type error",
        f"persistence {str(persistence).lower()}",
        f"persistence_location {folder}/",
    ]
    if os.geteuid() == 0:
        # Otherwise it gives up root and cannot write to the folder.
        lines.append("user root")
    return "\n".join(lines) + "\n"
