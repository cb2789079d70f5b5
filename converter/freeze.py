"""Fixes the calibration on what the int8 model answers: the device never sees the float one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from edge.contract.manifest import Calibration
from edge.signals.calibration import fit_calibration


def freeze(logit: NDArray[np.float32], is_positive: NDArray[np.bool_]) -> Calibration:
    """The calibration by the int8 model's logits of held-out windows."""
    temperature, bias = fit_calibration(logit, is_positive)
    return Calibration(temperature=round(temperature, 6), bias=round(bias, 6))
