"""Measures an apnea bundle on whole nights, minute by minute as the device runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import load_network
from edge.contract.bundle import Bundle
from edge.contract.errors import DataError, RuntimeMissingError
from edge.contract.manifest import Manifest
from edge.signals.apnea import MINUTE_S, context_windows, network_inputs, night_features, with_usual
from edge.signals.calibration import calibrated
from training.datasets.nights import NIGHT_DATASETS, Night, Nights, read_nights
from training.metrics import auc, cohen_kappa, count, rates

Figures = dict[str, float | int | None]
# Gives the logit of apnea for each row of windows (n, 1, minutes, channels): float32 (n,).
Answer = Callable[[NDArray[np.float32]], NDArray[np.float32]]

DATASETS: Final = tuple(NIGHT_DATASETS)

# The classes of the challenge of Computers in Cardiology 2000: C below 5 minutes of apnea, A from 100 on.
CLASS_B_MINUTES: Final = 5
CLASS_A_MINUTES: Final = 100


@dataclass(frozen=True)
class JudgedNight:
    """The scored minutes of one record: what the label says, and the probability that was given."""

    name: str
    is_apnea: NDArray[np.bool_]
    probability: NDArray[np.float64]


def report(
    bundle: Bundle, dataset: str, data: Path, names: Sequence[str] | None, run: Path | None
) -> dict[str, Any]:
    """All that `vitalward evaluate apnea` finds; with a run folder also what its float model does."""
    manifest, network = bundle.manifest, load_network(bundle)
    threshold = manifest.constants["threshold"][0]
    nights = read_nights(NIGHT_DATASETS[dataset], data, names)
    judged = judge(nights, manifest, lambda windows: np.array([network.run(row).item() for row in windows]))
    found: dict[str, Any] = {
        "records_used": [part.name for part in judged],
        "records_skipped": nights.skipped,
        "minutes_left_out": {
            night.name: int(np.sum(~night.is_scored)) for night in nights.used if not night.is_scored.all()
        },
        "threshold": threshold,
        "metrics": metrics(judged, threshold),
        "per_record": per_record(judged, threshold),
    }
    if run is not None:
        by_float = metrics(judge(nights, manifest, float_answer(run)), threshold)
        found["float"] = {
            "metrics": by_float,
            "worst_difference": worst_difference(found["metrics"], by_float),
        }
    return found


def judge(nights: Nights, manifest: Manifest, answer: Answer) -> list[JudgedNight]:
    """The probability of apnea for all scored minutes of all nights."""
    constants = manifest.constants
    centre, scale = (np.array(constants[name], dtype=np.float32) for name in ("centre", "scale"))
    temperature, bias = constants["calibration"]
    judged = []
    for night in tqdm(nights.used, desc=nights.dataset.name, unit="record", disable=None):
        inputs = network_inputs(with_usual(night_features(night.beat_s, len(night.label))), centre, scale)
        logit = answer(context_windows(inputs, manifest.inputs[0].shape[2]))
        judged.append(judged_night(night, calibrated(logit, temperature, bias)))
    return judged


def judged_night(night: Night, probability: NDArray[np.float64]) -> JudgedNight:
    """The scored minutes of a night, `probability` being given for all of them."""
    return JudgedNight(night.name, night.is_apnea[night.is_scored], probability[night.is_scored])


def metrics(judged: Sequence[JudgedNight], threshold: float) -> Figures:
    """The figures of all minutes together, and how well each night as a whole was told.

    `index_mae` is the mean error of a record's index: its apnea minutes in an hour of scored minutes.
    """
    is_apnea = np.concatenate([night.is_apnea for night in judged])
    probability = np.concatenate([night.probability for night in judged])
    called = probability >= threshold
    counted = rates(count(is_apnea, probability, threshold))
    area = auc(is_apnea, probability)
    agreement = cohen_kappa(is_apnea, called)
    errors = [abs(index(night.is_apnea) - index(night.probability >= threshold)) for night in judged]
    return {
        **{name: counted[name] for name in ("acc", "se", "sp")},
        "auc": None if area is None else round(area, 5),
        "kappa": None if agreement is None else round(agreement, 5),
        "records": len(judged),
        "records_right": sum(
            record_class(night.is_apnea) == record_class(night.probability >= threshold) for night in judged
        ),
        "index_mae": round(float(np.mean(errors)), 3),
        "minutes": len(is_apnea),
    }


def per_record(judged: Sequence[JudgedNight], threshold: float) -> dict[str, dict[str, Any]]:
    """Of each record its accuracy, its class by label and by model, and both indices."""
    return {
        night.name: {
            "minutes": len(night.is_apnea),
            "acc": metrics([night], threshold)["acc"],
            "class": record_class(night.is_apnea),
            "class_found": record_class(night.probability >= threshold),
            "index": round(index(night.is_apnea), 2),
            "index_found": round(index(night.probability >= threshold), 2),
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
    return float(np.mean(is_apnea)) * 3600.0 / MINUTE_S


def float_answer(run: Path) -> Answer:
    """Answers by the float model of a run folder.

    Raises RuntimeMissingError without Keras, DataError if the folder holds no model.
    """
    try:
        import keras
    except ModuleNotFoundError as error:
        raise RuntimeMissingError(
            f"{error.name} is not installed", where="--float", allowed="pip install 'vitalward[training]'"
        ) from error
    if not (run / "model.keras").is_file():
        raise DataError("no model.keras", where=str(run), allowed="a folder written by vitalward train")
    model = keras.models.load_model(run / "model.keras", compile=False)

    def answer(windows: NDArray[np.float32]) -> NDArray[np.float32]:
        logit: NDArray[np.float32] = model.predict(windows, batch_size=4096, verbose=0).reshape(-1)
        return logit

    return answer


def worst_difference(figures: Figures, others: Figures) -> float:
    """The largest difference in percentage points; auc and kappa count as percent."""
    worst = 0.0
    for name in ("acc", "se", "sp", "auc", "kappa"):
        mine, other = figures[name], others[name]
        if mine is not None and other is not None:
            worst = max(worst, abs(mine - other) * (100.0 if name in {"auc", "kappa"} else 1.0))
    return round(worst, 4)
