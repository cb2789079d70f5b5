"""Keras models to int8: what comes out, from one graph for two kinds of machines, and what is refused."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from numpy.typing import NDArray

from converter.inspect import float_islands, input_ranges, operator_counts, output_ranges
from converter.int8_ends import with_int8_ends
from converter.quantise import Converted, Precision, quantise
from converter.tensors import tensors_of
from edge.adapters.litert import Kernels, open_model
from edge.contract.errors import BundleError, DataError
from tests.support.keras_models import save_models

pytestmark = pytest.mark.training

REFUSED = {
    "layer_norm": r"layer 'even_out' \(LayerNormalization\).*float; allowed: BatchNormalization",
    "lstm": r"layer 'memory' \(LSTM\) has no int8 form; allowed: dilated Conv1D",
    "erf": r"operator Erf does not exist in TFLite; allowed: tanh",
}

# Models of several inputs: their sizes in the order of their names, and what they make of a row by hand.
SEVERAL: dict[str, tuple[tuple[int, ...], NDArray[Any]]] = {
    **dict.fromkeys(("a_b", "b_a"), ((1, 1), np.array([1.0, 3.0]))),
    **dict.fromkeys(("image_meta", "meta_image"), ((64, 2), np.repeat([1 / 64, -0.5], (64, 2)))),
}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    save_models(folder, "conv", "two_in_two_out", *SEVERAL, *REFUSED)
    return folder


@pytest.fixture(scope="module")
def conv(models: Path) -> Converted:
    return quantise(models / "conv.keras", windows())


def windows(count: int = 64) -> NDArray[np.float32]:
    return np.random.default_rng(3).normal(size=(count, 16, 4)).astype(np.float32)


def answers(model: bytes, inputs: NDArray[Any]) -> NDArray[Any]:
    """What the reference kernels answer, row by row, in the type of the model's output."""
    interpreter = open_model(model, Kernels.REFERENCE)
    source, target = interpreter.get_input_details()[0]["index"], interpreter.get_output_details()[0]["index"]
    found = []
    for row in inputs:
        interpreter.set_tensor(source, row[np.newaxis])
        interpreter.invoke()
        found.append(interpreter.get_tensor(target)[0])
    return np.array(found)


@pytest.mark.parametrize("name", REFUSED)
def test_a_layer_without_an_int8_form_is_refused_by_name(models: Path, name: str) -> None:
    """The refusal names the operator, the layer that made it, and what to use instead."""
    inputs = windows()[:, :2].reshape(-1, 8) if name == "erf" else windows()

    with pytest.raises(DataError, match=REFUSED[name]):
        quantise(models / f"{name}.keras", inputs)


def test_a_converted_model_computes_in_int8_from_end_to_end(conv: Converted) -> None:
    """Nothing between the outermost steps touches a float, and the ends are one step each."""
    assert float_islands(conv.model) == []
    counts = operator_counts(conv.model)
    assert (counts["QUANTIZE"], counts["DEQUANTIZE"], counts["CONV_2D"]) == (1, 1, 1)


def test_int8_ends_cut_from_the_stored_model_are_those_of_a_conversion_of_its_own(
    models: Path, conv: Converted
) -> None:
    """The cut model and TensorFlow's own int8-in, int8-out conversion answer alike, bit for bit."""
    own = quantise(models / "conv.keras", windows(), Precision.INT8_ENDS).model
    cut = with_int8_ends(conv.model)
    inputs = np.random.default_rng(4).integers(-128, 128, size=(200, 16, 4)).astype(np.int8)

    assert np.array_equal(answers(cut, inputs), answers(own, inputs))
    assert "QUANTIZE" not in operator_counts(cut)
    assert (input_ranges(cut), output_ranges(cut)) == (input_ranges(own), output_ranges(own))


def test_both_kinds_of_ends_say_the_same(conv: Converted) -> None:
    """Float in and out, and int8 in and out with the scaling done outside, differ by rounding only."""
    held, out = input_ranges(conv.model)[0], output_ranges(conv.model)[0]
    inputs = windows(100)
    zero = round(-128 - held.low / held.step)
    codes = np.clip(np.rint(inputs / held.step) + zero, -128, 127).astype(np.int8)

    steps = answers(with_int8_ends(conv.model), codes).astype(np.float64)
    outside = (steps + 128) * out.step + out.low

    assert np.max(np.abs(outside - answers(conv.model, inputs).astype(np.float64))) < 0.01 * out.step


