"""What the next readings of a sitting will be, from the first: a linear estimate and what a network adds.

The linear estimate is the mean of a Gaussian over readings and person, given what is known: it stands for any
missing value without further ado. The network says how the true distribution differs from that Gaussian.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

# The first and second reading of the sitting and the person; each may be missing.
PRESSURE_INPUTS: Final = (
    "systolic_1_mmhg",
    "diastolic_1_mmhg",
    "systolic_2_mmhg",
    "diastolic_2_mmhg",
    "pulse_bpm",
    "age_years",
    "is_male",
    "bmi_kg_m2",
)
READINGS: Final = 4
# The Gaussian is over these and the third reading.
GAUSSIAN: Final = (*PRESSURE_INPUTS, "systolic_3_mmhg", "diastolic_3_mmhg")
KINDS: Final = ("systolic", "diastolic")
QUANTILES: Final = (0.1, 0.25, 0.5, 0.75, 0.9)
# Those of the standard normal distribution.
NORMAL_QUANTILES: Final = (
    -1.2815515655446004,
    -0.6744897501960817,
    0.0,
    0.6744897501960817,
    1.2815515655446004,
)

# What the network sees is scaled by these and held within 2, so that an int8 step is 0.24 mmHg.
FAR_MMHG: Final = 15.0
HELD: Final = 2.0
TYPICAL: Final = {
    "pulse_bpm": (72.0, 15.0),
    "age_years": (50.0, 20.0),
    "is_male": (0.5, 0.5),
    "bmi_kg_m2": (28.0, 8.0),
}
TYPICAL_MMHG: Final = ((122.0, 25.0), (70.0, 15.0))
# Cuffs round: a mean that is shown as 130 began at 129.5.
HALF_STEP_MMHG: Final = 0.5


class Limits(NamedTuple):
    """A scheme's categories, lowest first: each begins where either value reaches its bound (inf: cannot)."""

    systolic_mmhg: tuple[float, ...]
    diastolic_mmhg: tuple[float, ...]


@dataclass(frozen=True)
class Gaussian:
    """Means (10,) and covariance (10, 10) of GAUSSIAN in the population."""

    mean: Values
    covariance: Values

    @classmethod
    def from_constants(cls, constants: Mapping[str, Sequence[float]]) -> Gaussian:
        """As a manifest keeps it: the covariance as its lower triangle."""
        covariance = np.zeros((len(GAUSSIAN), len(GAUSSIAN)))
        covariance[np.tril_indices(len(GAUSSIAN))] = constants["covariance"]
        covariance += np.tril(covariance, -1).T
        return cls(np.array(constants["mean"]), covariance)

    def constants(self) -> dict[str, tuple[float, ...]]:
        """For a manifest."""
        triangle = self.covariance[np.tril_indices(len(GAUSSIAN))]
        return {
            "mean": tuple(round(float(value), 5) for value in self.mean),
            "covariance": tuple(round(float(value), 5) for value in triangle),
        }


@dataclass(frozen=True)
class Estimate:
    """Mean and SD of the person's other readings, (n, 2) in mmHg: systolic, diastolic."""

    mean_mmhg: Values
    sd_mmhg: Values


def linear_estimate(gaussian: Gaussian, inputs: Values) -> Estimate:
    """The Gaussian given what is known of `inputs` (n, 8), NaN where missing.

    The other readings are the second and third, or the third alone where a second is known.
    """
    mean, sd = np.empty((len(inputs), 2)), np.empty((len(inputs), 2))
    known = ~np.isnan(inputs)
    for pattern in np.unique(known, axis=0):
        rows = (known == pattern).all(axis=1)
        given = np.flatnonzero(pattern)
        weights = _others(second_is_known=bool(pattern[2] or pattern[3]))
        cross = weights @ gaussian.covariance[:, given]
        gain = np.linalg.solve(gaussian.covariance[np.ix_(given, given)], cross.T).T if len(given) else cross
        mean[rows] = weights @ gaussian.mean + (inputs[rows][:, given] - gaussian.mean[given]) @ gain.T
        left = weights @ gaussian.covariance @ weights.T - gain @ cross.T
        sd[rows] = np.sqrt(np.maximum(np.diag(left), 1.0))
    return Estimate(mean, sd)


