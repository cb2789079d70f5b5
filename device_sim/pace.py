"""Simulated time against real time."""

from __future__ import annotations

import time
from collections.abc import Callable

_SLICE_S = 0.2


class Pace:
    """`speed` simulated seconds to the second, or as fast as it goes."""

    def __init__(self, start_s: float, speed: float) -> None:
        self._start_s = start_s
        self._speed = speed
        self._began_s = time.monotonic()

    def wait_until(self, now_s: float, check: Callable[[], None]) -> None:
        """Return when it is time for `now_s`; each wait counts from the start, so that no error adds up.

        `check` is called at least once, and may raise to end the wait.
        """
        due_s = self._began_s + (now_s - self._start_s) / self._speed
        check()
        while (wait_s := due_s - time.monotonic()) > 0:
            time.sleep(min(wait_s, _SLICE_S))
            check()
