"""How often persons without AF are taken to have it: `python -m tests.benchmarks.rhythm_without_af`.

Shows the shipped rhythm model the windows of MMASH, of Apnea-ECG's learning half and of the MIT-BIH
Polysomnographic Database, but for the recordings it has learned from, and prints for each recording with a
window called AF, and for each database, how many windows there are, how many judged and how many called AF;
for a database also the 95 % interval of the specificity, by drawing recordings anew.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from device_sim.recordings.mmash import is_person, read_person
from edge.adapters.litert import Model, load_model
from edge.bundles import SHIPPED
from edge.contract.bundle import read_bundle
from edge.signals.windows import sliding
from training.bootstrap import interval, share
from training.datasets.nights import NIGHT_DATASETS, SAME_NIGHT, read_nights
from training.learned_from import seen_in_training

PERSONS = range(1, 23)


def tachograms(data: Path) -> Iterator[tuple[str, str, NDArray[np.float32]]]:
    """Database, recording and RR intervals in ms."""
    for path in (data / "mmash10" / f"subject_{number}" for number in PERSONS):
        if is_person(path):
            (rr,) = read_person(path).samples_of("rr")
            (rr_ms,) = rr.values.values()
            yield "mmash", path.name, np.array(rr_ms, dtype=np.float32)
    for dataset in NIGHT_DATASETS.values():
        for night in read_nights(dataset, data).used:
            if not night.name.startswith("x"):
                yield dataset.name, night.name, (1000.0 * np.diff(night.beat_s)).astype(np.float32)


def counts(model: Model, rr_ms: NDArray[np.float32]) -> tuple[int, int, int]:
    """How many windows there are, how many are judged, and how many are called AF."""
    use = model.stream
    windows = sliding(rr_ms, length=use.window.length, hop=use.window.hop)
    told = [answer for window in windows if (answer := model.score(window).probability) is not None]
    return len(windows), len(told), sum(value >= use.threshold for value in told)


def line(name: str, recordings: NDArray[np.int64]) -> str:
    """One line of figures, of rows of `counts`."""
    windows, judged, called = recordings.sum(axis=0).tolist()
    specificity = f"{100.0 * (1.0 - called / max(1, judged)):.2f}"
    spared = recordings[:, 1] - recordings[:, 2]
    bounds = interval(np.column_stack([spared, recordings[:, 2]]), share(0, 1), digits=2)
    sure = "" if bounds is None else f" [{bounds[0]:.2f}, {bounds[1]:.2f}]"
    figures = f"{windows:8} windows{judged:8} judged{called:7} called AF   specificity {specificity}{sure} %"
    return f"{name:24}{figures}\n"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="rhythm_without_af", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("VITALWARD_DATA", ".")))
    bundle = read_bundle(SHIPPED["rhythm"])
    model = load_model(bundle)
    by_database: dict[str, list[tuple[int, int, int]]] = {}
    for database, name, rr_ms in tqdm(tachograms(parser.parse_args().data), unit="recording", disable=None):
        if name in SAME_NIGHT or seen_in_training(bundle, database, [name]):
            continue
        figures = counts(model, rr_ms)
        if figures[2]:
            sys.stdout.write(line(f"{database} {name}", np.array([figures])))
        for of in (database, "all"):
            by_database.setdefault(of, []).append(figures)
    for of, recordings in by_database.items():
        sys.stdout.write(line(of, np.array(recordings)))


if __name__ == "__main__":
    main()
