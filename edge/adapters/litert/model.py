"""A bundle's model, ready to score windows of its signal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.adapters.litert.interpreters import Interpreter, Kernels, open_model
from edge.contract.bundle import Bundle
from edge.contract.errors import BundleError
from edge.contract.manifest import Calibration, Manifest
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
    """Scores windows one by one; not for use from two threads at once."""

    def __init__(self, manifest: Manifest, interpreter: Interpreter) -> None:
        self.manifest = manifest
        self._interpreter = interpreter
        self._input = interpreter.get_input_details()[0]["index"]
        self._output = interpreter.get_output_details()[0]["index"]
        self._quality = QUALITIES[manifest.abstention.quality]

    def score(self, window: NDArray[np.floating]) -> Score:
        """Judge one window, oldest value first, in the unit of its signal; shape (window.length,)."""
        quality = float(self._quality(window))
        if not quality >= self.manifest.abstention.min_quality:
            return Score(None, None, quality, POOR_QUALITY)
        logit = self.logit(window)
        return Score(probability(logit, self.manifest.calibration), logit, quality)

    def logit(self, window: NDArray[np.floating]) -> float:
        """The model's answer before calibration, whatever the window's quality."""
        values = channels(window, self.manifest.features).reshape(self.manifest.input_shape)
        self._interpreter.set_tensor(self._input, values)
        self._interpreter.invoke()
        return float(self._interpreter.get_tensor(self._output).item())


def load_model(bundle: Bundle, kernels: Kernels = Kernels.FASTEST) -> Model:
    """Make a bundle's model ready and hold it to its golden vectors.

    Raises BundleError for a model that does not fit its manifest or strays from its golden vectors,
    RuntimeMissingError if there is no interpreter.
    """
    verify_golden(_model(bundle, Kernels.REFERENCE), bundle, max_steps=0)
    model = _model(bundle, kernels)
    if kernels is not Kernels.REFERENCE:
        verify_golden(model, bundle, max_steps=bundle.manifest.golden.max_steps)
    return model


def verify_golden(model: Model, bundle: Bundle, *, max_steps: int) -> None:
    """Raise BundleError if `model` answers a golden vector more than `max_steps` int8 steps off.

    The reference kernels answer alike on every processor; faster ones round differently in each layer.
    """
    answered = np.array([model.logit(window) for window in bundle.golden_window], dtype=np.float32)
    worst = float(np.max(np.abs(answered - bundle.golden_logit))) / bundle.manifest.golden.step
    # A hundredth of a step absorbs the rounding of float32 on the way out of the model.
    if not worst <= max_steps + 0.01:
        raise BundleError(
            f"its model strays from the golden vectors by {worst:.1f} steps",
            where=bundle.name,
            allowed=f"at most {max_steps}",
        )


def _model(bundle: Bundle, kernels: Kernels) -> Model:
    manifest, where = bundle.manifest, bundle.name
    _check_names("feature", manifest.features, FEATURES, where)
    _check_names("quality", (manifest.abstention.quality,), QUALITIES, where)
    try:
        interpreter = open_model(bundle.model, kernels)
    except (RuntimeError, ValueError) as error:
        raise BundleError(
            f"its model cannot be read ({error})", where=where, allowed="a TFLite model"
        ) from error
    _check_tensors(interpreter, manifest, where)
    return Model(manifest, interpreter)


def probability(logit: float, calibration: Calibration) -> float:
    """The calibrated probability of a logit."""
    scaled = (logit - calibration.bias) / calibration.temperature
    # Both forms are the same; each is used where its exponential cannot overflow.
    return 1.0 / (1.0 + math.exp(-scaled)) if scaled >= 0 else math.exp(scaled) / (1.0 + math.exp(scaled))


def _check_names(kind: str, names: tuple[str, ...], known: Mapping[str, object], where: str) -> None:
    for name in names:
        if name not in known:
            raise BundleError(f"the unknown {kind} {name!r}", where=where, allowed=", ".join(known))


def _check_tensors(interpreter: Interpreter, manifest: Manifest, where: str) -> None:
    inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
    found = [(tuple(tensor["shape"].tolist()), tensor["dtype"]) for tensor in (*inputs, *outputs)]
    if found != [(manifest.input_shape, np.float32), ((1, 1), np.float32)]:
        raise BundleError(
            f"a model with the tensors {found}",
            where=where,
            allowed=f"one float32 input {manifest.input_shape} and one float32 output (1, 1)",
        )
