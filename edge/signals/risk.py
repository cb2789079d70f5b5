"""What the risk model sees: answers and measurements of a wearable's owner, any of them missing.

The model is a sum of terms, each a small network of one input or of two together, so that what a term adds
to the logit is exactly its share in the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Input(NamedTuple):
    """The range in which an input tells values apart; beyond, it counts as the border."""

    least: float
    most: float


RISK_INPUTS: Final[dict[str, Input]] = {
    "age_years": Input(20, 80),
    "is_male": Input(0, 1),
    "bmi_kg_m2": Input(16, 50),
    "height_cm": Input(145, 195),
    "pulse_bpm": Input(45, 110),
    "sleep_h": Input(3, 11),
    "has_sleep_trouble": Input(0, 1),
    "is_physically_active": Input(0, 1),
    "active_days_per_week": Input(0, 7),
    # 0 never, 1 formerly, 2 now.
    "smoking_0_to_2": Input(0, 2),
    "alcohol_days_per_year": Input(0, 365),
    "drinks_per_day": Input(0, 10),
    # One's own health in one's own words: 0 excellent, 1 very good, 2 good, 3 fair, 4 poor.
    "health_0_to_4": Input(0, 4),
    "unwell_days_per_month": Input(0, 30),
    "low_mood_days_per_month": Input(0, 30),
    "has_diabetes": Input(0, 1),
    "systolic_mmhg": Input(90, 190),
    "diastolic_mmhg": Input(40, 110),
    "takes_pressure_medicine": Input(0, 1),
    "takes_cholesterol_medicine": Input(0, 1),
}

# Two inputs whose effects depend on each other, and which most people can give.
RISK_PAIRS: Final = (
    ("age_years", "is_male"),
    ("age_years", "bmi_kg_m2"),
    ("is_male", "bmi_kg_m2"),
    ("age_years", "pulse_bpm"),
    ("age_years", "takes_pressure_medicine"),
    ("systolic_mmhg", "takes_pressure_medicine"),
    ("age_years", "smoking_0_to_2"),
    ("age_years", "has_diabetes"),
    ("age_years", "systolic_mmhg"),
)
# What the model answers for each term: its share in the logit of each.
RISK_OUTCOMES: Final = ("diabetes", "raised_pressure", "cardiovascular_disease")
RISK_TERMS: Final[tuple[tuple[str, ...], ...]] = (*((name,) for name in RISK_INPUTS), *RISK_PAIRS)

# What a term's network is given: both its inputs, then for both whether they are missing.
SEATS: Final = 4


def risk_inputs(values: Mapping[str, NDArray[np.floating] | float | None]) -> NDArray[np.float32]:
    """The network's input for n persons, float32 (n, 1, SEATS, terms); None, NaN or no entry is missing.

    Values are arrays of shape (n,) or numbers, in the unit that the name tells.
    """
    given = {
        name: np.atleast_1d(np.asarray(np.nan if value is None else value, dtype=np.float64))
        for name, value in values.items()
        if name in RISK_INPUTS
    }
    persons = max((len(column) for column in given.values()), default=1)
    seats = np.zeros((persons, 1, SEATS, len(RISK_TERMS)), dtype=np.float32)
    for place, term in enumerate(RISK_TERMS):
        for seat, name in enumerate(term):
            column = given.get(name, np.full(persons, np.nan))
            missing = np.isnan(column)
            seats[:, 0, seat, place] = np.where(missing, 0.0, _scaled(column, RISK_INPUTS[name]))
            seats[:, 0, seat + SEATS // 2, place] = missing
    return seats


def risk_logits(shares: NDArray[np.floating]) -> NDArray[np.float64]:
    """The logit of each outcome, (n, outcomes), from the shares of the terms, (n, terms, outcomes)."""
    table = np.asarray(shares, dtype=np.float64).reshape(-1, len(RISK_TERMS), len(RISK_OUTCOMES))
    logits: NDArray[np.float64] = table.sum(axis=1)
    return logits


def _scaled(column: NDArray[np.float64], limits: Input) -> NDArray[np.float64]:
    """From -1 at the least to 1 at the most."""
    held = np.clip(column, limits.least, limits.most)
    return 2.0 * (held - limits.least) / (limits.most - limits.least) - 1.0
