"""Cuff readings: spread within and between sittings as measured on people."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from device_sim.events import Event, Routine, Sitting, Treatment
from device_sim.wearers.life import MORNING_S, Life
from device_sim.wearers.pressure import Pressure, Reading
from device_sim.wearers.profile import Dipping, Profile
from device_sim.wearers.randomness import Streams
from device_sim.wearers.wearer import Wearer

DAY_S = 86_400.0


def read(*events: Event, profile: Profile | None = None, seed: int = 3) -> list[Reading]:
    """All readings of the events, and an hour more."""
    until_s = max(event.end_s for event in events) + 3600.0
    return Wearer("anna", profile or Profile(), events, seed).advance(until_s).readings


def sittings_mmhg(profile: Profile, days: int, *events: Event, **sitting: bool) -> NDArray[np.float64]:
    """Three readings at ten o'clock of so many days: (days, 3, 2)."""
    mornings = tuple(Sitting(at_s=DAY_S * day + 3600.0, readings=3, **sitting) for day in range(days))
    streams = Streams(3, "anna")
    life = Life(profile, events, streams, MORNING_S)
    readings = Pressure(profile, (*events, *mornings), streams, life).readings(0.0, DAY_S * days)
    return np.array([(r.systolic_mmhg, r.diastolic_mmhg) for r in readings]).reshape(days, 3, 2)


def test_readings_spread_within_and_between_sittings_as_in_people() -> None:
    """1,500 days: 4.1/3.5 mmHg within a sitting (NHANES), 8.6/5.8 mmHg from day to day, the usual mean."""
    mmhg = sittings_mmhg(Profile(systolic_mmhg=131.0, diastolic_mmhg=79.0), 1500)

    within_mmhg = (mmhg[:, 2] - mmhg[:, 1]).std(axis=0) / np.sqrt(2.0)
    days_mmhg = np.sqrt(mmhg.mean(axis=1).var(axis=0) - within_mmhg**2 / 3.0)
    first_mmhg = (mmhg[:, 0] - mmhg[:, 1:].mean(axis=1)).mean(axis=0)

    assert within_mmhg == pytest.approx([4.1, 3.5], abs=0.2)
    assert days_mmhg == pytest.approx([8.6, 5.8], abs=0.4)
    assert first_mmhg == pytest.approx([1.5, 0.9], abs=0.4)
    assert mmhg[:, 2].mean(axis=0) == pytest.approx([131.0, 79.0], abs=1.5)


def test_two_sittings_of_a_day_share_its_level() -> None:
    """Morning and evening of one day differ by the readings' own spread, not by the spread of days."""
    pairs = tuple(
        Sitting(at_s=DAY_S * day + at_s, readings=1) for day in range(400) for at_s in (3600.0, 30_000.0)
    )
    streams = Streams(3, "anna")
    pressure = Pressure(Profile(), pairs, streams, Life(Profile(), (), streams, MORNING_S))

    mmhg = np.array([r.systolic_mmhg for r in pressure.readings(0.0, DAY_S * 400)]).reshape(400, 2)

    assert float((mmhg[:, 1] - mmhg[:, 0]).std()) == pytest.approx(4.1 * np.sqrt(2.0), abs=0.6)


def test_a_pressure_given_is_the_pressure_read() -> None:
    """A sitting with a pressure of its own lies around it, not around the wearer's usual one."""
    sitting = Sitting(at_s=10.0, readings=12, apart_s=30.0, systolic_mmhg=200.0, diastolic_mmhg=115.0)

    readings = read(sitting)

    assert [reading.at_s for reading in readings] == [10.0 + 30.0 * n for n in range(12)]
    assert np.mean([reading.systolic_mmhg for reading in readings]) == pytest.approx(200.0, abs=4.0)
    assert np.mean([reading.diastolic_mmhg for reading in readings]) == pytest.approx(115.0, abs=4.0)


