"""How far two judgements of the same cases agree: classes beyond chance, quantities by their differences."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from training.bootstrap import ratio

# The share of a normal distribution within the limits of agreement is 95 % (Bland and Altman, Lancet 1986).
LIMITS_SD: Final = 1.96


class Limits(NamedTuple):
    """The mean difference and the limits of agreement around it, which need two differences."""

    bias: float
    lower: float | None
    upper: float | None


def limits_of_agreement(difference: NDArray[np.floating]) -> Limits:
    """What differences (n,), answer less truth, say of each other; 95 % lie between the limits."""
    bias = float(np.mean(difference))
    if len(difference) < 2:
        return Limits(bias, None, None)
    spread = LIMITS_SD * float(np.std(difference, ddof=1))
    return Limits(bias, bias - spread, bias + spread)


def kappas(tables: NDArray[np.number]) -> NDArray[np.float64]:
    """Cohen 1960: of each table (n, k, k) of truth by answer the agreement beyond chance, 1 at most.

    NaN for an empty table, and where chance alone would agree on everything.
    """
    total = tables.sum(axis=(1, 2))
    observed = ratio(np.trace(tables, axis1=1, axis2=2), total)
    by_chance = ratio(np.sum(tables.sum(axis=1) * tables.sum(axis=2), axis=1), total**2)
    return ratio(observed - by_chance, 1.0 - by_chance)


def kappa(table: NDArray[np.number]) -> float | None:
    """The same of one table (k, k); None where it is NaN."""
    value = float(kappas(table[np.newaxis])[0])
    return None if np.isnan(value) else value
