"""Heart rate as devices show it: the mean of the last beats, now and then, in whole beats a minute."""

from __future__ import annotations

from device_sim.wearers.heart import Beat

MEAN_OVER_S = 10.0


class HeartRate:
    """Heart rate every `every_s` from the beats of the last ten seconds."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._due_s = every_s
        # A list: a deque takes half a kilobyte, and a fleet has thousands.
        self._recent: list[Beat] = []

    def until(self, beats: list[Beat], to_s: float) -> list[tuple[float, float | None]]:
        """(time, /min) of what is due by `to_s`; nothing where there were no beats."""
        self._recent.extend(beats)
        due: list[tuple[float, float | None]] = []
        while self._due_s <= to_s:
            at_s, self._due_s = self._due_s, self._due_s + self._every_s
            self._recent = [beat for beat in self._recent if beat.at_s > at_s - MEAN_OVER_S]
            rr_ms = [beat.rr_ms for beat in self._recent if beat.at_s <= at_s]
            if rr_ms:
                due.append((at_s, float(round(60_000.0 * len(rr_ms) / sum(rr_ms)))))
        return due
