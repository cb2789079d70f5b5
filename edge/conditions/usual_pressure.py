"""How sure a wearer's usual pressure is: the readings of some days, set against people in general."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from edge.conditions.blood_pressure import Reading, Scheme
from edge.contract.bundle import Bundle
from edge.contract.errors import BundleError
from edge.contract.explanation import Probability
from edge.signals.home_pressure import Population, Usual, usual_after
from edge.signals.pressure import Limits

# Readings this near to the first of them are one sitting: they share what is special about that day.
SITTING_S = 43_200.0


@dataclass(frozen=True, slots=True)
class UsualPressure:
    """The model of a pressure bundle, with its name and hash, that combines sittings over days."""

    name: str
    population: Population
    sha256: str

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> UsualPressure:
        """As a bundle for pressure holds it; BundleError for one that does not."""
        try:
            return cls(bundle.name, Population.from_constants(bundle.manifest.constants), bundle.sha256)
        except (KeyError, ValueError, IndexError) as error:
            raise BundleError(
                "knows no population of usual pressures", where=bundle.name, allowed="a bundle for pressure"
            ) from error

    def evidence(self, readings: Sequence[Reading], scheme: Scheme) -> dict[str, float]:
        """Where the usual pressure lies with 80 % probability, and how likely it is high, in percent.

        Age and sex of the wearer are not known here, so the population is that of all adults.
        """
        before = self.population.of(None, None)
        usual = usual_after(before, [_mmhg(part) for part in _sittings(readings)], self.population)
        (systolic_low, systolic_high), (diastolic_low, diastolic_high) = usual.interval80_mmhg().tolist()
        high = _share_high(usual, scheme)
        return {
            "usual_systolic_low_mmhg": round(systolic_low),
            "usual_systolic_high_mmhg": round(systolic_high),
            "usual_diastolic_low_mmhg": round(diastolic_low),
            "usual_diastolic_high_mmhg": round(diastolic_high),
            "usual_is_high_percent": round(100.0 * high),
        }

    def probability_of_high(self, readings: Sequence[Reading], scheme: Scheme) -> Probability:
        """How likely the usual pressure is high, and between which values if any one reading were missing."""
        values = [
            round(self.is_high([*readings[:place], *readings[place + 1 :]], scheme), 6)
            for place in range(len(readings))
        ]
        value = round(self.is_high(readings, scheme), 6)
        return Probability(
            value=value,
            low=min(value, *values),
            high=max(value, *values),
            interval="least and greatest if any one of the readings were left out",
        )

    def is_high(self, readings: Sequence[Reading], scheme: Scheme) -> float:
        """How likely the usual pressure is in a category that the scheme calls high, 0.01 to 0.99."""
        before = self.population.of(None, None)
        sittings = [_mmhg(part) for part in _sittings(readings)]
        return _share_high(usual_after(before, sittings, self.population), scheme)


def _share_high(usual: Usual, scheme: Scheme) -> float:
    """The share of a usual pressure that lies in categories the scheme calls high."""
    codes = [item.code for item in scheme.category]
    share = float(usual.category_probabilities(_limits(scheme))[codes.index(scheme.high_from) :].sum())
    # Never certain: the model may be wrong.
    return min(max(share, 0.01), 0.99)


def _sittings(readings: Sequence[Reading]) -> list[Sequence[Reading]]:
    """The readings, oldest first, parted where one is too far from the first of its sitting."""
    starts: list[int] = []
    for place, reading in enumerate(readings):
        if not starts or reading.at_s - readings[starts[-1]].at_s > SITTING_S:
            starts.append(place)
    return [readings[first:last] for first, last in pairwise([*starts, len(readings)])]


def _mmhg(readings: Sequence[Reading]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([[item.systolic_mmhg, item.diastolic_mmhg] for item in readings])


def _limits(scheme: Scheme) -> Limits:
    """Each category's bounds; one that a value cannot lead to is out of reach."""

    def reachable(bound: float | None) -> float:
        return math.inf if bound is None else bound

    return Limits(
        tuple(reachable(item.systolic_from) for item in scheme.category),
        tuple(reachable(item.diastolic_from) for item in scheme.category),
    )
