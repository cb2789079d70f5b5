"""How well hypnograms agree with polysomnography: by epoch, by night, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.sleep_report import STAGES, WAKE, summarise
from training.agreement import LIMITS_SD, kappa, kappas, limits_of_agreement
from training.bootstrap import Interval, interval, ratio
from training.metrics import percent

Figures = dict[str, float | None]
Bounds = dict[str, Interval | None]

SLEEP_SENSITIVITY: Final = 0.93
# Wake scores are told apart this finely where persons are drawn anew.
SCORE_BINS: Final = 1000


@dataclass(frozen=True)
class Judged:
    """The scored epochs of one night with what was said of them; all arrays (epochs,)."""

    name: str
    truth: NDArray[np.int64]
    stage: NDArray[np.int64]
    wake_score: NDArray[np.float64]


def metrics(judged: Sequence[Judged]) -> Figures:
    """Agreement over all epochs together; `kappa_subject_mean` is the mean of the nights' own kappas."""
    table = sum((confusion(part.truth, part.stage) for part in judged), np.zeros((3, 3), dtype=np.int64))
    by_night = [value for part in judged if (value := kappa(confusion(part.truth, part.stage))) is not None]
    specificity = wake_specificity(
        np.concatenate([part.truth == WAKE for part in judged]),
        np.concatenate([part.wake_score for part in judged]),
        SLEEP_SENSITIVITY,
    )
    pooled = kappa(table)
    return {
        "acc": percent(int(np.trace(table)), int(np.sum(table))),
        "kappa": None if pooled is None else round(pooled, 4),
        "kappa_subject_mean": round(float(np.mean(by_night)), 4) if by_night else None,
        "macro_f1": _macro_f1(table),
        "wake_sp_at_sleep_se93": None if specificity is None else round(100.0 * specificity, 3),
    }


def per_record(judged: Sequence[Judged]) -> dict[str, dict[str, float | int | None]]:
    """The same figures for each night alone, with the number of epochs behind them."""
    return {part.name: {**metrics([part]), "epochs": len(part.truth)} for part in judged}


def agreement(judged: Sequence[Judged]) -> dict[str, Figures]:
    """For each number of the night's summary: the mean difference from the truth and its limits (95 %).

    Differences are prediction minus polysomnography, one a night; limits need two nights.
    """
    return {
        name: {
            end: None if value is None else round(value, 2)
            for end, value in limits_of_agreement(difference)._asdict().items()
        }
        for name, difference in differences(judged).items()
    }


def differences(judged: Sequence[Judged]) -> dict[str, NDArray[np.float64]]:
    """Of each number of the summary the difference, prediction minus polysomnography, for each night."""
    said = [asdict(summarise(part.stage)) for part in judged]
    true = [asdict(summarise(part.truth)) for part in judged]
    return {name: np.array([a[name] - b[name] for a, b in zip(said, true, strict=True)]) for name in said[0]}


