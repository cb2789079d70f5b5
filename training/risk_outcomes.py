"""The outcomes of the risk task: in which table each stands, and from what it may be told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.datasets.columns import Column
from training.datasets.nhanes import Persons


@dataclass(frozen=True)
class Outcome:
    """What is to be foreseen, in which kind of table it stands, and from which inputs."""

    name: str
    dataset: str
    label: str
    inputs: tuple[str, ...]


_OF_BODY_AND_HABITS: Final = (
    "age_years",
    "is_male",
    "bmi_kg_m2",
    "height_cm",
    "pulse_bpm",
    "sleep_h",
    "has_sleep_trouble",
    "is_physically_active",
    "active_days_per_week",
    "smoking_0_to_2",
    "alcohol_days_per_year",
    "drinks_per_day",
    "health_0_to_4",
    "unwell_days_per_month",
    "low_mood_days_per_month",
)

OUTCOMES: Final = (
    Outcome("diabetes", "nhanes", "has_diabetes", (*_OF_BODY_AND_HABITS, "systolic_mmhg", "diastolic_mmhg")),
    Outcome("raised_pressure", "nhanes", "has_raised_pressure", (*_OF_BODY_AND_HABITS, "has_diabetes")),
    Outcome(
        "cardiovascular_disease",
        "cardiostats",
        "has_cardiovascular_disease",
        (
            "age_years",
            "is_male",
            "bmi_kg_m2",
            "smoking_0_to_2",
            "has_diabetes",
            "systolic_mmhg",
            "diastolic_mmhg",
            "takes_pressure_medicine",
            "takes_cholesterol_medicine",
        ),
    ),
)


def with_outcome(persons: Persons, outcome: Outcome) -> tuple[Persons, NDArray[np.bool_]]:
    """Those persons of whom the outcome is known, and whether they have it."""
    label = persons.column(outcome.label)
    known = ~np.isnan(label)
    return persons.of(known), label[known] == 1.0


def inputs_of(persons: Persons, outcome: Outcome) -> dict[str, Column]:
    """The columns that the outcome may be told from."""
    return {name: persons.column(name) for name in outcome.inputs}
