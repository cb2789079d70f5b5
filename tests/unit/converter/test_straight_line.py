"""From recordings to a bundle on a reduced set: the whole straight line, twice, in fresh processes."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from converter.inspect import float_islands
from converter.run_folder import read_run
from edge.adapters.litert import Kernels, Model, Network, load_model, open_model
from edge.contract.bundle import read_bundle
from edge.contract.errors import DataError
from edge.signals.features import channels
from tests.conftest import absent

# Paroxysmal AF, so that whoever is held out has both kinds of windows.
RECORDS = ("00", "28", "35", "55")
# Precisions a bundle does not have, and how far their answers may be from the float model's, in logits.
ALSO = {"float16": 0.02, "dynamic": 0.5, "int8-ends": 1.0}


def vitalward(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "edge", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def straight_line(folder: Path, recordings: Path, *also: str) -> Path:
    """Train and convert in `folder`, to other precisions too; gives the bundle."""
    vitalward(
        *("train", "rhythm", "--data", recordings, "--records", *RECORDS, "--seed", "7"),
        *("--epochs", "4", "--windows-per-epoch", "8192", "--out", folder / "run"),
    )
    further = [word for precision in also for word in ("--also", precision)]
    vitalward("convert", "--run", folder / "run", "--out", folder / "rhythm-1.0.0.vwb", *further)
    return folder / "rhythm-1.0.0.vwb"


@pytest.fixture(scope="module")
def line(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, recordings: Path) -> Path:
    """A folder that holds `run` and the bundle made of it."""
    if importlib.util.find_spec("tensorflow") is None:
        absent(request, "--require-training", "TensorFlow is missing: pip install 'vitalward[training]'")
    folder = tmp_path_factory.mktemp("line")
    straight_line(folder, recordings, *ALSO)
    return folder


def test_a_run_folder_that_lacks_a_part_is_refused(line: Path, tmp_path: Path) -> None:
    """Each missing or truncated part is an error that names the folder, and no bundle appears."""
    for part in ("run.json", "golden.npy", "held_out.npz", "card.md"):
        folder = tmp_path / part
        shutil.copytree(line / "run", folder)
        (folder / part).unlink()

        with pytest.raises(DataError, match=part):
            read_run(folder)


def test_the_card_tells_each_held_out_figure_with_its_interval(line: Path) -> None:
    """Whoever reads the card sees the figures of those held out, and what is sure of them."""
    told = json.loads((line / "run" / "run.json").read_text())["report"]
    card = (line / "run" / "card.md").read_text()

    for name, bounds in told["held_out_intervals"].items():
        sure = "-" if bounds is None else f"{bounds[0]:g} to {bounds[1]:g}"
        assert f"| {name} | {told['held_out_figures'][name]:g} | {sure} |" in card.splitlines()
    assert {"se", "sp", "ppv", "acc", "f1", "auc", "coverage"} == set(told["held_out_intervals"])
    assert "\n**Held out** (" in card


def test_the_run_leaves_a_page_with_its_plots(line: Path) -> None:
    """All that an issue of a training is judged by: both curves, reliability, confusion, records, losses."""
    page = (line / "run" / "report.html").read_text(encoding="utf-8")

    for title in (
        "Receiver operating characteristic",
        "Precision and recall",
        "Reliability",
        "Confusion",
        "Corrupted beats",
        "Sensitivity and specificity by record",
        "Training: loss",
    ):
        assert title in page


def test_records_of_one_kind_cannot_be_learned_from(recordings: Path, tmp_path: Path) -> None:
    """Persons in AF throughout leave nothing to tell it from: an error names them, no run is written."""
    permanent = ("12", "17")

    done = subprocess.run(
        [
            *(sys.executable, "-m", "edge", "train", "rhythm", "--data", str(recordings)),
            *("--records", *permanent, "--out", str(tmp_path / "run")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert "one kind of windows only" in done.stderr
    assert not (tmp_path / "run").exists()


def test_the_steps_that_compute_in_float_are_found(line: Path) -> None:
    """None in what the line has made; the convolutions among them in the same model left in float."""
    code = (
        "import sys, keras, tensorflow as tf;"
        "model = keras.models.load_model(sys.argv[1], compile=False);"
        "open(sys.argv[2], 'wb').write(tf.lite.TFLiteConverter.from_keras_model(model).convert())"
    )
    path = line / "float.tflite"
    subprocess.run(
        [sys.executable, "-c", code, str(line / "run" / "model.keras"), str(path)],
        capture_output=True,
        check=True,
    )

    assert "CONV_2D" in {step.name for step in float_islands(path.read_bytes())}
    assert float_islands(read_bundle(line / "rhythm-1.0.0.vwb").model) == []


def test_the_same_seed_and_data_give_the_same_bundle(line: Path, recordings: Path, tmp_path: Path) -> None:
    """Trained and converted again in other processes, every byte is the same."""
    again = straight_line(tmp_path, recordings)

    assert again.read_bytes() == (line / "rhythm-1.0.0.vwb").read_bytes()


@pytest.mark.parametrize("precision", ALSO)
def test_other_precisions_are_written_beside_the_bundle(line: Path, precision: str) -> None:
    """Each is a model that answers the held-out windows as float does, int8 ends by their own steps."""
    interpreter = open_model((line / f"rhythm-1.0.0.{precision}.tflite").read_bytes(), Kernels.REFERENCE)
    (source,), (target,) = interpreter.get_input_details(), interpreter.get_output_details()
    run = read_run(line / "run")
    assert run.manifest.stream is not None
    held_out, inputs = run.held_out, channels(run.held_out.input[:50], run.manifest.stream.features)

    found = []
    for row in inputs.reshape(-1, *source["shape"]):
        interpreter.set_tensor(source["index"], _in_steps(row, source))
        interpreter.invoke()
        found.append(_from_steps(interpreter.get_tensor(target["index"]), target).item())

    assert source["dtype"] is (np.int8 if precision == "int8-ends" else np.float32)
    assert np.max(np.abs(np.array(found) - held_out.output[:50, 0])) < ALSO[precision]


def _in_steps(row: NDArray[np.float32], end: dict[str, Any]) -> NDArray[Any]:
    if end["dtype"] is np.float32:
        return row
    scale, zero = end["quantization"]
    steps: NDArray[np.int8] = np.clip(np.round(row / scale + zero), -128, 127).astype(np.int8)
    return steps


def _from_steps(row: NDArray[Any], end: dict[str, Any]) -> NDArray[np.float64]:
    if end["dtype"] is np.float32:
        return row.astype(np.float64)
    scale, zero = end["quantization"]
    values: NDArray[np.float64] = scale * (row.astype(np.float64) - zero)
    return values


def test_the_bundle_tells_what_it_was_made_from(line: Path) -> None:
    """Persons, recipe, data with licence and citation, and figures are inside it."""
    bundle = read_bundle(line / "rhythm-1.0.0.vwb")

    told = json.loads(bundle.card_data)
    assert sorted(told["learned_from"] + told["held_out"]) == sorted(RECORDS)
    assert told["recipe"]["seed"] == 7
    assert told["as_shipped"]["held_out"] == len(read_run(line / "run").held_out.input)
    (data,) = bundle.manifest.trained_on
    assert (data.dataset, data.records, data.licence) == ("ltafdb", 4, "ODC-BY 1.0")
    assert "As shipped" in bundle.card
    assert bundle.manifest.parameters <= 8000


def test_the_device_computes_what_the_training_computed(line: Path) -> None:
    """Float and int8 logits of the held-out windows differ by little more than the int8 step."""
    run, bundle = read_run(line / "run"), read_bundle(line / "rhythm-1.0.0.vwb")
    windows, expected = run.held_out.input[::50], run.held_out.output[::50, 0]

    for kernels in Kernels:
        model = load_model(bundle, kernels)
        logit = np.array([model.logit(window) for window in windows])
        assert np.mean(np.abs(logit - expected)) < 3 * bundle.manifest.golden.outputs.scales[0]


def test_reference_kernels_repeat_the_golden_vectors_exactly(line: Path) -> None:
    """What was recorded when the bundle was made is what the reference kernels answer."""
    bundle = read_bundle(line / "rhythm-1.0.0.vwb")
    assert bundle.manifest.stream is not None
    network = Network(bundle.manifest, open_model(bundle.model, Kernels.REFERENCE))
    model = Model(network, bundle.manifest.stream)

    answered = np.array([[model.logit(window)] for window in bundle.golden_input], dtype=np.float32)

    assert answered.tobytes() == bundle.golden_output.tobytes()
