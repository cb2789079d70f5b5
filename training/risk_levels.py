"""How well the level of the next cycle is foreseen, by rules that know only the cycles before it.

`python -m training.risk_levels --data DIR` prints what decision 0008 rests on: for each cycle of the table
that covers the most, boosting learns from the four before; each rule then sets its level from their levels.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from training.baselines.risk import gradient_boosting
from training.datasets.nhanes import PERSON_DATASETS, Persons, read_persons
from training.probability_metrics import calibration_error, calibration_error_by_chance, level_shift
from training.risk_outcomes import OUTCOMES, Outcome, inputs_of, with_outcome

LEARNED: Final = 4
Levels = NDArray[np.float64]
# From the levels of the cycles before, oldest first, to the level expected next.
RULES: Final[dict[str, Callable[[Levels], float]]] = {
    "last": lambda levels: float(levels[-1]),
    "mean of 2": lambda levels: float(levels[-2:].mean()),
    "mean of 3": lambda levels: float(levels[-3:].mean()),
    "mean of 4": lambda levels: float(levels.mean()),
    "line through 4": lambda levels: float(np.polyval(np.polyfit(np.arange(LEARNED), levels, 1), LEARNED)),
}


def main() -> None:
    """Print a line for each outcome and rule."""
    parser = argparse.ArgumentParser(prog="python -m training.risk_levels", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("VITALWARD_DATA", ".")))
    persons = read_persons(PERSON_DATASETS["cardiostats"], parser.parse_args().data)
    for outcome in OUTCOMES:
        missed, errors, chance = foreseen(persons, outcome)
        for place, rule in enumerate(RULES):
            off = np.sqrt(np.mean(missed[:, place] ** 2))
            sys.stdout.write(
                f"{outcome.name:<24}{rule:<16}level off by {off:.3f} (RMS, log-odds)  "
                f"ECE {errors[:, place].mean():.4f}  by chance {chance:.4f}\n"
            )


def foreseen(persons: Persons, outcome: Outcome) -> tuple[Levels, Levels, float]:
    """How far off the level is, and the ECE: for each cycle with four before it (rows), by each rule.

    The last value is the mean ECE of probabilities that are right.
    """
    missed, errors, chance = [], [], []
    for place in range(LEARNED, len(persons.cycles)):
        *before, cycle = persons.cycles[place - LEARNED : place + 1]
        learned, labels = with_outcome(persons.of(np.isin(persons.cycle, before)), outcome)
        inputs = inputs_of(learned, outcome).items()
        # This table lacks some inputs altogether.
        predict = gradient_boosting({name: x for name, x in inputs if not np.isnan(x).all()}, labels)
        found = {}
        for name in (*before, cycle):
            known, has_it = with_outcome(persons.of(persons.cycle == name), outcome)
            probability = predict(inputs_of(known, outcome))
            logit = np.log(probability / (1.0 - probability))
            found[name] = logit, has_it, level_shift(logit, has_it)
        levels = np.array([found[name][2] for name in before])
        logit, has_it, true = found[cycle]
        said = [rule(levels) for rule in RULES.values()]
        missed.append([true - level for level in said])
        errors.append([calibration_error(has_it, _sigmoid(logit + level)) for level in said])
        chance.append(calibration_error_by_chance(_sigmoid(logit + true))[0])
    return np.array(missed), np.array(errors), float(np.mean(chance))


def _sigmoid(logit: Levels) -> Levels:
    return 1.0 / (1.0 + np.exp(-logit))


if __name__ == "__main__":
    main()
