"""How well hypnograms agree with polysomnography: by epoch, by night, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.sleep_report import STAGES, WAKE, summarise
from training.bootstrap import interval

Figures = dict[str, float | None]
Bounds = dict[str, tuple[float, float] | None]

SLEEP_SENSITIVITY: Final = 0.93
# The share of a normal distribution within the limits of agreement is 95 % (Bland and Altman, Lancet 1986).
LIMITS_SD: Final = 1.96
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
        "acc": _percent(int(np.trace(table)), int(np.sum(table))),
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
    report = {}
    for name, difference in differences(judged).items():
        bias = float(np.mean(difference))
        spread = LIMITS_SD * float(np.std(difference, ddof=1)) if len(difference) > 1 else None
        report[name] = {
            "bias": round(bias, 2),
            "lower": None if spread is None else round(bias - spread, 2),
            "upper": None if spread is None else round(bias + spread, 2),
        }
    return report


def differences(judged: Sequence[Judged]) -> dict[str, NDArray[np.float64]]:
    """Of each number of the summary the difference, prediction minus polysomnography, for each night."""
    said = [asdict(summarise(part.stage)) for part in judged]
    true = [asdict(summarise(part.truth)) for part in judged]
    return {name: np.array([a[name] - b[name] for a, b in zip(said, true, strict=True)]) for name in said[0]}


def worst_difference(figures: Figures, others: Figures) -> float:
    """The largest difference between two sets of figures in percentage points; kappas count as percent."""
    worst = 0.0
    for name, mine in figures.items():
        other = others[name]
        if mine is not None and other is not None:
            worst = max(worst, abs(mine - other) * (100.0 if name.startswith("kappa") else 1.0))
    return round(worst, 4)


def confusion(truth: NDArray[np.int64], stage: NDArray[np.int64]) -> NDArray[np.int64]:
    """How often each stage (row) was called each stage (column), (3, 3)."""
    table = np.zeros((len(STAGES), len(STAGES)), dtype=np.int64)
    np.add.at(table, (truth, stage), 1)
    return table


def kappa(table: NDArray[np.int64]) -> float | None:
    """Cohen 1960: agreement beyond chance; None where chance alone would agree on everything."""
    total = int(np.sum(table))
    if total == 0:
        return None
    observed = float(np.trace(table)) / total
    by_chance = float(np.dot(table.sum(axis=0), table.sum(axis=1))) / total**2
    return (observed - by_chance) / (1.0 - by_chance) if by_chance < 1.0 else None


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
    either = table.sum(axis=0) + table.sum(axis=1)
    occurs = either > 0
    if not occurs.any():
        return None
    return round(100.0 * float(np.mean(2.0 * np.diag(table)[occurs] / either[occurs])), 3)


def _percent(part: int, whole: int) -> float | None:
    return round(100.0 * part / whole, 3) if whole else None


def intervals(judged: Sequence[Judged]) -> Bounds:
    """The 95 % intervals of `metrics`, by drawing nights anew."""
    tables = np.array([confusion(part.truth, part.stage) for part in judged])
    own = [kappa(table) for table in tables]
    kappas = np.array([[value or 0.0, value is not None] for value in own])
    scores = np.array([_score_counts(part) for part in judged])
    flat = tables.reshape(len(tables), -1)
    return {
        "acc": _rounded(interval(flat, lambda sums: 100.0 * _observed(sums)), 3),
        "kappa": _rounded(interval(flat, _kappas), 4),
        "kappa_subject_mean": _rounded(interval(kappas, lambda sums: _ratio(sums[:, 0], sums[:, 1])), 4),
        "macro_f1": _rounded(interval(flat, _macro_f1s), 3),
        "wake_sp_at_sleep_se93": _rounded(interval(scores, _wake_specificities), 3),
    }


def agreement_intervals(judged: Sequence[Judged]) -> dict[str, Bounds]:
    """The 95 % intervals of `agreement`, by drawing nights anew."""
    found = {}
    for name, difference in differences(judged).items():
        sums = np.column_stack([difference, difference**2, np.ones(len(difference))])
        ends = {"bias": 0.0, "lower": -LIMITS_SD, "upper": LIMITS_SD}
        found[name] = {end: _rounded(interval(sums, _limit(sd)), 2) for end, sd in ends.items()}
    return found


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
    return 100.0 * _ratio(found, awake[:, -1])


def _observed(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    tables = sums.reshape(-1, len(STAGES), len(STAGES))
    return _ratio(np.trace(tables, axis1=1, axis2=2), tables.sum(axis=(1, 2)))


def _kappas(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    tables = sums.reshape(-1, len(STAGES), len(STAGES))
    total = tables.sum(axis=(1, 2))
    by_chance = _ratio(np.sum(tables.sum(axis=1) * tables.sum(axis=2), axis=1), total**2)
    return _ratio(_observed(sums) - by_chance, 1.0 - by_chance)


def _macro_f1s(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    tables = sums.reshape(-1, len(STAGES), len(STAGES))
    either = tables.sum(axis=1) + tables.sum(axis=2)
    scores = _ratio(2.0 * np.diagonal(tables, axis1=1, axis2=2), either)
    figures: NDArray[np.float64] = 100.0 * np.nanmean(scores, axis=1)
    return figures


def _ratio(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """NaN where nothing divides."""
    quotient = np.full(np.shape(part), np.nan)
    np.divide(part, whole, out=quotient, where=whole > 0)
    return quotient


def _rounded(bounds: tuple[float, float] | None, digits: int) -> tuple[float, float] | None:
    return None if bounds is None else (round(bounds[0], digits), round(bounds[1], digits))
