"""Fixes calibration and threshold on what the int8 model answers: the device never sees the float one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.contract.manifest import Calibration
from edge.signals.calibration import best_threshold, calibrated, fit_calibration


def freeze(logit: NDArray[np.float32], is_positive: NDArray[np.bool_]) -> tuple[Calibration, float]:
    """Calibration and threshold (a probability) from the int8 model's logits of held-out windows."""
    temperature, bias = fit_calibration(logit, is_positive)
    calibration = Calibration(temperature=round(temperature, 6), bias=round(bias, 6))
    probability = calibrated(logit, calibration.temperature, calibration.bias)
    return calibration, round(best_threshold(probability, is_positive), 6)
