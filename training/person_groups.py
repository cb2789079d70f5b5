"""The groups of persons that a model must serve alike, as names."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

SEXES: Final = ("female", "male")
AGE_BANDS: Final = ("20-44", "45-64", "65+")


def sex_of(is_male: NDArray[np.floating]) -> NDArray[np.str_]:
    """Of each person `female`, `male` or `unknown`."""
    return np.select([is_male == 0.0, is_male == 1.0], list(SEXES), "unknown")


def age_band_of(age_years: NDArray[np.floating]) -> NDArray[np.str_]:
    """Of each person `20-44`, `45-64`, `65+` or `unknown`."""
    bands = [age_years < 45.0, age_years < 65.0, age_years >= 65.0]
    return np.select(bands, list(AGE_BANDS), "unknown")
