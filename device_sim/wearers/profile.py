"""Who a simulated wearer is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from device_sim.events import Rate


class Sex(StrEnum):
    """As used in published norms."""

    FEMALE = "female"
    MALE = "male"


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wearer's constants.

    `respiratory_ms` and `slow_ms` are the amplitudes of the breathing (0.15-0.4 Hz) and of the slow (0.1 Hz)
    variation of RR at rest; None takes those usual at this age.
    """

    age_years: Annotated[int, msgspec.Meta(ge=18, le=110)] = 50
    sex: Sex = Sex.FEMALE
    resting_bpm: Rate = 65.0
    breaths_per_min: Annotated[float, msgspec.Meta(ge=6, le=30)] = 14.0
    respiratory_ms: Annotated[float, msgspec.Meta(ge=0, le=200)] | None = None
    slow_ms: Annotated[float, msgspec.Meta(ge=0, le=200)] | None = None
    systolic_mmhg: Annotated[float, msgspec.Meta(ge=80, le=220)] = 118.0
    diastolic_mmhg: Annotated[float, msgspec.Meta(ge=45, le=130)] = 74.0


def respiratory_ms(profile: Profile) -> float:
    """Amplitude of respiratory variation of RR at rest.

    Set so that RMSSD is about 40 ms at 25 years and about 20 ms at 70, the fall with age in the norms that
    Nunan 2010 collected (42 ms, range 19-75, in adults of mixed age).
    """
    if profile.respiratory_ms is not None:
        return profile.respiratory_ms
    return max(8.0, 52.0 - 0.48 * profile.age_years)


def slow_ms(profile: Profile) -> float:
    """Amplitude of the 0.1 Hz variation of RR at rest, which age halves less quickly."""
    if profile.slow_ms is not None:
        return profile.slow_ms
    return max(10.0, 40.0 - 0.25 * profile.age_years)
