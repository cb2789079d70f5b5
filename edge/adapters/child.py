"""A child process with a time limit: what may hang or crash does it there."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Sequence
from typing import Final, NamedTuple

# What a child may say: a verdict of a few lines. More would stand in the pipe until its time is up.
MOST_OUTPUT: Final = 60_000


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

    def wait(self) -> Ended:
        """How it ended, at the latest when its time is up."""
        try:
            output, _ = self._process.communicate(timeout=max(self._give_up_s - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return Ended(b"", f"no answer within {self._time_limit_s:g} s")
        code = self._process.returncode
        if code < 0:
            return Ended(b"", f"the process that tried it was ended by signal {-code}")
        if code or len(output) > MOST_OUTPUT:
            return Ended(b"", f"the process that tried it failed with code {code}")
        return Ended(output, None)
