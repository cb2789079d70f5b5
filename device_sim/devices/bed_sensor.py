"""A sensor under the mattress: heart rate and movement of who lies there, and whether anybody does."""

from __future__ import annotations

from device_sim.devices.contact import Contact
from device_sim.devices.heart_rate import HeartRate
from device_sim.devices.samples import Samples
from device_sim.wearers.wearer import Body

HR_EVERY_S = 30.0


class BedSensor:
    """The bed sensor of one wearer."""

    def __init__(self, every_s: float | None) -> None:
        self._heart_rate = HeartRate(every_s or HR_EVERY_S)
        self._contact = Contact()
        self._is_in_bed = False
        self._since_s = 0.0
        # Epochs that ended say who lay in bed until then; heart rate waits for them.
        self._waiting: list[tuple[float, float | None]] = []

    def observe(self, body: Body, to_s: float) -> list[Samples]:
        """Contact, and heart rate and movement of the epochs spent in bed."""
        self._waiting += self._heart_rate.until(body.beats, to_s)
        rates: list[tuple[float, float | None]] = []
        movement: list[tuple[float, float | None]] = []
        samples: list[Samples] = []
        for epoch in body.epochs:
            is_in_bed = epoch.stage is not None
            if is_in_bed != self._is_in_bed:
                self._is_in_bed, self._since_s = is_in_bed, epoch.end_s
                samples += self._contact.told(epoch.end_s, is_on=is_in_bed, since_s=self._since_s)
            over = [pair for pair in self._waiting if pair[0] <= epoch.end_s]
            self._waiting = self._waiting[len(over) :]
            if is_in_bed:
                rates += over
                movement.append((epoch.end_s, epoch.activity_counts))
        if not samples:
            samples = self._contact.told(to_s, is_on=self._is_in_bed, since_s=self._since_s)
        for signal, code, pairs in (("hr", "hr", rates), ("movement", "movement", movement)):
            if pairs:
                samples.append(
                    Samples(signal, [at_s for at_s, _ in pairs], {code: [value for _, value in pairs]})
                )
        return samples
