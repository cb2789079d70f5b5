"""The only page that speaks to TensorFlow's converter; runs as a process of its own.

`python -m converter.conversion TASK MODEL INPUTS OUT`: only a fresh TensorFlow numbers its nodes from zero,
and the numbers are in the file's bytes. INPUTS is an .npz with one array for each input of the model, in
its order, and one input to each row. TASK is `int8`, `int8-ends`, `float16` or `dynamic`, which write a
.tflite file and beside it the names of its inputs and outputs in its own order, or `layer-errors`, which writes
how far each int8 layer strays from float, as JSON.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import keras

Arrays = list[NDArray[np.float32]]


def convert(task: str, model: keras.Model, arrays: Arrays) -> bytes:
    """The .tflite bytes; `arrays` are inputs to measure activation ranges on."""
    return bytes(_converter(task, model, arrays).convert())


def layer_errors(model: keras.Model, arrays: Arrays) -> list[dict[str, str | float]]:
    """Each layer's int8 output against float on the same inputs, by TensorFlow's quantisation debugger."""
    import tensorflow as tf

    # The debugger takes inputs in the order of the file, which is that of their names.
    order = sorted(range(len(arrays)), key=lambda at: str(model.inputs[at].name))

    def seen() -> Iterator[Arrays]:
        for row in range(len(arrays[0])):
            yield [arrays[at][row][np.newaxis] for at in order]

    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=_converter("int8", model, arrays), debug_dataset=seen
    )
    debugger.run()
    statistics = Path(sys.argv[4] + ".csv")
    with statistics.open("w") as file:
        debugger.layer_statistics_dump(file)
    with statistics.open() as file:
        return [
            {
                "operator": row["op_name"],
                "tensor": row["tensor_name"],
                "step": float(row["scale"]),
                "rms": float(row["mean_squared_error"]) ** 0.5,
            }
            for row in csv.DictReader(file)
        ]


def with_batch_of_one(model: keras.Model) -> keras.Model:
    """The same model for one input at a time, so that no shape arithmetic is left in the graph."""
    import keras

    names = ["window"] if len(model.inputs) == 1 else [tensor.name for tensor in model.inputs]
    inputs = [
        keras.Input(batch_shape=(1, *tensor.shape[1:]), name=name, dtype=tensor.dtype)
        for tensor, name in zip(model.inputs, names, strict=True)
    ]
    fixed = keras.models.clone_model(model, input_tensors=inputs[0] if len(inputs) == 1 else inputs)
    fixed.set_weights(model.get_weights())
    return fixed


def _converter(task: str, model: keras.Model, arrays: Arrays) -> Any:
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if task == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if task not in {"int8", "int8-ends"}:
        return converter

    def samples() -> Iterator[dict[str, NDArray[np.float32]]]:
        for row in range(len(arrays[0])):
            yield {
                tensor.name: array[row][np.newaxis]
                for tensor, array in zip(model.inputs, arrays, strict=True)
            }

    converter.representative_dataset = samples
    # Int8 inside or an error: no layer may fall back to float.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    ends = tf.int8 if task == "int8-ends" else tf.float32
    converter.inference_input_type = ends
    converter.inference_output_type = ends
    return converter


def _order(model: bytes, outputs: list[str]) -> dict[str, list[str]]:
    """Names of inputs and outputs in the order of the file's tensors, outputs as Keras calls them."""
    from converter.flatbuffer import read_tree

    tree = read_tree(model)
    signature, graph = tree.signatureDefs[0], tree.subgraphs[0]
    called = {f"output_{at}": name for at, name in enumerate(outputs)}

    def named(ends: Any, order: Any) -> list[str]:
        by_tensor = {int(end.tensorIndex): end.name.decode() for end in ends}
        return [called.get(by_tensor[int(at)], by_tensor[int(at)]) for at in order]

    return {
        "inputs": named(signature.inputs, graph.inputs),
        "outputs": named(signature.outputs, graph.outputs),
    }


def _output_names(model: keras.Model) -> list[str]:
    import keras

    if isinstance(model, keras.Sequential):
        return [str(model.layers[-1].name)]
    return list(model.output_names)


def main(task: str, model_file: Path, inputs_file: Path, out: Path) -> None:
    """Do one task; an exception's last line is what the parent shows."""
    import keras

    loaded = keras.models.load_model(model_file, compile=False)
    model = with_batch_of_one(loaded)
    with np.load(inputs_file, allow_pickle=False) as stored:
        arrays = [stored[name] for name in stored.files]
    if task == "layer-errors":
        out.write_text(json.dumps(layer_errors(model, arrays)))
        return
    converted = convert(task, model, arrays)
    out.write_bytes(converted)
    out.with_suffix(".json").write_text(json.dumps(_order(converted, _output_names(loaded))))


if __name__ == "__main__":
    main(sys.argv[1], *map(Path, sys.argv[2:]))