def test_ends_that_are_int8_already_cannot_be_cut(conv: Converted) -> None:
    """A second cut finds no QUANTIZE to take away and says so."""
    with pytest.raises(BundleError, match="allowed: one QUANTIZE"):
        with_int8_ends(with_int8_ends(conv.model))


def test_the_same_model_converts_to_the_same_bytes(models: Path, conv: Converted) -> None:
    """A conversion in another process gives the very file again."""
    assert quantise(models / "conv.keras", windows()).model == conv.model


def test_several_inputs_and_outputs_keep_their_names(models: Path) -> None:
    """Names come in the file's own order, each with the range measured on its own input."""
    rng = np.random.default_rng(5)
    vitals = rng.uniform(-1.0, 1.0, (64, 8)).astype(np.float32)
    history = rng.uniform(-50.0, 50.0, (64, 4)).astype(np.float32)

    converted = quantise(models / "two_in_two_out.keras", np.hstack([history, vitals]))

    names = [tensor.name for tensor in tensors_of(converted.model)[0]]
    reach = {name: held.high for name, held in zip(names, input_ranges(converted.model), strict=True)}
    assert reach["vitals"] == pytest.approx(1.0, abs=0.02)
    assert reach["history"] == pytest.approx(50.0, abs=1.0)
    assert sorted(converted.outputs) == ["risk", "stage"]


@pytest.mark.parametrize("name", SEVERAL)
def test_a_converted_file_takes_inputs_in_the_order_of_their_names(models: Path, name: str) -> None:
    """Whatever the order of the Keras model's inputs, rows of them by name get float's answers."""
    sizes, weights = SEVERAL[name]
    rows = np.random.default_rng(6).uniform(-1.0, 1.0, (64, sum(sizes))).astype(np.float32)

    converted = quantise(models / f"{name}.keras", rows, examined=rows[:8])

    interpreter = open_model(converted.model, Kernels.REFERENCE)
    found = []
    for row in rows:
        parts = np.split(row, np.cumsum(sizes)[:-1])
        for end, part in zip(interpreter.get_input_details(), parts, strict=True):
            interpreter.set_tensor(end["index"], part.reshape(end["shape"]))
        interpreter.invoke()
        found.append(float(interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0, 0]))
    by_hand = rows @ weights
    assert np.max(np.abs(found - by_hand)) < 0.05 * np.ptp(by_hand)
    assert [tensor.name for tensor in tensors_of(converted.model)[0]] == sorted(name.split("_"))
    assert all(error.rms_steps < 3.0 for error in converted.layer_errors)
    assert converted.layer_errors


@pytest.mark.parametrize(
    ("precision", "closeness"), [(Precision.FLOAT16, 2e-3), (Precision.DYNAMIC, 5e-2)], ids=str
)
def test_other_precisions_stay_close_to_float(models: Path, precision: Precision, closeness: float) -> None:
    """Half-precision and int8 weights answer as the weights themselves do, worked out by hand."""
    converted = quantise(models / "conv.keras", windows(), precision)
    by_hand = np.array([straight(row, models / "conv.keras") for row in windows(20)])

    assert np.max(np.abs(answers(converted.model, windows(20))[:, 0] - by_hand)) < closeness


def straight(window: NDArray[np.float32], model: Path) -> float:
    """The conv model with its stored weights, in plain loops."""
    with zipfile.ZipFile(model) as archive, h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as stored:
        kernel, bias = (stored[f"layers/conv1d/vars/{at}"][()] for at in (0, 1))
        weight, offset = (stored[f"layers/dense/vars/{at}"][()] for at in (0, 1))
    hidden = [
        np.maximum(sum(window[at + step] @ kernel[step] for step in range(3)) + bias, 0.0) for at in range(14)
    ]
    return float(np.concatenate(hidden) @ weight[:, 0] + offset[0])
