"""What a wearer has told the gateway of himself or herself; only what advice rests on is told by that."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from edge.contract.advice import Topic


class Sex(StrEnum):
    """As reference values are told apart by."""

    FEMALE = "female"
    MALE = "male"


ADULT_YEARS: Final = 18

Smoking = Annotated[int, Meta(ge=0, le=2)]
Health = Annotated[int, Meta(ge=0, le=4)]


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One wearer's answers, any of them missing; the names are those of the risk model's inputs.

    `smoking_0_to_2`: never, formerly, now. `health_0_to_4`: excellent, very good, good, fair, poor.
    `language` is that of advice, `advice_off` the topics on which none is wanted.
    """

    birth_year: Annotated[int, Meta(ge=1900, le=2099)] | None = None
    sex: Sex | None = None
    height_cm: Annotated[float, Meta(ge=50, le=250)] | None = None
    weight_kg: Annotated[float, Meta(ge=10, le=400)] | None = None
    has_sleep_trouble: bool | None = None
    is_physically_active: bool | None = None
    smoking_0_to_2: Smoking | None = None
    alcohol_days_per_year: Annotated[float, Meta(ge=0, le=366)] | None = None
    drinks_per_day: Annotated[float, Meta(ge=0, le=50)] | None = None
    health_0_to_4: Health | None = None
    unwell_days_per_month: Annotated[float, Meta(ge=0, le=31)] | None = None
    low_mood_days_per_month: Annotated[float, Meta(ge=0, le=31)] | None = None
    has_diabetes: bool | None = None
    takes_pressure_medicine: bool | None = None
    takes_cholesterol_medicine: bool | None = None
    language: str | None = None
    advice_off: tuple[Topic, ...] = ()

    def age_years(self, at_s: float) -> int | None:
        """The age reached in the year of `at_s`, Unix seconds; None where the year of birth is not told."""
        if self.birth_year is None:
            return None
        return max(datetime.fromtimestamp(at_s, UTC).year - self.birth_year, 0)


def is_adult(age_years: int | None) -> bool:
    """Whether somebody is of age; also who has not told theirs."""
    return age_years is None or age_years >= ADULT_YEARS


UNKNOWN_WEARER = Profile()
