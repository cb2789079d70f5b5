"""Curves behind the figures of a two-class model: ROC, precision and recall, reliability."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

# As many points as a plot can show.
POINTS: Final = 200
BINS: Final = 20
NORMAL_95: Final = 1.959963984540054


def roc(is_positive: NDArray[np.bool_], score: NDArray[np.floating]) -> dict[str, list[float]]:
    """False and true positive rates in percent for falling thresholds, from (0, 0) to (100, 100)."""
    true, false = _passed(is_positive, score)
    positives, negatives = max(1, int(np.sum(is_positive))), max(1, int(np.sum(~is_positive)))
    at = _thinned(len(true))
    return {
        "fpr": _rounded(100.0 * false[at] / negatives),
        "tpr": _rounded(100.0 * true[at] / positives),
    }


def precision_recall(is_positive: NDArray[np.bool_], score: NDArray[np.floating]) -> dict[str, list[float]]:
    """Recall and precision in percent for falling thresholds."""
    true, false = _passed(is_positive, score)
    at = _thinned(len(true))[1:]
    positives = max(1, int(np.sum(is_positive)))
    return {
        "recall": _rounded(100.0 * true[at] / positives),
        "precision": _rounded(100.0 * true[at] / (true[at] + false[at])),
    }


@dataclass(frozen=True)
class Reliability:
    """Of each filled bin the mean probability, the share of positives with its 95 % interval, the cases."""

    predicted: list[float]
    observed: list[float]
    low: list[float]
    high: list[float]
    count: list[int]


def reliability(
    is_positive: NDArray[np.bool_], probability: NDArray[np.floating], *, least: int = 1
) -> Reliability:
    """What was said and what came true, in those of twenty equal bins that hold `least` cases or more."""
    place = np.minimum((probability * BINS).astype(int), BINS - 1)
    count = np.bincount(place, minlength=BINS)
    filled = count >= least
    count = count[filled]
    mean = np.bincount(place, weights=probability, minlength=BINS)[filled] / count
    positives = np.bincount(place, weights=is_positive, minlength=BINS)[filled]
    low, high = wilson(positives, count)
    return Reliability(
        _rounded(mean), _rounded(positives / count), _rounded(low), _rounded(high), count.tolist()
    )


def wilson(
    hits: NDArray[np.number], cases: NDArray[np.number]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The 95 % interval of shares of independent cases, 0 to 1 (Wilson 1927)."""
    share, spread = hits / cases, NORMAL_95**2 / cases
    middle = (share + spread / 2.0) / (1.0 + spread)
    half = np.sqrt(share * (1.0 - share) * spread + spread**2 / 4.0) / (1.0 + spread)
    return middle - half, middle + half


def _passed(
    is_positive: NDArray[np.bool_], score: NDArray[np.floating]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """True and false positives with no, one, two ... different scores passed, the highest first."""
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.diff(score[order])) if len(score) else np.empty(0, int)
    ends = np.append(ends, len(score) - 1) if len(score) else ends
    true = np.concatenate([[0], np.cumsum(is_positive[order])[ends]])
    false = np.concatenate([[0], np.cumsum(~is_positive[order])[ends]])
    return true, false


def _thinned(length: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, length - 1, min(length, POINTS)).astype(np.int64))


def _rounded(values: NDArray[np.floating]) -> list[float]:
    return [round(float(value), 4) for value in values]
