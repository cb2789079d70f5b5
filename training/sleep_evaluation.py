"""Measures hypnograms against polysomnography: agreement by epoch and by night."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import Network, load_network
from edge.contract.bundle import Bundle
from edge.signals.sleep_night import NightReader
from edge.signals.sleep_report import STAGES, WAKE, summarise
from edge.signals.sleep_stages import WindowModel
from training.datasets import sleep_accel
from training.datasets.sleep_accel import Night, read_nights

if TYPE_CHECKING:
    import keras

Figures = dict[str, float | None]

DATASETS: Final = (sleep_accel.NAME,)
WINDOWS_A_BATCH: Final = 64
SLEEP_SENSITIVITY: Final = 0.93
# Wake, N1, N2, N3, N4 and REM as published -> wake, NREM, REM.
STAGE_OF: Final = np.array([0, 1, 1, 1, 1, 2])
# The share of a normal distribution within the limits of agreement is 95 % (Bland and Altman, Lancet 1986).
LIMITS_SD: Final = 1.96


@dataclass(frozen=True)
class Hypnogram:
    """What a predictor says of each epoch of a night: the stage, and a score that rises with wake."""

    stage: NDArray[np.int64]
    wake_score: NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """The scored epochs of one night with what was said of them; all arrays (epochs,)."""

    name: str
    truth: NDArray[np.int64]
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
        "metrics": metrics(judged),
        "agreement": agreement(judged),
        "live": metrics(as_it_goes),
        "per_record": per_record(judged),
    }
    if run is not None:
        by_float = metrics(judge(nights.used, morning(reader, float_model(run))))
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

    The published swing has been divided by a number of the whole night, which the night so far could only
    guess; the model takes it against the swings before, where that number falls out.
    """

    def predict(night: Night) -> Hypnogram:
        series = night.series
        probability = np.array(
            [reader.live_probability(series.until(end), model) for end in range(1, len(series.activity) + 1)]
        )
        return Hypnogram(reader.decoder.live_stages(probability)[night.places], probability[night.places, 0])

    return predict


def one_by_one(network: Network) -> WindowModel:
    """A bundle's network, window after window, as the device runs it."""
    return lambda windows: np.concatenate([network.run(window) for window in windows])


def float_model(run: Path) -> WindowModel:
    """The float model of a run folder."""
    import keras

    return in_batches(keras.models.load_model(run / "model.keras", compile=False))


def in_batches(model: keras.Model) -> WindowModel:
    """A float model that is only ever asked for one number of windows: each number is compiled anew."""

    def answer(windows: NDArray[np.float32]) -> NDArray[np.float32]:
        spare = -len(windows) % WINDOWS_A_BATCH
        filled = np.concatenate([windows, np.zeros((spare, *windows.shape[1:]), dtype=np.float32)])
        parts = [
            np.asarray(model(filled[first : first + WINDOWS_A_BATCH], training=False))
            for first in range(0, len(filled), WINDOWS_A_BATCH)
        ]
        return np.concatenate(parts)[: len(windows)]

    return answer


def judge(nights: Sequence[Night], predict: Predictor) -> list[Judged]:
    """What `predict` says of every scored epoch of every night."""
    return [compare(night, predict(night)) for night in tqdm(nights, desc="nights", disable=None)]


def compare(night: Night, said: Hypnogram) -> Judged:
    """A night's scored epochs beside what was said of them."""
    is_scored = night.stage >= 0
    return Judged(
        name=night.name,
        truth=STAGE_OF[night.stage[is_scored]],
        stage=said.stage[is_scored],
        wake_score=said.wake_score[is_scored],
    )


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
    said = [asdict(summarise(part.stage)) for part in judged]
    true = [asdict(summarise(part.truth)) for part in judged]
    report = {}
    for name in said[0]:
        difference = np.array([a[name] - b[name] for a, b in zip(said, true, strict=True)])
        bias = float(np.mean(difference))
        spread = LIMITS_SD * float(np.std(difference, ddof=1)) if len(difference) > 1 else None
        report[name] = {
            "bias": round(bias, 2),
            "lower": None if spread is None else round(bias - spread, 2),
            "upper": None if spread is None else round(bias + spread, 2),
        }
    return report


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
