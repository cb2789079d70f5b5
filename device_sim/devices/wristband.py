"""A wristband: heart rate from one a second to one in five minutes, steps, battery, and pulse intervals."""

from __future__ import annotations

import numpy as np

from device_sim.devices.contact import Contact
from device_sim.devices.heart_rate import HeartRate
from device_sim.devices.pulse import pulse_intervals
from device_sim.devices.samples import Samples
from device_sim.wearers.wearer import Body
from edge.contract.durations import DAY_S

HR_EVERY_S = 5.0
OXYGEN_EVERY_S = 60.0
BATTERY_EVERY_S = 300.0
# A wristband that measures heart rate all day lasts about ten days.
BATTERY_LASTS_S = 10 * DAY_S


Pair = tuple[float, float | None]


class Wristband:
    """A wristband of one wearer; with `rr_from_pulse` it sends intervals between pulse waves as `rr`."""

    def __init__(self, every_s: float | None, rng: np.random.Generator, *, rr_from_pulse: bool) -> None:
        self._heart_rate = HeartRate(every_s or HR_EVERY_S)
        # A generator takes a kilobyte: it is kept only by who needs it.
        self._pulse_rng = rng if rr_from_pulse else None
        self._contact = Contact()
        self._battery_due_s = 0.0
        self._cadence = 0.0

    def observe(self, body: Body, to_s: float) -> list[Samples]:
        """Heart rate, steps, movement, oxygen, skin temperature, contact, battery, and intervals if asked."""
        samples = [*self._contact.told(to_s), *self._battery(to_s)]
        samples += _column("hr", "hr", self._heart_rate.until(body.beats, to_s))
        if body.minutes:
            self._cadence = body.minutes[-1].steps
            steps: list[float | None] = [minute.steps for minute in body.minutes]
            samples.append(Samples("activity", [minute.end_s for minute in body.minutes], {"cadence": steps}))
        samples += _column("movement", "movement", [(e.end_s, e.activity_counts) for e in body.epochs])
        warmth: list[Pair] = [
            (e.end_s, round(e.skin_celsius, 2)) for e in body.epochs if e.end_s % 60.0 == 0.0
        ]
        samples += _column("skin_temperature", "skin_temperature", warmth)
        oxygen: list[Pair] = [
            (o.at_s, float(round(o.percent))) for o in body.oxygen if o.at_s % OXYGEN_EVERY_S == 0.0
        ]
        samples += _column("spo2", "spo2", oxygen)
        if self._pulse_rng is not None and body.beats:
            samples += pulse_intervals(body.beats, self._cadence, self._pulse_rng)
        return samples

    def _battery(self, to_s: float) -> list[Samples]:
        if to_s < self._battery_due_s:
            return []
        at_s, self._battery_due_s = self._battery_due_s, self._battery_due_s + BATTERY_EVERY_S
        level = float(round(100.0 * (1.0 - at_s % BATTERY_LASTS_S / BATTERY_LASTS_S)))
        return [Samples("battery", [at_s], {"battery": [level]})]


def _column(signal: str, code: str, pairs: list[Pair]) -> list[Samples]:
    if not pairs:
        return []
    return [Samples(signal, [at_s for at_s, _ in pairs], {code: [value for _, value in pairs]})]
