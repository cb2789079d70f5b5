"""Blood pressure as a cuff reads it."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from device_sim.events import Event, Sitting, Treatment
from device_sim.wearers.life import Life
from device_sim.wearers.profile import Dipping, Profile
from device_sim.wearers.randomness import Streams
from edge.contract.durations import DAY_S, WEEK_S

Pair = tuple[float, float]

# Day-to-day standard deviation of a person's home readings, systolic and diastolic (1,215 persons of Ohasama,
# Kato, PMID 20448533); how the two go together.
DAY_SD_MMHG: Final = (8.6, 5.8)
DAY_CORRELATION: Final = 0.65
# Within a sitting, measured on NHANES 2009-2012: third minus second reading, 6,756 adults of 40 and older,
# SD / sqrt(2); the two differences are all but uncorrelated (0.07).
SITTING_SD_MMHG: Final = (4.1, 3.5)
# The first reading is higher: on NHANES 2009-2012 by 1.5/0.9 mmHg than the mean of the next two; each next
# one keeps half of the rise. A white coat adds to it, on the diastolic side half as much.
FIRST_MMHG: Final = (2.4, 1.4)
FIRST_KEPT: Final = 0.5
WHITE_COAT_DIASTOLIC: Final = 0.5
# Part of the waking pressure that is lost asleep, in the middle of each class (Fagard 2009: dippers lose 10
# to 20 %); diastolic pressure loses a little more.
ASLEEP: Final = {
    Dipping.EXTREME: 0.23,
    Dipping.DIPPER: 0.14,
    Dipping.NON_DIPPER: 0.05,
    Dipping.REVERSE: -0.05,
}
DIASTOLIC_DIP: Final = 0.02
# A reader of a dial writes even numbers, and this part of them with a last digit of 0.
ROUNDED_TO_TEN: Final = 0.25
LEAST_PULSE_PRESSURE_MMHG: Final = 15.0
ROUTINE_READINGS: Final = 2


class Reading(NamedTuple):
    """One cuff reading, in whole mmHg."""

    at_s: float
    systolic_mmhg: float
    diastolic_mmhg: float

    @property
    def end_s(self) -> float:
        """When it is over: it is told at once."""
        return self.at_s


class Pressure:
    """The blood pressure of one wearer. Stateless: days and sittings draw from streams of their own."""

    def __init__(self, profile: Profile, events: tuple[Event, ...], streams: Streams, life: Life) -> None:
        self._profile = profile
        self._sittings = tuple(event for event in events if isinstance(event, Sitting))
        self._treatments = tuple(event for event in events if isinstance(event, Treatment))
        self._streams = streams
        self._life = life

    def readings(self, from_s: float, to_s: float) -> list[Reading]:
        """The readings taken from the one and before the other time, in order."""
        longest_s = 60.0 * ROUTINE_READINGS
        home = [
            Sitting(at_s=max(at_s, 0.0), readings=ROUTINE_READINGS)
            for at_s in self._life.cuff_times(from_s - longest_s, to_s)
        ]
        sittings = (*self._sittings, *home)
        seconds = [int(sitting.at_s) for sitting in sittings]
        found = [
            reading
            for place, sitting in enumerate(sittings)
            if sitting.at_s < to_s and sitting.end_s >= from_s
            for reading in self._sitting(sitting, seconds[:place].count(seconds[place]))
            if from_s <= reading.at_s < to_s
        ]
        return sorted(found)

    def usual_mmhg(self, at_s: float) -> Pair:
        """The pressure around which the readings of that time lie: of the day, treated, awake or asleep."""
        day = int((at_s + self._life.clock_s) // DAY_S)
        first, second = self._streams.at("pressure of the day", day).standard_normal(2).tolist()
        second = DAY_CORRELATION * first + (1.0 - DAY_CORRELATION**2) ** 0.5 * second
        systolic = self._profile.systolic_mmhg + DAY_SD_MMHG[0] * first
        diastolic = self._profile.diastolic_mmhg + DAY_SD_MMHG[1] * second
        drift_mmhg = self._profile.drift_mmhg_per_week * at_s / WEEK_S
        systolic, diastolic = systolic + drift_mmhg, diastolic + 0.5 * drift_mmhg
        for treatment in self._treatments:
            working = _working(treatment, at_s)
            systolic += working * treatment.systolic_mmhg
            diastolic += working * treatment.diastolic_mmhg
        if self._life.pieces(at_s, at_s + 1.0)[0].is_asleep:
            dip = ASLEEP[self._profile.dipping]
            systolic *= 1.0 - dip
            diastolic *= 1.0 - dip - DIASTOLIC_DIP
        return systolic, diastolic

    def _sitting(self, sitting: Sitting, earlier: int) -> list[Reading]:
        """The readings of one sitting, around the usual pressure or the one that the scenario gives.

        `earlier` sittings began in the same second.
        """
        rng = self._streams.at(f"sitting {earlier}" if earlier else "sitting", int(sitting.at_s))
        usual = self.usual_mmhg(sitting.at_s)
        readings = []
        rise = np.array(FIRST_MMHG) + self._profile.white_coat_mmhg * np.array([1.0, WHITE_COAT_DIASTOLIC])
        for index in range(sitting.readings):
            spread = rng.standard_normal(2) * SITTING_SD_MMHG
            tens = rng.random(2)
            at_first = rise * FIRST_KEPT**index
            mmhg = [
                (own + float(first) if given is None else given) + float(by)
                for own, given, first, by in zip(
                    usual, (sitting.systolic_mmhg, sitting.diastolic_mmhg), at_first, spread, strict=True
                )
            ]
            if sitting.by_hand:
                mmhg = [_by_hand(value, ten) for value, ten in zip(mmhg, tens.tolist(), strict=True)]
            systolic, diastolic = (float(round(value)) for value in mmhg)
            readings.append(
                Reading(
                    sitting.at_s + index * sitting.apart_s,
                    systolic,
                    min(diastolic, systolic - LEAST_PULSE_PRESSURE_MMHG),
                )
            )
        return readings


def _working(treatment: Treatment, at_s: float) -> float:
    """How much of a treatment's effect is there, 0 to 1."""
    if at_s <= treatment.at_s:
        return 0.0
    settles_s = treatment.settles_days * DAY_S
    return 1.0 if settles_s == 0.0 else min((at_s - treatment.at_s) / settles_s, 1.0)


def _by_hand(mmhg: float, uniform: float) -> float:
    step_mmhg = 10.0 if uniform < ROUNDED_TO_TEN else 2.0
    return step_mmhg * round(mmhg / step_mmhg)
