"""How sure a wearer's usual pressure is: the readings of some days, set against people in general."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from edge.conditions.blood_pressure import Reading, Scheme
from edge.conditions.case import Case
from edge.conditions.condition import Level
from edge.contract.bundle import Bundle
from edge.contract.errors import BundleError
from edge.contract.explanation import DecidingModel, Probability
from edge.contract.profile import Profile, Sex
from edge.signals.home_pressure import Population, Usual, usual_after
from edge.signals.pressure import Limits

# Readings this near to the first of them are one sitting: they share what is special about that day.
SITTING_S = 43_200.0
# How likely the usual pressure has to be high, or low. One morning's readings say little of the usual ones:
# of a thousand simulated weeks of adults whose usual pressure is neither, by the average alone 294 had an
# alert of a high one and 41 of a low one, with this 74 and 2 (`python -m tests.benchmarks.usual_pressure`).
LEAST_PROBABILITY: Final = 0.8


class Question(NamedTuple):
    """What may be so of a usual pressure: for which share of it, and what that is called in percent."""

    share: Callable[[Usual], float]
    percent: str


def is_high(scheme: Scheme) -> Question:
    """Whether the usual pressure is in a category that the scheme calls high."""
    high = [item.code for item in scheme.category].index(scheme.high_from)
    limits = _limits(scheme)
    return Question(
        lambda usual: float(usual.category_probabilities(limits)[high:].sum()), "usual_is_high_percent"
    )


def is_low(limit_mmhg: float) -> Question:
    """Whether the usual systolic pressure is below the limit."""
    return Question(lambda usual: usual.systolic_below(limit_mmhg), "usual_is_low_percent")


@dataclass(frozen=True, slots=True)
class UsualPressure:
    """The model of a pressure bundle, with its name and hash, that combines sittings over days.

    `before` is what is known of a wearer before any reading: of one who has told nothing, what adults have.
    """

    name: str
    population: Population
    sha256: str
    before: Usual

    @classmethod
    def of_bundle(cls, bundle: Bundle) -> UsualPressure:
        """As a bundle for pressure holds it; BundleError for one that does not."""
        try:
            population = Population.from_constants(bundle.manifest.constants)
            before = population.of(None, None)
            _require_usable(before, population)
            return cls(bundle.name, population, bundle.sha256, before)
        except (KeyError, ValueError, IndexError) as error:
            raise BundleError(
                "knows no population of usual pressures", where=bundle.name, allowed="a bundle for pressure"
            ) from error

    def of_wearer(self, profile: Profile, at_s: float) -> UsualPressure:
        """The model for a wearer, set against people of the age reached in the year of `at_s` and the sex."""
        age_years = profile.age_years(at_s)
        if age_years is None and profile.sex is None:
            return self
        is_male = None if profile.sex is None else profile.sex is Sex.MALE
        return replace(self, before=self.population.of(age_years, is_male))

    def usual(self, readings: Sequence[Reading]) -> Usual:
        """What the readings tell of the usual pressure."""
        return usual_after(self.before, [_mmhg(part) for part in _sittings(readings)], self.population)

    def likely(self, readings: Sequence[Reading], question: Question) -> float:
        """How likely it is so, 0.01 to 0.99."""
        return _told(question.share(self.usual(readings)))

    def surely(self, level: Level, readings: Sequence[Reading], question: Question) -> Level:
        """The level of the average; while it is not likely enough to be so, nothing starts."""
        if level is not Level.PRESENT or self.likely(readings, question) >= LEAST_PROBABILITY:
            return level
        return Level.DEAD_BAND

    def evidence(self, readings: Sequence[Reading], question: Question) -> dict[str, float]:
        """Where the usual pressure lies with 80 % probability, and how likely it is so, in percent."""
        usual = self.usual(readings)
        (systolic_low, systolic_high), (diastolic_low, diastolic_high) = usual.interval80_mmhg().tolist()
        return {
            "usual_systolic_low_mmhg": round(systolic_low),
            "usual_systolic_high_mmhg": round(systolic_high),
            "usual_diastolic_low_mmhg": round(diastolic_low),
            "usual_diastolic_high_mmhg": round(diastolic_high),
            question.percent: round(100.0 * _told(question.share(usual))),
        }

    def explained(self, case: Case, readings: Sequence[Reading], question: Question) -> Case:
        """The case of an average, with how likely it is so of the usual pressure."""
        return case._replace(
            model=DecidingModel(bundle=self.name, sha256=self.sha256),
            probability=self._probability(readings, question),
            not_told={"contributions": "the average decides, where the model is sure enough of it"},
        )

    def _probability(self, readings: Sequence[Reading], question: Question) -> Probability:
        """How likely it is so, and between which values if any one reading were missing."""
        values = [
            round(self.likely([*readings[:place], *readings[place + 1 :]], question), 6)
            for place in range(len(readings))
        ]
        value = round(self.likely(readings, question), 6)
        return Probability(
            value=value,
            low=min(value, *values),
            high=max(value, *values),
            interval="least and greatest if any one of the readings were left out",
        )


def _require_usable(before: Usual, population: Population) -> None:
    """ValueError for a population that no reading can be set against: each one would be lost on it."""
    with np.errstate(all="ignore"):
        after = usual_after(before, [np.array([[120.0, 80.0]])], population)
    for usual in (before, after):
        # Of what is no covariance there is no such root; LinAlgError is a ValueError.
        np.linalg.cholesky(usual.covariances)
        if not (np.isfinite(usual.means_mmhg).all() and (usual.share >= 0.0).all()):
            raise ValueError("no distribution")


def _told(share: float) -> float:
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
