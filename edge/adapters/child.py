"""A child process with limits: what may hang, crash or fill the memory does it there."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

# What a child may say: a verdict of a few lines. More would stand in the pipe until its time is up.
MOST_OUTPUT: Final = 60_000
# Of addresses, of which libraries reserve far more than they use.
MOST_MEMORY_BYTES: Final = 2_000_000_000
MOST_PROCESSOR_S: Final = 60
# What an ended process has left in the pipe is there at once.
LEFT_S: Final = 5.0


class Ended(NamedTuple):
    """How a child ended: what it said, and why nothing can be made of it if it did not end well."""

    output: bytes
    failure: str | None


class Child:
    """One process, killed when its time is up. It gets no input; its errors go nowhere."""

    def __init__(self, command: Sequence[str], time_limit_s: float) -> None:
        self._time_limit_s = time_limit_s
        self._give_up_s = time.monotonic() + time_limit_s
        # No shell, and a command of our own.
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )

    def poll(self) -> Ended | None:
        """How it ended; None while it may still run."""
        if self._process.poll() is None and time.monotonic() < self._give_up_s:
            return None
        return self._end(LEFT_S if self._process.returncode is not None else 0.0)

    def wait(self) -> Ended:
        """How it ended, at the latest when its time is up."""
        return self._end(max(self._give_up_s - time.monotonic(), 0.0))

    def kill(self) -> None:
        """End it; nothing more is wanted of it."""
        self._process.kill()
        self._process.communicate()

    def _end(self, within_s: float) -> Ended:
        try:
            output, _ = self._process.communicate(timeout=within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            return Ended(b"", f"no answer within {self._time_limit_s:g} s")
        code = self._process.returncode
        if code < 0:
            return Ended(b"", f"the process that tried it was ended by signal {-code}")
        if code or len(output) > MOST_OUTPUT:
            return Ended(b"", f"the process that tried it failed with code {code}")
        return Ended(output, None)


def limit_this_process() -> None:
    """What a child may use of the machine; it calls this itself, first of all. It writes no file."""
    for kind, most in (
        (resource.RLIMIT_AS, MOST_MEMORY_BYTES),
        (resource.RLIMIT_CPU, MOST_PROCESSOR_S),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        resource.setrlimit(kind, (most, most))
