"""The population that the usual pressure is judged against, and a test of that judgement on simulated homes.

The homes are drawn with more truth than the edge's model has: skewed populations and a day-to-day SD of each
person's own. The exact posterior under that truth is the limit of what any method can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.signals.home_pressure import DAY_SD_MMHG, Population, usual_after
from edge.signals.pressure import Limits, Values, categorise
from training.bootstrap import Interval, middle_95, ratio, times_drawn
from training.datasets.nhanes import Persons
from training.pressure_cases import readings_mmhg

AGES_YEARS: Final = tuple(float(age) for age in range(20, 81, 10))
# Persons this near to an age say what is usual there.
AROUND_YEARS: Final = 7.5
LEAST_SD_MMHG: Final = 3.0
# Shares of persons unlike others of their age and sex that are tried.
SHARES: Final = tuple(percent / 100.0 for percent in range(1, 51))
# How different the persons of the Ohasama study were: the SD of their day-to-day SDs (Kato).
DAY_SD_SPREAD_MMHG: Final = (3.1, 2.0)
# The skewness of pressures at an age, as the sigma of a log-normal distribution of the same shape.
SKEW: Final = 0.25
HOMES: Final = 3000
# Enough that the limit is not visibly below the model after twelve readings, where few draws still matter.
PARTICLES: Final = 16_000


@dataclass(frozen=True)
class Design:
    """How many sittings on as many days, and how many readings in each."""

    sittings: int
    readings: int


DESIGNS: Final = {
    "3_readings_1_day": Design(1, 3),
    "3_readings_3_days": Design(3, 1),
    "6_readings_3_days": Design(3, 2),
    "12_readings_6_days": Design(6, 2),
}


def fit_population(persons: Persons) -> Population:
    """Means and SDs of usual pressures by age and sex, and the SD of readings within a sitting.

    What the sittings' means vary, less what days and readings add to it, is the usual pressures' variance.
    """
    readings = readings_mmhg(persons, (2, 3))
    whole = ~np.isnan(readings).any(axis=(1, 2))
    readings = readings[whole]
    age, male = persons.column("age_years")[whole], persons.column("is_male")[whole]
    reading_sd = np.std(readings[:, 1] - readings[:, 0], axis=0) / np.sqrt(2.0)
    added = np.square(DAY_SD_MMHG) + np.square(reading_sd) / 2.0
    shape = (2, len(AGES_YEARS), 2)
    mean, sd, correlations = np.zeros(shape), np.zeros(shape), []
    sitting = readings.mean(axis=1)
    for sex in (0, 1):
        for place, centre in enumerate(AGES_YEARS):
            near = sitting[(male == sex) & (np.abs(age - centre) <= AROUND_YEARS)]
            mean[sex, place] = near.mean(axis=0)
            variance = np.maximum(near.var(axis=0) - added, LEAST_SD_MMHG**2)
            sd[sex, place] = np.sqrt(variance)
            # The covariance seen is that of persons and of days; readings scatter on their own.
            correlations.append(np.cov(near.T)[0, 1] / (sd[sex, place].prod() + np.prod(DAY_SD_MMHG)))
    correlation = float(np.clip(np.mean(correlations), -0.9, 0.9))
    systolic, diastolic = reading_sd.tolist()
    alike = Population(np.array(AGES_YEARS), mean, sd, correlation, (systolic, diastolic), unlike=0.0)
    return replace(alike, unlike=_unlike(alike, sitting, age, male))


def _unlike(population: Population, sitting_mmhg: Values, age_years: Values, male: Values) -> float:
    """The share of persons unlike others of their age and sex that makes these sittings likeliest."""
    scatter = population.day_covariance() + population.reading_covariance(2)
    log_density = np.empty((2, len(sitting_mmhg)))
    kind_of = np.column_stack([age_years, male])
    for age, sex in np.unique(kind_of, axis=0).tolist():
        which = (kind_of == (age, sex)).all(axis=1)
        people = population.of(age, bool(sex))
        for place, (mean, covariance) in enumerate(zip(people.means_mmhg, people.covariances, strict=True)):
            log_density[place, which] = _log_density(sitting_mmhg[which] - mean, covariance + scatter)
    alike, unlike = log_density
    likely = [np.mean(np.logaddexp(np.log1p(-share) + alike, np.log(share) + unlike)) for share in SHARES]
    return SHARES[int(np.argmax(likely))]


def _log_density(away: Values, covariance: Values) -> Values:
    """Of a Gaussian at so far away from its mean, (n, 2), but for a constant."""
    precision = np.linalg.inv(covariance)
    far = np.einsum("ni,ij,nj->n", away, precision, away)
    density: Values = 0.5 * (np.log(np.linalg.det(precision)) - far)
    return density


def evaluate_homes(
    population: Population,
    schemes: dict[str, Limits],
    designs: Mapping[str, Design],
    *,
    homes: int = HOMES,
) -> dict[str, Any]:
    """For each design and scheme the balanced accuracy, in percent, of averaging, model and limit.

    The category called is the one whose probability exceeds its share in the population the most, which is
    what balanced accuracy rewards; averaging calls the category of the mean reading.
    """
    found: dict[str, Any] = {}
    for name, design in designs.items():
        drawn = _Homes(
            population, design, homes, np.random.default_rng([0, design.sittings, design.readings])
        )
        told, exact, mean_mmhg = drawn.by_model(schemes), drawn.by_truth(schemes), drawn.mean_mmhg()
        found[name] = {}
        for scheme, limits in schemes.items():
            true = categorise(limits, *drawn.usual_mmhg.T)
            share = np.bincount(true, minlength=len(limits.systolic_mmhg)) / len(true)
            called = {
                "averaging": categorise(limits, *mean_mmhg.T),
                "model": np.argmax(told[scheme] / share, axis=1),
                "exact_posterior": np.argmax(exact[scheme] / share, axis=1),
            }
            found[name][scheme] = {
                **{method: balanced_accuracy(true, categories) for method, categories in called.items()},
                "model_log_loss": _log_loss(true, told[scheme]),
                "exact_posterior_log_loss": _log_loss(true, exact[scheme]),
                "intervals": _intervals(true, called),
            }
    return found


def balanced_accuracy(true: NDArray[np.int64], called: NDArray[np.int64]) -> float:
    """The mean over categories of how many of each were called so, in percent."""
    shares = [float(np.mean(called[true == category] == category)) for category in np.unique(true)]
    return round(100.0 * float(np.mean(shares)), 3)


def _intervals(
    true: NDArray[np.int64], called: Mapping[str, NDArray[np.int64]]
) -> dict[str, Interval | None]:
    """Of each balanced accuracy, and of how far the model's is below the limit, by drawing homes anew."""
    drawn = times_drawn(len(true))
    has = true[:, np.newaxis] == np.unique(true)
    homes = drawn @ has
    accuracy = {
        method: 100.0 * np.nanmean(ratio(drawn @ (has & (categories == true)[:, np.newaxis]), homes), axis=1)
        for method, categories in called.items()
    }
    accuracy["model_below_exact_posterior"] = accuracy["exact_posterior"] - accuracy["model"]
    return {method: middle_95(values, 2) for method, values in accuracy.items()}


