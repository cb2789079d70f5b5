"""A device's own clock: it starts a little off, gains or loses, and may jump."""

from __future__ import annotations

from math import fsum

from device_sim.devices.samples import Samples
from device_sim.faults.kinds import ClockJump


def stamped(samples: Samples, jumps: list[ClockJump], *, offset_s: float, drift_ppm: float) -> Samples:
    """The samples with the times that the device's clock shows, in seconds of the scenario."""
    if jumps:
        times_s = [
            at_s + fsum(jump.shift_s for jump in jumps if jump.holds_at(at_s)) for at_s in samples.times_s
        ]
        samples = samples._replace(times_s=times_s)
    if offset_s == 0.0 and drift_ppm == 0.0:
        return samples
    rate = 1.0 + drift_ppm * 1e-6
    # Devices stamp in milliseconds; so does this clock, which also keeps drifted times short.
    return samples._replace(times_s=[round(at_s * rate + offset_s, 3) for at_s in samples.times_s])
