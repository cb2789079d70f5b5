"""Figures of a two-class detector, from counts and scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Counts:
    """How many cases were judged rightly and wrongly, and how many the model did not judge."""

    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int
    abstained: int

    @property
    def table(self) -> NDArray[np.int64]:
        """What was judged, by truth (rows) and answer (columns), the negative class first."""
        return np.array(
            [[self.true_negative, self.false_positive], [self.false_negative, self.true_positive]]
        )


def count(is_positive: NDArray[np.bool_], probability: NDArray[np.floating], threshold: float) -> Counts:
    """Compare truth with scores; NaN as probability is an abstention."""
    judged = ~np.isnan(probability)
    called = judged & (probability >= threshold)
    return Counts(
        true_positive=int(np.sum(called & is_positive)),
        false_positive=int(np.sum(called & ~is_positive)),
        true_negative=int(np.sum(judged & ~called & ~is_positive)),
        false_negative=int(np.sum(judged & ~called & is_positive)),
        abstained=int(np.sum(~judged)),
    )


def rates(counts: Counts) -> dict[str, float | None]:
    """Rates in percent of the judged cases, coverage in percent of all; None where nothing divides."""
    tp, fp = counts.true_positive, counts.false_positive
    tn, fn = counts.true_negative, counts.false_negative
    judged = tp + fp + tn + fn
    return {
        "se": percent(tp, tp + fn),
        "sp": percent(tn, tn + fp),
        "ppv": percent(tp, tp + fp),
        "acc": percent(tp + tn, judged),
        "f1": percent(2 * tp, 2 * tp + fp + fn),
        "coverage": percent(judged, judged + counts.abstained),
    }


def auc(is_positive: NDArray[np.bool_], score: NDArray[np.floating]) -> float | None:
    """The chance that a positive scores above a negative, ties counting half; None with one class only.

    Mann and Whitney 1947, by ranks.
    """
    positives = int(np.sum(is_positive))
    negatives = len(is_positive) - positives
    if positives == 0 or negatives == 0:
        return None
    _, place, tied = np.unique(score, return_inverse=True, return_counts=True)
    middle_rank = np.cumsum(tied) - (tied - 1) / 2.0
    rank_sum = float(np.sum(middle_rank[place][is_positive]))
    return (rank_sum - positives * (positives + 1) / 2.0) / (positives * negatives)


def best_threshold(score: NDArray[np.floating], is_positive: NDArray[np.bool_]) -> float:
    """The score from which on to call a case positive: Youden 1950's largest sensitivity + specificity."""
    order = np.argsort(score, kind="stable")
    ordered, positive = score[order], is_positive[order]
    missed = np.cumsum(positive) / max(1, int(np.sum(positive)))
    spared = np.cumsum(~positive) / max(1, int(np.sum(~positive)))
    # A limit can only stand between two different scores.
    gain = np.where(np.diff(ordered) > 0, (spared - missed)[:-1], -np.inf)
    at = int(np.argmax(gain))
    return float((ordered[at] + ordered[at + 1]) / 2)


def percent(part: int, whole: int, digits: int = 3) -> float | None:
    """The share of a part in percent, for a report; None of nothing."""
    return round(100.0 * part / whole, digits) if whole else None
