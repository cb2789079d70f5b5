"""The facts of what counts most for a wearer: told only where there is something to compare."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from edge.advice.facts import Told, Value, number
from edge.advice.priorities import LEAST_FALL, RiskModel
from edge.contract.profile import Profile, Sex

# The risk model has seen nobody younger.
YOUNGEST: Final = 20
LEAST_COMPARED: Final = 2


def of_risk(model: RiskModel | None, profile: Profile, known: Mapping[str, Value]) -> Told:
    """Ranks only where there is something to compare, and for the ages the model has seen."""
    names = ("counts_most", "counts_most_for", "counts_most_logit", "compared_topics", "risk_model")
    age = number(known, "age_years")
    if model is None or age is None or age < YOUNGEST:
        yield "no risk model, or not of an age it knows", dict.fromkeys(names)
        return
    falls = model.falls(_person(profile, known))
    first = next(iter(falls.items()), None)
    if first is None or len(falls) < LEAST_COMPARED or first[1].logit < LEAST_FALL:
        yield "nothing that counts more than another in the model's view", dict.fromkeys(names)
        return
    yield (
        "",
        {
            "counts_most": first[0].value,
            "counts_most_for": first[1].outcome,
            "counts_most_logit": first[1].logit,
            "compared_topics": len(falls),
            "risk_model": model.name,
        },
    )


def _person(profile: Profile, known: Mapping[str, Value]) -> dict[str, float | None]:
    """The risk model's inputs: what was told, and what was measured where it answers to the same question."""

    def flag(value: bool | None) -> float | None:
        return None if value is None else float(value)

    return {
        "age_years": number(known, "age_years"),
        "is_male": None if profile.sex is None else float(profile.sex is Sex.MALE),
        "bmi_kg_m2": number(known, "bmi_kg_m2"),
        "height_cm": profile.height_cm,
        # Of somebody who sits and rests, as in the survey: a night's heart rate would be another thing.
        "pulse_bpm": number(known, "bp_pulse_bpm") or number(known, "rest_hr_bpm"),
        "sleep_h": number(known, "sleep_h_mean"),
        "has_sleep_trouble": flag(profile.has_sleep_trouble),
        "is_physically_active": flag(profile.is_physically_active),
        "active_days_per_week": number(known, "active_days_per_week"),
        "smoking_0_to_2": profile.smoking_0_to_2,
        "alcohol_days_per_year": profile.alcohol_days_per_year,
        "drinks_per_day": profile.drinks_per_day,
        "health_0_to_4": profile.health_0_to_4,
        "unwell_days_per_month": profile.unwell_days_per_month,
        "low_mood_days_per_month": profile.low_mood_days_per_month,
        "has_diabetes": flag(profile.has_diabetes),
        "systolic_mmhg": number(known, "bp_systolic_mmhg"),
        "diastolic_mmhg": number(known, "bp_diastolic_mmhg"),
        "takes_pressure_medicine": flag(profile.takes_pressure_medicine),
        "takes_cholesterol_medicine": flag(profile.takes_cholesterol_medicine),
    }
