"""Measures an apnea bundle on whole nights, minute by minute as the device runs it.

What has too few beats around it the device does not judge, and neither does this page: such minutes take no
part in the figures of minutes, and `coverage` tells how many others there are. The device tells of no night
with less than four hours of those; here shorter records count too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from edge.adapters.litert import load_network
from edge.contract.bundle import Bundle
from edge.contract.errors import DataError
from edge.contract.manifest import Manifest
from edge.signals.apnea_night import context_windows, network_inputs, night_features, with_usual
from edge.signals.calibration import calibrated
from training.apnea_charts import charts
from training.apnea_figures import JudgedNight, coverage, intervals, judged_night, metrics, per_record
from training.datasets.nights import NIGHT_DATASETS, Nights, read_nights
from training.float_model import FloatModel
from training.int8_beside_float import worst_difference

# Gives the logit of apnea for each row of windows (n, 1, minutes, channels): float32 (n,).
Answer = Callable[[NDArray[np.float32]], NDArray[np.float32]]

DATASETS: Final = tuple(NIGHT_DATASETS)
NO_MINUTE: Final = "no scored minute has enough beats around it"


def report(
    bundle: Bundle, dataset: str, data: Path, names: Sequence[str] | None, run: Path | None
) -> dict[str, Any]:
    """All that `vitalward evaluate apnea` finds; with a run folder also what its float model does."""
    manifest, network = bundle.manifest, load_network(bundle)
    threshold = manifest.constants["threshold"][0]
    nights = read_nights(NIGHT_DATASETS[dataset], data, names)
    judged = judge(nights, manifest, lambda windows: np.array([network.run(row).item() for row in windows]))
    if not judged:
        raise DataError(NO_MINUTE, where=str(data / dataset), allowed="beats where the labels are")
    used = [part.name for part in judged]
    unused = {night.name: NO_MINUTE for night in nights.used if night.name not in used}
    found: dict[str, Any] = {
        "records_used": used,
        "records_skipped": nights.skipped | unused,
        "minutes_left_out": {
            night.name: int(np.sum(~night.is_scored)) for night in nights.used if not night.is_scored.all()
        },
        "threshold": threshold,
        "metrics": {**metrics(judged, threshold), "coverage": coverage(judged)},
        "intervals": intervals(judged, threshold),
        "charts": charts(judged, threshold),
        "per_record": per_record(judged, threshold),
    }
    if run is not None:
        model = FloatModel(run)
        by_float = judge(nights, manifest, lambda windows: model(windows)[:, 0])
        figures = {**metrics(by_float, threshold), "coverage": coverage(by_float)}
        found["float"] = {
            "metrics": figures,
            "worst_difference": worst_difference(found["metrics"], figures),
        }
    return found


def judge(nights: Nights, manifest: Manifest, answer: Answer) -> list[JudgedNight]:
    """The probability of apnea for the scored minutes of all nights, NaN for those without features.

    A night of none but those is left out.
    """
    constants = manifest.constants
    centre, scale = (np.array(constants[name], dtype=np.float32) for name in ("centre", "scale"))
    temperature, bias = constants["calibration"]
    judged = []
    for night in tqdm(nights.used, desc=nights.dataset.name, unit="record", disable=None):
        features = night_features(night.beat_s, len(night.label))
        is_known = ~np.isnan(features[:, 0])
        probability = np.full(len(features), np.nan)
        if is_known.any():
            inputs = network_inputs(with_usual(features), centre, scale)
            logit = answer(context_windows(inputs, manifest.inputs[0].shape[2])[is_known])
            probability[is_known] = calibrated(logit, temperature, bias)
        judged.append(judged_night(night, probability))
    return [night for night in judged if night.is_judged.any()]
