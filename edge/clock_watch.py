"""Watches the wall clock, and says when it was set: that must not be taken for silence."""

from __future__ import annotations

import logging

from edge.pipeline.clock_step import LEAST_STEP_S, ClockStep

log = logging.getLogger(__name__)


class ClockWatch:
    """Compares how the wall clock and the monotonic clock go on, from when it is made."""

    def __init__(self, monotonic_s: float, now_s: float) -> None:
        self._monotonic_s, self._now_s = monotonic_s, now_s

    def notice(self, monotonic_s: float, now_s: float) -> ClockStep | None:
        """The step, if the wall clock was set since the last look."""
        expected_s = self._now_s + monotonic_s - self._monotonic_s
        self._monotonic_s, self._now_s = monotonic_s, now_s
        if abs(now_s - expected_s) < LEAST_STEP_S:
            return None
        log.warning("the clock was set by %+.0f s", now_s - expected_s)
        return ClockStep(from_s=expected_s, to_s=now_s)

    def notice_while_off(self, monotonic_s: float, now_s: float, known_s: float) -> ClockStep | None:
        """The step, if an earlier run knew a later time: or all that comes now would be too late.

        That the clock was set forward looks like time that has passed, and is not told from it.
        """
        self._monotonic_s, self._now_s = monotonic_s, now_s
        if known_s - now_s < LEAST_STEP_S:
            return None
        log.warning("the clock was set back by %.0f s or more while the edge was off", known_s - now_s)
        return ClockStep(from_s=known_s, to_s=now_s)
