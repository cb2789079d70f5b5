"""A model that may fail to run: then it gives no answer to that window, and the edge lives on."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.manifest import StreamUse
from edge.rulebook import Judgement, Scorer

log = logging.getLogger(__name__)

MODEL_FAILED: Final = "model_failed"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """What stands in the place of an answer that failed."""

    probability: float | None = None
    quality: float = 0.0
    reason: str | None = MODEL_FAILED


class Guarded:
    """A scorer whose failures and numbers that are none become abstentions; `has_failed` tells of any."""

    def __init__(self, model: Scorer) -> None:
        self._model = model
        self.has_failed = False
        self.name: str = model.name
        self.task: str = model.task
        self.sha256: str = model.sha256
        self.stream: StreamUse = model.stream

    def score(self, window: NDArray[np.floating]) -> Judgement:
        """Judge one window; abstains as `MODEL_FAILED` where the model cannot."""
        try:
            judgement = self._model.score(window)
        except (RuntimeError, ValueError) as error:
            return self._fail(str(error))
        if judgement.probability is not None and not math.isfinite(judgement.probability):
            return self._fail("its answer is no number")
        return judgement

    def logit(self, window: NDArray[np.floating]) -> float:
        """The answer before calibration; NaN where the model fails."""
        try:
            return self._model.logit(window)
        except (RuntimeError, ValueError) as error:
            self._fail(str(error))
            return math.nan

    def _fail(self, why: str) -> NoAnswer:
        log.log(logging.DEBUG if self.has_failed else logging.WARNING, "%s fails: %s", self.name, why)
        self.has_failed = True
        return NoAnswer()
