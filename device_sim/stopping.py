"""Ctrl-C and SIGTERM, noted and acted on at the next safe place."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# The exit code a shell gives a command that Ctrl-C ended.
INTERRUPTED = 130


class Stopped(Exception):  # noqa: N818 - a wish of the user's, not an error
    """The user asked to stop."""


class Stop:
    """Whether the user has asked to stop."""

    def __init__(self) -> None:
        self._is_asked = False

    def ask(self) -> None:
        """Ask to stop; safe in a signal handler, since it takes no lock."""
        self._is_asked = True

    def check(self) -> None:
        """Raise Stopped if that was asked for."""
        if self._is_asked:
            raise Stopped


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Ctrl-C, SIGTERM and a closed terminal ask for a stop instead of breaking in anywhere.

    An exception out of a signal handler could leave a lock taken that the cleaning up then waits for.
    """
    stop = Stop()

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.ask()

    heard = [signal.SIGINT, signal.SIGTERM]
    # Under nohup it is ignored: somebody wants the run to outlive the terminal.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        heard.append(signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in heard}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
