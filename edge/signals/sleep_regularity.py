"""How alike a sleeper's days are: the sleep regularity index (Phillips 2017, Scientific Reports 7:3216).

The scale is Phillips' own, -100 to 100: 100 where every day is as the one before, 0 at random, -100 where
each is the reverse. Some products print the plain share of epochs that match, 0 to 100: not this.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# A pair of days of which less is known in common is not compared.
LEAST_SHARE: Final = 0.5


@dataclass(frozen=True)
class Regularity:
    """The index, and how many pairs of following days it is of."""

    index: float
    pairs: int


def sleep_regularity(asleep: NDArray[np.floating]) -> Regularity | None:
    """The index of days of as many epochs each; None where no two following days can be compared.

    `asleep` is (days, epochs), days without gaps between them: 1 asleep, 0 awake, NaN not known. Epochs not
    known in either day of a pair are left out, and the divisor shrinks with them.
    """
    before, after = asleep[:-1], asleep[1:]
    is_known = ~np.isnan(before) & ~np.isnan(after)
    is_compared = np.mean(is_known, axis=1) >= LEAST_SHARE
    known = is_known[is_compared]
    if not len(known):
        return None
    matches = int(np.sum((before == after)[is_compared] & known))
    return Regularity(-100.0 + 200.0 * matches / int(np.sum(known)), len(known))
