"""Patients of a Holter clinic: paroxysms of AF, extra beats, bigeminy, now and then flutter.

The frequencies are those of LTAFDB (84 patients, 1,960 h; Petrutiu 2007): AF takes up 0.1 to 100 % of a
record, of half of the records less than 41 %, of a quarter all; its episodes last 15 s at the median, 10 min
at the 95th percentile and 2.5 h at the 99th. Of sinus beats 0.13, 1.9, 18 % are atrial extra beats (5th,
50th, 95th percentile of records) and 0.001, 0.07, 6.7 % ventricular ones. Bigeminy lasts for 3 to 40 s.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import msgspec
import numpy as np

from device_sim.events import Bigeminy, Event, Fibrillation, Flutter, Origin, Routine
from device_sim.wearers.population import person
from device_sim.wearers.profile import Medicine, Profile
from device_sim.wearers.randomness import Streams

AGE_YEARS: Final = (70.0, 11.0)
# Part of the patients under a beta blocker, and what it takes off the resting rate.
BETA_BLOCKED: Final = 0.5
BLOCKED_BPM: Final = 8.0
RESTING_BPM: Final = (72.0, 8.5)
# Log-normal, median and log spread.
ATRIAL_PER_H: Final = (80.0, 1.45)
VENTRICULAR_PER_H: Final = (3.0, 2.2)
MOST_PER_H: Final = 1000.0
# Part of the time in AF: none, all, or between, drawn from a beta distribution.
ALWAYS_IN_AF: Final = 0.25
BURDEN: Final = (0.45, 0.9)
EPISODE_S: Final = (60.0, 2.0)
SHORTEST_S: Final = 3.0
RATE_BPM: Final = (90.0, 23.0)
# Bigeminy: part of time (log-normal), length of a stretch, part of persons in whom it is ventricular.
BIGEMINY_SHARE: Final = (0.0006, 2.0)
BIGEMINY_S: Final = (6.0, 0.7)
IS_VENTRICULAR: Final = 0.3
# Flutter: part of persons, part of their time, length of an episode.
HAS_FLUTTER: Final = 0.12
FLUTTER_SHARE: Final = 0.05
FLUTTER_S: Final = (600.0, 0.8)
CONDUCTED: Final = ((2,), (4,), (2, 4), (2, 3, 4), (3, 4))


class Patient(NamedTuple):
    """A patient and what happens in the time recorded."""

    profile: Profile
    events: tuple[Event, ...]


def patient(streams: Streams, length_s: float, *, has_af: bool = True) -> Patient:
    """A patient recorded for so long; without AF, one of the same age with the same extra beats."""
    rng = streams.at("patient")
    normals = rng.standard_normal(6).tolist()
    uniforms = rng.random(6).tolist()
    age_years = int(min(max(AGE_YEARS[0] + AGE_YEARS[1] * normals[0], 25.0), 95.0))
    is_blocked = uniforms[5] < BETA_BLOCKED
    resting_bpm = RESTING_BPM[0] + RESTING_BPM[1] * normals[5]
    profile = msgspec.structs.replace(
        person(streams, age_years),
        medicines=(Medicine.BETA_BLOCKER,) if is_blocked else (),
        resting_bpm=min(max(resting_bpm - (BLOCKED_BPM if is_blocked else 0.0), 42.0), 110.0),
        atrial_extra_per_h=min(_lognormal(ATRIAL_PER_H, normals[1]), MOST_PER_H),
        ventricular_extra_per_h=min(_lognormal(VENTRICULAR_PER_H, normals[2]), MOST_PER_H),
    )
    origin = Origin.VENTRICULAR if uniforms[0] < IS_VENTRICULAR else Origin.ATRIAL
    events: list[Event] = [Routine(at_s=0.0, for_s=length_s, steps_per_day=5000.0, exercise_per_week=0.0)]
    share = min(_lognormal(BIGEMINY_SHARE, normals[3]), 0.1)
    events += [
        Bigeminy(at_s=at_s, for_s=for_s, origin=origin)
        for at_s, for_s in _spells(streams.at("bigeminy spells"), length_s, share, BIGEMINY_S)
    ]
    if uniforms[1] < HAS_FLUTTER:
        conducted = CONDUCTED[int(uniforms[2] * len(CONDUCTED))]
        waves_per_min = 250.0 + 80.0 * uniforms[3]
        events += [
            Flutter(at_s=at_s, for_s=for_s, conducted=conducted, waves_per_min=waves_per_min)
            for at_s, for_s in _spells(streams.at("flutter spells"), length_s, FLUTTER_SHARE, FLUTTER_S)
        ]
    if has_af:
        rate_bpm = min(max(RATE_BPM[0] + RATE_BPM[1] * normals[4], 50.0), 160.0)
        is_always = uniforms[4] < ALWAYS_IN_AF
        burden = 1.0 if is_always else float(rng.beta(*BURDEN))
        spells = (
            [(0.0, length_s)]
            if is_always
            else _spells(streams.at("fibrillation spells"), length_s, burden, EPISODE_S)
        )
        events += [Fibrillation(at_s=at_s, for_s=for_s, rate_bpm=rate_bpm) for at_s, for_s in spells]
    return Patient(profile, tuple(events))


def _spells(
    rng: np.random.Generator, length_s: float, share: float, lasting_s: tuple[float, float]
) -> list[tuple[float, float]]:
    """Start and length of spells that take up about this share of the time, none of them touching."""
    median_s, log_sd = lasting_s
    mean_s = median_s * math.exp(log_sd**2 / 2.0)
    between_s = mean_s * (1.0 - share) / max(share, 1e-6)
    spells = []
    at_s = between_s * float(rng.standard_exponential())
    while at_s < length_s - SHORTEST_S:
        for_s = max(_lognormal(lasting_s, float(rng.standard_normal())), SHORTEST_S)
        spells.append((at_s, min(for_s, length_s - at_s)))
        at_s += for_s + SHORTEST_S + between_s * float(rng.standard_exponential())
    return spells


def _lognormal(median_and_log_sd: tuple[float, float], normal: float) -> float:
    return median_and_log_sd[0] * math.exp(median_and_log_sd[1] * normal)
