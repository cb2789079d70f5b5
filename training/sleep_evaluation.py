"""Measures a sleep bundle against polysomnography: the morning's hypnogram and the live state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import Network, load_network
from edge.contract.bundle import Bundle
from edge.signals.sleep_night import NightReader
from edge.signals.sleep_stages import WindowModel, stage_probability
from training.datasets.sleep_accel import SLEEP_ACCEL, Night, read_nights
from training.float_model import FloatModel
from training.hypnograms import (
    Judged,
    agreement,
    agreement_intervals,
    intervals,
    metrics,
    per_record,
)
from training.int8_beside_float import worst_difference
from training.sleep_charts import charts
from training.stages import COARSE_OF_PUBLISHED

DATASETS: Final = (SLEEP_ACCEL.name,)
WINDOWS_A_BATCH: Final = 64


@dataclass(frozen=True)
class Hypnogram:
    """What a predictor says of each epoch of a night: the stage, and a score that rises with wake."""

    stage: NDArray[np.int64]
    wake_score: NDArray[np.float64]


# Gives a hypnogram with one entry for each of the night's epochs.
Predictor = Callable[[Night], Hypnogram]


def report(
    bundle: Bundle, dataset: str, data: Path, names: Sequence[str] | None, run: Path | None
) -> dict[str, Any]:
    """All that `vitalward evaluate sleep` finds; with a run folder also what its float model does."""
    assert dataset in DATASETS, "the command has compared it"
    network = load_network(bundle)
    reader = NightReader.from_constants(bundle.manifest.constants, bundle.manifest.inputs[0].shape[2])
    nights = read_nights(data, names)
    judged = judge(nights.used, morning(reader, one_by_one(network)))
    as_it_goes = judge(nights.used, live(reader, one_by_one(network)))
    found: dict[str, Any] = {
        "records_used": [part.name for part in judged],
        "records_skipped": nights.skipped,
        "epochs": sum(len(part.truth) for part in judged),
        "epochs_unscored": nights.unscored_epochs,
        "epochs_without_numbers": nights.epochs_without_numbers,
        "metrics": metrics(judged),
        "intervals": intervals(judged),
        "agreement": agreement(judged),
        "agreement_intervals": agreement_intervals(judged),
        "live": {"metrics": metrics(as_it_goes), "intervals": intervals(as_it_goes)},
        "per_record": per_record(judged),
        "charts": charts(judged, as_it_goes),
    }
    if run is not None:
        by_float = metrics(judge(nights.used, morning(reader, in_batches(FloatModel(run)))))
        found["float"] = {
            "metrics": by_float,
            "worst_difference": worst_difference(found["metrics"], by_float),
        }
    return found


def morning(reader: NightReader, model: WindowModel) -> Predictor:
    """The report of the morning: every epoch judged with the whole night known."""

    def predict(night: Night) -> Hypnogram:
        probability = reader.probability(night.series, model)
        return Hypnogram(reader.decoder.stages(probability)[night.places], probability[night.places, 0])

    return predict


def live(reader: NightReader, model: WindowModel) -> Predictor:
    """The live state: every epoch judged with the night up to it.

    The published swing has been divided by a number of the whole night, and reaches 285 s beyond its epoch:
    this much of what comes is in the figures. Some channels of the model hang on that number.
    """

    def predict(night: Night) -> Hypnogram:
        series = night.series
        ends = range(1, len(series.activity) + 1)
        windows = np.stack([reader.live_window(series.until(end)) for end in ends])[:, np.newaxis]
        probability = stage_probability(model(windows)[:, 0, reader.live_place])
        return Hypnogram(reader.decoder.live_stages(probability)[night.places], probability[night.places, 0])

    return predict


def one_by_one(network: Network) -> WindowModel:
    """A bundle's network, window after window, as the device runs it."""
    return lambda windows: np.concatenate([network.run(window) for window in windows])


def in_batches(model: WindowModel) -> WindowModel:
    """A float model that is only ever asked for one number of windows: each number is compiled anew."""

    def answer(windows: NDArray[np.float32]) -> NDArray[np.float32]:
        spare = -len(windows) % WINDOWS_A_BATCH
        filled = np.concatenate([windows, np.zeros((spare, *windows.shape[1:]), dtype=np.float32)])
        firsts = range(0, len(filled), WINDOWS_A_BATCH)
        return np.concatenate([model(filled[first : first + WINDOWS_A_BATCH]) for first in firsts])[
            : len(windows)
        ]

    return answer


def judge(nights: Sequence[Night], predict: Predictor) -> list[Judged]:
    """What `predict` says of every scored epoch of every night."""
    return [compare(night, predict(night)) for night in tqdm(nights, desc="nights", disable=None)]


def compare(night: Night, said: Hypnogram) -> Judged:
    """A night's scored epochs beside what was said of them."""
    is_scored = night.stage >= 0
    return Judged(
        name=night.name,
        truth=COARSE_OF_PUBLISHED[night.stage[is_scored]],
        stage=said.stage[is_scored],
        wake_score=said.wake_score[is_scored],
    )
