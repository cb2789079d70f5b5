"""What the corridor decides by: models, scheme and advice. Handed in whole, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.advice.book import AdviceBook
from edge.conditions.blood_pressure import Scheme
from edge.conditions.condition import Condition
from edge.conditions.usual_pressure import UsualPressure
from edge.conditions.votes import VoteRule
from edge.contract.catalogue import SIGNALS
from edge.contract.errors import BundleError
from edge.contract.manifest import StreamUse
from edge.contract.profile import UNKNOWN_WEARER, Profile
from edge.signals.nights import NightAt, utc_night_at


class Judgement(Protocol):
    """What a model says of a window: a probability, or None and why."""

    @property
    def probability(self) -> float | None:
        """Calibrated, 0 to 1; None when the model abstains."""

    @property
    def quality(self) -> float:
        """Of the window, 0 to 1."""

    @property
    def reason(self) -> str | None:
        """Why the model abstains."""


class Scorer(Protocol):
    """A model that judges windows of its signal; the same window gives the same judgement."""

    @property
    def name(self) -> str:
        """The bundle's name, with its version."""

    @property
    def task(self) -> str:
        """What the model is for; at most one model a task."""

    @property
    def sha256(self) -> str:
        """Of the bundle's file."""

    @property
    def stream(self) -> StreamUse:
        """How it is run."""

    def score(self, window: NDArray[np.floating]) -> Judgement:
        """Judge one window, oldest value first, NaN where not usable."""

    def logit(self, window: NDArray[np.floating]) -> float:
        """The answer before calibration, whatever the window's quality."""


@dataclass(frozen=True)
class Rulebook:
    """Everything a decision depends on besides state and samples.

    `night_at` tells nights, `profiles` what is known of some wearers by their names.
    """

    models: tuple[Scorer, ...]
    conditions: dict[str, Condition]
    votes: dict[str, VoteRule]
    scheme: Scheme
    usual_pressure: UsualPressure
    advice: AdviceBook
    night_at: NightAt = utc_night_at
    profiles: Mapping[str, Profile] = field(default_factory=dict)

    @cached_property
    def models_by_signal(self) -> dict[str, list[Scorer]]:
        """The models that read a signal, in their order."""
        return {
            signal: [model for model in self.models if signal in model.stream.signals] for signal in SIGNALS
        }

    def profile_of(self, wearer: str) -> Profile:
        """What is known of a wearer, often nothing."""
        return self.profiles.get(wearer, UNKNOWN_WEARER)

    def usual_pressure_of(self, wearer: str, at_s: float) -> UsualPressure:
        """The model of the usual pressure, set against people like this wearer at that time."""
        return self.usual_pressure.of_wearer(self.profile_of(wearer), at_s)


def check_model(model: Scorer, conditions: dict[str, Condition], votes: dict[str, VoteRule]) -> None:
    """Raise BundleError unless the model reads one known signal and feeds conditions that windows feed."""
    where, stream = f"bundle {model.name}", model.stream
    if len(stream.signals) != 1 or stream.signals[0] not in SIGNALS:
        raise BundleError(
            f"reads {', '.join(stream.signals)}", where=where, allowed=f"one of {', '.join(SIGNALS)}"
        )
    fed = [code for code in conditions if code in votes]
    for code in stream.conditions:
        if code not in fed:
            raise BundleError(f"feeds the unknown condition {code!r}", where=where, allowed=", ".join(fed))