def network_inputs(inputs: Values, estimate: Estimate, schemes: Mapping[str, Limits]) -> NDArray[np.float32]:
    """What the network sees of n persons: float32 (n, features) within +-HELD; missing is 0 with a flag."""
    mean_s, mean_d = estimate.mean_mmhg.T
    columns = [(inputs[:, place] - (mean_s, mean_d)[place % 2]) / FAR_MMHG for place in range(READINGS)]
    columns += [
        (inputs[:, PRESSURE_INPUTS.index(name)] - middle) / spread
        for name, (middle, spread) in TYPICAL.items()
    ]
    columns += [np.isnan(column).astype(np.float64) for column in columns]
    columns += [
        (mean - middle) / spread
        for mean, (middle, spread) in zip((mean_s, mean_d), TYPICAL_MMHG, strict=True)
    ]
    columns += [sd / 5.0 - 1.0 for sd in estimate.sd_mmhg.T]
    for kind, mean, sd in zip(KINDS, (mean_s, mean_d), estimate.sd_mmhg.T, strict=True):
        columns += [(mean - limit + HALF_STEP_MMHG) / (2.0 * sd) for limit in _bounds(schemes, kind)]
    seen = np.nan_to_num(np.column_stack(columns), nan=0.0)
    held: NDArray[np.float32] = np.clip(seen, -HELD, HELD).astype(np.float32)
    return held


def quantiles_mmhg(estimate: Estimate, outputs: NDArray[np.floating]) -> Values:
    """The QUANTILES of the other readings, (n, 2, 5), ascending; `outputs` (n, ...) are the network's."""
    offsets = np.asarray(outputs, dtype=np.float64)[:, : 2 * len(QUANTILES)].reshape(-1, 2, len(QUANTILES))
    spread = estimate.sd_mmhg[:, :, np.newaxis] * (np.array(NORMAL_QUANTILES) + offsets)
    return np.sort(estimate.mean_mmhg[:, :, np.newaxis] + spread, axis=-1)


def category_probabilities(
    estimate: Estimate, outputs: NDArray[np.floating], schemes: Mapping[str, Limits]
) -> dict[str, Values]:
    """For each scheme the probability of each category of the mean of the other readings, (n, categories)."""
    first, found = 2 * len(QUANTILES), {}
    for name, limits in schemes.items():
        count = len(limits.systolic_mmhg)
        shift = np.asarray(outputs, dtype=np.float64)[:, first : first + count]
        logit = category_log_priors(estimate, limits) + shift
        weight = np.exp(logit - logit.max(axis=1, keepdims=True))
        found[name] = weight / weight.sum(axis=1, keepdims=True)
        first += count
    return found


def category_log_priors(estimate: Estimate, limits: Limits) -> Values:
    """Logs of the categories' probabilities under the linear estimate alone, (n, categories); at least 1e-4.

    Given the estimate, what is left of both values is all but independent (correlation 0.1).
    """
    below = np.ones((len(estimate.mean_mmhg), len(limits.systolic_mmhg) + 1))
    bounds = np.column_stack(limits)
    for place in range(1, len(bounds)):
        # A higher category's bound also ends those below it.
        lowest = bounds[place:].min(axis=0) - HALF_STEP_MMHG
        below[:, place] = normal_cdf((lowest - estimate.mean_mmhg) / estimate.sd_mmhg).prod(axis=1)
    below[:, 0] = 0.0
    log_priors: Values = np.log(np.maximum(np.diff(below, axis=1), 1e-4))
    return log_priors


def outputs_of(schemes: Mapping[str, Limits]) -> int:
    """How many numbers the network answers: offsets of quantiles, then shifts of log-probabilities."""
    return 2 * len(QUANTILES) + sum(len(limits.systolic_mmhg) for limits in schemes.values())


def categorise(limits: Limits, systolic_mmhg: Values, diastolic_mmhg: Values) -> NDArray[np.int64]:
    """The place of the highest category that either value reaches."""
    reached = (systolic_mmhg[:, np.newaxis] >= np.array(limits.systolic_mmhg)) | (
        diastolic_mmhg[:, np.newaxis] >= np.array(limits.diastolic_mmhg)
    )
    places: NDArray[np.int64] = len(limits.systolic_mmhg) - 1 - np.argmax(reached[:, ::-1], axis=1)
    return places


def normal_cdf(z: Values) -> Values:
    """The standard normal distribution; Abramowitz and Stegun 1964, 26.2.17, within 1e-7."""
    t = 1.0 / (1.0 + 0.2316419 * np.abs(z))
    series = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    tail = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi) * series
    below: Values = np.where(z > 0, 1.0 - tail, tail)
    return below


def _others(*, second_is_known: bool) -> Values:
    """The other readings' mean as weights of GAUSSIAN, (2, 10)."""
    weights = np.zeros((2, len(GAUSSIAN)))
    for kind in (0, 1):
        weights[kind, len(PRESSURE_INPUTS) + kind] = 1.0 if second_is_known else 0.5
        weights[kind, 2 + kind] = 0.0 if second_is_known else 0.5
    return weights


def _bounds(schemes: Mapping[str, Limits], kind: str) -> list[float]:
    """All finite bounds of a kind but those of the lowest categories, ascending."""
    bounds = {bound for limits in schemes.values() for bound in getattr(limits, f"{kind}_mmhg")[1:]}
    return sorted(bound for bound in bounds if np.isfinite(bound))
