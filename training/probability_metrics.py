"""Figures of probabilities: do they part the classes, and do they mean what they say?"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.calibration import calibrated

BINS: Final = 15
DRAWS: Final = 200
NEWTON_STEPS: Final = 50


def average_precision(is_positive: NDArray[np.bool_], score: NDArray[np.floating]) -> float | None:
    """The area under precision over recall, summed in steps, a tie being one; None without positives."""
    positives = int(np.sum(is_positive))
    if positives == 0:
        return None
    order = np.argsort(-score, kind="stable")
    found = np.cumsum(is_positive[order])
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    found, called = found[last_of_tie], np.flatnonzero(last_of_tie) + 1
    gained = np.diff(found, prepend=0)
    return float(np.sum(gained * found / called) / positives)


def brier(is_positive: NDArray[np.bool_], probability: NDArray[np.floating]) -> float:
    """The mean squared distance of probability and outcome."""
    return float(np.mean((probability - is_positive) ** 2))


def calibration_error(is_positive: NDArray[np.bool_], probability: NDArray[np.floating]) -> float:
    """The expected calibration error over 15 bins of as many cases each.

    The mean of the bins' distances between mean probability and share of positives, weighted by cases.
    """
    order = np.argsort(probability, kind="stable")
    bins = np.array_split(order, min(BINS, len(order)))
    return float(sum(abs(np.sum(probability[rows] - is_positive[rows])) for rows in bins) / len(order))


def calibration_error_by_chance(probability: NDArray[np.floating], seed: int = 0) -> float:
    """The error that perfectly calibrated probabilities would show: outcomes drawn by them, the mean error.

    With few cases in a bin chance alone moves its share; no model can be told from perfect below this.
    """
    rng = np.random.default_rng(seed)
    drawn = (rng.random(len(probability)) < probability for _ in range(DRAWS))
    return float(np.mean([calibration_error(outcome, probability) for outcome in drawn]))


def calibration_line(
    is_positive: NDArray[np.bool_],
    probability: NDArray[np.floating],
    weight: NDArray[np.floating] | None = None,
) -> tuple[float, float]:
    """Slope and intercept of outcome on logit (Cox 1958); 1 and 0 where probabilities mean what they say."""
    held = np.clip(probability, 1e-6, 1 - 1e-6)
    design = np.column_stack([np.log(held / (1 - held)), np.ones(len(held))])
    cases = np.ones(len(held)) if weight is None else weight / np.mean(weight)
    line = np.array([1.0, 0.0])
    for _ in range(NEWTON_STEPS):
        expected = calibrated(design @ line, 1.0, 0.0)
        gradient = design.T @ (cases * (expected - is_positive))
        curvature = (design * (cases * expected * (1 - expected))[:, np.newaxis]).T @ design
        step = np.linalg.solve(curvature + 1e-9 * np.eye(2), gradient)
        line = line - step
        if np.abs(step).max() < 1e-9:
            break
    return float(line[0]), float(line[1])


def level_shift(logit: NDArray[np.floating], is_positive: NDArray[np.bool_]) -> float:
    """What must be added to the logits for them to foresee as many positives as there are."""
    shift = 0.0
    for _ in range(NEWTON_STEPS):
        expected = calibrated(logit, 1.0, -shift)
        step = float(np.sum(is_positive - expected) / np.sum(expected * (1 - expected)))
        shift += step
        if abs(step) < 1e-9:
            break
    return shift


def weighted_auc(
    is_positive: NDArray[np.bool_], score: NDArray[np.floating], weight: NDArray[np.floating]
) -> float | None:
    """The chance that a positive person of the population scores above a negative one, ties counting half."""
    _, place = np.unique(score, return_inverse=True)
    positive = np.bincount(place, weights=weight * is_positive)
    negative = np.bincount(place, weights=weight * ~is_positive)
    pairs = positive.sum() * negative.sum()
    if pairs == 0:
        return None
    below = np.cumsum(negative) - negative / 2
    return float(np.sum(positive * below) / pairs)