def test_diastolic_stays_below_systolic() -> None:
    """Even where the two usual pressures all but meet, a pulse pressure is left."""
    sitting = Sitting(at_s=0.0, readings=12, systolic_mmhg=90.0, diastolic_mmhg=88.0)

    readings = read(sitting)

    assert all(reading.systolic_mmhg - reading.diastolic_mmhg >= 15.0 for reading in readings)


@pytest.mark.parametrize(
    ("dipping", "low", "high"),
    [
        (Dipping.EXTREME, 0.20, 0.30),
        (Dipping.DIPPER, 0.10, 0.20),
        (Dipping.NON_DIPPER, 0.0, 0.10),
        (Dipping.REVERSE, -0.15, 0.0),
    ],
)
def test_each_dipping_class_falls_within_its_bounds(dipping: Dipping, low: float, high: float) -> None:
    """Systolic means asleep against awake, over 60 days, within the bounds of Fagard 2009."""
    profile = Profile(dipping=dipping)
    routine = Routine(at_s=0.0, for_s=DAY_S * 61)
    # From nine in the morning: at three in the afternoon, and at three in the night.
    times_s = [DAY_S * day + hour * 3600.0 for day in range(60) for hour in (6.0, 18.0)]
    sittings = tuple(Sitting(at_s=at_s, readings=2) for at_s in times_s)
    streams = Streams(3, "anna")
    life = Life(profile, (routine,), streams, MORNING_S)
    readings = Pressure(profile, sittings, streams, life).readings(0.0, DAY_S * 61)
    mmhg = np.array([reading.systolic_mmhg for reading in readings]).reshape(60, 2, 2).mean(axis=(0, 2))

    assert low < 1.0 - mmhg[1] / mmhg[0] < high


def test_a_white_coat_raises_the_first_reading_most() -> None:
    """With 24 mmHg the first reading stands 24 above its usual place, the second 12, the third 6."""
    coat = sittings_mmhg(Profile(white_coat_mmhg=24.0), 200)
    none = sittings_mmhg(Profile(), 200)

    assert (coat - none)[:, :, 0].mean(axis=0) == pytest.approx([24.0, 12.0, 6.0], abs=0.2)


def test_a_treatment_lowers_pressure_little_by_little() -> None:
    """Half of the effect after half of the time it takes to settle, all of it from then on."""
    treatment = Treatment(at_s=0.0, systolic_mmhg=-20.0, diastolic_mmhg=-10.0, settles_days=10.0)
    change = (sittings_mmhg(Profile(), 30, treatment) - sittings_mmhg(Profile(), 30)).mean(axis=1)

    assert change[5] == pytest.approx([-10.0, -5.0], abs=1.0)
    assert change[12:].mean(axis=0) == pytest.approx([-20.0, -10.0], abs=0.1)


def test_pressure_drifts() -> None:
    """Three mmHg a week are twelve in four weeks; diastolic half of it."""
    drifting = sittings_mmhg(Profile(drift_mmhg_per_week=3.0), 29) - sittings_mmhg(Profile(), 29)

    assert drifting[28].mean(axis=0) == pytest.approx([12.0, 6.0], abs=0.7)


def test_a_dial_read_by_ear_shows_even_numbers_and_too_many_tens() -> None:
    """All digits are even, as in NHANES, and zero comes more often than the fifth that it should."""
    digits = sittings_mmhg(Profile(), 400, by_hand=True)[:, :, 0].ravel() % 10.0

    assert set(digits.tolist()) == {0.0, 2.0, 4.0, 6.0, 8.0}
    assert 0.3 < float(np.mean(digits == 0.0)) < 0.5


def test_two_sittings_of_one_second_are_two() -> None:
    """Each has readings of its own, and the first those that it has alone."""
    sitting = Sitting(at_s=600.0, readings=3)
    alone, both = read(sitting), read(sitting, sitting)

    assert len(both) == 6
    assert set(alone) < set(both)
    assert len({reading[1:] for reading in both}) > len({reading[1:] for reading in alone})
