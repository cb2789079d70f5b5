"""The signals that end a process in good order."""

from __future__ import annotations

import signal
from collections.abc import Callable


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Have `stop`, which takes no lock, called on SIGTERM, Ctrl-C and the end of the terminal (SIGHUP)."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
    # Under nohup it is ignored: somebody wants the process to outlive the terminal.
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: stop())
