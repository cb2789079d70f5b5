"""What the corridor decides by: models, scheme and advice. Handed in whole, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.advice.rules import Rule
from edge.conditions.blood_pressure import Scheme
from edge.conditions.machine import Condition
from edge.contract.manifest import Manifest


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
    def manifest(self) -> Manifest:
        """The bundle's manifest."""

    def score(self, window: NDArray[np.floating]) -> Judgement:
        """Judge one window, oldest value first, NaN where not usable."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Everything a decision depends on besides state and samples."""

    models: tuple[Scorer, ...]
    conditions: dict[str, Condition]
    scheme: Scheme
    advice: tuple[Rule, ...]
