"""A wearer's usual blood pressure from sittings over days: people like them, days, and readings.

Three levels: usual pressures of people of an age and sex, days around the usual pressure, and readings around
their sitting's day. Few readings are drawn towards the population, many speak for themselves. Some people are
unlike others of their age and sex, so the population is a mixture: readings far from what is usual there are
soon believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.pressure import Limits, Values, normal_cdf

# Day-to-day SD of morning readings at home over four weeks, 1,215 persons of Ohasama (Kato, PMID 20448533).
DAY_SD_MMHG: Final = (8.6, 5.8)
# How much wider people who are unlike others of their age and sex are spread than the days of those. Of 1.5,
# 2, 2.5 and 3 times, each with its best share, 2 and 2.5 make the sittings of NHANES likeliest.
UNLIKE_TIMES: Final = 2.0
# Points and weights of the integral over the systolic value; enough for 1e-6.
NODES: Final = 48
FAR_SD: Final = 8.0
# Halvings of the range in which a quantile lies; enough for a millionth of a mmHg.
HALVINGS: Final = 30


@dataclass(frozen=True)
class Population:
    """Usual pressures by age and sex, and how readings scatter within a sitting.

    `mean_mmhg` and `sd_mmhg` are (2, ages, 2): women and men, at `ages_years`, systolic and diastolic. The
    SD is that of usual pressures, without days and readings; `correlation` is that of both values, taken to
    be the same between persons and between days. `unlike` is the share of persons who are unlike others of
    their age and sex.
    """

    ages_years: Values
    mean_mmhg: Values
    sd_mmhg: Values
    correlation: float
    reading_sd_mmhg: tuple[float, float]
    unlike: float

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
            constants["population_unlike"][0],
        )

    def constants(self) -> dict[str, tuple[float, ...]]:
        """For a manifest."""
        return {
            "population_ages": tuple(self.ages_years.tolist()),
            "population_mean": tuple(np.round(self.mean_mmhg, 3).ravel().tolist()),
            "population_sd": tuple(np.round(self.sd_mmhg, 3).ravel().tolist()),
            "population_correlation": (round(self.correlation, 4),),
            "population_unlike": (round(self.unlike, 4),),
            "reading_sd": tuple(round(value, 3) for value in self.reading_sd_mmhg),
        }

    def of(self, age_years: float | None, is_male: bool | None) -> Usual:
        """What is known of someone before any reading, who may not have told age or sex.

        Ages beyond the table's count as its first and last.
        """
        ages = self.ages_years if age_years is None else np.array([age_years])
        sexes = (0, 1) if is_male is None else (int(is_male),)
        means_mmhg = self._at(self.mean_mmhg, sexes, ages)
        sd_mmhg = self._at(self.sd_mmhg, sexes, ages)
        correlations = np.array([[1.0, self.correlation], [self.correlation, 1.0]])
        alike = correlations * sd_mmhg[:, :, np.newaxis] * sd_mmhg[:, np.newaxis, :]
        unlike = UNLIKE_TIMES**2 * (alike + self.day_covariance())
        share = np.repeat([1.0 - self.unlike, self.unlike], len(means_mmhg)) / len(means_mmhg)
        return Usual(share, np.tile(means_mmhg, (2, 1)), np.concatenate([alike, unlike]))

    def day_covariance(self) -> Values:
        """Of a day's pressure around the usual one, (2, 2)."""
        off = self.correlation * DAY_SD_MMHG[0] * DAY_SD_MMHG[1]
        return np.array([[DAY_SD_MMHG[0] ** 2, off], [off, DAY_SD_MMHG[1] ** 2]])

    def reading_covariance(self, readings: int) -> Values:
        """Of the mean of so many readings around their day's pressure, (2, 2)."""
        return np.diag(np.square(self.reading_sd_mmhg)) / readings

    def _at(self, table: Values, sexes: Sequence[int], ages: Values) -> Values:
        """What the table holds of each sex at each age, (sexes x ages, 2)."""
        return np.array(
            [
                [np.interp(age, self.ages_years, table[sex, :, kind]) for kind in (0, 1)]
                for sex in sexes
                for age in ages
            ]
        )


