"""Cuff readings: spread within and between sittings as measured on people."""

from __future__ import annotations

import numpy as np
import pytest

from device_sim.events import Sitting
from device_sim.wearers.pressure import all_readings
from device_sim.wearers.profile import Profile
from device_sim.wearers.randomness import stream


def test_readings_spread_within_and_between_sittings_as_in_people() -> None:
    """2,000 sittings of three: 4.1/3.5 mmHg within (NHANES), 8.6/5.8 mmHg from day to day, the usual mean."""
    profile = Profile(systolic_mmhg=131.0, diastolic_mmhg=79.0)
    sittings = tuple(Sitting(at_s=600.0 * n, readings=3) for n in range(2000))
    readings = all_readings(profile, sittings, stream(3, "anna", "pressure"))
    mmhg = np.array([(r.systolic_mmhg, r.diastolic_mmhg) for r in readings]).reshape(2000, 3, 2)

    within_mmhg = np.sqrt(mmhg.var(axis=1, ddof=1).mean(axis=0))
    days_mmhg = np.sqrt(mmhg.mean(axis=1).var(axis=0) - within_mmhg**2 / 3.0)

    assert within_mmhg == pytest.approx([4.1, 3.5], abs=0.2)
    assert days_mmhg == pytest.approx([8.6, 5.8], abs=0.4)
    assert mmhg.mean(axis=(0, 1)) == pytest.approx([131.0, 79.0], abs=0.7)


def test_a_pressure_given_is_the_pressure_read() -> None:
    """A sitting with a pressure of its own lies around it, not around the wearer's usual one."""
    sitting = Sitting(at_s=10.0, readings=12, apart_s=30.0, systolic_mmhg=200.0, diastolic_mmhg=115.0)

    readings = all_readings(Profile(), (sitting,), stream(3, "anna", "pressure"))

    assert [reading.at_s for reading in readings] == [10.0 + 30.0 * n for n in range(12)]
    assert np.mean([reading.systolic_mmhg for reading in readings]) == pytest.approx(200.0, abs=4.0)
    assert np.mean([reading.diastolic_mmhg for reading in readings]) == pytest.approx(115.0, abs=4.0)


def test_diastolic_stays_below_systolic() -> None:
    """Even where the two usual pressures all but meet, a pulse pressure is left."""
    sitting = Sitting(at_s=0.0, readings=12, systolic_mmhg=90.0, diastolic_mmhg=88.0)

    readings = all_readings(Profile(), (sitting,), stream(3, "anna", "pressure"))

    assert all(reading.systolic_mmhg - reading.diastolic_mmhg >= 15.0 for reading in readings)
