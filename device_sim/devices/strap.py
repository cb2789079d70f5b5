"""A chest strap: RR intervals on a grid of 1/1024 s, and skin contact."""

from __future__ import annotations

from device_sim.devices.contact import Contact
from device_sim.devices.grid import to_grid_s
from device_sim.devices.samples import Samples
from device_sim.wearers.wearer import Body


class Strap:
    """A chest strap of one wearer."""

    def __init__(self) -> None:
        self._contact = Contact()

    def observe(self, body: Body, to_s: float) -> list[Samples]:
        """RR intervals timed at the beat that ends each, and contact."""
        samples = self._contact.told(to_s)
        if body.beats:
            times_s = [to_grid_s(beat.at_s) for beat in body.beats]
            values: list[float | None] = [
                1000.0 * (at_s - to_grid_s(beat.at_s - beat.rr_ms / 1000.0))
                for at_s, beat in zip(times_s, body.beats, strict=True)
            ]
            samples.append(Samples("rr", times_s, {"rr": values}))
        return samples
