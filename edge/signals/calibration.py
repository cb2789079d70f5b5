"""From a model's logit to a probability that means what it says, and to the limit from which it counts."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

NEWTON_STEPS: Final = 50


def calibrated(logit: NDArray[np.floating], temperature: float, bias: float) -> NDArray[np.float64]:
    """sigmoid((logit - bias) / temperature), element by element."""
    scaled = (np.asarray(logit, dtype=np.float64) - bias) / temperature
    return np.exp(-np.logaddexp(0.0, -scaled))


def fit_calibration(logit: NDArray[np.floating], is_positive: NDArray[np.bool_]) -> tuple[float, float]:
    """The temperature and bias under which the logits explain the labels best.

    Platt 1999's two-parameter logistic fit with his softened targets, which keep it finite for separable
    classes, by Newton's method with halved steps. Needs both classes and a model better than chance.
    """
    positives = int(np.sum(is_positive))
    negatives = len(is_positive) - positives
    target = np.where(is_positive, (positives + 1) / (positives + 2), 1 / (negatives + 2))
    design = np.column_stack([logit, np.ones(len(logit))]).astype(np.float64)
    line = np.array([1.0, 0.0])
    loss = _log_loss(design @ line, target)
    for _ in range(NEWTON_STEPS):
        expected = np.exp(-np.logaddexp(0.0, -(design @ line)))
        gradient = design.T @ (expected - target)
        curvature = (design * (expected * (1 - expected))[:, np.newaxis]).T @ design
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
        while (trial := _log_loss(design @ (line - step), target)) > loss + 1e-12 and np.abs(
            step
        ).max() > 1e-9:
            step /= 2
        line, loss = line - step, trial
        if np.abs(step).max() < 1e-9:
            break
    slope, intercept = line.tolist()
    return 1.0 / slope, -intercept / slope


def _log_loss(scaled: NDArray[np.float64], target: NDArray[np.float64]) -> float:
    return float(np.sum(np.logaddexp(0.0, scaled) - target * scaled))
