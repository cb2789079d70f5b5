"""A wristband: heart rate from one a second to one in five minutes, steps, battery, and pulse intervals."""

from __future__ import annotations

from collections import deque

import numpy as np

from device_sim.devices.contact import Contact
from device_sim.devices.pulse import pulse_intervals
from device_sim.devices.samples import Samples
from device_sim.wearers.heart import Beat
from device_sim.wearers.wearer import Body

HR_EVERY_S = 5.0
HR_MEAN_OVER_S = 10.0
BATTERY_EVERY_S = 3600.0
# A wristband that measures heart rate all day lasts about five days.
BATTERY_LASTS_S = 5 * 86_400.0


class Wristband:
    """A wristband of one wearer; with `rr_from_pulse` it sends intervals between pulse waves as `rr`."""

    def __init__(self, every_s: float | None, rng: np.random.Generator, *, rr_from_pulse: bool) -> None:
        self._every_s = every_s or HR_EVERY_S
        self._rng = rng
        self._rr_from_pulse = rr_from_pulse
        self._contact = Contact()
        self._recent: deque[Beat] = deque()
        self._hr_due_s = self._every_s
        self._battery_due_s = 0.0
        self._cadence = 0.0

    def observe(self, body: Body, to_s: float) -> list[Samples]:
        """Heart rate, steps of the minutes that ended, contact, battery, and intervals if it sends them."""
        samples = [*self._contact.told(to_s), *self._battery(to_s), *self._heart_rate(body.beats, to_s)]
        if body.minutes:
            self._cadence = body.minutes[-1].steps
            steps: list[float | None] = [minute.steps for minute in body.minutes]
            samples.append(Samples("activity", [minute.end_s for minute in body.minutes], {"cadence": steps}))
        if self._rr_from_pulse and body.beats:
            samples += pulse_intervals(body.beats, self._cadence, self._rng)
        return samples

    def _battery(self, to_s: float) -> list[Samples]:
        if to_s < self._battery_due_s:
            return []
        at_s, self._battery_due_s = self._battery_due_s, self._battery_due_s + BATTERY_EVERY_S
        level = float(round(100.0 * (1.0 - at_s % BATTERY_LASTS_S / BATTERY_LASTS_S)))
        return [Samples("battery", [at_s], {"battery": [level]})]

    def _heart_rate(self, beats: list[Beat], to_s: float) -> list[Samples]:
        self._recent.extend(beats)
        times_s: list[float] = []
        values: list[float | None] = []
        while self._hr_due_s <= to_s:
            at_s, self._hr_due_s = self._hr_due_s, self._hr_due_s + self._every_s
            while self._recent and self._recent[0].at_s <= at_s - HR_MEAN_OVER_S:
                self._recent.popleft()
            rr_ms = [beat.rr_ms for beat in self._recent if beat.at_s <= at_s]
            if rr_ms:
                times_s.append(at_s)
                values.append(float(round(60_000.0 * len(rr_ms) / sum(rr_ms))))
        return [Samples("hr", times_s, {"hr": values})] if times_s else []
