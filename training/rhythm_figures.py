"""Figures of rhythm over windows: what was found and spared, and how sure that is over records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edge.signals.windows import sliding
from training.bootstrap import (
    Interval,
    areas,
    interval,
    middle_95_of_error,
    ratio,
    times_drawn,
)
from training.corruption import corrupted
from training.datasets.wfdb import BeatRecord
from training.metrics import auc, count, rates
from training.probability_metrics import BINS, calibration_error, equal_bins
from training.windows import Windows, are_labelled, label_windows

Figures = dict[str, float | int | None]
# Gives the probability of AF for each window, NaN where it abstains: float64 (n,).
Scorer = Callable[[NDArray[np.float32]], NDArray[np.float64]]

# Flutter is another arrhythmia but often as irregular: counted once as not AF and once not at all.
PROTOCOLS: Final = ("afl_non_af", "afl_excluded")

CORRUPTED_PERCENT: Final = (0, 1, 2, 5, 10)
COUNTED: Final = ("true_positive", "false_negative", "true_negative", "false_positive", "abstained")
Weights = tuple[int, ...]
# How often each count is in the part and in the whole that a rate is the percentage of.
OF_COUNTS: Final[dict[str, tuple[Weights, Weights]]] = {
    "se": ((1, 0, 0, 0, 0), (1, 1, 0, 0, 0)),
    "sp": ((0, 0, 1, 0, 0), (0, 0, 1, 1, 0)),
    "ppv": ((1, 0, 0, 0, 0), (1, 0, 0, 1, 0)),
    "acc": ((1, 0, 1, 0, 0), (1, 1, 1, 1, 0)),
    "f1": ((2, 0, 0, 0, 0), (2, 1, 0, 1, 0)),
    "coverage": ((1, 1, 1, 1, 0), (1, 1, 1, 1, 1)),
}


@dataclass(frozen=True)
class Judged:
    """The windows of one record with the scores they got, and when each began; arrays (windows,)."""

    name: str
    windows: Windows
    probability: NDArray[np.float64]
    at_s: NDArray[np.float64]


def judge_record(record: BeatRecord, score: Scorer, *, length: int, hop: int) -> Judged:
    """Score the labelled windows of a record."""
    windows = label_windows(record, length=length, hop=hop)
    beat_s = np.cumsum(record.rr_ms, dtype=np.float64) / 1000.0
    at_s = sliding(beat_s, length=length, hop=hop)[are_labelled(record, length=length, hop=hop), 0]
    return Judged(record.name, windows, score(windows.rr_ms), at_s)


def judge_corrupted(
    records: Sequence[BeatRecord], score: Scorer, *, length: int, hop: int
) -> dict[str, list[Judged]]:
    """The records with 0 to 10 percent of the beats missed or added, by percentage."""
    found = {}
    for percent in CORRUPTED_PERCENT:
        rng = np.random.default_rng(percent)
        worn = [corrupted(record, percent, rng) for record in records]
        found[str(percent)] = [judge_record(record, score, length=length, hop=hop) for record in worn]
    return found


def metrics(judged: Sequence[Judged], threshold: float) -> dict[str, Figures]:
    """The figures of all windows together, with flutter counted as not AF and with it left out."""
    found = {}
    for protocol in PROTOCOLS:
        kept = [_kept(part, protocol) for part in judged]
        # The empty array first: all records may have been skipped.
        is_af = np.concatenate([np.empty(0, bool), *(windows for windows, _ in kept)])
        probability = np.concatenate([np.empty(0), *(scores for _, scores in kept)])
        found[protocol] = _figures(is_af, probability, threshold)
    return found


def _kept(part: Judged, protocol: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Truth and probability of the windows that count."""
    counts = part.windows.flutter_share == 0 if protocol == "afl_excluded" else slice(None)
    return part.windows.is_af[counts], part.probability[counts]


def per_record(judged: Sequence[Judged], threshold: float) -> dict[str, dict[str, Figures]]:
    """The same figures for each record alone, with the counts behind them."""
    return {part.name: metrics([part], threshold) for part in judged}


def judged_windows(judged: Sequence[Judged]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Truth and probability of all windows that were judged."""
    is_af = np.concatenate([np.empty(0, bool), *(part.windows.is_af for part in judged)])
    probability = np.concatenate([np.empty(0), *(part.probability for part in judged)])
    is_judged = ~np.isnan(probability)
    return is_af[is_judged], probability[is_judged]


def intervals(judged: Sequence[Judged], threshold: float) -> dict[str, dict[str, Interval | None]]:
    """The 95 % intervals of `metrics`, by drawing records anew."""
    return {protocol: _bounds(judged, threshold, protocol) for protocol in PROTOCOLS}


def _bounds(judged: Sequence[Judged], threshold: float, protocol: str) -> dict[str, Interval | None]:
    kept = [_kept(part, protocol) for part in judged]
    counts = [asdict(count(is_af, probability, threshold)) for is_af, probability in kept]
    sums = np.array([[count[name] for name in COUNTED] for count in counts], dtype=float)
    scored = [(is_af[has], score[has]) for is_af, score in kept for has in [~np.isnan(score)]]
    area = areas([score[is_af] for is_af, score in scored], [score[~is_af] for is_af, score in scored])
    return {
        **{figure: interval(sums, _percent(*parts), digits=2) for figure, parts in OF_COUNTS.items()},
        "auc": interval(np.eye(len(judged)), area, digits=5),
    }


def _percent(part: Weights, whole: Weights) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    return lambda total: 100.0 * ratio(total @ part, total @ whole)


def ece_interval(judged: Sequence[Judged]) -> Interval | None:
    """The 95 % interval of the calibration error, by drawing records anew; the bins are those of all."""
    is_af, probability = judged_windows(judged)
    record = np.repeat(np.arange(len(judged)), [np.sum(~np.isnan(part.probability)) for part in judged])
    missed = np.zeros((len(judged), BINS + 1))
    np.add.at(missed, (record, equal_bins(probability)), probability - is_af)
    missed[:, BINS] = np.bincount(record, minlength=len(judged))
    if len(judged) < 2:
        return None
    total = times_drawn(len(judged)) @ missed
    errors = ratio(np.abs(total[:, :BINS]).sum(axis=1), total[:, BINS])
    return middle_95_of_error(calibration_error(is_af, probability), errors, 5)


def _figures(is_af: NDArray[np.bool_], probability: NDArray[np.float64], threshold: float) -> Figures:
    counts = count(is_af, probability, threshold)
    is_judged = ~np.isnan(probability)
    area = auc(is_af[is_judged], probability[is_judged])
    return {
        **rates(counts),
        "auc": None if area is None else round(area, 5),
        "windows": len(is_af),
        **asdict(counts),
    }
