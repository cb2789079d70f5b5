"""Figures of judged nights: of their minutes together, and of how each night as a whole was told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edge.contract.durations import HOUR_S, MINUTE_S
from training.agreement import kappa, kappas
from training.bootstrap import Interval, areas, interval, share
from training.datasets.nights import Night
from training.metrics import auc, count, percent, rates

Figures = dict[str, float | int | None]
Bounds = dict[str, Interval | None]

# The classes of the challenge of Computers in Cardiology 2000: C below 5 minutes of apnea, A from 100 on.
CLASS_B_MINUTES: Final = 5
CLASS_A_MINUTES: Final = 100


@dataclass(frozen=True)
class JudgedNight:
    """The scored minutes of one record, each with its place, label and the probability given; all (n,).

    The probability is NaN where the minute was not judged.
    """

    name: str
    minute: NDArray[np.int64]
    is_apnea: NDArray[np.bool_]
    probability: NDArray[np.float64]

    @property
    def is_judged(self) -> NDArray[np.bool_]:
        """Which of the scored minutes were judged."""
        return ~np.isnan(self.probability)

    def called(self, threshold: float) -> NDArray[np.bool_]:
        """Which of the judged minutes were called apnea, (judged,)."""
        return self.probability[self.is_judged] >= threshold


def judged_night(night: Night, probability: NDArray[np.float64]) -> JudgedNight:
    """The scored minutes of a night; `probability` is that of all its minutes, NaN where none was given."""
    known = night.is_scored
    return JudgedNight(night.name, np.flatnonzero(known), night.is_apnea[known], probability[known])


def metrics(judged: Sequence[JudgedNight], threshold: float) -> Figures:
    """The figures of all judged minutes together, and how well each night as a whole was told.

    `minutes` are those scored. A night's class and index are by label those of its scored minutes, by model
    those of its judged ones, of which each must have one; `index_mae` is the mean error of the index.
    """
    is_apnea, probability = judged_minutes(judged)
    counted = count(is_apnea, probability, threshold)
    of_minutes = rates(counted)
    area = auc(is_apnea, probability)
    agreement = kappa(counted.table)
    errors = [abs(index(night.is_apnea) - index(night.called(threshold))) for night in judged]
    return {
        **{name: of_minutes[name] for name in ("acc", "se", "sp")},
        "auc": None if area is None else round(area, 5),
        "kappa": None if agreement is None else round(agreement, 5),
        "records": len(judged),
        "records_right": sum(
            record_class(night.is_apnea) == record_class(night.called(threshold)) for night in judged
        ),
        "index_mae": round(float(np.mean(errors)), 3),
        "minutes": sum(len(night.minute) for night in judged),
    }


def judged_minutes(judged: Sequence[JudgedNight]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Label and probability of all minutes that were judged."""
    return (
        np.concatenate([night.is_apnea[night.is_judged] for night in judged]),
        np.concatenate([night.probability[night.is_judged] for night in judged]),
    )


def coverage(judged: Sequence[JudgedNight]) -> float | None:
    """How many of the scored minutes were judged, in percent."""
    is_judged = np.concatenate([night.is_judged for night in judged])
    return percent(int(np.sum(is_judged)), len(is_judged))


def intervals(judged: Sequence[JudgedNight], threshold: float) -> Bounds:
    """The 95 % intervals of the figures of `metrics`, by drawing records anew."""
    # Columns: rightly called none, wrongly called apnea, missed, found.
    counts = np.array(
        [count(night.is_apnea, night.probability, threshold).table.ravel() for night in judged], dtype=float
    )
    right = counts[:, [0, 3]].sum(axis=1)
    is_right = [record_class(night.is_apnea) == record_class(night.called(threshold)) for night in judged]
    errors = [abs(index(night.is_apnea) - index(night.called(threshold))) for night in judged]
    return {
        "acc": interval(np.stack([right, counts.sum(axis=1) - right], axis=1), share(0, 1), digits=2),
        "se": interval(counts, share(3, 2), digits=2),
        "sp": interval(counts, share(0, 1), digits=2),
        "auc": interval(np.eye(len(judged)), _area(judged)),
        "kappa": interval(counts, lambda sums: kappas(sums.reshape(-1, 2, 2))),
        "records_right": interval(np.array(is_right, dtype=float)[:, np.newaxis], lambda sums: sums[:, 0]),
        "index_mae": interval(
            np.array(errors)[:, np.newaxis], lambda sums: sums[:, 0] / len(judged), digits=2
        ),
    }


def _area(judged: Sequence[JudgedNight]) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return areas(
        [night.probability[night.is_apnea & night.is_judged] for night in judged],
        [night.probability[~night.is_apnea & night.is_judged] for night in judged],
    )


def per_record(judged: Sequence[JudgedNight], threshold: float) -> dict[str, dict[str, Any]]:
    """Of each record its accuracy, its class by label and by model, and both indices."""
    return {
        night.name: {
            "acc": metrics([night], threshold)["acc"],
            "class": record_class(night.is_apnea),
            "class_found": record_class(night.called(threshold)),
            "index": round(index(night.is_apnea), 1),
            "index_found": round(index(night.called(threshold)), 1),
        }
        for night in judged
    }


def record_class(is_apnea: NDArray[np.bool_]) -> str:
    """A, B or C by the number of apnea minutes."""
    minutes = int(np.sum(is_apnea))
    if minutes < CLASS_B_MINUTES:
        return "C"
    return "B" if minutes < CLASS_A_MINUTES else "A"


def index(is_apnea: NDArray[np.bool_]) -> float:
    """Apnea minutes in an hour."""
    return float(np.mean(is_apnea)) * HOUR_S / MINUTE_S
