"""The demo as a process: what it prints, how it is stopped, and that nothing of it stays behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from device_sim.brokers import LocalBroker

WAIT_S = 60.0


@contextmanager
def demo(*options: str) -> Iterator[subprocess.Popen[str]]:
    """A running demo; the first line, which tells that the edge is online, has been read."""
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "demo", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        assert "the edge is online at mqtt://127.0.0.1:" in process.stdout.readline()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.mark.parametrize("broker", ["embedded", "mosquitto"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_demo_leaves_no_process_behind(
    broker: str, number: signal.Signals, mosquitto: LocalBroker, embedded_broker: LocalBroker
) -> None:
    """Ctrl-C or SIGTERM in mid-story: broker and edge are gone, no traceback, exit code 130."""
    with demo("--broker", broker, "--speed", "20") as process:
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        out, err = process.communicate(timeout=WAIT_S)

    assert len(children) >= 2
    assert [child for child in children if child.is_running()] == []
    assert (process.returncode, err) == (130, "stopped\n")
    assert "Scorecard" not in out


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="only Linux tells children of a parent killed")
def test_a_killed_demo_leaves_no_process_behind(mosquitto: LocalBroker) -> None:
    """Even kill -9 takes broker and edge along."""
    with demo("--broker", "mosquitto", "--speed", "20") as process:
        children = psutil.Process(process.pid).children(recursive=True)
        process.kill()

    assert len(children) == 2
    assert psutil.wait_procs(children, timeout=WAIT_S)[1] == []


def test_an_edge_that_dies_is_told_and_ends_the_demo(embedded_broker: LocalBroker) -> None:
    """The demo does not wait for an edge that is gone."""
    with demo("--broker", "embedded", "--speed", "20") as process:
        edges = [
            child
            for child in psutil.Process(process.pid).children(recursive=True)
            if "run" in child.cmdline()
        ]
        edges[0].kill()
        _, err = process.communicate(timeout=WAIT_S)

    assert process.returncode == 2
    assert err.startswith("vitalward demo: the edge: it ended with code -9")


def test_the_demo_runs_without_anything_heavy(embedded_broker: LocalBroker) -> None:
    """The whole command in a fresh process loads no TensorFlow, Keras or pandas."""
    code = (
        "import sys\n"
        "from edge.cli import main\n"
        "code = main(['demo', '--speed', 'inf'])\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(code, sorted({'tensorflow', 'keras', 'pandas'} & loaded))\n"
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "0 []"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scenario", "nowhere.toml"], "nowhere.toml: No such file"),
        (["--broker", "rabbit"], "--broker: 'rabbit' is no broker; allowed: embedded, mosquitto or mqtt://"),
        (["--broker", "mqtt://127.0.0.1:1"], "mqtt://127.0.0.1:1: Connection refused"),
        (["--json", "/nowhere/f.json"], "/nowhere: no such folder; allowed: a folder that exists"),
    ],
)
def test_what_a_user_gets_wrong_is_told_in_one_line(
    options: list[str], said: str, embedded_broker: LocalBroker
) -> None:
    """Exit code 2, one line, no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "edge", "demo", *options], capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    assert done.stderr.startswith(f"vitalward demo: {said}")
    assert done.stderr.count("\n") == 1


def test_a_terminal_gets_a_live_view(tmp_path: Path, embedded_broker: LocalBroker) -> None:
    """On a pseudo-terminal vitals, conditions and alerts are drawn, and the scorecard closes."""
    master, slave = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "edge", "demo", "--speed", "600"],
        stdout=slave,
        stderr=subprocess.PIPE,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "120", "LINES": "40"},
    )
    os.close(slave)
    drawn = b""
    try:
        while chunk := os.read(master, 65536):
            drawn += chunk
    except OSError:
        pass  # Linux ends a pseudo-terminal whose other side is closed with an error
    _, err = process.communicate(timeout=WAIT_S)
    os.close(master)
    text = drawn.decode()

    assert (process.returncode, err) == (0, b"")
    assert all(
        word in text for word in ("heart rate", "cleo", "irregular_rhythm", "advice", "Scorecard of 'demo'")
    )
