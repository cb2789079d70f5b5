"""Measures an apnea bundle on whole nights, minute by minute as the device runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import load_network
from edge.contract.bundle import Bundle
from edge.contract.manifest import Manifest
from edge.signals.apnea_night import context_windows, network_inputs, night_features, with_usual
from edge.signals.calibration import calibrated
from training.apnea_charts import charts
from training.apnea_figures import JudgedNight, intervals, judged_night, metrics, per_record
from training.datasets.nights import NIGHT_DATASETS, Nights, read_nights
from training.float_model import FloatModel
from training.int8_beside_float import worst_difference

# Gives the logit of apnea for each row of windows (n, 1, minutes, channels): float32 (n,).
Answer = Callable[[NDArray[np.float32]], NDArray[np.float32]]

DATASETS: Final = tuple(NIGHT_DATASETS)


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
        "intervals": intervals(judged, threshold),
        "charts": charts(judged, threshold),
        "per_record": per_record(judged, threshold),
    }
    if run is not None:
        model = FloatModel(run)
        by_float = metrics(judge(nights, manifest, lambda windows: model(windows)[:, 0]), threshold)
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
