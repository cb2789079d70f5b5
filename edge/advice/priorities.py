"""What would help a wearer most in the risk model's view: each thing that can be changed, set to its aim.

The model is a sum of terms, and no term holds two things that can be changed. So one answer for the person
as is and one with all aims reached tell each thing's part exactly. The model saw everybody once: its parts
are links between people, not effects of a change, and are only ever used to put advice in an order. Where
its answer would rise, as with drinkers and smokers, many of whom stopped when they fell ill, that counts as
nothing: no harm is set against another's gain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from edge.contract.advice import Topic
from edge.contract.bundle import Bundle
from edge.contract.errors import BundleError
from edge.signals.risk import RISK_OUTCOMES, RISK_TERMS, risk_inputs

Person = Mapping[str, float | None]
# A smaller fall is within ten steps of the int8 model's answer, so an order by it would be chance.
LEAST_FALL: Final = 0.1


class Fall(NamedTuple):
    """By how much the log-odds would fall, summed over the outcomes, and the outcome of which most."""

    logit: float
    outcome: str


class Aim(NamedTuple):
    """Where an input should be: at most, or at least, `value`."""

    name: str
    value: float
    is_most: bool


# ESC 2024 (doi 10.1093/eurheartj/ehae178): body mass index up to 25, systolic pressure of 120 to 129 mmHg.
# ACC/AHA 2017: below 130/80 mmHg. WHO 2020: activity on most days. AASM/SRS 2015: 7 hours of sleep.
# Who smokes can become one who has stopped, not one who never did.
AIMS: Final[dict[Topic, tuple[Aim, ...]]] = {
    Topic.WEIGHT: (Aim("bmi_kg_m2", 25.0, is_most=True),),
    Topic.SMOKING: (Aim("smoking_0_to_2", 1.0, is_most=True),),
    Topic.ACTIVITY: (
        Aim("is_physically_active", 1.0, is_most=False),
        Aim("active_days_per_week", 5.0, is_most=False),
    ),
    # One drink a day, the lower of both limits of ACC/AHA 2025.
    Topic.ALCOHOL: (Aim("drinks_per_day", 1.0, is_most=True),),
    Topic.BLOOD_PRESSURE: (
        Aim("systolic_mmhg", 129.0, is_most=True),
        Aim("diastolic_mmhg", 79.0, is_most=True),
    ),
    Topic.SLEEP: (Aim("sleep_h", 7.0, is_most=False),),
}


class RiskNetwork(Protocol):
    """The network of the risk bundle: shares of terms in outcomes."""

    def run(self, *values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Shares, as many as terms times outcomes, of one person."""


class RiskModel(NamedTuple):
    """The risk bundle's network and, for each outcome, the temperature of its calibration."""

    name: str
    network: RiskNetwork
    temperatures: NDArray[np.float64]

    @classmethod
    def of_bundle(cls, bundle: Bundle, network: RiskNetwork) -> RiskModel:
        """As a bundle for risk holds it; BundleError for one that does not."""
        constants = bundle.manifest.constants
        try:
            temperatures = np.array([constants[outcome][0] for outcome in RISK_OUTCOMES])
        except (KeyError, IndexError) as error:
            raise BundleError(
                f"no calibration of {error}", where=bundle.name, allowed="a bundle for risk"
            ) from error
        return cls(bundle.name, network, temperatures)

    def falls(self, person: Person) -> dict[Topic, Fall]:
        """What reaching its aim would change, for each topic known to be off it, the greatest first."""
        off = {topic: short for topic, aims in AIMS.items() if (short := _short_of(person, aims))}
        if not off:
            return {}
        reached = {name: value for short in off.values() for name, value in short.items()}
        gained = (self._shares(person) - self._shares({**person, **reached})) / self.temperatures
        falls = {}
        for topic, short in off.items():
            is_its = [bool(short.keys() & set(term)) for term in RISK_TERMS]
            by_outcome = np.maximum(gained[is_its].sum(axis=0), 0.0)
            falls[topic] = Fall(float(by_outcome.sum()), RISK_OUTCOMES[int(by_outcome.argmax())])
        return dict(sorted(falls.items(), key=lambda item: -item[1].logit))

    def _shares(self, person: Person) -> NDArray[np.float64]:
        shares = self.network.run(risk_inputs(person))
        return np.asarray(shares, dtype=np.float64).reshape(len(RISK_TERMS), len(RISK_OUTCOMES))


def _short_of(person: Person, aims: tuple[Aim, ...]) -> dict[str, float]:
    """The inputs of a topic that are known and off their aims, with the aims."""
    short = {}
    for aim in aims:
        value = person.get(aim.name)
        if value is not None and (value > aim.value if aim.is_most else value < aim.value):
            short[aim.name] = aim.value
    return short