def confusion(truth: NDArray[np.int64], stage: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each stage (row) was called each stage (column), (3, 3)."""
    table = np.zeros((len(STAGES), len(STAGES)), dtype=np.int64)
    np.add.at(table, (truth, stage), 1)
    return table


def wake_specificity(
    is_wake: NDArray[np.bool_], wake_score: NDArray[np.float64], sensitivity: float
) -> float | None:
    """The share of wake found, 0 to 1, by the limit that leaves at least `sensitivity` of sleep as sleep.

    Wake is what scores above the limit; equal scores stay together. None without wake or without sleep.
    """
    asleep = np.sort(wake_score[~is_wake])
    if not len(asleep) or not is_wake.any():
        return None
    # The share is a decimal: 0.93 of 100 are 93, whatever the rounding of the product.
    limit = asleep[int(np.ceil(sensitivity * len(asleep) - 1e-9)) - 1]
    return float(np.mean(wake_score[is_wake] > limit))


def _macro_f1(table: NDArray[np.int64]) -> float | None:
    """The mean over the stages that occur in truth or answer of 2 TP / (2 TP + FP + FN), in percent."""
    return round(float(_macro_f1s(table[np.newaxis])[0]), 3) if table.any() else None


def intervals(judged: Sequence[Judged]) -> Bounds:
    """The 95 % intervals of `metrics`, by drawing nights anew."""
    tables = np.array([confusion(part.truth, part.stage) for part in judged])
    own = [kappa(table) for table in tables]
    of_nights = np.array([[value or 0.0, value is not None] for value in own])
    scores = np.array([_score_counts(part) for part in judged])
    flat = tables.reshape(len(tables), -1)
    return {
        "acc": interval(flat, lambda sums: 100.0 * _observed(_tables(sums))),
        "kappa": interval(flat, lambda sums: kappas(_tables(sums))),
        "kappa_subject_mean": interval(of_nights, lambda sums: ratio(sums[:, 0], sums[:, 1])),
        "macro_f1": interval(flat, lambda sums: _macro_f1s(_tables(sums))),
        "wake_sp_at_sleep_se93": interval(scores, _wake_specificities),
    }


def agreement_intervals(judged: Sequence[Judged]) -> dict[str, Bounds]:
    """The 95 % intervals of `agreement`, by drawing nights anew."""
    found = {}
    for name, difference in differences(judged).items():
        sums = np.column_stack([difference, difference**2, np.ones(len(difference))])
        ends = {"bias": 0.0, "lower": -LIMITS_SD, "upper": LIMITS_SD}
        # Rounded on from three digits: a training repeats byte for byte, and the shipped one did so.
        found[name] = {end: _hundredths(interval(sums, _limit(sd))) for end, sd in ends.items()}
    return found


def _hundredths(bounds: Interval | None) -> Interval | None:
    return None if bounds is None else (round(bounds[0], 2), round(bounds[1], 2))


def _limit(deviations: float) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The mean plus so many standard deviations, from columns of sums, sums of squares and counts."""

    def statistic(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        mean = sums[:, 0] / sums[:, 2]
        spread = np.maximum(sums[:, 1] - sums[:, 2] * mean**2, 0.0) / np.maximum(sums[:, 2] - 1.0, 1.0)
        return mean + deviations * np.sqrt(spread)

    return statistic


def _score_counts(part: Judged) -> NDArray[np.float64]:
    """How many epochs of sleep, then of wake, have each wake score, from the highest down."""
    place = np.minimum((part.wake_score * SCORE_BINS).astype(np.int64), SCORE_BINS - 1)
    counts = [np.bincount(place[part.truth != WAKE], minlength=SCORE_BINS)[::-1]]
    counts += [np.bincount(place[part.truth == WAKE], minlength=SCORE_BINS)[::-1]]
    return np.concatenate(counts).astype(np.float64)


def _wake_specificities(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    asleep, awake = np.cumsum(sums[:, :SCORE_BINS], axis=1), np.cumsum(sums[:, SCORE_BINS:], axis=1)
    # Sleep in the bins called wake may be a share of 1 - SLEEP_SENSITIVITY at most.
    called = np.sum(asleep <= (1.0 - SLEEP_SENSITIVITY) * asleep[:, -1:] + 1e-9, axis=1)
    found = np.where(
        called > 0, np.take_along_axis(awake, np.maximum(called - 1, 0)[:, np.newaxis], 1)[:, 0], 0.0
    )
    return 100.0 * ratio(found, awake[:, -1])


def _tables(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """One table of truth by answer for each draw."""
    return sums.reshape(-1, len(STAGES), len(STAGES))


def _observed(tables: NDArray[np.float64]) -> NDArray[np.float64]:
    return ratio(np.trace(tables, axis1=1, axis2=2), tables.sum(axis=(1, 2)))


def _macro_f1s(tables: NDArray[np.number]) -> NDArray[np.float64]:
    either = tables.sum(axis=1) + tables.sum(axis=2)
    scores = ratio(2.0 * np.diagonal(tables, axis1=1, axis2=2), either)
    figures: NDArray[np.float64] = 100.0 * np.nanmean(scores, axis=1)
    return figures
