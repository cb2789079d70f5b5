"""Blood pressure as a cuff reads it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from device_sim.events import Event, Sitting
from device_sim.wearers.profile import Profile

# Day-to-day standard deviation of a person's home readings, systolic and diastolic.
DAY_SD_MMHG = (8.6, 5.8)
# Within a sitting, measured on NHANES 2009-2012: third minus second reading, 6,756 adults of 40 and older,
# SD / sqrt(2); the two differences are all but uncorrelated (0.07).
SITTING_SD_MMHG = (4.1, 3.5)
LEAST_PULSE_PRESSURE_MMHG = 15.0


class Reading(NamedTuple):
    """One cuff reading, in whole mmHg."""

    at_s: float
    systolic_mmhg: float
    diastolic_mmhg: float


def sitting_readings(profile: Profile, sitting: Sitting, rng: np.random.Generator) -> list[Reading]:
    """The readings of one sitting.

    Around the wearer's usual pressure of that day, or, where the scenario gives one, around that pressure.
    """
    day = rng.standard_normal(2) * DAY_SD_MMHG
    systolic_mmhg = profile.systolic_mmhg + day[0] if sitting.systolic_mmhg is None else sitting.systolic_mmhg
    diastolic_mmhg = (
        profile.diastolic_mmhg + day[1] if sitting.diastolic_mmhg is None else sitting.diastolic_mmhg
    )
    readings = []
    for index in range(sitting.readings):
        spread = rng.standard_normal(2) * SITTING_SD_MMHG
        systolic = float(np.rint(systolic_mmhg + spread[0]))
        diastolic = float(np.rint(diastolic_mmhg + spread[1]))
        readings.append(
            Reading(
                sitting.at_s + index * sitting.apart_s,
                systolic,
                min(diastolic, systolic - LEAST_PULSE_PRESSURE_MMHG),
            )
        )
    return readings


def all_readings(profile: Profile, events: tuple[Event, ...], rng: np.random.Generator) -> list[Reading]:
    """The readings of all sittings, in order of time."""
    sittings = [event for event in events if isinstance(event, Sitting)]
    return sorted(reading for sitting in sittings for reading in sitting_readings(profile, sitting, rng))
