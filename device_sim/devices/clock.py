"""A device's own clock: it starts a little off, and gains or loses."""

from __future__ import annotations

from device_sim.devices.samples import Samples


def stamped(samples: Samples, *, offset_s: float, drift_ppm: float) -> Samples:
    """The samples with the times that the device's clock shows, in seconds of the scenario."""
    if offset_s == 0.0 and drift_ppm == 0.0:
        return samples
    rate = 1.0 + drift_ppm * 1e-6
    # Devices stamp in milliseconds; so does this clock, which also keeps drifted times short.
    return samples._replace(times_s=[round(at_s * rate + offset_s, 3) for at_s in samples.times_s])
