"""Figures of probabilities: do they part the classes, and do they mean what they say?"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.calibration import calibrated

BINS: Final = 15
DRAWS: Final = 200
SEED: Final = 0
NEWTON_STEPS: Final = 50
# In log-odds, so that a step from a place that is all but flat does not run away.
STEEPEST: Final = 5.0


def average_precision(
    is_positive: NDArray[np.bool_],
    score: NDArray[np.floating],
    weight: NDArray[np.floating] | None = None,
) -> float | None:
    """The area under precision over recall, summed in steps, a tie being one; None without positives."""
    cases = np.ones(len(score)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    found, called = np.cumsum((cases * is_positive)[order]), np.cumsum(cases[order])
    if not len(found) or found[-1] == 0:
        return None
    last_of_tie = np.append(np.diff(score[order]) != 0, True) & (called > 0)
    found, called = found[last_of_tie], called[last_of_tie]
    gained = np.diff(found, prepend=0.0)
    return float(np.sum(gained * found / called) / found[-1])


def brier(
    is_positive: NDArray[np.bool_],
    probability: NDArray[np.floating],
    weight: NDArray[np.floating] | None = None,
) -> float:
    """The mean squared distance of probability and outcome."""
    return float(np.average((probability - is_positive) ** 2, weights=weight))


def calibration_error(
    is_positive: NDArray[np.bool_],
    probability: NDArray[np.floating],
    weight: NDArray[np.floating] | None = None,
) -> float:
    """The expected calibration error over 15 bins of as many cases each.

    The mean of the bins' distances between mean probability and share of positives, weighted by cases.
    """
    if not len(probability):
        return 0.0
    cases = np.ones(len(probability)) if weight is None else weight
    missed = np.bincount(equal_bins(probability), weights=cases * (probability - is_positive))
    return float(np.abs(missed).sum() / cases.sum())


def equal_bins(probability: NDArray[np.floating]) -> NDArray[np.int64]:
    """Which of 15 bins of as many cases each a case is in, by its probability, (n,)."""
    order = np.argsort(probability, kind="stable")
    bins = np.empty(len(order), dtype=np.int64)
    for place, cases in enumerate(np.array_split(order, min(BINS, max(1, len(order))))):
        bins[cases] = place
    return bins


def calibration_error_by_chance(probability: NDArray[np.floating]) -> tuple[float, float]:
    """The error that perfectly calibrated probabilities would show: its mean, and what 95 % stay below.

    Outcomes are drawn by them. With few cases in a bin chance alone moves its share; no model can be told
    from perfect below this.
    """
    rng = np.random.default_rng(SEED)
    drawn = (rng.random(len(probability)) < probability for _ in range(DRAWS))
    errors = [calibration_error(outcome, probability) for outcome in drawn]
    return float(np.mean(errors)), float(np.percentile(errors, 95.0))


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


def level_shift(
    logit: NDArray[np.floating],
    is_positive: NDArray[np.bool_],
    weight: NDArray[np.floating] | None = None,
) -> float:
    """What must be added to the logits for them to foresee as many positives as there are."""
    shift, cases = 0.0, np.ones(len(logit)) if weight is None else weight
    for _ in range(NEWTON_STEPS):
        expected = calibrated(logit, 1.0, -shift)
        # Where every probability is all but certain there is nothing left to divide by.
        steepness = max(float(np.sum(cases * expected * (1 - expected))), 1e-9)
        step = float(np.clip(np.sum(cases * (is_positive - expected)) / steepness, -STEEPEST, STEEPEST))
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


def rounded(value: float | None, digits: int = 5) -> float | None:
    """For a report."""
    return None if value is None else round(value, digits)
