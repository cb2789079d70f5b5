"""Steps, minute by minute."""

from __future__ import annotations

import numpy as np

from device_sim.events import Event, Exercise

MINUTE_S = 60.0
# A wearer at rest now and then shifts the feet; few enough that rest stays rest.
FIDGET_SHARE = 0.15
FIDGET_STEPS_MAX = 6
CADENCE_SD_PER_MIN = 4.0


def steps_in_minute(events: tuple[Event, ...], end_s: float, rng: np.random.Generator) -> float:
    """Steps in the minute that ends at `end_s`."""
    normal, uniform, fidget = rng.standard_normal(), rng.random(), rng.integers(1, FIDGET_STEPS_MAX + 1)
    walked = 0.0
    for event in events:
        if isinstance(event, Exercise):
            overlap_s = min(end_s, event.end_s) - max(end_s - MINUTE_S, event.at_s)
            cadence = event.cadence_per_min + CADENCE_SD_PER_MIN * float(normal)
            walked += max(overlap_s, 0.0) / MINUTE_S * max(cadence, 0.0)
    if walked > 0.0:
        return float(round(walked))
    return float(fidget) if uniform < FIDGET_SHARE else 0.0
