"""How well int8 does on nights it has not seen: `python -m tests.benchmarks.apnea_folds RUN`.

RUN is a folder written by `vitalward train apnea`. Each model of its cross-validation becomes a bundle and
judges the nights that were kept from it, as the device would; float does the same beside it. Prints JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from converter.pack import pack_run
from converter.run_folder import read_run
from edge.adapters.litert import load_network
from training.apnea_evaluation import judge
from training.apnea_figures import JudgedNight, intervals, metrics, per_record
from training.datasets.nights import NIGHT_DATASETS, read_nights
from training.float_model import FloatModel
from training.int8_beside_float import worst_difference

THRESHOLD = 0.5


def judged_fold(folder: Path, names: list[str], data: Path) -> tuple[list[JudgedNight], list[JudgedNight]]:
    """The nights of one fold by its int8 bundle and by its float model."""
    nights = read_nights(NIGHT_DATASETS["apnea-ecg"], data, names)
    with tempfile.TemporaryDirectory() as scratch:
        bundle = pack_run(read_run(folder), Path(scratch) / "apnea-1.0.0.vwb")
        network, model = load_network(bundle), FloatModel(folder)
        return (
            judge(nights, bundle.manifest, lambda rows: np.array([network.run(row).item() for row in rows])),
            judge(nights, bundle.manifest, lambda rows: model(rows)[:, 0]),
        )


def main() -> None:
    """Measure all folds together and print."""
    parser = argparse.ArgumentParser(prog="apnea_folds", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("VITALWARD_DATA", ".")))
    options = parser.parse_args()
    report = json.loads((options.run / "run.json").read_text())["report"]
    fold_of = report["cross_validation_per_record"]["fold"]
    by_int8, by_float = [], []
    for number in sorted(set(fold_of)):
        names = [name for name, of in zip(report["learned_from"], fold_of, strict=True) if of == number]
        shipped, unquantised = judged_fold(options.run / "folds" / str(number), names, options.data)
        by_int8 += shipped
        by_float += unquantised
    figures: dict[str, Any] = {
        "int8": metrics(by_int8, THRESHOLD),
        "intervals": intervals(by_int8, THRESHOLD),
        "float": metrics(by_float, THRESHOLD),
        "worst_difference": worst_difference(metrics(by_int8, THRESHOLD), metrics(by_float, THRESHOLD)),
        "per_record": per_record(by_int8, THRESHOLD),
    }
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
