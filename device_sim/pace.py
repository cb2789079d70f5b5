"""Simulated time against real time."""

from __future__ import annotations

import time
from collections.abc import Callable

_SLICE_S = 0.2


class Pace:
    """`speed` simulated seconds to the second, or as fast as it goes."""

    def __init__(
        self,
        start_s: float,
        speed: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._start_s = start_s
        self._speed = speed
        self._clock = clock
        self._sleep = sleep
        self._began_s = clock()

    def wait_until(self, now_s: float, check: Callable[[], None]) -> None:
        """Return when it is time for `now_s`; each wait counts from the start, so that no error adds up.

        `check` is called at least once, and may raise to end the wait.
        """
        due_s = self._began_s + (now_s - self._start_s) / self._speed
        check()
        while (wait_s := due_s - self._clock()) > 0:
            self._sleep(min(wait_s, _SLICE_S))
            check()


class Throttle:
    """Lets through at most `rate_per_s`, evenly; the clock and the waiting are handed in."""

    def __init__(self, rate_per_s: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._apart_s = 1.0 / rate_per_s
        self._clock = clock
        self._sleep = sleep
        self._next_s = clock()

    def take(self) -> None:
        """Return when one more may pass; what was not used within a tenth of a second is lost."""
        now_s = self._clock()
        self._next_s = max(self._next_s, now_s - 0.1) + self._apart_s
        # Short waits are saved up: no clock sleeps for a fraction of a millisecond.
        if self._next_s - now_s > 0.005:
            self._sleep(self._next_s - now_s)
