"""What the corridor decides by: models, scheme and advice. Handed in whole, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge.advice.rules import Rule
from edge.conditions.blood_pressure import Scheme
from edge.conditions.machine import Condition
from edge.conditions.votes import VoteRule
from edge.contract.catalogue import SIGNALS
from edge.contract.errors import BundleError
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
    votes: dict[str, VoteRule]
    scheme: Scheme
    advice: tuple[Rule, ...]


def check_model(model: Scorer, conditions: dict[str, Condition], votes: dict[str, VoteRule]) -> None:
    """Raise BundleError unless the model reads one known signal and feeds conditions that windows feed."""
    manifest = model.manifest
    where = f"bundle {manifest.task}-{manifest.version}"
    if len(manifest.signals) != 1 or manifest.signals[0] not in SIGNALS:
        raise BundleError(
            f"reads {', '.join(manifest.signals)}", where=where, allowed=f"one of {', '.join(SIGNALS)}"
        )
    fed = [code for code in conditions if code in votes]
    for code in manifest.conditions:
        if code not in fed:
            raise BundleError(f"feeds the unknown condition {code!r}", where=where, allowed=", ".join(fed))
