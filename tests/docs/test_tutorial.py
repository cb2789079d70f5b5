"""The tutorial and the README's demo done for real: commands in order, and the output the pages show."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "tutorial.md"
# What follows needs recordings, which not every machine has.
RECORDING = "## A recording\n"
STEP_S = 120.0
START_S = 20.0
ELLIPSIS = "…"


def steps(page: str) -> list[tuple[str, str | None]]:
    """The commands of a page, each with the output shown below it if one is."""
    found: list[tuple[str, str | None]] = []
    for kind, text in re.findall(r"^```(sh|text)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        if kind == "sh":
            found.append((text, None))
        else:
            found[-1] = (found[-1][0], text)
    return found


def pattern(shown: str) -> str:
    """Output as the page shows it, with the ellipsis for anything."""
    return ".*".join(re.escape(part) for part in shown.strip().split(ELLIPSIS))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Shell:
    """A bash that takes one block after the other, as typed by a reader."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._count = 0

    def do(self, commands: str) -> str:
        """Run a block; returns what it printed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._count += 1
        end = f"--- end of step {self._count}"
        self._process.stdin.write(f"{commands}\necho '{end}'\n")
        self._process.stdin.flush()
        lines: list[str] = []
        for line in self._process.stdout:
            if line.rstrip() == end:
                return "".join(lines)
            lines.append(line)
        pytest.fail(f"the shell ended in: {commands}")

    def await_listener(self, port: int) -> None:
        """A reader takes a moment before the next command; a broker needs less to start."""
        deadline_s = time.monotonic() + START_S
        while time.monotonic() < deadline_s:
            with suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), timeout=START_S).close()
                return
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.02)
        pytest.fail(f"nothing listens on {port}")


@contextmanager
def shell(**environment: str) -> Iterator[Shell]:
    """A shell in the project's folder; whatever it started is gone at the end, and no step takes for ever."""
    process = subprocess.Popen(
        ["bash"],
        cwd=ROOT,
        # Wherever the tests' interpreter is, `vitalward` is beside it.
        env=os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"} | environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    watchdog = threading.Timer(STEP_S, os.killpg, (process.pid, signal.SIGKILL))
    watchdog.start()
    try:
        yield Shell(process)
    finally:
        watchdog.cancel()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.mark.usefixtures("mosquitto_clients")
def test_the_tutorial_prints_what_it_says(tmp_path: Path) -> None:
    """Every command runs in order, and every output shown is printed."""
    port = free_port()
    done = 0
    page, _, _ = PAGE.read_text(encoding="utf-8").partition(RECORDING)
    with shell(PORT=str(port), TMPDIR=str(tmp_path)) as reader:
        for commands, shown in steps(page):
            printed = reader.do(commands)
            if commands.rstrip().endswith("broker.log 2>&1 &"):
                reader.await_listener(port)
            if shown is not None:
                done += 1
                assert re.fullmatch(pattern(shown), printed.strip(), re.DOTALL), (commands, printed)
            else:
                assert printed == "", (commands, printed)

    assert done >= 7


def test_the_recording_of_the_tutorial_replays_as_it_says(recordings: Path) -> None:
    """The last section of the page, with the recordings of this machine."""
    _, _, page = PAGE.read_text(encoding="utf-8").partition(RECORDING)
    ((commands, shown),) = steps(page)
    assert shown is not None
    with shell(VITALWARD_DATA=str(recordings)) as reader:
        printed = reader.do(commands)

    assert re.fullmatch(pattern(shown), printed.strip(), re.DOTALL), printed


def test_the_demo_prints_what_the_readme_shows() -> None:
    """Every line that the README shows of the demo is printed, but for how long it took."""
    (shown,) = [text for _, text in steps((ROOT / "README.md").read_text(encoding="utf-8")) if text][:1]
    done = subprocess.run(
        [sys.executable, "-m", "edge", "demo", "--speed", "inf", "--no-view"],
        capture_output=True,
        text=True,
        check=True,
    )
    printed = [_untimed(line) for line in done.stdout.splitlines()]
    lines = [line for line in map(_untimed, shown.splitlines()) if line != ELLIPSIS]

    assert [
        line for line in lines if not any(re.fullmatch(pattern(line), found.strip()) for found in printed)
    ] == []
    assert len(lines) > 15


def _untimed(line: str) -> str:
    return re.sub(r"simulated in \d+ s", "simulated", line)
