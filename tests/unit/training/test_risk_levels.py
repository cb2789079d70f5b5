"""The rules that foresee the level of the next cycle, by hand, and what they miss of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import brentq

from training.baselines.risk import gradient_boosting
from training.datasets.nhanes import PERSON_DATASETS, Persons
from training.risk_levels import RULES, foreseen
from training.risk_outcomes import Outcome


def test_each_rule_foresees_what_its_name_says() -> None:
    """Of 1, 2, 4 and 8: means of the last ones, and the line 3.75 + 2.3 (x - 1.5), which is 9.5 at 4."""
    levels = np.array([1.0, 2.0, 4.0, 8.0])

    assert {name: rule(levels) for name, rule in RULES.items()} == pytest.approx(
        {"last": 8.0, "mean of 2": 6.0, "mean of 3": 14 / 3, "mean of 4": 3.75, "line through 4": 9.5}
    )


OUTCOME = Outcome("ill", "cardiostats", "is_ill", ("age_years", "bmi_kg_m2"))
# In log-odds: it rises, falls back and rises again, so that each rule expects something else of the last.
LEVELS = {"2001-2002": 0.0, "2003-2004": 0.8, "2005-2006": -0.4, "2007-2008": 0.6, "2009-2010": 1.8}


def survey() -> Persons:
    """400 persons a cycle, ill by age and by the cycle's level; nobody's weight is known."""
    rng = np.random.default_rng(5)
    cycle = np.repeat(list(LEVELS), 400)
    age = rng.uniform(20.0, 80.0, len(cycle))
    chance = 1.0 / (1.0 + np.exp(4.0 - 0.05 * age - np.repeat(list(LEVELS.values()), 400)))
    columns = {
        "age_years": age,
        "bmi_kg_m2": np.full(len(age), np.nan),
        "is_ill": (rng.random(len(age)) < chance).astype(float),
    }
    return Persons(PERSON_DATASETS["cardiostats"], cycle, columns, {})


def raised(probability: NDArray[np.float64], log_odds: float) -> NDArray[np.float64]:
    """Probabilities whose odds are so many times as large."""
    odds = probability / (1.0 - probability) * np.exp(log_odds)
    moved: NDArray[np.float64] = odds / (1.0 + odds)
    return moved


def far_off(probability: NDArray[np.float64], is_ill: NDArray[np.bool_]) -> float:
    """The expected calibration error, bin by bin."""
    order = sorted(range(len(is_ill)), key=lambda at: probability[at])
    bins: list[Any] = np.array_split(order, 15)
    gaps = [abs(float(np.mean(probability[part])) - float(np.mean(is_ill[part]))) for part in bins]
    return sum(len(part) * gap for part, gap in zip(bins, gaps, strict=True)) / len(order)


def test_a_rule_is_off_by_what_the_cycle_holds_beyond_it() -> None:
    """Levels by root finding on the number of the ill, errors bin by bin, for the one cycle with four before.

    A rule that expects too low a level leaves probabilities too low, and an error that grows with it.
    """
    persons = survey()
    age, is_ill = persons.column("age_years"), persons.column("is_ill") == 1.0
    *before, last = LEVELS
    is_before = persons.cycle != last
    predict = gradient_boosting({"age_years": age[is_before]}, is_ill[is_before])
    probability = predict({"age_years": age})

    def level(cycle: str) -> float:
        rows = persons.cycle == cycle
        return float(brentq(lambda up: raised(probability[rows], up).sum() - is_ill[rows].sum(), -5.0, 5.0))

    levels = np.array([level(cycle) for cycle in before])
    expected = np.array([rule(levels) for rule in RULES.values()])
    rows = persons.cycle == last

    missed, errors, chance = foreseen(persons, OUTCOME)

    assert missed.shape == errors.shape == (1, len(RULES))
    assert missed[0] == pytest.approx(level(last) - expected, abs=1e-6)
    assert errors[0] == pytest.approx(
        [far_off(raised(probability[rows], up), is_ill[rows]) for up in expected]
    )
    # All rules fall short of this cycle: the farther, the larger the error, and chance alone is below all.
    assert np.argsort(missed[0]).tolist() == np.argsort(errors[0]).tolist()
    assert chance < errors.min()
    right = raised(probability[rows], level(last))
    rng = np.random.default_rng(6)
    assert chance == pytest.approx(
        np.mean([far_off(right, rng.random(len(right)) < right) for _ in range(400)]), rel=0.05
    )
