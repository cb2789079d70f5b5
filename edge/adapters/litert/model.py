"""A bundle's model of a stream, ready to score windows of its signal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.adapters.litert.golden import hold_to_golden
from edge.adapters.litert.interpreters import Kernels
from edge.adapters.litert.network import Network, open_network
from edge.contract.bundle import Bundle
from edge.contract.errors import BundleError
from edge.contract.manifest import Calibration, StreamUse
from edge.signals.features import FEATURES, channels
from edge.signals.rr import QUALITIES

POOR_QUALITY: Final = "poor_quality"


@dataclass(frozen=True, slots=True)
class Score:
    """What the model says of one window.

    `probability` is None, and `reason` says why, where it abstains; `quality` is the window's, 0 to 1.
    """

    probability: float | None
    logit: float | None
    quality: float
    reason: str | None = None


class Model:
    """Scores windows one by one; not for use from two threads at once.

    `sha256` is that of the bundle's file, empty before there is one.
    """

    def __init__(self, network: Network, stream: StreamUse, sha256: str = "") -> None:
        self.name = f"{network.manifest.task}-{network.manifest.version}"
        self.task = network.manifest.task
        self.sha256 = sha256
        self.stream = stream
        self._network = network
        self._quality = QUALITIES[stream.abstention.quality]

    def score(self, window: NDArray[np.floating]) -> Score:
        """Judge one window, oldest value first, in the unit of its signal; shape (window.length,)."""
        quality = float(self._quality(window))
        if not quality >= self.stream.abstention.min_quality:
            return Score(None, None, quality, POOR_QUALITY)
        logit = self.logit(window)
        return Score(probability(logit, self.stream.calibration), logit, quality)

    def logit(self, window: NDArray[np.floating]) -> float:
        """The model's answer before calibration, whatever the window's quality."""
        return float(self._network.run(channels(window, self.stream.features)).item())

    def answer(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """The logit as the one output, (1,): the form of golden vectors."""
        return np.array([self.logit(window)], dtype=np.float32)


def load_model(bundle: Bundle, kernels: Kernels = Kernels.REFERENCE) -> Model:
    """Make a bundle's model of a stream ready and hold it to its golden vectors: windows and logits.

    Raises BundleError for a model that does not fit its manifest or strays from its golden vectors,
    RuntimeMissingError if there is no interpreter.
    """
    model = open_stream_model(bundle, kernels)
    hold_to_golden(model.answer, bundle, kernels)
    return model


def probability(logit: float, calibration: Calibration) -> float:
    """The calibrated probability of a logit."""
    scaled = (logit - calibration.bias) / calibration.temperature
    # Both forms are the same; each is used where its exponential cannot overflow.
    return 1.0 / (1.0 + math.exp(-scaled)) if scaled >= 0 else math.exp(scaled) / (1.0 + math.exp(scaled))


def open_stream_model(bundle: Bundle, kernels: Kernels) -> Model:
    """A bundle's model of a stream, its names and tensors held against the edge but nothing run yet."""
    stream, where = bundle.manifest.stream, bundle.name
    if stream is None:
        raise BundleError("a model that is asked", where=where, allowed="a model of a stream")
    _check_names("feature", stream.features, FEATURES, where)
    _check_names("quality", (stream.abstention.quality,), QUALITIES, where)
    return Model(open_network(bundle, kernels), stream, bundle.sha256)


def _check_names(kind: str, names: tuple[str, ...], known: Mapping[str, object], where: str) -> None:
    for name in names:
        if name not in known:
            raise BundleError(f"the unknown {kind} {name!r}", where=where, allowed=", ".join(known))
