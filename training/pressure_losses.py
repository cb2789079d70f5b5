"""What a forecast of readings costs: quantiles by pinball loss, categories by log loss; what it covers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.pressure import QUANTILES, Limits, Values, categorise
from training.pressure_cases import Cases, read_schemes

# A category is never given less than this, so that one surprise does not decide the loss.
LEAST_PROBABILITY: Final = 1e-6


@dataclass(frozen=True)
class Forecast:
    """Quantiles (n, 2, 5) in mmHg, and for each scheme the categories' probabilities (n, categories)."""

    quantiles_mmhg: Values
    categories: Mapping[str, Values]


def losses(cases: Cases, forecast: Forecast) -> dict[str, Values]:
    """Each case's losses, (n,)."""
    by_scheme = [surprises(cases, forecast, name, limits) for name, limits in read_schemes().items()]
    return {
        "pinball": pinball(cases.others_mmhg, forecast.quantiles_mmhg),
        "log_loss": np.mean(by_scheme, axis=0),
    }


def pinball(others_mmhg: Values, quantiles: Values) -> Values:
    """Each case's mean quantile loss over both values and all quantiles, (n,) (Koenker and Bassett 1978)."""
    levels = np.array(QUANTILES)
    error = others_mmhg[:, :, np.newaxis] - quantiles
    loss: Values = np.mean(np.maximum(levels * error, (levels - 1.0) * error), axis=(1, 2))
    return loss


def coverage(others_mmhg: Values, quantiles: Values) -> float:
    """Percent of values within the lowest and the highest quantile, which should hold 80."""
    return 100.0 * float(np.mean(inside(others_mmhg, quantiles)))


def inside(others_mmhg: Values, quantiles: Values) -> NDArray[np.bool_]:
    """Which values are within the lowest and the highest quantile, (n, 2)."""
    return (others_mmhg >= quantiles[:, :, 0]) & (others_mmhg <= quantiles[:, :, -1])


def log_losses(cases: Cases, forecast: Forecast, schemes: Mapping[str, Limits]) -> dict[str, float]:
    """For each scheme the mean of minus the log of the probability given to what came true."""
    return {
        name: round(float(np.mean(surprises(cases, forecast, name, limits))), 5)
        for name, limits in schemes.items()
    }


def surprises(cases: Cases, forecast: Forecast, scheme: str, limits: Limits) -> Values:
    """Each case's minus log of the probability given to what came true, (n,)."""
    true = categorise(limits, *cases.others_mmhg.T)
    given = forecast.categories[scheme][np.arange(len(true)), true]
    return -np.log(np.maximum(given, LEAST_PROBABILITY))
