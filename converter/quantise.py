"""Float Keras model -> TFLite model: int8 throughout, or refused with the layer that stands in the way."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from converter.inspect import float_islands
from converter.keras_file import Layer, instead_of, layer_of, read_inputs, read_layers, refuse_recurrent
from edge.contract.errors import DataError


class Precision(Enum):
    """What the weights and the arithmetic are kept in."""

    INT8 = "int8"
    INT8_ENDS = "int8-ends"
    FLOAT16 = "float16"
    DYNAMIC = "dynamic"


@dataclass(frozen=True, slots=True)
class LayerError:
    """How far a step of the int8 graph strays from float, in steps of its own output.

    `layer` is the Keras layer, None where the converter's name tells none.
    """

    layer: Layer | None
    operator: str
    step: float
    rms_steps: float


@dataclass(frozen=True, slots=True)
class Converted:
    """A .tflite file; `outputs` are what Keras calls them, in the order of its tensors."""

    model: bytes
    outputs: tuple[str, ...]
    layer_errors: tuple[LayerError, ...]


def quantise(
    model: Path,
    representative: NDArray[np.float32],
    precision: Precision = Precision.INT8,
    examined: NDArray[np.float32] | None = None,
) -> Converted:
    """Convert a .keras file; `representative` (n, ...) are inputs to measure activation ranges on.

    A row is one input; where the model has several, all of them end to end in the order of their names.
    INT8 and INT8_ENDS compute in int8 throughout, and differ in the type of their ends; FLOAT16 halves the
    weights; DYNAMIC keeps weights in int8 and computes in float. With rows to examine, each int8 layer is
    compared with float on them. Raises DataError naming the operator and the layer that has no int8 form, and
    what to use instead.
    """
    layers = read_layers(model)
    is_int8 = precision in {Precision.INT8, Precision.INT8_ENDS}
    if is_int8:
        refuse_recurrent(layers, model)
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "model.tflite"
        _run(precision.value, model, out, layers, seen=representative, examined=examined)
        told = json.loads(out.with_suffix(".json").read_text())
        converted = Converted(
            model=out.read_bytes(),
            outputs=tuple(told["outputs"]),
            layer_errors=tuple(
                LayerError(
                    layer=layer_of((step["tensor"],), layers),
                    operator=step["operator"],
                    step=step["step"],
                    rms_steps=step["rms"] / step["step"],
                )
                for step in told.get("layers", ())
            ),
        )
    if is_int8:
        _refuse_float_islands(converted.model, layers, model)
    return converted


def float_answers(model: Path, inputs: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """What the float model answers, (n, ...) by output name, to rows as in `quantise`."""
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "answers.npz"
        _run("answers", model, out, read_layers(model), examined=inputs)
        with np.load(out, allow_pickle=False) as stored:
            return {name.removeprefix("answers/"): stored[name] for name in stored.files}


def _run(task: str, model: Path, out: Path, layers: list[Layer], **uses: NDArray[np.float32] | None) -> None:
    """Let a fresh process do a task of `converter.conversion`."""
    inputs = out.with_name("inputs.npz")
    named: dict[str, Any] = {
        f"{use}/{name}": values
        for use, rows in uses.items()
        if rows is not None
        for name, values in _by_input(rows, model).items()
    }
    np.savez(inputs, allow_pickle=False, **named)
    done = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "converter.conversion", task, str(model), str(inputs), str(out)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
    )
    if done.returncode != 0:
        raise _failure(done.returncode, done.stderr, layers, model)


def _by_input(rows: NDArray[np.float32], model: Path) -> dict[str, NDArray[np.float32]]:
    """Rows taken apart into the inputs of the model, each in its shape."""
    shapes = read_inputs(model)
    flat = rows.reshape(len(rows), -1)
    sizes = [math.prod(shape) for shape in shapes.values()]
    if flat.shape[1] != sum(sizes):
        raise DataError(
            f"rows of {flat.shape[1]} values",
            where=f"inputs for {model}",
            allowed=" + ".join(f"{name} {shape}" for name, shape in shapes.items()),
        )
    parts = np.split(flat, np.cumsum(sizes)[:-1], axis=1)
    return {
        name: part.reshape(len(rows), *shape)
        for (name, shape), part in zip(shapes.items(), parts, strict=True)
    }


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
