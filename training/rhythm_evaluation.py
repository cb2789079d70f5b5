"""Measures a rhythm bundle on recordings, window by window as the device runs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import Model, load_model
from edge.contract.bundle import Bundle
from edge.contract.errors import DataError
from edge.contract.manifest import StreamUse
from edge.signals.calibration import calibrated
from edge.signals.features import channels
from edge.signals.rr import QUALITIES
from edge.signals.windows import sliding
from training.baselines.rhythm import RHYTHM_BASELINES
from training.charts import corruption
from training.corruption import jittered, sampled
from training.datasets.catalogue import BEAT_DATASETS
from training.datasets.wfdb import BeatRecord, Records, read_records
from training.float_model import FloatModel
from training.int8_beside_float import worst_difference
from training.probability_metrics import calibration_error
from training.rhythm_charts import charts
from training.rhythm_figures import (
    Figures,
    Judged,
    Scorer,
    ece_interval,
    intervals,
    judge_corrupted,
    judge_record,
    judged_windows,
    metrics,
    per_record,
)
from training.windows import are_labelled

# Decides for each interval whether it is in AF: (n,) -> (n,).
Detector = Callable[[NDArray[np.floating]], NDArray[np.bool_]]

DATASETS: Final = tuple(BEAT_DATASETS)
# Options of the command that this task alone has.
FURTHER: Final = ("baselines", "corruption")
# 50 and 25 Hz, at which optical sensors sample; and what finding a pulse instead of an R wave adds.
STEPS_MS: Final = (20, 40)
JITTERS_MS: Final = (10, 20)


def report(
    bundle: Bundle,
    dataset: str,
    data: Path,
    names: Sequence[str] | None,
    run: Path | None,
    *,
    further: Collection[str] = (),
) -> dict[str, Any]:
    """All that `vitalward evaluate rhythm` finds; with a run folder also what its float model does.

    `further` names what of FURTHER is wanted besides; the records are read once for all of it.
    """
    model = load_model(bundle)
    use = model.stream
    records = read_records(BEAT_DATASETS[dataset], data, names)
    every = judge(records, use, device_scorer(model))
    judged = [part for part in every if len(part.probability)]
    why = f"no {use.window.length} intervals in a row with a rhythm label"
    if not judged:
        raise DataError(f"no record has a window: {why}", where=str(data / dataset), allowed="longer records")
    found: dict[str, Any] = {
        "records_used": [part.name for part in judged],
        "records_skipped": records.skipped | {part.name: why for part in every if not len(part.probability)},
        "assumed": records.dataset.assumed,
        "window": {"length": use.window.length, "hop": use.window.hop},
        "threshold": use.threshold,
        "metrics": metrics(judged, use.threshold),
        "ece": calibration_error(*judged_windows(judged)),
        "ece_interval": ece_interval(judged),
        "charts": charts(judged, use.threshold),
        "intervals": intervals(judged, use.threshold),
        "per_record": per_record(judged, use.threshold),
    }
    if run is not None:
        scorer = float_scorer(run, use, bundle.manifest.inputs[0].shape)
        by_float = metrics(judge(records, use, scorer), use.threshold)
        found["float"] = {
            "metrics": by_float,
            "worst_difference": worst_difference(found["metrics"], by_float),
        }
    if "baselines" in further:
        found["baselines"] = baselines(records, use)
    if "corruption" in further:
        by_percent = judge_corrupted(
            records.used, device_scorer(model), length=use.window.length, hop=use.window.hop
        )
        found["corruption_curve"] = {
            name: metrics(parts, use.threshold) for name, parts in by_percent.items()
        }
        found["corruption_intervals"] = {
            name: intervals(parts, use.threshold) for name, parts in by_percent.items()
        }
        found["timing_curve"] = timing_curve(records, model)
        found["charts"]["Corrupted beats"] = [corruption(found["corruption_curve"])]
    return found


def baselines(records: Records, use: StreamUse) -> dict[str, dict[str, Figures]]:
    """The same figures of published detectors on the same windows.

    Each decides beat by beat as its paper says; a window is AF to it when it calls more than half of the
    window's beats so.
    """
    return {
        name: metrics([_judge_by(detector.detect, record, use) for record in records.used], 0.5)
        for name, detector in RHYTHM_BASELINES.items()
    }


def timing_curve(records: Records, model: Model) -> dict[str, dict[str, Figures]]:
    """The figures with beats counted in coarse steps, or found early or late (standard deviation in ms)."""
    worn = {
        f"step_{step_ms}_ms": [sampled(record, step_ms) for record in records.used] for step_ms in STEPS_MS
    }
    for sd_ms in JITTERS_MS:
        rng = np.random.default_rng(sd_ms)
        worn[f"jitter_{sd_ms}_ms"] = [jittered(record, sd_ms, rng) for record in records.used]
    return {
        name: metrics(
            judge(replace(records, used=tuple(used)), model.stream, device_scorer(model)),
            model.stream.threshold,
        )
        for name, used in worn.items()
    }


def _judge_by(detect: Detector, record: BeatRecord, use: StreamUse) -> Judged:
    length, hop = use.window.length, use.window.hop
    share = sliding(detect(record.rr_ms), length=length, hop=hop).mean(axis=-1)
    known = are_labelled(record, length=length, hop=hop)
    # Half of the beats is not more than half.
    probability = np.where(share[known] > 0.5, share[known], np.minimum(share[known], 0.499))
    return judge_record(record, lambda _: probability, length=length, hop=hop)


def judge(records: Records, use: StreamUse, score: Scorer) -> list[Judged]:
    """Score all windows of all records, cut as the model wants them."""
    shown = tqdm(records.used, desc=records.dataset.name, unit="record", disable=None)
    return [judge_record(record, score, length=use.window.length, hop=use.window.hop) for record in shown]


def device_scorer(model: Model) -> Scorer:
    """Scores as the device does: one window after the other through the interpreter."""

    def score(rr_ms: NDArray[np.float32]) -> NDArray[np.float64]:
        answers = (model.score(window).probability for window in rr_ms)
        return np.array([np.nan if answer is None else answer for answer in answers], dtype=np.float64)

    return score


def float_scorer(run: Path, use: StreamUse, input_shape: tuple[int, ...]) -> Scorer:
    """Scores by the float model of a run folder, calibrated and abstaining as the bundle does.

    Raises RuntimeMissingError without Keras, DataError if the folder holds no model.
    """
    model = FloatModel(run)
    quality = QUALITIES[use.abstention.quality]

    def score(rr_ms: NDArray[np.float32]) -> NDArray[np.float64]:
        if not len(rr_ms):
            return np.empty(0)
        inputs = channels(rr_ms, use.features).reshape(-1, *input_shape[1:])
        logit = model(inputs)[:, 0]
        probability = calibrated(logit, use.calibration.temperature, use.calibration.bias)
        return np.where(quality(rr_ms) >= use.abstention.min_quality, probability, np.nan)

    return score
