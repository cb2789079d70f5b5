"""Cases of the pressure task: the first readings of a sitting, and the mean of those that followed."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.pressure import GAUSSIAN, KINDS, PRESSURE_INPUTS, Gaussian, Limits, Values
from training.datasets.nhanes import Persons

SCHEMES: Final = ("acc-aha-2017", "esc-2024")


@dataclass(frozen=True)
class Cases:
    """One row a case: `inputs` (n, 8) as PRESSURE_INPUTS, `given` readings 1 or 2, `others_mmhg` (n, 2).

    A person with three readings makes two cases; `person` (n,) tells them apart.
    """

    inputs: Values
    given: NDArray[np.int64]
    others_mmhg: Values
    person: Values

    def of(self, chosen: NDArray[np.bool_]) -> Cases:
        """Those cases alone."""
        return Cases(self.inputs[chosen], self.given[chosen], self.others_mmhg[chosen], self.person[chosen])


def readings_mmhg(persons: Persons, numbers: Sequence[int]) -> Values:
    """The readings of these numbers, 1 to 3, of each sitting: (n, numbers, 2), NaN where missing."""
    return np.stack(
        [np.column_stack([persons.column(f"{kind}_{number}_mmhg") for kind in KINDS]) for number in numbers],
        axis=1,
    )


def make_cases(persons: Persons) -> Cases:
    """Cases with one reading given and with two; a reading has both its values, other gaps stay."""
    readings = readings_mmhg(persons, (1, 2, 3))
    whole = np.logical_not(np.isnan(readings).any(axis=2))
    about = np.column_stack([persons.column(name) for name in PRESSURE_INPUTS[4:]])
    parts = []
    for given in (1, 2):
        rows = whole[:, :given].all(axis=1) & whole[:, given:].any(axis=1)
        later = np.where(whole[rows, given:, np.newaxis], readings[rows, given:], np.nan)
        first = np.full((int(rows.sum()), 2, 2), np.nan)
        first[:, :given] = readings[rows, :given]
        parts.append(
            Cases(
                np.column_stack([first.reshape(-1, 4), about[rows]]),
                np.full(int(rows.sum()), given),
                np.nanmean(later, axis=1),
                persons.column("person")[rows],
            )
        )
    one, two = parts
    return Cases(
        np.concatenate([one.inputs, two.inputs]),
        np.concatenate([one.given, two.given]),
        np.concatenate([one.others_mmhg, two.others_mmhg]),
        np.concatenate([one.person, two.person]),
    )


def fit_gaussian(persons: Persons) -> Gaussian:
    """Means and covariance over those of whom everything is known."""
    table = np.column_stack([persons.column(name) for name in GAUSSIAN])
    table = table[~np.isnan(table).any(axis=1)]
    return Gaussian(table.mean(axis=0), np.cov(table.T))


def read_schemes() -> dict[str, Limits]:
    """The limits of the categories as the edge has them, from its table of guidelines."""
    table = tomllib.loads(
        files("edge.guidelines").joinpath("blood_pressure.toml").read_text(encoding="utf-8")
    )
    categories = {scheme["id"]: scheme["category"] for scheme in table["scheme"]}
    return {
        name: Limits(
            tuple(float(item.get("systolic_from", np.inf)) for item in categories[name]),
            tuple(float(item.get("diastolic_from", np.inf)) for item in categories[name]),
        )
        for name in SCHEMES
    }
