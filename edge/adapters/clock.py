"""The wall clock, as a port: whoever needs the time is handed one."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from."""

    def now_s(self) -> float:
        """Unix seconds in UTC."""

    def monotonic_s(self) -> float:
        """Seconds that never run back or jump, from an arbitrary start."""


class SystemClock:
    """The machine's clocks."""

    def now_s(self) -> float:
        """Unix seconds in UTC."""
        return time.time()

    def monotonic_s(self) -> float:
        """Seconds that never run back or jump."""
        return time.monotonic()
