"""Simulated counterparts of the recordings, by the person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device_sim.events import Event, Fibrillation, Flutter, Routine, Sitting
from device_sim.realism.recordings import Day, Holter
from device_sim.wearers.hypnogram import hypnogram
from device_sim.wearers.life import Life
from device_sim.wearers.patients import Patient, patient
from device_sim.wearers.population import person
from device_sim.wearers.pressure import Pressure
from device_sim.wearers.profile import Profile
from device_sim.wearers.randomness import Streams
from device_sim.wearers.wearer import Wearer
from edge.contract.durations import HOUR_S
from edge.contract.profile import Sex

# Holter records and MMASH begin in the morning.
BEGINS_S: Final = 10.0 * HOUR_S
AFIB: Final = "AFIB"
FLUTTER: Final = "AFL"
NORMAL: Final = "N"


def in_fibrillation(persons: int, hours: float, seed: int) -> list[Holter]:
    """Patients who are in AF throughout."""
    length_s = hours * HOUR_S
    found = []
    for number in range(persons):
        name = f"af{number}"
        drawn = patient(Streams(seed, name), length_s)
        kept = [event for event in drawn.events if isinstance(event, Fibrillation)][:1]
        rate_bpm = kept[0].rate_bpm if kept else 93.0
        events = (*_without_rhythms(drawn), Fibrillation(at_s=0.0, for_s=length_s, rate_bpm=rate_bpm))
        found.append(holter(name, drawn.profile, events, length_s, seed))
    return found


def clinic(persons: int, hours: float, seed: int, *, has_af: bool = True) -> list[Holter]:
    """Patients as a Holter clinic sees them, most of them with paroxysms of AF unless told otherwise."""
    length_s = hours * HOUR_S
    found = []
    for number in range(persons):
        name = f"clinic{number}"
        drawn = patient(Streams(seed, name), length_s, has_af=has_af)
        found.append(holter(name, drawn.profile, drawn.events, length_s, seed))
    return found


def healthy_days(persons: int, seed: int) -> list[Day]:
    """Healthy young men for a day, as MMASH chose them."""
    found = []
    for number in range(persons):
        name = f"young{number}"
        profile = person(Streams(seed, name), 20 + number % 15, Sex.MALE)
        routine = Routine(
            at_s=0.0,
            for_s=48.0 * HOUR_S,
            steps_per_day=12_000.0,
            exercise_per_week=5.0,
            wake_h=7.5,
            bed_h=0.5,
        )
        body = Wearer(name, profile, (routine,), seed, BEGINS_S).advance(24.0 * HOUR_S)
        beats_s = np.array([beat.at_s for beat in body.beats])
        hour = ((beats_s + BEGINS_S) // HOUR_S % 24.0).astype(np.int64)
        found.append(Day(name, beats_s, hour, sum(minute.steps for minute in body.minutes)))
    return found


def nights(persons: int, hours: float, seed: int) -> list[NDArray[np.int8]]:
    """Hypnograms of adults between 20 and 50, most of them near 30, as sleep-accel chose them."""
    found = []
    for number in range(persons):
        rng = Streams(seed, f"night{number}").at("hypnogram")
        age_years = float(np.clip(29.4 + 8.5 * rng.standard_normal(), 19.0, 55.0))
        found.append(hypnogram(int(hours * 120.0), age_years, rng))
    return found


def adults(persons: int, seed: int) -> list[tuple[Profile, float, float]]:
    """Adults with the mean of their second and third reading in one sitting, as the survey means them."""
    found = []
    for number in range(persons):
        name = f"adult{number}"
        profile = person(Streams(seed, name))
        streams = Streams(seed, name)
        sitting = Sitting(at_s=60.0, readings=3)
        pressure = Pressure(profile, (sitting,), streams, Life(profile, (), streams, BEGINS_S))
        later = pressure.readings(0.0, HOUR_S)[1:]
        systolic_mmhg = sum(reading.systolic_mmhg for reading in later) / len(later)
        diastolic_mmhg = sum(reading.diastolic_mmhg for reading in later) / len(later)
        found.append((profile, systolic_mmhg, diastolic_mmhg))
    return found


def holter(name: str, profile: Profile, events: Sequence[Event], length_s: float, seed: int) -> Holter:
    """The beats of a wearer with the rhythm at each, as an annotator would label it."""
    beats = Wearer(name, profile, tuple(events), seed, BEGINS_S).advance(length_s).beats
    beats_s = np.array([beat.at_s for beat in beats])
    rhythm = np.full(len(beats_s), NORMAL, dtype="<U4")
    for kind, label in ((Flutter, FLUTTER), (Fibrillation, AFIB)):
        for event in events:
            if isinstance(event, kind):
                rhythm[(beats_s > event.at_s) & (beats_s <= event.end_s)] = label
    return Holter(name, beats_s, rhythm)


def _without_rhythms(drawn: Patient) -> list[Event]:
    return [event for event in drawn.events if isinstance(event, Routine)]
