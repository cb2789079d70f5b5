"""Float Keras model -> TFLite model: int8 throughout, or refused with the layer that stands in the way."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converter.inspect import float_islands
from converter.keras_file import Layer, instead_of, layer_of, read_layers, refuse_recurrent
from edge.contract.errors import DataError

Arrays = Sequence[NDArray[np.float32]]


class Precision(Enum):
    """What the weights and the arithmetic are kept in."""

    INT8 = "int8"
    INT8_ENDS = "int8-ends"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True)
class Converted:
    """A .tflite file; `inputs` and `outputs` are their names in the order of its tensors."""

    model: bytes
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LayerError:
    """How far a step of the int8 graph strays from float, in steps of its own output.

    `layer` is the Keras layer, None where the converter's name tells none.
    """

    layer: Layer | None
    operator: str
    step: float
    rms_steps: float


def quantise(model: Path, representative: Arrays, precision: Precision = Precision.INT8) -> Converted:
    """Convert a .keras file; `representative` are inputs to measure activation ranges on.

    One array for each input, in the model's order, one row for each sample. Int8 means int8 inside, with
    float32 ends unless INT8_ENDS is asked for; FLOAT16 halves the weights; DYNAMIC keeps weights in int8 and
    computes in float. Raises DataError naming the operator and the layer that has no int8 form, and what to
    use instead.
    """
    layers = read_layers(model)
    is_int8 = precision in {Precision.INT8, Precision.INT8_ENDS}
    if is_int8:
        refuse_recurrent(layers, model)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "model.tflite"
        _run(precision.value, model, representative, out, layers)
        order = json.loads(out.with_suffix(".json").read_text())
        converted = Converted(out.read_bytes(), tuple(order["inputs"]), tuple(order["outputs"]))
    if is_int8:
        _refuse_float_islands(converted.model, layers, model)
    return converted


def layer_errors(model: Path, inputs: Arrays) -> list[LayerError]:
    """Every int8 step against float on the same inputs, as the graph runs."""
    layers = read_layers(model)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "errors.json"
        _run("layer-errors", model, inputs, out, layers)
        found = json.loads(out.read_text())
    return [
        LayerError(
            layer=layer_of((step["tensor"],), layers),
            operator=step["operator"],
            step=step["step"],
            rms_steps=step["rms"] / step["step"],
        )
        for step in found
    ]


def _run(task: str, model: Path, arrays: Arrays, out: Path, layers: list[Layer]) -> None:
    inputs = out.with_name("inputs.npz")
    # Names that keep their order when an .npz lists them.
    stored: dict[str, Any] = {f"{at:03}": array for at, array in enumerate(arrays)}
    np.savez(inputs, allow_pickle=False, **stored)
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "converter.conversion", task, str(model), str(inputs), str(out)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
    )
    if done.returncode != 0:
        raise _failure(done.returncode, done.stderr, layers, model)


def _failure(code: int, told: str, layers: list[Layer], model: Path) -> DataError:
    """What a failed conversion means, in the user's terms."""
    missing = re.search(r"TF Select ops: (\w+)", told)
    if missing is not None:
        operator = missing[1]
        return DataError(
            f"operator {operator} does not exist in TFLite",
            where=str(model),
            allowed=instead_of(operator, layer_of((operator.lower(),), layers)),
        )
    last = (told.strip().splitlines() or ["no message"])[-1]
    if code < 0:
        kinds = ", ".join(sorted({layer.kind for layer in layers}))
        last = f"the converter crashed; the model has layers of the kinds {kinds}"
    return DataError(
        f"its conversion failed: {last}",
        where=str(model),
        allowed="a Keras model of layers with int8 kernels",
    )


def _refuse_float_islands(converted: bytes, layers: list[Layer], model: Path) -> None:
    islands = float_islands(converted)
    if not islands:
        return
    first = islands[0]
    layer = layer_of(first.tensor_names, layers)
    made_by = "" if layer is None else f" of layer {layer.name!r} ({layer.kind})"
    others = "" if len(islands) == 1 else f", and {len(islands) - 1} more,"
    raise DataError(
        f"operator {first.name}{made_by}{others} would compute in float",
        where=str(model),
        allowed=instead_of(first.name, layer),
    )
