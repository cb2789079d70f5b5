"""Limits for one wearer's heart rate at rest, from age and from what is usual for him or her.

The baseline moves a limit only between a floor and a ceiling that guidelines give, so that no illness,
however long it lasts, becomes the usual.
"""

from __future__ import annotations

from typing import Final

from edge.baselines.population import YOUNGEST_YEARS, band_at, median_bpm
from edge.contract.profile import Profile, is_adult
from edge.wearer.usual import HeartRateBaseline, Stretch, Usual, usual_of

# ACC/AHA/HRS 2015 (tachycardia) and 2018 (bradycardia): the limits at rest of adults awake.
FAST_BPM: Final = 100.0
SLOW_BPM: Final = 50.0
# 40 to 50/min is usual asleep (2018 ACC/AHA/HRS bradycardia guideline). Until a wearer's own is known, in the
# parts of the day in which most are asleep at times: 20:00 to 08:00.
SLOW_ASLEEP_BPM: Final = 40.0
NIGHT_PARTS: Final = (5, 0, 1)
# Seattle criteria (Drezner 2013, Br J Sports Med 47:122), ages 14 to 35: from 30/min on a slow sinus rate is
# normal in the trained.
SLOWEST_BPM: Final = 30.0
TRAINED_FROM_YEARS: Final = 14
# RCP 2017 NEWS2, from 16 years on: a pulse of up to 90/min scores nothing.
CALM_BPM: Final = 90.0
CALM_FROM_YEARS: Final = 16

# A median absolute deviation times this is a standard deviation where values are normal.
SD_OF_MAD: Final = 1.4826
# How far from the usual is far: at least so much, and so many of the wearer's own standard deviations. Of ten
# healthy men over a day (MMASH) nobody was so far below, and nobody so far above but in one bout of effort
# without steps.
ABOVE_BPM: Final = 25.0
ABOVE_SDS: Final = 4.0
BELOW_BPM: Final = 8.0
BELOW_SDS: Final = 3.0


def usual_by_part(baseline: HeartRateBaseline, profile: Profile, at_s: float) -> list[Usual]:
    """What is usual at rest in each part of the day."""
    age_years = profile.age_years(at_s)
    band = band_at(age_years)
    population = Stretch(median_bpm(profile, at_s), band.mad_bpm)
    least_bpm, most_bpm = (SLOWEST_BPM, CALM_BPM) if is_adult(age_years) else (band.low_bpm, band.high_bpm)
    return [usual_of(days, population, least_bpm, most_bpm) for days in baseline.days]


def own_usual(baseline: HeartRateBaseline, profile: Profile, at_s: float) -> list[Usual]:
    """What is usual in those parts of the day in which it is the wearer's own; often none."""
    return [usual for usual in usual_by_part(baseline, profile, at_s) if usual.is_own]


def own_limits(baseline: HeartRateBaseline, profile: Profile, at_s: float) -> dict[str, float | None]:
    """The limits of this wearer for the part of the day that begins, by condition; None: not to be judged.

    Sleep may come in any part of the day, and so may a night awake: the lowest and the highest usual of the
    day count, not that of the hour.
    """
    age_years = profile.age_years(at_s)
    if age_years is not None and age_years < YOUNGEST_YEARS:
        return {"tachycardia_at_rest": None, "bradycardia_at_rest": None, "heart_rate_unexplained": None}
    own = own_usual(baseline, profile, at_s)
    fast_bpm = FAST_BPM if is_adult(age_years) else band_at(age_years).high_bpm
    return {
        "tachycardia_at_rest": fast_bpm,
        "bradycardia_at_rest": _slow_bpm(own, age_years, baseline.part),
        "heart_rate_unexplained": _unexplained_bpm(own, age_years, fast_bpm),
    }


def _slow_bpm(own: list[Usual], age_years: int | None, part: int) -> float | None:
    usual_bpm = SLOW_BPM if is_adult(age_years) else band_at(age_years).low_bpm
    if not own or (age_years is not None and age_years < TRAINED_FROM_YEARS):
        if part not in NIGHT_PARTS:
            return usual_bpm
        # The centiles are of children awake.
        return SLOW_ASLEEP_BPM if is_adult(age_years) else None
    lowest = min(own)
    below_bpm = max(BELOW_BPM, BELOW_SDS * SD_OF_MAD * lowest.mad_bpm)
    return float(round(min(max(lowest.median_bpm - below_bpm, SLOWEST_BPM), usual_bpm)))


def _unexplained_bpm(own: list[Usual], age_years: int | None, fast_bpm: float) -> float | None:
    if not own or (age_years is not None and age_years < CALM_FROM_YEARS):
        return None
    highest = max(own)
    above_bpm = max(ABOVE_BPM, ABOVE_SDS * SD_OF_MAD * highest.mad_bpm)
    return float(round(min(max(highest.median_bpm + above_bpm, CALM_BPM), fast_bpm)))
