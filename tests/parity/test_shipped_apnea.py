"""The shipped apnea bundle: what it is, and floors that other arithmetic would miss."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.adapters.litert import load_network
from edge.bundles import SHIPPED
from edge.contract.bundle import Bundle, read_bundle
from edge.contract.reports import ApneaNight
from edge.days.apnea import ApneaJudge
from edge.signals.apnea_night import (
    CHANNELS,
    context_windows,
    network_inputs,
    night_features,
    with_usual,
)
from tests.unit.signals.mit_format import Event, encode
from training.commands.evaluate import main as evaluate
from training.datasets.nights import NIGHT_DATASETS, read_nights


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return read_bundle(SHIPPED["apnea"])


def logits(bundle: Bundle, beat_s: NDArray[np.float64], minutes: int) -> NDArray[np.float64]:
    """Of each minute of a night, as the device would find them."""
    network = load_network(bundle)
    constants = bundle.manifest.constants
    centre, scale = (np.array(constants[name], dtype=np.float32) for name in ("centre", "scale"))
    inputs = network_inputs(with_usual(night_features(beat_s, minutes)), centre, scale)
    windows = context_windows(inputs, bundle.manifest.inputs[0].shape[2])
    return np.array([network.run(window).item() for window in windows])


def test_the_bundle_says_what_it_is(bundle: Bundle) -> None:
    """Under 30,000 parameters, trained on Apnea-ECG's learning half alone, asked rather than fed."""
    assert bundle.manifest.parameters <= 30_000
    assert bundle.manifest.stream is None
    assert bundle.manifest.inputs[0].shape[3] == CHANNELS
    assert [(data.dataset, data.records) for data in bundle.manifest.trained_on] == [("apnea-ecg", 35)]


def test_nights_left_out_are_judged_no_worse_than_asked(bundle: Bundle) -> None:
    """The figures of the folds in the card, with their intervals around them."""
    told = json.loads(bundle.card_data)
    figures, bounds = told["cross_validation"], told["cross_validation_intervals"]

    assert figures["acc"] >= 88.5
    assert figures["kappa"] >= 0.74
    assert figures["minutes"] == 17_045
    assert all(low <= figures[name] <= high for name, (low, high) in bounds.items())


def test_another_clinic_is_judged_as_when_it_was_made(recordings: Path, tmp_path: Path) -> None:
    """Records of slpdb it has never met: other arithmetic would fall below these floors."""
    out = tmp_path / "figures.json"
    evaluate(
        [
            *("apnea", "--data", str(recordings), "--dataset", "slpdb", "--json", str(out)),
            *("--records", "slp14", "slp37", "slp45"),
        ]
    )

    told = json.loads(out.read_text())
    assert told["metrics"]["acc"] >= 92.0
    assert told["metrics"]["kappa"] >= 0.83
    assert told["metrics"]["records_right"] == 3


def test_a_night_is_evaluated_on_the_minutes_that_the_edge_judges(
    bundle: Bundle, recordings: Path, tmp_path: Path
) -> None:
    """Of c04's 482 scored minutes 17 have too few beats; the edge's own judge tells of the same others."""
    out = tmp_path / "figures.json"
    evaluate(
        [
            *("apnea", "--data", str(recordings), "--dataset", "apnea-ecg", "--json", str(out)),
            *("--records", "c04"),
        ]
    )
    told = json.loads(out.read_text())
    (night,) = read_nights(NIGHT_DATASETS["apnea-ecg"], recordings, ["c04"]).used

    on_device = ApneaJudge.of_bundle(bundle).judge(night.beat_s, 0.0, 60.0 * len(night.label))

    assert isinstance(on_device, ApneaNight)
    assert on_device.minutes == 482 - 17
    assert told["metrics"]["minutes"] == 482
    assert told["metrics"]["coverage"] == round(100.0 * on_device.minutes / 482, 3)
    assert told["per_record"]["c04"]["index_found"] == round(on_device.per_hour, 1)


def test_a_night_without_beats_is_skipped_with_its_reason(recordings: Path, tmp_path: Path) -> None:
    """Labels alone can be judged by nobody: the night is named and takes no part."""
    folder = tmp_path / "apnea-ecg"
    folder.mkdir()
    for name in ("c04", "c10"):
        for ending in ("hea", "apn", "qrs"):
            (folder / f"{name}.{ending}").write_bytes(
                (recordings / "apnea-ecg" / f"{name}.{ending}").read_bytes()
            )
    (folder / "c04.qrs").write_bytes(encode([Event(100, 1), Event(190, 1)]))
    out = tmp_path / "figures.json"

    evaluate(["apnea", "--data", str(tmp_path), "--dataset", "apnea-ecg", "--json", str(out)])

    told = json.loads(out.read_text())
    assert told["records_used"] == ["c10"]
    assert told["records_skipped"] == {"c04": "no scored minute has enough beats around it"}
    assert told["metrics"]["records"] == 1


def test_swings_of_the_rate_in_one_hour_are_apnea_and_quiet_hours_are_not(bundle: Bundle) -> None:
    """A heart that swings by a tenth once in 45 s in the third of five hours."""
    rng = np.random.default_rng(6)
    beats = [0.0]
    while beats[-1] < 5 * 3600.0:
        swing = 0.1 * np.sin(2.0 * np.pi * beats[-1] / 45.0) if 2 * 3600 <= beats[-1] < 3 * 3600 else 0.0
        breath = 0.03 * np.sin(2.0 * np.pi * beats[-1] / 4.0)
        beats.append(beats[-1] + 0.9 * (1.0 + swing + breath + 0.01 * rng.standard_normal()))

    is_apnea = logits(bundle, np.array(beats), 300) >= 0.0

    assert np.mean(is_apnea[125:175]) > 0.9
    assert np.mean(is_apnea[10:110]) < 0.05
    assert np.mean(is_apnea[190:290]) < 0.05
