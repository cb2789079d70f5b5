"""Who a simulated wearer is."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

from device_sim.events import Rate
from edge.contract.profile import Sex


class Fitness(StrEnum):
    """How much the heart is trained."""

    LOW = "low"
    USUAL = "usual"
    ATHLETIC = "athletic"


class Medicine(StrEnum):
    """What a wearer takes that changes the signals."""

    BETA_BLOCKER = "beta_blocker"


# These words stand in scenarios; those of alerts (edge.signals.dipping) differ, and neither can change.
class Dipping(StrEnum):
    """How far systolic pressure falls asleep: classes of Fagard 2009, Hypertension 53:466."""

    EXTREME = "extreme"
    DIPPER = "dipper"
    NON_DIPPER = "non_dipper"
    REVERSE = "reverse"


Variation = Annotated[float, msgspec.Meta(ge=0, le=200)]
PerHour = Annotated[float, msgspec.Meta(ge=0, le=1500)]


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wearer's constants.

    `resting_bpm` is the rate awake, sitting, under the medicines taken. `respiratory_ms` and `slow_ms` are
    the amplitudes of the breathing (0.15-0.4 Hz) and of the slow (0.1 Hz) variation of RR at rest; None takes
    those usual at this age. The pressures are those usual awake at home.
    """

    age_years: Annotated[int, msgspec.Meta(ge=18, le=110)] = 50
    sex: Sex = Sex.FEMALE
    fitness: Fitness = Fitness.USUAL
    medicines: tuple[Medicine, ...] = ()
    resting_bpm: Rate = 65.0
    breaths_per_min: Annotated[float, msgspec.Meta(ge=6, le=30)] = 14.0
    respiratory_ms: Variation | None = None
    slow_ms: Variation | None = None
    atrial_extra_per_h: PerHour = 0.0
    ventricular_extra_per_h: PerHour = 0.0
    systolic_mmhg: Annotated[float, msgspec.Meta(ge=80, le=220)] = 118.0
    diastolic_mmhg: Annotated[float, msgspec.Meta(ge=45, le=130)] = 74.0
    dipping: Dipping = Dipping.DIPPER
    white_coat_mmhg: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0.0
    drift_mmhg_per_week: Annotated[float, msgspec.Meta(ge=-10, le=10)] = 0.0
    saturation_percent: Annotated[float, msgspec.Meta(ge=80, le=100)] = 97.0


def respiratory_ms(profile: Profile) -> float:
    """Amplitude of respiratory variation of RR at rest.

    Set so that RMSSD is about 36 ms at 25 years and about 20 ms at 70, as in MMASH's men of 20 to 40 and in
    LTAFDB; Nunan 2010 collected 42 ms, range 19-75, in adults of mixed age. More in the trained.
    """
    if profile.respiratory_ms is not None:
        return profile.respiratory_ms
    return _TRAINED[profile.fitness] * max(8.0, 40.0 - 0.32 * profile.age_years)


def slow_ms(profile: Profile) -> float:
    """Amplitude of the 0.1 Hz variation of RR at rest, set between MMASH (young) and LTAFDB (old)."""
    if profile.slow_ms is not None:
        return profile.slow_ms
    return _TRAINED[profile.fitness] * max(10.0, 80.0 - 0.85 * profile.age_years)


_TRAINED = {Fitness.LOW: 0.85, Fitness.USUAL: 1.0, Fitness.ATHLETIC: 1.3}


def highest_bpm(profile: Profile) -> float:
    """The heart's highest rate, a fifth less under a beta blocker."""
    # Tanaka 2001, J Am Coll Cardiol 37:153.
    unblocked_bpm = 208.0 - 0.7 * profile.age_years
    return max(_BLOCKED * unblocked_bpm if is_blocked(profile) else unblocked_bpm, profile.resting_bpm + 20.0)


def is_blocked(profile: Profile) -> bool:
    """Whether a beta blocker holds the heart rate down."""
    return Medicine.BETA_BLOCKER in profile.medicines


# Under a beta blocker the highest rate falls by a fifth to a quarter, and so does what effort adds.
_BLOCKED = 0.8


def reached_bpm(profile: Profile, aimed_bpm: float) -> float:
    """The rate to which an effort drives this heart that would drive an untreated one to `aimed_bpm`."""
    if is_blocked(profile):
        aimed_bpm = profile.resting_bpm + _BLOCKED * max(aimed_bpm - profile.resting_bpm, 0.0)
    return min(aimed_bpm, highest_bpm(profile))