@dataclass(frozen=True)
class Usual:
    """What is known of a usual pressure: a mixture of Gaussians over systolic and diastolic, in mmHg.

    `share` (n,) of each, adding up to 1; `means_mmhg` (n, 2); `covariances` (n, 2, 2).
    """

    share: Values
    means_mmhg: Values
    covariances: Values

    @property
    def mean_mmhg(self) -> Values:
        """Of the whole mixture, (2,)."""
        mean: Values = self.share @ self.means_mmhg
        return mean

    @property
    def covariance(self) -> Values:
        """Of the whole mixture, (2, 2): within its parts and between them."""
        apart = self.means_mmhg - self.mean_mmhg
        each = self.covariances + apart[:, :, np.newaxis] * apart[:, np.newaxis, :]
        covariance: Values = np.tensordot(self.share, each, axes=1)
        return covariance

    def interval80_mmhg(self) -> Values:
        """From and to, (2, 2): systolic and diastolic."""
        return np.array([[self._quantile(kind, part) for part in (0.1, 0.9)] for kind in (0, 1)])

    def systolic_below(self, limit_mmhg: float) -> float:
        """The probability that the systolic value is below the limit."""
        return self._value_below(0, limit_mmhg)

    def category_probabilities(self, limits: Limits) -> Values:
        """The probability of each category, lowest first."""
        bounds = np.column_stack(limits)
        # A higher category's bound also ends those below it.
        below = [self._both_below(*bounds[place:].min(axis=0)) for place in range(1, len(bounds))]
        probabilities: Values = np.maximum(np.diff([0.0, *below, 1.0]), 0.0)
        return probabilities

    def _value_below(self, kind: int, limit_mmhg: float) -> float:
        """The probability that one of the values is below the limit."""
        sd = np.sqrt(self.covariances[:, kind, kind])
        return float(self.share @ normal_cdf((limit_mmhg - self.means_mmhg[:, kind]) / sd))

    def _quantile(self, kind: int, part: float) -> float:
        """The value that such a part of one of the values lies below."""
        sd = np.sqrt(self.covariances[:, kind, kind])
        low = float(np.min(self.means_mmhg[:, kind] - FAR_SD * sd))
        high = float(np.max(self.means_mmhg[:, kind] + FAR_SD * sd))
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            low, high = (middle, high) if self._value_below(kind, middle) < part else (low, middle)
        return (low + high) / 2.0

    def _both_below(self, systolic_mmhg: float, diastolic_mmhg: float) -> float:
        """The probability that both values are below: an integral over the systolic one."""
        sd = np.sqrt(np.diagonal(self.covariances, axis1=1, axis2=2))
        correlation = (self.covariances[:, 0, 1] / sd.prod(axis=1))[:, np.newaxis]
        far = (np.array([systolic_mmhg, diastolic_mmhg]) - self.means_mmhg) / sd
        reach = np.clip(far[:, :1], -FAR_SD, FAR_SD) + FAR_SD
        points, weights = _nodes()
        z = (points + 1.0) * reach / 2.0 - FAR_SD
        density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
        rest = normal_cdf((far[:, 1:] - correlation * z) / np.sqrt(1.0 - correlation**2))
        each = (weights * density * rest).sum(axis=1) * reach[:, 0] / 2.0
        return float(self.share @ each)


@cache
def _nodes() -> tuple[Values, Values]:
    """Points and weights of the integral, always the same; to work them out takes ten times the integral."""
    return np.polynomial.legendre.leggauss(NODES)


def usual_after(before: Usual, sittings: Sequence[NDArray[np.floating]], population: Population) -> Usual:
    """What is known after `sittings`, one a day, each (readings, 2) in mmHg; Bayes' rule for a mixture.

    Each part of it moves as a Gaussian does, and the parts that foresaw the readings better gain in share.
    """
    prior = np.linalg.inv(before.covariances)
    weighted_prior = _times(prior, before.means_mmhg)
    precision, weighted = prior, weighted_prior
    for readings in sittings:
        scatter = np.linalg.inv(population.day_covariance() + population.reading_covariance(len(readings)))
        precision = precision + scatter
        weighted = weighted + scatter @ np.mean(readings, axis=0)
    covariances = np.linalg.inv(precision)
    means_mmhg = _times(covariances, weighted)
    # The logarithm of how likely each part makes the readings, without what is the same for all.
    foresaw = 0.5 * (
        np.log(np.linalg.det(prior) / np.linalg.det(precision))
        + np.sum(means_mmhg * weighted - before.means_mmhg * weighted_prior, axis=1)
    )
    share = before.share * np.exp(foresaw - foresaw.max())
    return Usual(share / share.sum(), means_mmhg, covariances)


def _times(matrices: NDArray[np.floating], vectors: NDArray[np.floating]) -> Values:
    """Each of (n, 2, 2) times its own of (n, 2)."""
    products: Values = np.einsum("nij,nj->ni", matrices, vectors)
    return products
