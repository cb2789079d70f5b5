"""The mean heart rate: where rest, effort and illness drive it, and how fast it follows."""

from __future__ import annotations

import math

from device_sim.events import Bradycardia, Event, Exercise, Tachycardia, going_on
from device_sim.wearers.profile import Profile

# Heart rate rises with a time constant of some 20-40 s at the onset of effort and falls over one to two
# minutes after it; chosen so that the first minute after 135/min brings it down by 30-40/min, as in health.
RISE_TIME_S = 25.0
FALL_TIME_S = 70.0


def driven_bpm(profile: Profile, events: tuple[Event, ...], at_s: float) -> float:
    """The rate the heart is driven towards; illness comes before effort, effort before rest."""
    driver = (
        going_on(events, Tachycardia, at_s)
        or going_on(events, Bradycardia, at_s)
        or going_on(events, Exercise, at_s)
    )
    return profile.resting_bpm if driver is None else driver.rate_bpm


def followed_bpm(bpm: float, towards_bpm: float, step_s: float) -> float:
    """The rate after `step_s`, on its way from `bpm` to `towards_bpm`."""
    time_s = RISE_TIME_S if towards_bpm > bpm else FALL_TIME_S
    return towards_bpm + (bpm - towards_bpm) * math.exp(-step_s / time_s)
