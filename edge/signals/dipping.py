"""How far blood pressure falls at night (Fagard 2009, Hypertension 53:466)."""

from __future__ import annotations

from enum import StrEnum


class Dipping(StrEnum):
    """By the ratio of night to day: at most 0.8, at most 0.9, at most 1, and above."""

    EXTREME = "extreme_dipper"
    DIPPER = "dipper"
    NON_DIPPER = "non_dipper"
    REVERSE = "reverse_dipper"


def dip_percent(day_mmhg: float, night_mmhg: float) -> float:
    """By how much of the day's mean systolic pressure the night's is lower, in percent; below 0 if higher."""
    # Rounded so that 10 % and 20 % are met exactly, whatever the last bit of the division says.
    return round((1.0 - night_mmhg / day_mmhg) * 100.0, 6)


def dipping_class(percent: float) -> Dipping:
    """The class of a dip; a bound belongs to the class that falls more (0.8 < ratio <= 0.9 is a dipper)."""
    if percent >= 20.0:
        return Dipping.EXTREME
    if percent >= 10.0:
        return Dipping.DIPPER
    return Dipping.NON_DIPPER if percent >= 0.0 else Dipping.REVERSE
