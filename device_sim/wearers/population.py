"""Persons drawn from a population: adults as one meets them in NHANES."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from device_sim.wearers.pressure import DAY_SD_MMHG, SITTING_SD_MMHG
from device_sim.wearers.profile import Profile, respiratory_ms, slow_ms
from device_sim.wearers.randomness import Streams
from edge.contract.profile import Sex


class Norm(NamedTuple):
    """Adults of a decade: mean resting pulse, mean and SD of systolic and of diastolic, their correlation."""

    pulse_bpm: float
    systolic_mmhg: float
    systolic_sd: float
    diastolic_mmhg: float
    diastolic_sd: float
    correlation: float


# NHANES 2009-2012, 20 to 80 years by decade: pulse, and the survey's mean of readings (weighted means).
NORMS: Final = {
    Sex.FEMALE: (
        Norm(77.0, 108.8, 10.2, 65.5, 10.6, 0.42),
        Norm(76.6, 110.8, 12.9, 69.2, 11.2, 0.61),
        Norm(74.6, 115.5, 15.6, 71.8, 10.9, 0.66),
        Norm(73.0, 121.8, 17.9, 72.4, 11.3, 0.48),
        Norm(72.5, 127.9, 19.5, 69.7, 12.6, 0.39),
        Norm(71.1, 136.4, 21.7, 63.1, 12.5, 0.30),
    ),
    Sex.MALE: (
        Norm(71.9, 117.7, 11.2, 68.3, 11.6, 0.35),
        Norm(71.6, 119.2, 12.8, 73.6, 11.4, 0.54),
        Norm(71.4, 120.7, 14.7, 75.3, 11.2, 0.63),
        Norm(70.7, 125.9, 17.4, 76.0, 10.9, 0.53),
        Norm(70.0, 127.1, 18.8, 70.4, 12.5, 0.41),
        Norm(68.0, 131.7, 20.8, 64.1, 13.0, 0.34),
    ),
}
PULSE_SD_BPM: Final = 11.8
# Systolic pressure is skewed: its logarithm above this is not.
SYSTOLIC_FLOOR_MMHG: Final = 60.0
# Between persons of an age: log spread that the two variations of RR at rest share, and that each has alone;
# from LTAFDB's spread of ln LF (0.82), ln HF (0.85) and of their difference (0.66).
VARIATION_LOG_SD: Final = 0.35
RESPIRATORY_LOG_SD: Final = 0.28
SLOW_LOG_SD: Final = 0.21


def person(streams: Streams, age_years: int | None = None, sex: Sex | None = None) -> Profile:
    """A person as one meets them: of any adult age and either sex, or as asked for."""
    rng = streams.at("person")
    uniforms, normals = rng.random(2).tolist(), rng.standard_normal(7).tolist()
    age_years = 20 + int(60.0 * uniforms[0]) if age_years is None else age_years
    sex = (Sex.FEMALE if uniforms[1] < 0.5 else Sex.MALE) if sex is None else sex
    norm = _norm(age_years, sex)
    systolic_mmhg, diastolic_mmhg = _usual_pressure(norm, normals[0], normals[1])
    usual = Profile(age_years=age_years, sex=sex)
    varies = VARIATION_LOG_SD * normals[6]
    return Profile(
        age_years=age_years,
        sex=sex,
        resting_bpm=_held(norm.pulse_bpm + PULSE_SD_BPM * normals[2], 42.0, 115.0),
        breaths_per_min=_held(15.0 + 2.5 * normals[3], 8.0, 24.0),
        respiratory_ms=_held(
            respiratory_ms(usual) * math.exp(varies + RESPIRATORY_LOG_SD * normals[4]), 2.0, 150.0
        ),
        slow_ms=_held(slow_ms(usual) * math.exp(varies + SLOW_LOG_SD * normals[5]), 2.0, 150.0),
        systolic_mmhg=systolic_mmhg,
        diastolic_mmhg=diastolic_mmhg,
    )


def _norm(age_years: float, sex: Sex) -> Norm:
    """Between the middles of the decades, on a straight line."""
    decades = NORMS[sex]
    at = _held((age_years - 25.0) / 10.0, 0.0, len(decades) - 1.0)
    low = min(int(at), len(decades) - 2)
    return Norm(*(a + (b - a) * (at - low) for a, b in zip(decades[low], decades[low + 1], strict=True)))


def _usual_pressure(norm: Norm, first: float, second: float) -> tuple[float, float]:
    """A person's usual pressure: what the survey's spread leaves beside that of days and readings."""
    systolic_sd, diastolic_sd = (
        math.sqrt(max(sd**2 - day**2 - reading**2 / 2.0, 9.0))
        for sd, day, reading in zip(
            (norm.systolic_sd, norm.diastolic_sd), DAY_SD_MMHG, SITTING_SD_MMHG, strict=True
        )
    )
    middle = norm.systolic_mmhg - SYSTOLIC_FLOOR_MMHG
    log_sd = math.sqrt(math.log1p((systolic_sd / middle) ** 2))
    systolic_mmhg = SYSTOLIC_FLOOR_MMHG + middle * math.exp(log_sd * first - log_sd**2 / 2.0)
    together = norm.correlation * first + math.sqrt(1.0 - norm.correlation**2) * second
    diastolic_mmhg = norm.diastolic_mmhg + diastolic_sd * together
    return _held(systolic_mmhg, 82.0, 218.0), _held(diastolic_mmhg, 46.0, 128.0)


def _held(value: float, least: float, most: float) -> float:
    return min(max(value, least), most)
