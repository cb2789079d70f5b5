"""A wearer's usual blood pressure from sittings over days: people like them, days, and readings.

Three levels, all Gaussian: usual pressures of people of an age and sex, days around the usual pressure, and
readings around their sitting's day. Few readings are drawn towards the population, many speak for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.pressure import Limits, Values, normal_cdf

# Day-to-day SD of morning readings at home over four weeks, 1,215 persons of the Ohasama study (Kato).
DAY_SD_MMHG: Final = (8.6, 5.8)
# Points and weights of the integral over the systolic value; enough for 1e-6.
NODES: Final = 48
FAR_SD: Final = 8.0


@dataclass(frozen=True)
class Population:
    """Usual pressures by age and sex, and how readings scatter within a sitting.

    `mean_mmhg` and `sd_mmhg` are (2, ages, 2): women and men, at `ages_years`, systolic and diastolic. The
    SD is that of usual pressures, without days and readings; `correlation` is that of both values, taken to
    be the same between persons and between days.
    """

    ages_years: Values
    mean_mmhg: Values
    sd_mmhg: Values
    correlation: float
    reading_sd_mmhg: tuple[float, float]

    @classmethod
    def from_constants(cls, constants: Mapping[str, Sequence[float]]) -> Population:
        """As a manifest keeps it."""
        ages = np.array(constants["population_ages"])
        shape = (2, len(ages), 2)
        systolic, diastolic = constants["reading_sd"]
        return cls(
            ages,
            np.array(constants["population_mean"]).reshape(shape),
            np.array(constants["population_sd"]).reshape(shape),
            constants["population_correlation"][0],
            (systolic, diastolic),
        )

    def constants(self) -> dict[str, tuple[float, ...]]:
        """For a manifest."""
        return {
            "population_ages": tuple(self.ages_years.tolist()),
            "population_mean": tuple(np.round(self.mean_mmhg, 3).ravel().tolist()),
            "population_sd": tuple(np.round(self.sd_mmhg, 3).ravel().tolist()),
            "population_correlation": (round(self.correlation, 4),),
            "reading_sd": tuple(round(value, 3) for value in self.reading_sd_mmhg),
        }

    def of(self, age_years: float | None, is_male: bool | None) -> Usual:
        """What is known of someone before any reading; of unknown age or sex, of the mixture of all."""
        ages = self.ages_years if age_years is None else np.array([age_years])
        sexes = (0, 1) if is_male is None else (int(is_male),)
        means = self._at(self.mean_mmhg, sexes, ages)
        sds = self._at(self.sd_mmhg, sexes, ages)
        spread = means - means.mean(axis=0)
        covariance = spread.T @ spread / len(means)
        off = self.correlation * float(np.mean(sds[:, 0] * sds[:, 1]))
        covariance += np.array([[np.mean(sds[:, 0] ** 2), off], [off, np.mean(sds[:, 1] ** 2)]])
        return Usual(means.mean(axis=0), covariance)

    def day_covariance(self) -> Values:
        """Of a day's pressure around the usual one, (2, 2)."""
        off = self.correlation * DAY_SD_MMHG[0] * DAY_SD_MMHG[1]
        return np.array([[DAY_SD_MMHG[0] ** 2, off], [off, DAY_SD_MMHG[1] ** 2]])

    def reading_covariance(self, readings: int) -> Values:
        """Of the mean of so many readings around their day's pressure, (2, 2)."""
        return np.diag(np.square(self.reading_sd_mmhg)) / readings

    def _at(self, table: Values, sexes: Sequence[int], ages: Values) -> Values:
        return np.array(
            [
                [np.interp(age, self.ages_years, table[sex, :, kind]) for kind in (0, 1)]
                for sex in sexes
                for age in ages
            ]
        )


@dataclass(frozen=True)
class Usual:
    """What is known of a usual pressure: mean (2,) and covariance (2, 2), systolic and diastolic in mmHg."""

    mean_mmhg: Values
    covariance: Values

    def interval80_mmhg(self) -> Values:
        """From and to, (2, 2): systolic and diastolic."""
        half = 1.2815515655446004 * np.sqrt(np.diag(self.covariance))
        return np.column_stack([self.mean_mmhg - half, self.mean_mmhg + half])

    def systolic_below(self, limit_mmhg: float) -> float:
        """The probability that the systolic value is below the limit."""
        z = (limit_mmhg - self.mean_mmhg[0]) / np.sqrt(self.covariance[0, 0])
        return float(normal_cdf(z))

    def category_probabilities(self, limits: Limits) -> Values:
        """The probability of each category, lowest first."""
        bounds = np.column_stack(limits)
        # A higher category's bound also ends those below it.
        below = [self._below(*bounds[place:].min(axis=0)) for place in range(1, len(bounds))]
        probabilities: Values = np.maximum(np.diff([0.0, *below, 1.0]), 0.0)
        return probabilities

    def _below(self, systolic_mmhg: float, diastolic_mmhg: float) -> float:
        """The probability that both values are below: an integral over the systolic one."""
        sd = np.sqrt(np.diag(self.covariance))
        correlation = float(self.covariance[0, 1] / (sd[0] * sd[1]))
        top, other = (np.array([systolic_mmhg, diastolic_mmhg]) - self.mean_mmhg) / sd
        top = min(max(float(top), -FAR_SD), FAR_SD)
        points, weights = np.polynomial.legendre.leggauss(NODES)
        z = (points + 1.0) * (top + FAR_SD) / 2.0 - FAR_SD
        density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
        rest = normal_cdf((other - correlation * z) / np.sqrt(1.0 - correlation**2))
        return float(np.sum(weights * density * rest) * (top + FAR_SD) / 2.0)


def usual_after(before: Usual, sittings: Sequence[NDArray[np.floating]], population: Population) -> Usual:
    """What is known after `sittings`, one a day, each (readings, 2) in mmHg; Bayes' rule for Gaussians."""
    precision = np.linalg.inv(before.covariance)
    weighted = precision @ before.mean_mmhg
    for readings in sittings:
        scatter = np.linalg.inv(population.day_covariance() + population.reading_covariance(len(readings)))
        precision = precision + scatter
        weighted = weighted + scatter @ np.mean(readings, axis=0)
    covariance = np.linalg.inv(precision)
    return Usual(covariance @ weighted, covariance)
