"""Resting heart rates of a population by age and sex: where a wearer's own usual starts from."""

from __future__ import annotations

from typing import Final, NamedTuple

from edge.contract.profile import Profile, Sex


class Band(NamedTuple):
    """An age band from `from_years` on: median and median absolute deviation between persons, 1/min.

    `low_bpm` and `high_bpm` are the 1st and 99th centile of both sexes together.
    """

    from_years: int
    female_bpm: float
    male_bpm: float
    both_bpm: float
    mad_bpm: float
    low_bpm: float
    high_bpm: float


# NHANES 2009-2012 (CDC/NCHS; 14,895 persons from 8 years on, seated, after four minutes of rest, weighted by
# WTMEC2YR): the protocol of Ostchega 2011, National Health Statistics Reports 41. Computed from the released
# table, and computed anew in the tests.
BANDS: Final = (
    Band(8, 84.0, 80.0, 82.0, 8.0, 58.0, 108.0),
    Band(12, 80.0, 74.0, 76.0, 8.0, 54.0, 110.0),
    Band(16, 76.0, 70.0, 74.0, 8.0, 50.0, 102.0),
    Band(18, 76.0, 70.0, 74.0, 8.0, 50.0, 106.0),
    Band(40, 72.0, 70.0, 72.0, 8.0, 48.0, 102.0),
    Band(60, 70.0, 68.0, 70.0, 8.0, 46.0, 106.0),
)
# Whoever has not told his or her age is taken for an adult in the middle of them.
UNTOLD_YEARS: Final = 40
# Younger wearers were not measured there.
YOUNGEST_YEARS: Final = BANDS[0].from_years


def band_at(age_years: int | None) -> Band:
    """The band of an age; of one that is not told, or below the youngest, the nearest there is."""
    years = UNTOLD_YEARS if age_years is None else age_years
    return next((band for band in reversed(BANDS) if band.from_years <= years), BANDS[0])


def median_bpm(profile: Profile, at_s: float) -> float:
    """The population's resting heart rate at a wearer's age and sex, as far as they are told."""
    band = band_at(profile.age_years(at_s))
    match profile.sex:
        case Sex.FEMALE:
            return band.female_bpm
        case Sex.MALE:
            return band.male_bpm
        case None:
            return band.both_bpm