class _Homes:
    """Simulated persons with their readings: `usual_mmhg` (n, 2), `readings` (n, sittings, readings, 2)."""

    def __init__(self, population: Population, design: Design, count: int, rng: np.random.Generator) -> None:
        self._population, self._design, self._rng = population, design, rng
        self._age = rng.uniform(20.0, 80.0, count)
        self._male = rng.integers(0, 2, count)
        people = list(zip(self._age.tolist(), self._male.astype(bool).tolist(), strict=True))
        alike = [replace(population, unlike=0.0).of(age, male) for age, male in people]
        self._mean = np.array([like.mean_mmhg for like in alike])
        self._sd = np.sqrt(np.array([np.diag(like.covariance) for like in alike]))
        self._priors = [population.of(age, male) for age, male in people]
        standard, day_sd = self._draw(count)
        self.usual_mmhg = self._mean + self._sd * standard
        turns = _correlated(rng.standard_normal((count, design.sittings, 2)), population.correlation)
        days = self.usual_mmhg[:, np.newaxis] + day_sd[:, np.newaxis] * turns
        scatter = rng.standard_normal((count, design.sittings, design.readings, 2))
        self.readings = np.rint(days[:, :, np.newaxis] + scatter * np.array(population.reading_sd_mmhg))

    def mean_mmhg(self) -> Values:
        """Plain averages of all readings."""
        mean: Values = self.readings.mean(axis=(1, 2))
        return mean

    def by_model(self, schemes: dict[str, Limits]) -> dict[str, Values]:
        """The categories' probabilities by the edge's model, who knows age and sex."""
        told = [
            usual_after(prior, list(readings), self._population)
            for prior, readings in zip(self._priors, self.readings, strict=True)
        ]
        return {
            name: np.array([usual.category_probabilities(limits) for usual in told])
            for name, limits in schemes.items()
        }

    def by_truth(self, schemes: dict[str, Limits]) -> dict[str, Values]:
        """The same by the exact posterior under the truth, from weighted draws of it."""
        standard, day_sd = self._draw(PARTICLES)
        reading = np.square(self._population.reading_sd_mmhg) / self._design.readings
        first, second = (np.square(day_sd) + reading).T
        between = self._population.correlation * day_sd.prod(axis=1)
        determinant = first * second - between**2
        found: dict[str, list[Values]] = {name: [] for name in schemes}
        for mean, sd, readings in tqdm(
            list(zip(self._mean, self._sd, self.readings, strict=True)), desc="exact", disable=None
        ):
            usual = mean + sd * standard
            one, two = np.moveaxis(readings.mean(axis=1)[:, np.newaxis] - usual, -1, 0)
            far = (second * one**2 - 2.0 * between * one * two + first * two**2) / determinant
            log_weight = -0.5 * (far.sum(axis=0) + len(readings) * np.log(determinant))
            weight = np.exp(log_weight - log_weight.max())
            for name, limits in schemes.items():
                counted = np.bincount(
                    categorise(limits, *usual.T), weights=weight, minlength=len(limits.systolic_mmhg)
                )
                found[name].append(counted / weight.sum())
        return {name: np.array(rows) for name, rows in found.items()}

    def _draw(self, count: int) -> tuple[Values, Values]:
        """Standardised usual pressures, skewed and correlated, and day-to-day SDs, both (count, 2)."""
        both = _correlated(self._rng.standard_normal((count, 2)), self._population.correlation)
        skewed = np.exp(SKEW * both)
        standard = (skewed - np.exp(SKEW**2 / 2)) / np.sqrt((np.exp(SKEW**2) - 1) * np.exp(SKEW**2))
        shape = np.square(np.array(DAY_SD_MMHG) / DAY_SD_SPREAD_MMHG)
        day_sd = self._rng.gamma(shape, np.array(DAY_SD_MMHG) / shape, (count, 2))
        return standard, day_sd


def _correlated(independent: Values, correlation: float) -> Values:
    """Standard normal pairs (..., 2) made to correlate."""
    first, second = independent[..., 0], independent[..., 1]
    return np.stack([first, correlation * first + np.sqrt(1.0 - correlation**2) * second], axis=-1)


def _log_loss(true: NDArray[np.int64], told: Values) -> float:
    given = told[np.arange(len(true)), true]
    return round(float(-np.mean(np.log(np.maximum(given, 1e-4)))), 5)
